"""Long lists of reservations as tables (CSV), if a table says exactly the same."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from typing import Any

from keaprov.importing.migration import subnets
from keaprov.site.rows import COLUMNS

LONG = 10
"""Reservations that a list in the site file may have."""
_PLAIN = re.compile(r"[^\s\x00-\x1f]([^\x00-\x1f]*[^\s\x00-\x1f])?")
_NAME = re.compile(r"[^\s,]+")


def extract(dhcp4: dict[str, Any]) -> dict[str, str]:
    """Replace long lists of reservations with ``{csv: FILE}``, in place; return texts by name."""
    texts: dict[str, str] = {}
    scopes = [("reservations", dhcp4)]
    scopes += [(f"reservations-{subnet.get('id')}", subnet) for _, subnet in subnets(dhcp4, ())]
    for name, scope in scopes:
        rows = scope.get("reservations")
        if isinstance(rows, list) and len(rows) > LONG and all(map(_fits, rows)):
            texts[f"{name}.csv"] = _text(rows)
            scope["reservations"] = {"csv": f"{name}.csv"}
    return texts


def _fits(row: Mapping[str, Any]) -> bool:
    """Whether a table gives the same reservation back (keaprov.site.rows)."""
    return all(_field_fits(key, value) for key, value in row.items())


def _field_fits(key: str, value: Any) -> bool:
    if key == "client-classes":
        return bool(value) and all(isinstance(n, str) and _NAME.fullmatch(n) for n in value)
    if key not in COLUMNS or not isinstance(value, str) or not _PLAIN.fullmatch(value):
        return False
    return key != "hw-address" or not set(value) & set("-.")


def _text(rows: list[dict[str, Any]]) -> str:
    columns = [name for name in COLUMNS if any(name in row for row in rows)]
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        classes = (
            {"client-classes": " ".join(row["client-classes"])} if row.get("client-classes") else {}
        )
        writer.writerow({**row, **classes})
    return out.getvalue()
