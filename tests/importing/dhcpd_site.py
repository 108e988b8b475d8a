"""Import a dhcpd.conf: as a value, or by the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from keaprov.cli import main
from keaprov.importing import dhcpd

SUBNET = "subnet 192.0.2.0 netmask 255.255.255.0 { %s }\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "dhcpd.conf"
    path.write_text(text)
    return path


def imported(folder: Path, text: str) -> dhcpd.Imported:
    result = dhcpd.read(written(folder, text), "labo", {"dhcp1": "192.0.2.2"})
    assert isinstance(result, dhcpd.Imported), result
    assert result.losses == ()
    return result


def body(folder: Path, text: str) -> Any:
    return imported(folder, text).site["dhcp4"]


def kept(result: dhcpd.Imported) -> dict[str, str]:
    return {entry["path"]: entry["reason"] for entry in result.notes.kept()}


def run(folder: Path, text: str, *words: str) -> Result:
    out = folder / "site"
    words = ("import", "dhcpd", str(written(folder, text)), "--out", str(out), *words)
    return CliRunner().invoke(main, words, catch_exceptions=False)
