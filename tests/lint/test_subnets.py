"""Subnets, pools and relays: bounds, places, messages and cures (Kea ARM, DHCPv4 Server)."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import subnets
from tests.lint.reports import Report, reports

PREFIX = "Write it as 172.20.10.0/24."
POOL = "Write the range as `first - last`, both inside the subnet."
RANGE = "Write `first - last`, or a prefix."
NETWORKS = "Give each shared network a name of its own."
RELAY = "Write each address of the relay once, as 172.20.10.254."


def of_prefix(*prefixes: str) -> list[Report]:
    """Return the reports about subnets with these prefixes."""
    entries = [{"id": number, "subnet": text} for number, text in enumerate(prefixes, 1)]
    return reports(subnets.RULES, {"subnet4": entries})


def of_pools(*pools: str, subnet: str = "10.0.0.0/24") -> list[Report]:
    """Return the reports about the pools of a subnet."""
    entry = {"id": 1, "subnet": subnet, "pools": [{"pool": text} for text in pools]}
    return reports(subnets.RULES, {"subnet4": [entry]})


def test_ids() -> None:
    entries = [
        {"subnet": "10.0.0.0/24"},
        {"id": 1, "subnet": "10.0.1.0/24"},
        {"id": 1, "subnet": "10.0.2.0/24"},
        {"id": "1", "subnet": "10.0.3.0/24"},
    ]
    assert reports(subnets.RULES, {"subnet4": entries}) == [
        ("KP401", "subnet4[0]", "the subnet has no id",
         "Give each subnet an id and never change it: leases belong to the id."),
        ("KP401", "subnet4[2].id", "the id 1 belongs to 10.0.1.0/24 already",
         "Give each subnet an id of its own."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("10.0.0.0", "Add the prefix's length, as 10.0.0.0/24."),
        ("10.0.0", "Write 10.0.0.0/24."),
        ("10.0.0.x", "Write 10.0.0.0/24."),
        ("10.0.0.0\\25", "Write 10.0.0.0/25."),
        ("10.0.0.1 - 10.0.0.254", "Write 10.0.0.0/24, and the range as a pool."),
        ("10.0.0.1-10.0.3.9", "Write 10.0.0.0/22, and the range as a pool."),
        ("10.0.999", PREFIX),
        ("10.0.0.0/33", PREFIX),
        ("10.0.0.0/", PREFIX),
        ("10.0.0/24", PREFIX),
        ("10.0.0.0/x", PREFIX),
        ("10.0.0.0/24/24", PREFIX),
        ("", PREFIX),
        ("10.0.0.0 255.255.255.0", "Write 10.0.0.0/24."),
        ("10.0.0.0/255.255.0.0", "Write 10.0.0.0/16."),
        ("10.0.0.0 24", "Write 10.0.0.0/24."),
        ("10.0.0.0/24\n", "Write 10.0.0.0/24."),
        ("10.0.0.0/\uff12\uff14", PREFIX),
        ("2001:db8::/32", PREFIX),
    ],
)
def test_a_text_that_is_not_a_prefix(text: str, hint: str) -> None:
    """RFC 4632, 3.1: an address, a slash, the number of its leading bits."""
    message = f"{text!r} is not an IPv4 prefix"
    assert of_prefix(text) == [("KP402", "subnet4[0].subnet", message, hint)]


@pytest.mark.parametrize("text", ["10.0.0.0/1", "10.0.0.0/24", "10.0.0.7/24", "10.0.0.7/32"])
def test_a_prefix(text: str) -> None:
    assert of_prefix(text) == []


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        (" 10.0.0.0/24", "10.0.0.0/24"),
        ("10.0.0.7 / 24", "10.0.0.0/24"),
        ("10.0.0.0/24\t", "10.0.0.0/24"),
        ("1 0.0.0.0/2 4", "10.0.0.0/24"),
        ("10.0.0.0/+24", "10.0.0.0/24"),
        ("10.0.0.0/-4294967272", "10.0.0.0/24"),
    ],
)
def test_a_prefix_that_kea_reads_as_another_text(text: str, prefix: str) -> None:
    """Kea takes blanks out, and a length modulo 2^32 (SubnetConfigParser::parse)."""
    message = f"Kea reads {text!r} as {prefix}"
    assert of_prefix(text) == [("KP431", "subnet4[0].subnet", message, f"Write {prefix}.")]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("10.0.0. 5 - 10.0.0.9", "10.0.0.5 - 10.0.0.9"),
        ("10.0.0.8/+29", "10.0.0.8 - 10.0.0.15"),
        ("10.0.0.8/2 9", "10.0.0.8 - 10.0.0.15"),
    ],
)
def test_a_pool_that_kea_reads_as_another_text(text: str, ends: str) -> None:
    where = "subnet4[0].pools[0].pool"
    message = f"Kea reads {text!r} as {ends}"
    assert of_pools(text) == [("KP431", where, message, f"Write {ends}.")]


@pytest.mark.parametrize("text", ["10.0.0.5-10.0.0.9", " 10.0.0.5\t- 10.0.0.9 ", "10.0.0.8 / 29"])
def test_blanks_around_addresses_are_plain(text: str) -> None:
    assert of_pools(text) == []


def test_a_pool_that_ends_with_its_line() -> None:
    where, text = "subnet4[0].pools[0].pool", "10.0.0.5 - 10.0.0.9\n"
    hint = "Write 10.0.0.5 - 10.0.0.9."
    assert of_pools(text) == [("KP403", where, f"{text!r} is not a pool", hint)]


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("", True), ("2001:db8::/64", True), ("2001:db8::/0", True), ("10.0.0.0/24", True),
        ("2001:db8::/+64", True), ("2001:db8::/129", True), ("2001:db8::/-1", True),
        ("2001:db8::", False), ("2001:db8::/", False), ("/64", False), ("x/64", False),
        (" 2001:db8::/64", False), ("2001:db8::/64 ", False), ("2001:db8::/4294967296", False),
    ],
)  # fmt: skip
def test_the_prefix_of_4o6_clients(text: str, good: bool) -> None:
    entry = {"id": 1, "subnet": "10.0.0.0/24", "4o6-subnet": text}
    wanted = ("KP433", "subnet4[0].4o6-subnet", f"{text!r} is not a prefix",
              "Write it as 2001:db8::/64.")  # fmt: skip
    assert reports(subnets.RULES, {"subnet4": [entry]}) == ([] if good else [wanted])


def test_a_prefix_without_bits() -> None:
    assert of_prefix("0.0.0.0/0") == [
        ("KP432", "subnet4[0].subnet", "0.0.0.0/0 is every address there is",
         "Write a longer prefix."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("prefixes", "where", "message"),
    [
        (("10.0.0.0/24", "10.0.0.0/24"), 1, "10.0.0.0/24 is there already"),
        (("10.0.0.0/24", "10.0.0.128/25"), 1, "10.0.0.128/25 overlaps 10.0.0.0/24"),
        (("10.0.0.128/25", "10.0.0.0/24"), 1, "10.0.0.0/24 overlaps 10.0.0.128/25"),
        (("10.0.0.0/25", "10.0.0.0/24"), 1, "10.0.0.0/24 overlaps 10.0.0.0/25"),
        (("10.0.0.0/24", "10.0.0.255/32"), 1, "10.0.0.255/32 overlaps 10.0.0.0/24"),
        (("10.0.0.0/24", "10.0.1.0/24"), None, ""),
        (("10.0.1.0/24", "10.0.0.0/24"), None, ""),
        (("10.0.0.0/16", "10.0.0.0/24", "10.0.9.0/24"), 2, "10.0.9.0/24 overlaps 10.0.0.0/16"),
    ],
)
def test_overlapping_subnets(prefixes: tuple[str, ...], where: int | None, message: str) -> None:
    lines = of_prefix(*prefixes)
    hint = "Keep each address in one subnet."
    wanted = ("KP407", f"subnet4[{where}].subnet", message, hint)
    assert lines[-1:] == ([] if where is None else [wanted])


@pytest.mark.parametrize(
    "pools",
    [
        ("10.0.0.1-10.0.0.254",),
        ("10.0.0.9 - 10.0.0.9",),
        ("10.0.0.64/26",),
        ("10.0.0.77/32",),
        (" 10.0.0.64 / 26 ",),
        ("10.0.0.1-10.0.0.9", "10.0.0.10-10.0.0.19"),
        ("10.0.0.10-10.0.0.19", "10.0.0.1-10.0.0.9"),
    ],
)
def test_right_pools(pools: tuple[str, ...]) -> None:
    assert of_pools(*pools) == []


@pytest.mark.parametrize(
    ("pools", "where", "message", "hint"),
    [
        (("10.0.0.9-10.0.0.1",), 0, "the pool 10.0.0.9-10.0.0.1 ends before it starts",
         "Write 10.0.0.1 - 10.0.0.9."),
        (("10.0.0.1 10.0.0.9",), 0, "'10.0.0.1 10.0.0.9' is not a pool",
         "Write 10.0.0.1 - 10.0.0.9."),
        (("10.0.0.1 to 10.0.0.9",), 0, "'10.0.0.1 to 10.0.0.9' is not a pool",
         "Write 10.0.0.1 - 10.0.0.9."),
        (("10.0.0.1..10.0.0.9",), 0, "'10.0.0.1..10.0.0.9' is not a pool",
         "Write 10.0.0.1 - 10.0.0.9."),
        (("10.0.0.1 \u2013 10.0.0.9",), 0,
         "'10.0.0.1 \u2013 10.0.0.9' is not a pool: '\u2013' is not a plain hyphen",
         "Write 10.0.0.1 - 10.0.0.9."),
        (("10.0.0.1\u221210.0.0.9",), 0,
         "'10.0.0.1\u221210.0.0.9' is not a pool: '\u2212' is not a plain hyphen",
         "Write 10.0.0.1 - 10.0.0.9."),
        (("10.0.0.1-9",), 0, "'10.0.0.1-9' is not a pool", "Write 10.0.0.1 - 10.0.0.9."),
        (("10.0.0.1 - 255",), 0, "'10.0.0.1 - 255' is not a pool",
         "Write 10.0.0.1 - 10.0.0.255."),
        (("10.0.0.1 - 256",), 0, "'10.0.0.1 - 256' is not a pool", RANGE),
        (("10.0.0.1 - 99999",), 0, "'10.0.0.1 - 99999' is not a pool", RANGE),
        (("10.0.0.1 - x",), 0, "'10.0.0.1 - x' is not a pool", RANGE),
        (("x - 9",), 0, "'x - 9' is not a pool", RANGE),
        (("10.0.0.1",), 0, "'10.0.0.1' is not a pool",
         "Write `first - last`; for this address alone 10.0.0.1/32."),
        (("10.0.0.1,10.0.0.9",), 0, "'10.0.0.1,10.0.0.9' is not a pool",
         "Write 10.0.0.1 - 10.0.0.9."),
        (("10.0.0.1-10.0.0.9-10.0.0.11",), 0, "'10.0.0.1-10.0.0.9-10.0.0.11' is not a pool",
         RANGE),
        (("10.0.0.64/33",), 0, "'10.0.0.64/33' is not a pool", RANGE),
        (("10.0.0.64/0",), 0, "'10.0.0.64/0' is not a pool", RANGE),
        (("10.0.0.64/x",), 0, "'10.0.0.64/x' is not a pool", RANGE),
        (("10.0.0/26",), 0, "'10.0.0/26' is not a pool", RANGE),
        (("10.0.0.77/26",), 0, "the pool 10.0.0.77/26 has host bits: its prefix is 10.0.0.64/26",
         "Write 10.0.0.64/26, or `first - last`."),
        (("10.0.0.200-10.0.1.1",), 0, "the pool 10.0.0.200-10.0.1.1 is not inside 10.0.0.0/24",
         POOL),
        (("9.255.255.255-10.0.0.9",), 0,
         "the pool 9.255.255.255-10.0.0.9 is not inside 10.0.0.0/24", POOL),
        (("10.0.0.10-10.0.0.19", "10.0.0.19-10.0.0.30"), 1,
         "the pool 10.0.0.19-10.0.0.30 overlaps 10.0.0.10-10.0.0.19",
         "Join the two, or part them."),
        (("10.0.0.19-10.0.0.30", "10.0.0.10-10.0.0.19"), 1,
         "the pool 10.0.0.10-10.0.0.19 overlaps 10.0.0.19-10.0.0.30",
         "Join the two, or part them."),
    ],
)  # fmt: skip
def test_a_wrong_pool(pools: tuple[str, ...], where: int, message: str, hint: str) -> None:
    """Kea ARM, Configuration of IPv4 Address Pools."""
    lines = [line for line in of_pools(*pools) if line[0] == "KP403"]
    assert lines == [("KP403", f"subnet4[0].pools[{where}].pool", message, hint)]


def test_a_pool_overlaps_the_widest_before_it() -> None:
    pools = ("10.0.0.1-10.0.0.99", "10.0.0.5-10.0.0.6", "10.0.0.50-10.0.0.60")
    assert [line[2] for line in of_pools(*pools)] == [
        "the pool 10.0.0.5-10.0.0.6 overlaps 10.0.0.1-10.0.0.99",
        "the pool 10.0.0.50-10.0.0.60 overlaps 10.0.0.1-10.0.0.99",
    ]


@pytest.mark.parametrize(
    ("subnet", "pool", "ends"),
    [
        ("10.0.0.0/24", "10.0.0.0-10.0.0.9", [("network", "10.0.0.0")]),
        ("10.0.0.0/24", "10.0.0.9-10.0.0.255", [("broadcast", "10.0.0.255")]),
        ("10.0.0.0/30", "10.0.0.0/30", [("network", "10.0.0.0"), ("broadcast", "10.0.0.3")]),
        ("10.0.0.0/31", "10.0.0.0/31", []),
        ("10.0.0.1/32", "10.0.0.1/32", []),
        ("10.0.0.0/24", "10.0.0.1-10.0.0.254", []),
    ],
)
def test_a_pool_with_an_end_of_its_subnet(
    subnet: str, pool: str, ends: list[tuple[str, str]]
) -> None:
    """RFC 1122, 3.2.1.3; RFC 3021 for 31 bits."""
    assert of_pools(pool, subnet=subnet) == [
        ("KP409", "subnet4[0].pools[0].pool", f"the {what} address {text} is inside the pool",
         "Leave it out of the pool.")
        for what, text in ends
    ]  # fmt: skip


@pytest.mark.parametrize("pool", ["10.0.0.200-10.0.1.1", "9.255.255.255-10.0.0.9"])
def test_a_pool_that_is_not_inside_has_one_message(pool: str) -> None:
    assert [line[0] for line in of_pools(pool)] == ["KP403"]


def test_names_of_shared_networks() -> None:
    body = {"shared-networks": [{"name": "a"}, {"name": ""}, {"name": "a"}, {"name": "b"}, {}]}
    assert reports(subnets.RULES, body) == [
        ("KP406", "shared-networks[1].name", "the shared network has no name", NETWORKS),
        ("KP406", "shared-networks[2].name", "there is a shared network 'a' already", NETWORKS),
    ]


def test_relays() -> None:
    texts: list[Any] = ["10.0.0.1", "10.0.0.1", "x", 5, "10.0.0.2"]
    subnet = {"id": 1, "subnet": "10.0.0.0/24", "relay": {"ip-addresses": texts}}
    place = "subnet4[0].relay.ip-addresses"
    assert reports(subnets.RULES, {"subnet4": [subnet]}) == [
        ("KP411", f"{place}[1]", "10.0.0.1 stands twice", RELAY),
        ("KP411", f"{place}[2]", "'x' is not an IPv4 address", RELAY),
    ]
