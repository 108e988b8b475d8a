"""A real Kea takes every site that is imported from dhcpd.conf."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keaprov.importing import dhcpd
from tests.differential.judge import judge
from tests.importing.dhcpd_cases import CASES, PAIR, SUBNETS

pytestmark = pytest.mark.lab


def bodies(folder: Path) -> list[dict[str, Any]]:
    """Return the ``Dhcp4`` maps that the files of the tests are imported to."""
    (folder / "subnets.conf").write_text(SUBNETS)
    made = []
    for name, text in {**CASES, "pair": PAIR}.items():
        path = folder / f"{name}.conf"
        path.write_text(text)
        imported = dhcpd.read(path, "", {"dhcp1": "192.0.2.2"})
        assert isinstance(imported, dhcpd.Imported), imported
        made.append(imported.site["dhcp4"])
    return made


def test_kea_takes_what_is_imported(tmp_path: Path) -> None:
    verdicts = judge(bodies(tmp_path), tmp_path)
    assert len(verdicts) == len(CASES) + 1
    assert [(verdict.errors, verdict.kea) for verdict in verdicts] == [((), "")] * len(verdicts)
