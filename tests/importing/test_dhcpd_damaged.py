"""dhcpd's files, damaged: they are translated or refused, and nothing else is raised."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given

from keaprov.importing import dhcpd
from keaprov.importing.dhcpd import leases
from keaprov.importing.dhcpd.notes import Notes
from tests.fuzzing import MANY, SEEDS, damaged
from tests.importing.dhcpd_cases import CASES
from tests.importing.test_dhcpd_leases import ACTIVE, CLIENT, NOW, SUBNETS

CONF = [part for text in CASES.values() for part in re.split(r"\n(?=[a-z])", text)]
"""Statements, each alone: a whole file takes too long for so many."""
LEASES = [
    f'lease 192.0.2.101 {{ {ACTIVE} {CLIENT} uid "\\001\\002"; client-hostname "Desk-1"; }}\n',
    "lease 192.0.2.1 { starts epoch 1795499000; ends never; binding state abandoned; }\n",
    f'lease 198.51.100.7 {{ {ACTIVE} {CLIENT} set ddns-fwd-name = "a.example"; }}\n',
]
PIECES = [
    "{", "}", ";", ",", '"', "\\", "(", ")", "=", "/", ":", ".", "-", "#", "\0", "\n", "\x1b",
    "\xb2", "never", "epoch", "2026/13/45", "99:99:99", "0000/00/00", "9" * 20, "9" * 5000, "-1",
    "0x", "999", "192.0.2.300", "0.0.0.0", "255.255.255.0", "include \"a\";", "option", "host a",
    "subnet", "pool", "range", "shared-network", "class \"a\"", "match if", "if", "else", "elsif",
    "not", "exists", "hex", "hardware", "ethernet", "fixed-address", "binding state", "abandoned",
    "true", "false", "default",
]  # fmt: skip


@pytest.mark.slow
def test_dhcpd_conf(tmp_path: Path) -> None:
    path = tmp_path / "dhcpd.conf"
    results = set()

    @MANY
    @given(SEEDS)
    def read(seed: int) -> None:
        path.write_bytes(damaged(CONF, seed, PIECES).encode("latin-1", "replace"))
        results.add(type(dhcpd.read(path, "labo", {"dhcp1": "192.0.2.2"})))

    read()
    assert len(results) == 2, "some are translated, some are refused"


@pytest.mark.slow
def test_dhcpd_leases(tmp_path: Path) -> None:
    path = tmp_path / "dhcpd.leases"
    counts = set()

    @MANY
    @given(SEEDS)
    def read(seed: int) -> None:
        path.write_bytes(damaged(LEASES, seed, PIECES).encode("latin-1", "replace"))
        result = leases.read(path, SUBNETS, NOW, Notes())
        counts.add((result.count, bool(result.problems)))

    read()
    assert {(1, False), (0, False), (0, True)} <= counts


@pytest.mark.parametrize("number", ["\xb2", "9" * 5000, "0" + "7" * 5000])
@pytest.mark.parametrize(
    "text",
    [
        "option pair code {} = text;",
        "option unknown-{} 1;",
        "option time-offset {};",
        'class "a" {{ match if hardware = {}; }}',
    ],
)
def test_a_number_that_is_none(tmp_path: Path, text: str, number: str) -> None:
    path = tmp_path / "dhcpd.conf"
    path.write_bytes(text.format(number).encode("latin-1"))
    result = dhcpd.read(path, "labo", {"dhcp1": "192.0.2.2"})
    assert isinstance(result, list) or [*result.notes.kept()]
