"""Prefixes, relays, shared networks, lifetimes, DNS updates, names of keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.lint.test_rules import S, T, findings

Changes = list[tuple[str, Any]]
RELAY = {"ip-addresses": ["10.9.0.1"]}
CLASS = [{"name": "a", "test": "option[60].exists"}]


def codes(folder: Path, changes: Changes) -> set[str]:
    return {code for code, _ in findings(folder, *changes)}


@pytest.mark.parametrize(
    ("fires", "changes"),
    [
        (True, [(f"{S}.relay", RELAY), (f"{T}.relay", RELAY)]),
        (True, [(f"{S}.relay", RELAY), (f"{T}.relay", RELAY), (f"{T}.client-classes", ["a"])]),
        (False, [(f"{S}.relay", RELAY), (f"{T}.relay", RELAY), (f"{S}.client-classes", ["a"])]),
        (False, [(f"{S}.relay", RELAY), (f"{T}.relay", {"ip-addresses": ["10.9.0.2"]})]),
    ],
)  # fmt: skip
def test_one_relay_for_two_networks(tmp_path: Path, fires: bool, changes: Changes) -> None:
    changes = [("dhcp4.client-classes", CLASS), *changes]
    where = ("KP424", f"{T}.relay.ip-addresses[0]")
    assert (where in findings(tmp_path, *changes)) is fires


def test_a_relay_of_a_shared_network(tmp_path: Path) -> None:
    """Its subnets are one network; a subnet's own relays count instead of the network's."""
    subnets: list[dict[str, Any]] = [
        {"id": 20, "subnet": "172.20.20.0/24"},
        {"id": 21, "subnet": "172.20.21.0/24"},
    ]
    network = {"name": "n", "relay": RELAY, "subnet4": subnets}
    assert codes(tmp_path, [("dhcp4.shared-networks", [network])]) == set()
    changes = [("dhcp4.shared-networks", [network]), (f"{S}.relay", RELAY)]
    relay = "dhcp4.shared-networks[0].relay.ip-addresses[0]"
    assert findings(tmp_path, *changes) == {("KP424", relay)}
    for subnet in subnets:
        subnet["relay"] = {"ip-addresses": ["10.9.0.2"]}
    assert codes(tmp_path, changes) == set()


def network(first: dict[str, Any], second: dict[str, Any], **keys: Any) -> tuple[str, Any]:
    subnets = [
        {"id": 20, "subnet": "172.20.20.0/24", **first},
        {"id": 21, "subnet": "172.20.21.0/24", **second},
    ]
    return ("dhcp4.shared-networks", [{"name": "n", "subnet4": subnets, **keys}])


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("interface", [network({"interface": "a"}, {"interface": "b"})]),
        ("interface", [network({}, {"interface": "b"}, interface="a")]),
        ("authoritative", [network({}, {"authoritative": True})]),
        ("authoritative", [network({}, {"authoritative": False}, authoritative=True)]),
        ("authoritative", [network({}, {"authoritative": True}), ("dhcp4.authoritative", True)]),
        ("", [network({"interface": "a"}, {"interface": "a"})]),
        ("", [network({}, {"interface": "a"})]),
        ("", [network({"authoritative": True}, {}, authoritative=True)]),
        ("", [network({}, {"authoritative": False}), ("dhcp4.authoritative", True)]),
        ("", [network({}, {}), (f"{S}.authoritative", True)]),
    ],
)  # fmt: skip
def test_what_the_subnets_of_a_network_have_in_common(
    tmp_path: Path, key: str, changes: Changes
) -> None:
    places = {path for code, path in findings(tmp_path, *changes) if code == "KP425"}
    wanted = {f"dhcp4.shared-networks[0].subnet4[1].{key}"} if key else set()
    assert places == wanted


@pytest.mark.parametrize(
    ("code", "prefix"),
    [
        ("KP426", "172.20.11.77/24"),
        ("KP426", "172.20.11.1/24"),
        ("KP427", "127.0.1.0/24"),
        ("KP427", "224.0.0.0/24"),
        ("KP427", "169.254.0.0/16"),
        ("KP427", "0.1.0.0/16"),
        ("KP427", "255.255.255.0/24"),
        ("", "172.20.11.0/24"),
        ("", "172.20.11.7/32"),
        ("", "100.64.0.0/10"),
    ],
)
def test_prefixes(tmp_path: Path, code: str, prefix: str) -> None:
    given = codes(tmp_path, [(f"{T}.subnet", prefix)]) & {"KP426", "KP427"}
    assert given == ({code} if code else set())


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("KP605", [("dhcp4.valid-lifetime", 59)]),
        ("KP605", [(f"{S}.valid-lifetime", 4294967295)]),
        ("KP605", [("dhcp4.max-valid-lifetime", 4294967295)]),
        ("KP605", [("dhcp4.client-classes", [{"name": "a", "valid-lifetime": 30}])]),
        ("KP601", [("dhcp4.rebind-timer", 7200)]),
        ("KP601", [(f"{S}.renew-timer", 9000)]),
        ("KP601", [network({}, {"valid-lifetime": 600}, **{"rebind-timer": 900})]),
        ("KP601", [network({}, {"renew-timer": 950}, **{"rebind-timer": 900})]),
        ("", [("dhcp4.valid-lifetime", 60)]),
        ("", [("dhcp4.rebind-timer", 7199)]),
        ("", [("dhcp4.min-valid-lifetime", 30)]),
        ("", [network({}, {"valid-lifetime": 901}, **{"rebind-timer": 900})]),
        ("", [("dhcp4.rebind-timer", 9000), ("dhcp4.valid-lifetime", 9001)]),
    ],
)  # fmt: skip
def test_lifetimes_and_timers(tmp_path: Path, code: str, changes: Changes) -> None:
    assert codes(tmp_path, changes) == ({code} if code else set())


@pytest.mark.parametrize(
    ("where", "changes"),
    [
        ("dhcp4.ddns-qualifying-suffix", [("dhcp4.ddns-qualifying-suffix", "example.org")]),
        (f"{S}.ddns-send-updates", [(f"{S}.ddns-send-updates", True)]),
        (f"{S}.ddns-ttl", [(f"{S}.ddns-ttl", 60)]),
        ("dhcp4.ddns-send-updates",
         [("dhcp4.ddns-send-updates", False), ("dhcp4.dhcp-ddns", {"enable-updates": True})]),
        ("", [("dhcp4.ddns-send-updates", True), ("dhcp4.dhcp-ddns", {"enable-updates": True})]),
        ("", [("dhcp4.ddns-qualifying-suffix", "example.org"),
              ("dhcp4.dhcp-ddns", {"enable-updates": False})]),
        ("", [("dhcp4.ddns-send-updates", False)]),
        ("", [("dhcp4.ddns-send-updates", False), (f"{S}.ddns-send-updates", True),
              ("dhcp4.dhcp-ddns", {"enable-updates": True})]),
        ("", [("dhcp4.ddns-override-no-update", False)]),
    ],
)  # fmt: skip
def test_parameters_of_dns_updates(tmp_path: Path, where: str, changes: Changes) -> None:
    assert findings(tmp_path, *changes) == ({("KP710", where)} if where else set())


@pytest.mark.parametrize(
    ("where", "changes"),
    [
        (f"{S}.client-class", [(f"{S}.client-class", "KNOWN")]),
        (f"{S}.require-client-classes", [(f"{S}.require-client-classes", ["a"])]),
        ("dhcp4.client-classes[0].only-if-required",
         [("dhcp4.client-classes", [{"name": "a", "only-if-required": True}])]),
        ("dhcp4.ddns-use-conflict-resolution", [("dhcp4.ddns-use-conflict-resolution", True)]),
        ("dhcp4.loggers[0].output_options",
         [("dhcp4.loggers", [{"name": "kea-dhcp4", "output_options": [{"output": "syslog"}]}])]),
        ("", [(f"{S}.client-classes", ["KNOWN"])]),
        ("", [(f"{S}.evaluate-additional-classes", ["a"])]),
    ],
)  # fmt: skip
def test_old_names_of_keys(tmp_path: Path, where: str, changes: Changes) -> None:
    places = {path for code, path in findings(tmp_path, *changes) if code == "KP711"}
    assert places == ({where} if where else set())


MAC = f"{S}.reservations[0].hw-address"
NAME = f"{S}.reservations[0].hostname"


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("KP428", [(MAC, "00:00:00:00:00:00")]),
        ("KP428", [(MAC, "ff:ff:ff:ff:ff:ff")]),
        ("KP428", [(MAC, "01:00:5e:00:00:01")]),
        ("KP428", [(MAC, "00:11:22:33:44")]),
        ("", [(MAC, "02:11:22:33:44:55")]),
        ("", [(MAC, "0011223344556677")]),
        ("KP418", [(NAME, "bücher")]),
        ("KP418", [(NAME, "打印机")]),
        ("KP418", [(NAME, "a" * 64)]),
        ("KP418", [(NAME, f"{'a' * 64}.example.org")]),
        ("KP418", [(NAME, ".".join(["a" * 60] * 5))]),
        ("", [(NAME, "a" * 63)]),
        ("", [(NAME, "printer-1.example.org.")]),
    ],
)  # fmt: skip
def test_clients_and_their_names(tmp_path: Path, code: str, changes: Changes) -> None:
    assert codes(tmp_path, changes) == ({code} if code else set())


@pytest.mark.parametrize(
    ("fires", "pool", "row"),
    [
        (True, "172.20.10.100 - 172.20.10.101", {}),
        (False, "172.20.10.100 - 172.20.10.102", {}),
        (False, "172.20.10.100 - 172.20.10.101", {"client-classes": ["DROP"]}),
        (False, "172.20.10.100 - 172.20.10.101", {"ip-address": "172.20.10.7"}),
    ],
)
def test_reservations_that_need_a_pool(
    tmp_path: Path, fires: bool, pool: str, row: dict[str, Any]
) -> None:
    rows = [
        {"hw-address": f"00:11:22:33:44:0{number}", "hostname": f"h{number}"} for number in (1, 2)
    ]
    rows.append({"hw-address": "00:11:22:33:44:03", **row})
    changes = [(f"{S}.pools", [pool]), (f"{S}.reservations", rows)]
    assert ("KP429" in codes(tmp_path, changes)) is fires


@pytest.mark.parametrize(
    ("fires", "options"),
    [
        (True, [{"name": "routers", "data": "172.20.10.254"},
                {"code": 3, "data": "172.20.10.254"}]),
        (True, [{"name": "ours", "data": "a"}, {"code": 224, "data": "b"}]),
        (False, [{"name": "routers", "data": "172.20.10.254"}, {"code": 6, "data": "10.0.0.9"}]),
        (False, [{"code": 3, "data": "172.20.10.254"},
                 {"name": "routers", "data": "172.20.10.253", "client-classes": ["KNOWN"]}]),
    ],
)  # fmt: skip
def test_an_option_by_name_and_by_code(
    tmp_path: Path, fires: bool, options: list[dict[str, Any]]
) -> None:
    definition = ("dhcp4.option-def", [{"name": "ours", "code": 224, "type": "string"}])
    where = ("KP504", f"{S}.option-data[1]")
    assert (where in findings(tmp_path, definition, (f"{S}.option-data", options))) is fires
