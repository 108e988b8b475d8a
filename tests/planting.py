"""Plant a secret in a site file, and look for it in everything that keaprov prints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from keaprov import cli, report
from keaprov.site import check_file

MARKER = "Xyzzy.Marker-7"
BASE: dict[str, Any] = {
    "site": "labo",
    "servers": {"dhcp1": {"role": "primary", "address": "10.60.1.67", "interfaces": ["ens18"]}},
    "dhcp4": {"subnet4": [{"id": 1, "subnet": "172.20.10.0/24"}]},
}
Place = tuple["str | int", ...]


def put(document: Any, path: Place, value: Any) -> Any:
    """Return a document with a value at a path."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        return [put({}, rest, value)]
    inner = document if isinstance(document, dict) else {}
    return {**inner, step: put(inner.get(step), rest, value)}


def faces(path: Path) -> Iterator[str]:
    """Yield everything that keaprov prints about a file, or returns to print."""
    checked = check_file(path)
    yield "\n".join(map(str, checked.problems))
    for write in report.FORMATS.values():
        yield write(checked.problems, checked.sources)
    if checked.site is not None:
        yield CliRunner().invoke(cli.main, ["render", str(path)]).output


def clean(path: Path) -> None:
    for text in faces(path):
        assert MARKER not in text
        assert "Xyzzy" not in text
