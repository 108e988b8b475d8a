"""The adapters: NetBox's, phpIPAM's and tables' objects into the common model."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from keaprov.site import rows
from keaprov.source.table import csv_of
from keaprov.sync import netbox, phpipam, tables, values
from keaprov.sync.assembling import assembled
from keaprov.sync.model import Answer, Truth
from tests.sync.netbox import LISTS, address, gateway, interface, ip_range, prefix
from tests.sync.phpipam import PHPIPAM

SELECTION = netbox.Selection({"site": "labo"}, {}, {"routers": "gateway"})


def summary(truth: Truth) -> list[tuple[Any, ...]]:
    """Return each subnet's key, prefix, VLAN, pools, options and reservations."""
    return [
        (
            subnet.prefix.origin.key,
            str(subnet.prefix.network),
            (subnet.prefix.number, subnet.prefix.vlan),
            [str(pool) for pool in subnet.pools],
            dict(subnet.prefix.options),
            [(host.mac, str(host.address), host.hostname) for host in subnet.reservations],
        )
        for subnet in truth.subnets
    ]


def of_netbox(selection: netbox.Selection = SELECTION, **lists: list[Any]) -> Truth:
    changed = {**deepcopy(LISTS), **{name.replace("_", "-"): raw for name, raw in lists.items()}}
    return assembled([netbox.answer("netbox", changed, selection)])


def test_netbox() -> None:
    truth = of_netbox()
    assert summary(truth) == [
        (
            "netbox/prefixes/7",
            "172.20.10.0/24",
            (10, "User"),
            ["172.20.10.100 - 172.20.10.199"],
            {"routers": "172.20.10.254"},
            [("02:00:00:00:00:01", "172.20.10.5", "printer.labo.example")],
        ),
        (
            "netbox/prefixes/8",
            "172.20.20.0/24",
            (20, "Voice"),
            [],
            {},
            [("02:00:00:00:00:02", "172.20.20.5", "")],
        ),
    ]
    assert truth.conflicts == ()
    (note,) = truth.notes
    assert note == (
        "172.20.10.6/24 (netbox/ip-addresses/20): no interface, so no reservation of 172.20.10.6"
    )


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ({"site": "labo"}, [7, 8]),
        ({"site": "labo", "tag": "dhcp"}, [7, 8]),
        ({"tag": "other"}, []),
        ({"role": "user", "site": "other"}, [9]),
        ({"vrf": "global"}, [7, 8, 9]),
        ({"vrf": "red"}, []),
    ],
)
def test_which_prefixes_of_netbox_are_subnets(where: dict[str, str], ids: list[int]) -> None:
    truth = of_netbox(netbox.Selection(where))
    assert [int(subnet.prefix.origin.path[9:]) for subnet in truth.subnets] == ids


@pytest.mark.parametrize(
    ("mark", "routers"),
    [
        ({"role": "hsrp"}, ["172.20.10.254", None]),
        ({"tag": "gateway"}, [None, "172.20.20.252, 172.20.20.253"]),
        ({"tag": "core"}, [None, "172.20.20.253"]),
        ({"role": "hsrp", "tag": "gateway"}, [None, None]),
    ],
)
def test_the_routers_are_the_addresses_with_a_role_or_a_tag(
    mark: dict[str, str], routers: list[str | None]
) -> None:
    truth = of_netbox(netbox.Selection({"site": "labo"}, {}, {}, {"routers": mark}))
    assert [subnet.prefix.options.get("routers") for subnet in truth.subnets] == routers
    wanted = " and ".join(f"{key} {value}" for key, value in mark.items())
    missing = [
        f"{subnet.prefix.origin}: no address with {wanted} for routers"
        for subnet in truth.subnets
        if "routers" not in subnet.prefix.options
    ]
    assert [note for note in truth.notes if "for routers" in note] == missing


def test_a_router_belongs_to_the_smallest_prefix_of_its_own_vrf() -> None:
    red = {"id": 2, "name": "red"}
    inner = gateway(31, "172.20.10.254", "hsrp")
    others = [
        gateway(30, "172.20.9.1", "hsrp"),
        inner,
        {**inner, "id": 32, "vrf": red},
        {**gateway(33, "172.20.9.2", "hsrp"), "status": {"value": "deprecated"}},
    ]
    prefixes = [prefix(6, "172.20.0.0/16"), prefix(7, "172.20.10.0/24", site="other")]
    truth = of_netbox(
        netbox.Selection({"site": "labo"}, {}, {}, {"routers": {"role": "hsrp"}}),
        prefixes=prefixes,
        ip_addresses=others,
        ip_ranges=[],
    )
    assert [dict(subnet.prefix.options) for subnet in truth.subnets] == [{"routers": "172.20.9.1"}]


def test_a_vrf_has_addresses_of_its_own() -> None:
    red = (2, "red")
    vrf = {"id": 2, "name": "red"}
    truth = of_netbox(
        netbox.Selection({"vrf": "global", "site": "labo"}),
        prefixes=[*LISTS["prefixes"], prefix(30, "172.20.10.0/24", vrf=red)],
        ip_addresses=[address(40, "172.20.10.5", 1, vrf=vrf), address(17, "172.20.10.5", 1)],
    )
    assert truth.conflicts == ()
    assert [host.origin.path for host in truth.subnets[0].reservations] == ["ip-addresses/17"]


@pytest.mark.parametrize(
    ("lists", "conflict"),
    [
        (
            {"ip_addresses": [address(17, "172.20.10.5", 1), address(21, "172.20.10.5", 3)]},
            "172.20.10.5/24 (netbox/ip-addresses/21): the address 172.20.10.5 is for "
            "02:00:00:00:00:03 and, by 172.20.10.5/24 (netbox/ip-addresses/17), for "
            "02:00:00:00:00:01",
        ),
        (
            {"ip_addresses": [address(17, "172.20.10.5", 1), address(21, "172.20.10.7", 1)]},
            "172.20.10.7/24 (netbox/ip-addresses/21): the client 02:00:00:00:00:01 has "
            "172.20.10.7 and, by 172.20.10.5/24 (netbox/ip-addresses/17), 172.20.10.5 in one "
            "subnet",
        ),
        (
            {"ip_addresses": [address(17, "192.0.2.5", 1, "pc")]},
            "pc (netbox/ip-addresses/17): the address 192.0.2.5 is outside any prefix",
        ),
        (
            {"ip_addresses": [address(17, "172.20.10.5", 4)]},
            "172.20.10.5/24 (netbox/ip-addresses/17): its interface eth0 has 2 MAC addresses "
            "(02:00:00:00:00:04, 02:00:00:00:00:05) and no primary one",
        ),
        (
            {"ip_ranges": [ip_range(3, "172.20.10.200", "172.20.20.10")]},
            "netbox/ip-ranges/3: the range 172.20.10.200 - 172.20.20.10 is not within one prefix",
        ),
        (
            {
                "ip_ranges": [
                    ip_range(3, "172.20.10.100", "172.20.10.150"),
                    ip_range(4, "172.20.10.150", "172.20.10.199"),
                ]
            },
            "netbox/ip-ranges/4: the range 172.20.10.150 - 172.20.10.199 overlaps "
            "172.20.10.100 - 172.20.10.150 of netbox/ip-ranges/3",
        ),
        (
            {"prefixes": [prefix(7, "172.20.10.0/24"), prefix(6, "172.20.0.0/16")]},
            "netbox/prefixes/7: the prefix 172.20.10.0/24 lies in 172.20.0.0/16 of "
            "netbox/prefixes/6; select one of them",
        ),
    ],
    ids=lambda value: "" if isinstance(value, dict) else value[:40],
)
def test_contradictions_of_netbox_are_named(lists: dict[str, Any], conflict: str) -> None:
    interfaces = [
        interface(1, "02:00:00:00:00:01"),
        interface(3, "02-00-00-00-00-03"),
        interface(4, "02:00:00:00:00:04", "02:00:00:00:00:05", primary=False),
    ]
    truth = of_netbox(**{"interfaces": interfaces, "ip_addresses": [], "ip_ranges": [], **lists})
    assert truth.conflicts == (conflict,)


def test_a_mac_address_that_is_not_the_primary_one_counts_if_it_is_alone() -> None:
    truth = of_netbox(interfaces=[interface(1, "02:00:00:00:00:09", primary=False)])
    assert [host.mac for host in truth.subnets[0].reservations] == ["02:00:00:00:00:09"]


def test_a_reservation_within_a_pool_is_noted() -> None:
    truth = of_netbox(ip_addresses=[address(17, "172.20.10.120", 1)])
    assert truth.notes == (
        "172.20.10.120/24 (netbox/ip-addresses/17): the reserved address 172.20.10.120 is in the "
        "pool 172.20.10.100 - 172.20.10.199 of netbox/ip-ranges/3",
    )
    assert truth.conflicts == ()


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ("10.0.0.1/24", "10.0.0.1"),
        ("10.0.0.1,10.0.0.2", "10.0.0.1, 10.0.0.2"),
        ({"id": 4, "address": "10.0.0.1/24"}, "10.0.0.1"),
        ([{"address": "10.0.0.1/24"}, {"address": "10.0.0.2/24"}], "10.0.0.1, 10.0.0.2"),
        (3600, "3600"),
        (True, "true"),
        (None, ""),
        ("", ""),
    ],
)
def test_a_field_as_the_data_of_an_option(value: object, data: str) -> None:
    assert values.option(value) == data


def test_phpipam() -> None:
    answer = phpipam.answer("ipam", PHPIPAM, {"section": "1"}, {"routers": "gateway"})
    truth = assembled([answer])
    assert summary(truth) == [
        (
            "ipam/subnets/3",
            "10.10.1.0/24",
            (10, "User"),
            ["10.10.1.10 - 10.10.1.11", "10.10.1.20 - 10.10.1.20"],
            {"routers": "10.10.1.254"},
            [("02:00:00:00:00:01", "10.10.1.5", "printer")],
        )
    ]
    assert truth.conflicts == ()
    both = phpipam.answer("ipam", PHPIPAM, {}, {})
    assert both.conflicts == ("ipam/addresses/7: 'wrong' of 10.20.1.6 is not a MAC address",)


def of_tables(subnets: str, hosts: str = "") -> Answer:
    table = csv_of(subnets, "subnets.csv", tables.column)
    return tables.answer("plan", table, csv_of(hosts, "hosts.csv", rows.column) if hosts else None)


def test_tables() -> None:
    answer = of_tables(
        "Subnet;VLAN;VLAN ID;id;pools;option.routers\n"
        "10.0.1.0/24;User;10;a1;10.0.1.10 - 10.0.1.19, 10.0.1.32/30;10.0.1.254\n"
        "10.0.2.0/24;;;;;\n",
        "mac,ip,name\n0200.0000.0001,10.0.1.5,printer\n",
    )
    assert summary(assembled([answer])) == [
        (
            "plan/subnets/a1",
            "10.0.1.0/24",
            (10, "User"),
            ["10.0.1.10 - 10.0.1.19", "10.0.1.32 - 10.0.1.35"],
            {"routers": "10.0.1.254"},
            [("02:00:00:00:00:01", "10.0.1.5", "printer")],
        ),
        ("plan/subnets/10.0.2.0/24", "10.0.2.0/24", (None, ""), [], {}, []),
    ]


def test_what_is_wrong_in_tables_has_its_line() -> None:
    answer = of_tables(
        "subnet,pools\n10.0.1.0/33,\n10.0.1.0/24,10.0.1.9 - 10.0.1.1\n",
        "mac,ip\nprinter,10.0.1.5\n02:00:00:00:00:01,\n",
    )
    assert answer.conflicts == (
        "subnets.csv:2:1: '10.0.1.0/33' is not a prefix",
        "subnets.csv:3:1: '10.0.1.9 - 10.0.1.1' is not a pool",
        "hosts.csv:2:1: 'printer' is not a MAC address",
        "hosts.csv:3:1: no IPv4 address for 02:00:00:00:00:01",
    )


@pytest.mark.parametrize("number", ["VLAN10", "0", "4095", "9" * 5000, "\u0661\u0660", "10.0"])
def test_what_is_not_the_number_of_a_vlan_is_a_conflict(number: str) -> None:
    answer = of_tables(f"subnet,vlan-id\n10.0.1.0/24,{number}\n")
    wrong = f"{number!r} is not the number of a VLAN (1 to 4094)"
    assert answer.conflicts == (f"subnets.csv:2:13: {wrong}",)
    assert answer.prefixes[0].number is None


def test_a_name_that_is_not_of_a_host_is_named() -> None:
    answer = of_tables(
        "subnet\n10.0.1.0/24\n",
        "mac,ip,name\n02:00:00:00:00:01,10.0.1.5,my printer\n02:00:00:00:00:02,10.0.1.6,a_b\n",
    )
    assert answer.notes == ("hosts.csv:2:28: 'my printer' is not a host name, left out",)
    assert [host.hostname for host in answer.reservations] == ["", "a_b"]


def test_a_name_of_phpipam_that_is_not_of_a_host_is_named() -> None:
    address = {"id": "9", "subnetId": "1", "ip": "10.0.1.5", "mac": "02:00:00:00:00:01",
               "hostname": "my printer", "tag": "4"}  # fmt: skip
    subnet = {"id": "1", "subnet": "10.0.1.0", "mask": "24", "sectionId": "1"}
    lists = {"subnets": [subnet], "addresses": [address], "vlan": [], "vlans": []}
    answer = phpipam.answer("ipam", lists, {}, {})
    wrong = "the name 'my printer' is not a host name, left out"
    assert answer.notes == (f"my printer (ipam/addresses/9): {wrong}",)
    assert [host.hostname for host in answer.reservations] == [""]


def test_two_sources_with_one_prefix_contradict_each_other() -> None:
    of_phpipam = phpipam.answer("ipam", PHPIPAM, {"section": "1"}, {})
    truth = assembled([of_phpipam, of_tables("subnet\n10.10.1.0/24\n")])
    assert truth.conflicts == (
        "plan/subnets/10.10.1.0/24: the prefix 10.10.1.0/24 lies in 10.10.1.0/24 of User "
        "(ipam/subnets/3); select one of them",
    )


def test_rows_with_one_id_contradict_each_other() -> None:
    truth = assembled([of_tables("subnet,id\n10.0.1.0/24,a\n10.0.2.0/24,a\n")])
    assert truth.conflicts == ("plan/subnets/a: 10.0.1.0/24 and 10.0.2.0/24 have the same id",)


def test_a_reservation_in_a_pool_is_a_note() -> None:
    ranges = [
        ip_range(30, "172.20.10.100", "172.20.10.120"),
        ip_range(31, "172.20.10.140", "172.20.10.160"),
    ]
    places = (99, 100, 120, 121, 139, 140, 160, 161)
    addresses = [address(place, f"172.20.10.{place}", place) for place in places]
    interfaces = [interface(place, f"02:00:00:00:00:{place:02x}") for place in places]
    truth = of_netbox(ip_ranges=ranges, ip_addresses=addresses, interfaces=interfaces)
    assert [note for note in truth.notes if "in the pool" in note] == [
        f"172.20.10.{place}/24 (netbox/ip-addresses/{place}): the reserved address "
        f"172.20.10.{place} is in the pool {pool} of netbox/ip-ranges/{origin}"
        for place, pool, origin in (
            (100, "172.20.10.100 - 172.20.10.120", 30),
            (120, "172.20.10.100 - 172.20.10.120", 30),
            (140, "172.20.10.140 - 172.20.10.160", 31),
            (160, "172.20.10.140 - 172.20.10.160", 31),
        )
    ]
