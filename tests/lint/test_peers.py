"""What the peers of a pair know of each other; server addresses; who may reach the servers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keaprov.errors import Severity
from keaprov.site import check_file
from tests.lint.test_rules import SITE, findings

Changes = list[tuple[str, Any]]
SHARED = ("dhcp4.lease-database", {"type": "mysql", "name": "k", "host": "10.0.0.9"})
LOCAL = ("dhcp4.lease-database", {"type": "mysql", "name": "k", "host": "localhost"})
V4 = ("servers.dhcp1.dhcp-address", "10.0.0.1")
V6 = [
    ("servers.dhcp1.address", "2001:db8::1"),
    ("servers.dhcp2.address", "2001:db8::2"),
    V4,
    ("servers.dhcp2.interfaces", ["ens18/10.0.0.2"]),
]
"""A pair that talks by IPv6."""
QUIET = ("failover", {"send-lease-updates": False, "sync-leases": False})


@pytest.mark.parametrize(
    ("code", "where", "changes"),
    [
        ("KP310", "failover.send-lease-updates", [QUIET]),
        ("KP310", "failover.send-lease-updates", [QUIET, LOCAL]),
        ("KP311", "dhcp4.lease-database.host", [SHARED]),
        ("KP312", "dhcp4.lease-database.persist",
         [("dhcp4.lease-database", {"type": "memfile", "persist": False})]),
        ("KP313", "failover.max-response-delay",
         [("failover", {"heartbeat-delay": 10000})]),
        ("KP313", "failover.max-response-delay",
         [("failover", {"heartbeat-delay": 20000, "max-response-delay": 5000})]),
        ("KP314", "servers.dhcp1.address", [("servers.dhcp1.address", "0.0.0.0")]),
        ("KP314", "servers.dhcp1.address", [("servers.dhcp1.address", "127.0.0.1")]),
        ("KP314", "servers.dhcp2.address", [("servers.dhcp2.address", "224.0.0.1")]),
        ("KP314", "servers.dhcp2.address", [("servers.dhcp2.address", "255.255.255.255")]),
        ("KP314", "servers.dhcp2.address", [("servers.dhcp2.address", "240.0.0.1")]),
        *(
            ("KP314", "servers.dhcp1.address", [*V6, ("servers.dhcp1.address", address)])
            for address in (
                "::", "::1", "ff02::1", "fe80::1", "fe80::1%ens18", "2001:db8::1%ens18",
                "::ffff:10.0.0.1", "4000::1",
            )
        ),
        ("KP314", "servers.dhcp1.dhcp-address", [*V6, ("servers.dhcp1.dhcp-address", "0.0.0.1")]),
        ("KP204", "servers.dhcp1.dhcp-address", [("servers.dhcp1.dhcp-address", "2001:db8::1")]),
        ("KP303", "servers.dhcp2.address", [*V6, ("servers.dhcp2.address", "2001:DB8:0::1")]),
        ("KP316", "servers.dhcp2.address", [*V6[:3]]),
        ("KP317", "servers.dhcp2.address", [V6[0], V4]),
        ("KP408", "dhcp4.subnet4[0].pools[0]",
         [*V6, ("servers.dhcp1.dhcp-address", "172.20.10.150")]),
        ("KP315", "firewall.management[0]", [("firewall", {"management": ["2000::/3", "::1"]})]),
        ("KP315", "firewall.management[1]", [("firewall", {"management": ["::1", "::/0"]})]),
        ("KP314", "servers.dhcp2.address", [("servers.dhcp2.address", "172.20.10.0")]),
        ("KP314", "servers.dhcp2.address", [("servers.dhcp2.address", "172.20.10.255")]),
        ("KP315", "firewall.management[1]",
         [("firewall", {"management": ["10.0.0.0/8", "0.0.0.0/0"]})]),
        ("KP315", "firewall.management[0]", [("firewall", {"management": ["128.0.0.0/1"]})]),
    ],
)  # fmt: skip
def test_a_rule_about_the_pair(tmp_path: Path, code: str, where: str, changes: Changes) -> None:
    assert (code, where) in findings(tmp_path, *changes)


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [SHARED, QUIET],
        [LOCAL],
        [("dhcp4.lease-database", {"type": "memfile", "persist": True})],
        [("failover", {"heartbeat-delay": 2000, "max-response-delay": 4000})],
        [("failover", {"send-lease-updates": True})],
        [("firewall", {"management": ["10.0.0.0/8", "192.0.2.1/32"]})],
        V6,
        [("firewall", {"management": ["fd00::/8", "2001:db8::/32", "2001:db8::1"]})],
        [("servers.dhcp1.address", "169.254.1.1"), ("servers.dhcp2.address", "192.0.2.7")],
    ],
)
def test_a_sound_pair(tmp_path: Path, changes: Changes) -> None:
    codes = {code for code, _ in findings(tmp_path, *changes)}
    rules = {*(f"KP31{number}" for number in range(8)), "KP305", "KP204", "KP408"}
    assert codes & rules == set()


def test_one_server_may_forget_its_leases(tmp_path: Path) -> None:
    site: dict[str, Any] = json.loads(json.dumps(SITE))
    del site["servers"]["dhcp2"], site["failover"]
    site["dhcp4"]["lease-database"] = {"type": "memfile", "persist": False}
    path = tmp_path / "site.json"
    path.write_text(json.dumps(site))
    assert check_file(path).problems == ()


def test_one_delay_has_one_message(tmp_path: Path) -> None:
    codes = {
        code
        for code, _ in findings(
            tmp_path, ("failover", {"heartbeat-delay": 20000, "max-response-delay": 5000})
        )
    }
    assert codes == {"KP313"}


def kea(folder: Path, relationship: dict[str, Any]) -> set[tuple[str, Severity]]:
    """Check one of Kea's own files with this relationship."""
    parameters = {"high-availability": [relationship]}
    hook = {"library": "libdhcp_ha.so", "parameters": parameters}
    path = folder / "kea-dhcp4.conf"
    path.write_text(json.dumps({"Dhcp4": {"hooks-libraries": [hook]}}))
    return {(problem.code, problem.severity) for problem in check_file(path).problems}


def test_the_hook_of_one_of_keas_own_files(tmp_path: Path) -> None:
    """Kea accepts what these rules refuse, so they are warnings there."""
    quiet = {"send-lease-updates": False, "heartbeat-delay": 60000}
    problems = kea(tmp_path, {"mode": "hot-standby", **quiet})
    assert {("KP310", Severity.WARNING), ("KP313", Severity.WARNING)} <= problems
    codes = {code for code, _ in kea(tmp_path, {"mode": "passive-backup", **quiet})}
    assert codes.isdisjoint({"KP310", "KP313"})
