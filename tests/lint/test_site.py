"""A site is checked for each server: what a server has for itself is reported at its own place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from keaprov.errors import dotted
from tests.lint.test_rules import problems

Changes = list[tuple[str, Any]]
WRONG = {"type": "memfile", "name": "/srv/leases.csv"}
RIGHT = {"type": "memfile", "name": "leases.csv"}
POOLS = ("dhcp4.subnet4[0].pools", ["172.20.10.9 - 172.20.10.1"])


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ([("dhcp4.lease-database", WRONG)], ["dhcp4.lease-database.name"]),
        ([("servers.dhcp2.dhcp4", {"lease-database": WRONG})],
         ["servers.dhcp2.dhcp4.lease-database.name"]),
        ([("servers.dhcp1.dhcp4", {"lease-database": WRONG}),
          ("servers.dhcp2.dhcp4", {"lease-database": WRONG})],
         ["servers.dhcp1.dhcp4.lease-database.name"]),
        ([("servers.dhcp1.dhcp4", {"lease-database": WRONG}),
          ("servers.dhcp2.dhcp4", {"lease-database": {**WRONG, "persist": True}})],
         ["servers.dhcp1.dhcp4.lease-database.name", "servers.dhcp2.dhcp4.lease-database.name"]),
        ([("dhcp4.lease-database", WRONG), ("servers.dhcp1.dhcp4", {"lease-database": RIGHT})],
         ["dhcp4.lease-database.name"]),
        ([("dhcp4.lease-database", WRONG), ("servers.dhcp1.dhcp4", {"lease-database": RIGHT}),
          ("servers.dhcp2.dhcp4", {"lease-database": RIGHT})], []),
        ([POOLS, ("servers.dhcp1.dhcp4", {"server-tag": "a"}),
          ("servers.dhcp2.dhcp4", {"server-tag": "b"})], ["dhcp4.subnet4[0].pools[0]"]),
    ],
)  # fmt: skip
def test_values_of_one_server(tmp_path: Path, changes: Changes, places: list[str]) -> None:
    """What both servers run is reported once."""
    assert [dotted(problem.path) for problem in problems(tmp_path, *changes)] == places
