"""Addresses of routers, relays and servers: what each message says, and where it stands."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import infrastructure, prefixes, shared
from tests.lint.reports import reports

Json = dict[str, Any]
POOLS = {"pools": [{"pool": "10.0.0.10-10.0.0.19"}]}
SUBNET = {"id": 1, "subnet": "10.0.0.0/24", **POOLS}
POOL = "subnet4[0].pools[0].pool"
TAKEN = "is inside the pool: a client could get its address"
MAC = "00:11:22:33:44:55"


def routers(*addresses: str, **more: Any) -> Json:
    return {"option-data": [{"name": "routers", "data": ", ".join(addresses), **more}]}


def relay(*addresses: str) -> Json:
    return {"relay": {"ip-addresses": list(addresses)}}


def subnet(*parts: Json) -> Json:
    """Return a body with a subnet that has these keys."""
    entry = dict(SUBNET)
    for part in parts:
        entry |= part
    return {"subnet4": [entry]}


@pytest.mark.parametrize(
    ("body", "kind", "address"),
    [
        (subnet(routers("10.0.0.10")), "router", "10.0.0.10"),
        (subnet(routers("10.0.0.1", "10.0.0.19")), "router", "10.0.0.19"),
        (subnet(relay("10.0.0.10")), "relay", "10.0.0.10"),
        (subnet(relay("10.0.0.10"), routers("10.0.0.10")), "router", "10.0.0.10"),
        ({**subnet(), "client-classes": [{"name": "a", **routers("10.0.0.15")}]}, "router",
         "10.0.0.15"),
        ({**subnet(relay("10.0.0.15")), "client-classes": [{"name": "a", **routers("10.0.0.15")}]},
         "relay", "10.0.0.15"),
        (subnet({"reservations": [{"hw-address": MAC, **routers("10.0.0.15")}]}), "router",
         "10.0.0.15"),
    ],
)  # fmt: skip
def test_a_router_or_relay_in_a_pool(body: Json, kind: str, address: str) -> None:
    """The router of all clients counts before a relay, and that before the router of a class."""
    hint = f"End the pool before the {kind}, or start it after."
    wanted = ("KP404", POOL, f"the {kind} {address} {TAKEN}", hint)
    assert reports((infrastructure.routers_in_pools,), body) == [wanted]


@pytest.mark.parametrize(
    "body",
    [
        subnet(routers("10.0.0.9", "10.0.0.20")),
        subnet(relay("10.0.0.9", "10.0.0.20", "x")),
        subnet(routers("10.0.0.15", **{"never-send": True})),
        {**subnet(), **relay("10.0.0.15")},
        {**subnet({"reservations": [{"hw-address": MAC, "ip-address": "10.0.0.15"}]}),
         "client-classes": [{"name": "a", **routers("10.0.0.15")}]},
    ],
)  # fmt: skip
def test_no_router_or_relay_in_a_pool(body: Json) -> None:
    assert reports((infrastructure.routers_in_pools,), body) == []


OWN = "Give the subnet a router of its own."
WRITE = "Write the router's address."


@pytest.mark.parametrize(
    ("prefix", "address", "words", "hint"),
    [
        ("10.0.0.0/24", "10.0.0.1", "", ""),
        ("10.0.0.0/24", "10.0.0.254", "", ""),
        ("10.0.0.0/24", "10.0.0.0", "is the network address of 10.0.0.0/24", WRITE),
        ("10.0.0.0/24", "10.0.0.255", "is the broadcast address of 10.0.0.0/24", WRITE),
        ("10.0.0.0/30", "10.0.0.3", "is the broadcast address of 10.0.0.0/30", WRITE),
        ("10.0.0.0/31", "10.0.0.0", "", ""),
        ("10.0.0.0/31", "10.0.0.1", "", ""),
        ("10.0.0.0/24", "10.0.1.0", "is not in 10.0.0.0/24: clients cannot reach it", OWN),
        ("10.0.1.0/24", "10.0.0.255", "is not in 10.0.1.0/24: clients cannot reach it", OWN),
        ("x", "10.0.0.255", "", ""),
    ],
)
def test_a_router_of_a_subnet(prefix: str, address: str, words: str, hint: str) -> None:
    """RFC 1122, 3.2.1.3; RFC 3021 for 31 bits."""
    message = f"the router {address} {words}"
    wanted = [("KP410", "subnet4[0].option-data[0].data", message, hint)] if words else []
    body = subnet({"subnet": prefix}, routers(address))
    assert reports((infrastructure.routers_outside,), body) == wanted


def test_a_global_router_has_one_message_for_each_address() -> None:
    body = {"subnet4": [SUBNET, {**SUBNET, "subnet": "10.0.1.0/24"}], **routers("10.0.2.1")}
    message = "the router 10.0.2.1 is not in 10.0.0.0/24: clients cannot reach it"
    assert reports((infrastructure.routers_outside,), body) == [
        ("KP410", "option-data[0].data", message, OWN),
    ]


@pytest.mark.parametrize(
    ("address", "words", "parts"),
    [
        ("10.0.0.0", "the network address of 10.0.0.0/24", []),
        ("10.0.0.255", "the broadcast address of 10.0.0.0/24", []),
        ("10.0.0.7", "the address of a relay", [relay("10.0.0.7")]),
        ("10.0.0.7", "the address of a router", [routers("10.0.0.7")]),
        ("10.0.0.7", "the address of a router", [routers("10.0.0.7"), relay("10.0.0.7")]),
        ("10.0.0.0", "", [{"subnet": "10.0.0.0/31"}]),
        ("10.0.0.3", "the broadcast address of 10.0.0.0/30", [{"subnet": "10.0.0.0/30"}]),
        ("10.0.0.5", "", [routers("10.0.0.7"), relay("10.0.0.8")]),
    ],
)
def test_a_reserved_address(address: str, words: str, parts: list[Json]) -> None:
    rows = [{"duid": "01"}, {"hw-address": MAC, "ip-address": address}]
    where = "subnet4[0].reservations[1].ip-address"
    wanted = ("KP415", where, f"{address} is {words}", "Reserve another address.")
    lines = reports((infrastructure.reserved,), subnet(*parts, {"reservations": rows}))
    assert lines == ([wanted] if words else [])


@pytest.mark.parametrize(
    ("name", "kind"),
    [("time-servers", "time server"), ("name-servers", "name server"),
     ("domain-name-servers", "DNS server"), ("log-servers", "log server"),
     ("ntp-servers", "NTP server"), ("netbios-name-servers", "NetBIOS name server")],
)  # fmt: skip
def test_a_service_in_a_pool(name: str, kind: str) -> None:
    """RFC 2132: the options whose addresses clients use."""
    hint = "Leave it out of the pool, or reserve the address for it."
    wanted = ("KP420", POOL, f"the {kind} 10.0.0.10 {TAKEN}", hint)
    body = subnet({"option-data": [{"name": name, "data": "10.0.0.9, 10.0.0.10"}]})
    assert reports((infrastructure.services_in_pools,), body) == [wanted]
    kept = {"reservations": [{"hw-address": MAC, "ip-address": "10.0.0.10"}]}
    body["subnet4"][0] |= kept
    assert reports((infrastructure.services_in_pools,), body) == []


def test_a_boot_server_in_a_pool() -> None:
    body = subnet({"next-server": "10.0.0.19"})
    lines = reports((infrastructure.services_in_pools,), body)
    assert [line[2] for line in lines] == [f"the boot server 10.0.0.19 {TAKEN}"]
    for address in ("10.0.0.20", "0.0.0.0", "x"):
        body = subnet({"next-server": address})
        assert reports((infrastructure.services_in_pools,), body) == []
    body = subnet({"next-server": "10.0.0.19"}, routers("10.0.0.19"))
    assert reports((infrastructure.services_in_pools,), body) == []


APART = "Keep it in one of them, or let client-classes tell the clients apart."


def test_one_relay_of_two_networks() -> None:
    """CfgSubnets4::selectSubnet in Kea's source: the lowest id is first."""
    second = {"id": 2, "subnet": "10.0.1.0/24", **relay("10.9.0.1")}
    body = {"subnet4": [second, {**SUBNET, **relay("10.9.0.2", "10.9.0.1")}]}
    message = "the relay 10.9.0.1 belongs to 10.0.0.0/24 already"
    assert reports((shared.relay_of_two_networks,), body) == [
        ("KP424", "subnet4[0].relay.ip-addresses[0]",
         f"{message}: its clients never get to 10.0.1.0/24", APART),
    ]  # fmt: skip
    for key, classes in (("client-class", "a"), ("client-classes", ["a"])):
        guarded = {**SUBNET, **relay("10.9.0.1"), key: classes}
        body = {"subnet4": [second, guarded]}
        assert reports((shared.relay_of_two_networks,), body) == []
        body = {"subnet4": [{**second, key: classes}, {**SUBNET, **relay("10.9.0.1")}]}
        assert len(reports((shared.relay_of_two_networks,), body)) == 1


def test_what_the_subnets_of_a_network_have_in_common() -> None:
    """SharedNetworksSanityChecks in Kea's source."""
    place = "shared-networks[0].subnet4"
    other = {"id": 2, "subnet": "10.0.1.0/24"}
    cases: tuple[tuple[Json, Json, Json, tuple[str, ...]], ...] = (
        ({"interface": "a"}, {}, {"interface": "b"},
         (f"{place}[1].interface", "10.0.1.0/24 has the interface b, its shared network a",
          "Set one interface, in the shared network alone.")),
        ({}, {"interface": "a"}, {"interface": "b"},
         (f"{place}[1].interface", "10.0.1.0/24 has the interface b, its shared network a",
          "Set one interface, in the shared network alone.")),
        ({"authoritative": True}, {}, {"authoritative": False},
         (f"{place}[1].authoritative", "10.0.1.0/24 and its shared network differ in authoritative",
          "Set it in the shared network alone.")),
        ({}, {"authoritative": True}, {},
         (f"{place}[0].authoritative", "10.0.0.0/24 and its shared network differ in authoritative",
          "Set it in the shared network alone.")),
    )  # fmt: skip
    for whole, keys, other_keys, wanted in cases:
        subnets = [{**SUBNET, **keys}, {**other, **other_keys}]
        body = {"shared-networks": [{"name": "n", **whole, "subnet4": subnets}]}
        assert reports((shared.common_values,), body) == [("KP425", *wanted)]


@pytest.mark.parametrize(
    ("prefix", "start"),
    [("10.0.0.77/24", "10.0.0.0/24"), (" 10.0.0.1 /24", "10.0.0.0/24"), ("10.0.0.0/24", ""),
     ("10.0.0.77/32", ""), ("10.0.0.1/31", "10.0.0.0/31")],
)  # fmt: skip
def test_host_bits(prefix: str, start: str) -> None:
    message = f"{prefix} has host bits: Kea takes {start}"
    wanted = [("KP426", "subnet4[0].subnet", message, f"Write {start}.")] if start else []
    assert reports((prefixes.host_bits,), subnet({"subnet": prefix})) == wanted


@pytest.mark.parametrize(
    ("prefix", "words"),
    [
        ("0.0.0.0/8", '0.0.0.0/8 is "this network"'),
        ("0.255.255.0/24", '0.0.0.0/8 is "this network"'),
        ("1.0.0.0/24", ""),
        ("126.255.255.0/24", ""),
        ("127.0.0.0/24", "127.0.0.0/8 is for loopback"),
        ("127.255.255.255/32", "127.0.0.0/8 is for loopback"),
        ("128.0.0.0/24", ""),
        ("169.253.255.0/24", ""),
        ("169.254.255.0/24",
         "169.254.0.0/16 is for link-local addresses, which hosts give themselves"),
        ("169.255.0.0/24", ""),
        ("223.255.255.0/24", ""),
        ("224.0.0.0/24", "224.0.0.0/4 is for multicast"),
        ("239.255.255.0/24", "224.0.0.0/4 is for multicast"),
        ("240.0.0.0/24", "240.0.0.0/4 is reserved"),
        ("255.255.255.255/32", "240.0.0.0/4 is reserved"),
        ("126.0.0.0/7", "127.0.0.0/8 is for loopback"),
        ("0.0.0.0/0", ""),
    ],
)  # fmt: skip
def test_blocks_that_are_set_aside(prefix: str, words: str) -> None:
    """RFC 6890, RFC 5771, RFC 3927."""
    hint = "Clients cannot use these addresses: write another prefix."
    wanted = [("KP427", "subnet4[0].subnet", words, hint)] if words else []
    assert reports((prefixes.special_blocks,), subnet({"subnet": prefix})) == wanted
