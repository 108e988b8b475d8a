"""``keaprov import dhcpd``: what becomes of networks, hosts and options, by dhcpd.conf(5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from keaprov import load_site, render
from tests.importing.dhcpd_cases import (
    CASES,
    OFFICE,
    OPTIONS,
    PAIR,
    SUBNETS,
)
from tests.importing.dhcpd_site import SUBNET, body, imported, kept, run


@pytest.mark.parametrize("name", CASES)
def test_the_result_has_no_error(tmp_path: Path, name: str) -> None:
    done = run(tmp_path, CASES[name], "--server", "dhcp1=192.0.2.2")
    assert done.exit_code == 0, done.output
    site = load_site(tmp_path / "site/site.yaml")
    assert render.dhcp4(site, site.servers[0])


def test_networks_have_their_pools_and_hosts(tmp_path: Path) -> None:
    result = imported(tmp_path, OFFICE)
    dhcp4 = result.site["dhcp4"]
    (shared,) = dhcp4["shared-networks"]
    first, second = shared["subnet4"]
    assert [pool.get("client-classes") for pool in first["pools"]] == [["not-phones"], ["phones"]]
    assert kept(result) == {"max-lease-time 600": "Kea has no lease time for a pool"}
    domain = {"name": "domain-name", "data": "print.example.org"}
    assert first["reservations"] == [
        {"hw-address": "02:00:5e:10:00:01", "ip-address": "192.0.2.50", "comment": "printer-1",
         "option-data": [domain]},
        {"hw-address": "02:00:5e:10:00:02", "ip-address": "192.0.2.51", "comment": "printer-2",
         "option-data": [domain, {"name": "host-name", "data": "second"}]},
        {"client-id": "01:02:00:5e:10:00:03", "ip-address": "192.0.2.52", "comment": "by-id"},
    ]  # fmt: skip
    assert [row["ip-address"] for row in second["reservations"]] == ["198.51.100.10"]
    assert [subnet["id"] for subnet in (first, second, *dhcp4["subnet4"])] == [1, 2, 3]
    assert dhcp4["host-reservation-identifiers"] == ["client-id", "hw-address"]
    lifetimes = ("valid-lifetime", "min-valid-lifetime", "max-valid-lifetime")
    assert [dhcp4[key] for key in lifetimes] == [3600, 300, 86400]


def test_a_failover_block_is_a_pair(tmp_path: Path) -> None:
    (tmp_path / "subnets.conf").write_text(SUBNETS)
    done = run(tmp_path, PAIR)
    assert done.exit_code == 0, done.output
    site = load_site(tmp_path / "site/site.yaml")
    servers = [(s.name, s.role.value if s.role else "", s.address) for s in site.servers]
    assert servers == [("dhcp1", "primary", "192.0.2.2"), ("dhcp2", "standby", "192.0.2.3")]
    assert "subnets.conf:2: keaprov's: option subnet-mask 255.255.255.0: " in done.output
    assert "dhcpd.conf:3: not imported: split 255: a site's pair is hot-standby" in done.output
    (subnet,) = site.dhcp4["subnet4"]
    assert [pool["pool"] for pool in subnet["pools"]] == [
        "192.0.2.10 - 192.0.2.99", "192.0.2.120 - 192.0.2.180",
    ]  # fmt: skip


def test_a_secondary_names_the_primary_as_its_peer(tmp_path: Path) -> None:
    block = 'failover peer "p" { secondary; address 192.0.2.3; peer address 192.0.2.2; }\n'
    servers = imported(tmp_path, block + SUBNET % "").site["servers"]
    assert {name: keys["role"] for name, keys in servers.items()} == {
        "dhcp1": "primary", "dhcp2": "standby",
    }  # fmt: skip
    assert servers["dhcp2"]["address"] == "192.0.2.3"


def test_options_have_the_values_of_dhcpd(tmp_path: Path) -> None:
    dhcp4 = body(tmp_path, OPTIONS)
    assert (dhcp4["renew-timer"], dhcp4["rebind-timer"]) == (900, 1600)
    assert dhcp4["option-def"] == [
        {"name": "pair", "code": 224, "type": "record", "record-types": "uint8, string"},
        {"name": "flag", "code": 226, "type": "boolean"},
        {"name": "blob", "code": 227, "type": "binary"},
        {"name": "wpad", "code": 252, "type": "string"},
    ]
    texts = {option.get("name", option.get("code")): option["data"]
             for option in dhcp4["option-data"] if option.get("csv-format", True)}  # fmt: skip
    octets = {option.get("name", option.get("code")): option["data"]
              for option in dhcp4["option-data"] if not option.get("csv-format", True)}  # fmt: skip
    assert texts == {
        "static-routes": "10.0.0.0, 192.0.2.1, 172.16.0.0, 192.0.2.2",
        "domain-search": "example.org, example.net",
        "time-offset": "-3600",
        "ip-forwarding": "false",
        "netbios-node-type": "8",
        "pair": "7, seven",
        "flag": "true",
        "wpad": "http://192.0.2.9/wpad.dat",
    }
    assert octets == {
        "user-class": b"text".hex(),
        43: "0104c0000201",
        "blob": "00ff",
        225: "c0000201c0000202c0000203c0000204",
        "merit-dump": b"a,b".hex(),
        230: b"raw".hex(),
    }


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ("option domain-name-servers ns.example.org;", "option domain-name-servers"),
        ("option domain-name-servers 192.0.2.5, ns.example.org;", "option domain-name-servers"),
        ("next-server boot.example.org;", "next-server"),
        ('filename = concat("a", option host-name);', "filename"),
        ("option host-name = option dhcp-client-identifier;", "option host-name"),
        ("option dhcp-server-identifier 192.0.2.2;", "option dhcp-server-identifier"),
        ("option boot-size 70000;", "option boot-size"),
        ("option routers;", "option routers"),
        ("ping-check on;", "ping-check on"),
        ("ddns-hostname = host-decl-name;", "ddns-hostname"),
        ("on commit { set a = 1; }", "on commit"),
        ('switch (option host-name) { case 1: filename "a"; }', "switch"),
        ("min-secs 5;", "min-secs 5"),
        ('group { option domain-name "a"; }', "option domain-name"),
        ('class "c" { host h { } }', "class"),
        ("host { hardware ethernet 2:0:0:0:0:1; }", "host"),
        ('option unknown-0 "a";', "option unknown-0"),
        ("pool { range 192.0.2.9; deny all clients; }", "pool"),
        ("pool { range 192.0.2.9; allow authenticated clients; }", "pool"),
        ("host h { hardware token-ring 1:2:3:4:5:6; }", "host h"),
        ("host h { fixed-address 192.0.2.1; }", "host h"),
        ("host h { hardware ethernet 2:0:0:0:0:1; fixed-address h.example.org; }", "host h"),
        ("host h { hardware ethernet 2:0:0:0:0:1; fixed-address 10.0.0.1; }", "host h"),
    ],
)
def test_what_kea_cannot_say_is_in_the_report(tmp_path: Path, inside: str, what: str) -> None:
    result = imported(tmp_path, SUBNET % inside)
    assert result.site["dhcp4"]["subnet4"] == [{"id": 1, "subnet": "192.0.2.0/24"}]
    assert "reservations" not in result.site["dhcp4"]
    assert any(path.startswith(what) for path in kept(result)), kept(result)
    assert all(line.startswith(f"{tmp_path}/dhcpd.conf:1: ") for line in result.notes.lines())


def test_a_value_that_kea_refuses_is_not_in_the_site(tmp_path: Path) -> None:
    result = imported(tmp_path, "option x code 7 = boolean;\noption x true;\n" + SUBNET % "")
    assert "option-data" not in result.site["dhcp4"]
    assert kept(result)["option x true"].startswith("Kea does not take the value: 1 octets")


def test_groups_and_lease_times_are_inherited(tmp_path: Path) -> None:
    text = """\
min-lease-time 120;
group { max-lease-time 600; option domain-name "g.example.org"; group { option routers 192.0.2.1;
  subnet 192.0.2.0 netmask 255.255.255.0 { option domain-name "s.example.org"; } } }
"""
    (subnet,) = body(tmp_path, text)["subnet4"]
    assert subnet == {
        "id": 1, "subnet": "192.0.2.0/24", "valid-lifetime": 600, "min-valid-lifetime": 120,
        "max-valid-lifetime": 600, "option-data": [
            {"name": "domain-name", "data": "s.example.org"},
            {"name": "routers", "data": "192.0.2.1"},
        ],
    }  # fmt: skip
