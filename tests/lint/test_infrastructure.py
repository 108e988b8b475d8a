"""No client gets the address of a router, a relay or a server, wherever that one is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.lint.test_rules import HOST, S, T, findings

Changes = list[tuple[str, Any]]
POOL, POOL_OF_T = f"{S}.pools[0]", f"{T}.pools[0]"
NO_OPTIONS: tuple[str, Any] = (f"{S}.option-data", {})
NETWORK = "dhcp4.shared-networks[0]"


def network(**keys: Any) -> Changes:
    """Put the first subnet into a shared network with these keys."""
    subnet = {"id": 10, "subnet": "172.20.10.0/24", "pools": ["172.20.10.100 - 172.20.10.199"]}
    return [
        ("dhcp4.subnet4", []),
        ("dhcp4.shared-networks", [{"name": "n", "subnet4": [subnet], **keys}]),
    ]


@pytest.mark.parametrize(
    ("where", "changes"),
    [
        (POOL, [NO_OPTIONS, ("dhcp4.option-data", {"routers": "172.20.10.150"})]),
        (POOL, [NO_OPTIONS, ("dhcp4.option-data", [{"code": 3, "data": "172.20.10.150"}])]),
        (POOL, [(f"{S}.option-data", [{"code": 3, "csv-format": False, "data": "ac140a96"}])]),
        (POOL, [(f"{S}.option-data",
                 [{"name": "routers", "csv-format": False, "data": "AC:14:0A:FE:ac:14:0a:96"}])]),
        (POOL, [(f"{S}.option-data", {"routers": "172.20.10.254, 172.20.10.199"})]),
        (f"{POOL}.pool", [(f"{S}.pools", [{"pool": "172.20.10.100 - 172.20.10.199",
                                           "option-data": {"routers": "172.20.10.100"}}])]),
        (POOL, [(f"{T}.option-data", {"routers": "172.20.10.150"})]),
        (POOL, [("dhcp4.client-classes",
                 [{"name": "a", "option-data": {"routers": "172.20.10.150"}}])]),
        (POOL, [(f"{S}.relay", {"ip-addresses": ["172.20.10.150"]})]),
        (POOL, [(f"{S}.option-data", {"121": "0.0.0.0/0 - 172.20.10.150"})]),
        (POOL, [(f"{S}.option-data", [{"code": 121, "csv-format": False,
                                       "data": "080aac140a0200ac140a96"}])]),
        (f"{NETWORK}.subnet4[0].pools[0]",
         network(**{"option-data": {"routers": "172.20.10.150"}})),
        (f"{NETWORK}.subnet4[0].pools[0]",
         network(relay={"ip-addresses": ["172.20.10.150"]})),
    ],
)  # fmt: skip
def test_a_router_or_relay_in_a_pool(tmp_path: Path, where: str, changes: Changes) -> None:
    assert ("KP404", where) in findings(tmp_path, *changes)


@pytest.mark.parametrize(
    "changes",
    [
        [("dhcp4.option-data", {"routers": "172.20.10.150"})],
        [(f"{S}.option-data", {"routers": "172.20.10.99, 172.20.10.200"})],
        [(f"{S}.option-data", [{"name": "routers", "data": "172.20.10.150", "never-send": True}])],
        [(f"{S}.relay", {"ip-addresses": ["172.20.10.200"]})],
        [(f"{S}.option-data", {"121": "172.20.10.150/32 - 0.0.0.0, 0.0.0.0/0 - 172.20.10.254"})],
        [(f"{S}.reservations", [{**HOST, "ip-address": "172.20.10.150"}]),
         ("dhcp4.client-classes", [{"name": "a", "option-data": {"routers": "172.20.10.150"}}])],
    ],
)  # fmt: skip
def test_what_is_no_router_in_a_pool(tmp_path: Path, changes: Changes) -> None:
    """Overridden for all clients, outside, not sent, or reserved for the router itself."""
    changes = [*changes, (f"{T}.option-data", {"routers": "172.20.11.1"})]
    assert "KP404" not in {code for code, _ in findings(tmp_path, *changes)}


@pytest.mark.parametrize(
    ("reserved", "changes"),
    [
        ("172.20.10.254", []),
        ("172.20.10.0", []),
        ("172.20.10.67", [("servers.dhcp1.address", "172.20.10.67")]),
        ("172.20.10.7", [(f"{S}.relay", {"ip-addresses": ["172.20.10.7"]})]),
        ("172.20.10.7", [(f"{S}.option-data", {}), ("dhcp4.option-data", {3: "172.20.10.7"})]),
        ("172.20.10.7", [(f"{S}.pools",
                          [{"pool": "172.20.10.100 - 172.20.10.199",
                            "option-data": {"routers": "172.20.10.7"}}])]),
    ],
)  # fmt: skip
def test_a_reservation_of_such_an_address(tmp_path: Path, reserved: str, changes: Changes) -> None:
    where = f"{S}.reservations[0].ip-address"
    assert ("KP415", where) in findings(tmp_path, *changes, (where, reserved))


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [("dhcp4.option-data", {"routers": "172.20.10.5"}),
         (f"{T}.option-data", {"routers": "172.20.11.1"})],
        [("dhcp4.client-classes", [{"name": "a", "option-data": {"routers": "172.20.10.5"}}])],
    ],
)  # fmt: skip
def test_a_reservation_of_another_address(tmp_path: Path, changes: Changes) -> None:
    """The router of a class may have its own address by a reservation."""
    assert "KP415" not in {code for code, _ in findings(tmp_path, *changes)}


@pytest.mark.parametrize(
    ("fires", "changes"),
    [
        (True, [(f"{S}.option-data.ntp-servers", "172.20.10.150")]),
        (True, [("dhcp4.option-data", {"domain-name-servers": "10.0.0.9, 172.20.10.150"})]),
        (True, [("dhcp4.option-data", [{"code": 6, "csv-format": False, "data": "ac140a96"}])]),
        (True, [("dhcp4.client-classes", [{"name": "a", "next-server": "172.20.10.150"}])]),
        (True, [(f"{S}.option-data.tftp-server-name", "172.20.10.150")]),
        (True, [(f"{S}.option-data", {"150": "172.20.10.150"}),
                ("dhcp4.option-def", [{"name": "tftp", "code": 150, "type": "ipv4-address"}])]),
        (True, [(f"{S}.reservations[0].next-server", "172.20.10.150")]),
        (True, [(f"{S}.reservations[0].option-data", {"ntp-servers": "172.20.10.150"})]),
        (False, [(f"{S}.option-data.tftp-server-name", "boot.example.org")]),
        (False, [(f"{S}.option-data.ntp-servers", "172.20.10.99")]),
        (False, [(f"{S}.option-data.ntp-servers", "172.20.10.150"),
                 (f"{S}.reservations[0].ip-address", "172.20.10.150")]),
        (False, [(f"{S}.option-data", {"routers": "172.20.10.150",
                                       "domain-name-servers": "172.20.10.150"})]),
    ],
)  # fmt: skip
def test_a_server_that_clients_are_told_of(tmp_path: Path, fires: bool, changes: Changes) -> None:
    assert (("KP420", POOL) in findings(tmp_path, *changes)) is fires


def test_a_router_in_another_subnet_of_the_link(tmp_path: Path) -> None:
    first = {"id": 10, "subnet": "172.20.10.0/24", "option-data": {"routers": "172.20.11.1"}}
    second = {"id": 11, "subnet": "172.20.11.0/24"}
    apart = [("dhcp4.subnet4", [first, second])]
    together = [("dhcp4.subnet4", []),
                ("dhcp4.shared-networks", [{"name": "n", "subnet4": [first, second]}])]  # fmt: skip
    assert ("KP410", f"{S}.option-data.routers") in findings(tmp_path, *apart)
    assert "KP410" not in {code for code, _ in findings(tmp_path, *together)}


def test_a_global_router_outside_of_a_subnet(tmp_path: Path) -> None:
    changes = (NO_OPTIONS, ("dhcp4.option-data", {"routers": "172.20.11.1"}))
    assert ("KP410", "dhcp4.option-data.routers") in findings(tmp_path, *changes)


@pytest.mark.parametrize(
    ("routes", "fires"),
    [
        ("0.0.0.0/0 - 172.20.11.1", True),
        ("0.0.0.0/0 - 172.20.10.1", False),
        ("172.20.11.1/32 - 0.0.0.0, 0.0.0.0/0 - 172.20.11.1", False),
    ],
)
def test_the_router_of_a_route(tmp_path: Path, routes: str, fires: bool) -> None:
    """RFC 3442: a route through 0.0.0.0 is on the link, and may lead to the router."""
    reported = findings(tmp_path, (f"{S}.option-data", {"121": routes}))
    assert (("KP410", f"{S}.option-data.121") in reported) is fires
