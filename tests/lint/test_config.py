"""A configuration as the rules see it: addresses, ranges, pools, subnets, scopes, options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from keaprov.lint.config import Config, Pool, Scope, as_map, maps, pools_of, relay_addresses
from keaprov.lint.forms import address, dotted_quad

ROOT = ("Dhcp4",)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.0.0.0", 0),
        ("0.0.1.2", 258),
        ("255.255.255.255", 4294967295),
        ("10.0.0.256", None),
        ("10.0.0", None),
        ("10.0.0.01", None),
        (" 10.0.0.1", None),
        ("::1", None),
        ("", None),
        ("10.0.0.1\0", None),
        (None, None),
        (5, None),
    ],
)
def test_an_address(text: Any, number: int | None) -> None:
    """RFC 6943, 3.1.1: four decimal numbers without leading zeros."""
    assert address(text) == number
    assert number is None or dotted_quad(number) == text


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("10.0.0.1-10.0.0.9", "10.0.0.1", "10.0.0.9"),
        (" 10.0.0.1 \t- 10.0.0.9 ", "10.0.0.1", "10.0.0.9"),
        ("10.0.0.9-10.0.0.9", "10.0.0.9", "10.0.0.9"),
        ("10.0.0.64/26", "10.0.0.64", "10.0.0.127"),
        ("10.0.0.77 / 26", "10.0.0.64", "10.0.0.127"),
        ("10.0.0.77/32", "10.0.0.77", "10.0.0.77"),
        ("128.0.0.0/1", "128.0.0.0", "255.255.255.255"),
    ],
)
def test_a_pool(text: str, first: str, last: str) -> None:
    """Kea ARM, Configuration of IPv4 Address Pools: a range, or a prefix."""
    pool = pool_of(text)
    assert pool.good
    assert (dotted_quad(pool.first), dotted_quad(pool.last)) == (first, last)
    for number, inside in ((pool.first - 1, False), (pool.first, True), (pool.last, True),
                           (pool.last + 1, False)):  # fmt: skip
        assert (number in pool) is inside


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.9-10.0.0.8", "10.0.0.1", "10.0.0.1-", "-10.0.0.1", "10.0.0.1-x", "x-10.0.0.1",
        "x-x", "10.0.0.1-10.0.0.2-10.0.0.3", "10.0.0.0/0", "10.0.0.0/33", "10.0.0.0/-1",
        "10.0.0.0/x", "10.0.0.0/", "x/24", "/24", "", 5, None, "10.0.0.1-10.0.0.2\n",
        "10.0.0.0/2\u0664",
    ],
)  # fmt: skip
def test_what_is_not_a_pool(text: Any) -> None:
    pool = pool_of(text)
    assert not pool.good
    assert pool.first not in pool
    assert pool.last not in pool


def pool_of(text: Any) -> Pool:
    subnet = {"subnet": "10.0.0.0/24", "pools": [{"pool": text}]}
    return Config({"subnet4": [subnet]}).subnets[0].pools[0]


def test_pools_that_hold_addresses() -> None:
    texts = ("10.0.0.10-10.0.0.19", "10.0.0.5-10.0.0.10", "10.0.0.30-10.0.0.30", "x",
             "10.0.0.12-10.0.0.40")  # fmt: skip
    pools = [pool_of(text) for text in texts]
    numbers = [address(f"10.0.0.{last}") or 0 for last in (4, 5, 10, 19, 20, 30, 40, 41, 5)]
    inside = pools_of(pools, numbers)
    assert [(number & 255, pool.raw["pool"]) for number, pool in inside.items()] == [
        (5, "10.0.0.5-10.0.0.10"),
        (10, "10.0.0.5-10.0.0.10"),
        (19, "10.0.0.10-10.0.0.19"),
        (20, "10.0.0.12-10.0.0.40"),
        (30, "10.0.0.30-10.0.0.30"),
        (40, "10.0.0.12-10.0.0.40"),
    ]
    assert pools_of([], numbers) == pools_of(pools, []) == {}


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("10.0.0.0/24", "10.0.0.0", "10.0.0.255"),
        ("10.0.0.77/24", "10.0.0.0", "10.0.0.255"),
        (" 10.0.0.4/31", "10.0.0.4", "10.0.0.5"),
        ("10.0.0.4/32", "10.0.0.4", "10.0.0.4"),
        ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"),
    ],
)
def test_a_subnet(text: str, first: str, last: str) -> None:
    subnet = Config({"subnet4": [{"subnet": text}]}).subnets[0]
    assert (dotted_quad(subnet.first), dotted_quad(subnet.last)) == (first, last)
    assert subnet.first in subnet
    assert subnet.last in subnet
    assert subnet.first - 1 not in subnet
    assert subnet.last + 1 not in subnet
    assert subnet.name == text


@pytest.mark.parametrize("text", ["10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "x/24", "10.0.0.0/24\n",
                                  "10.0.0.0/-8", "10.0.0.0/4294967296",
                                  "10.0.0.0/255.0.0.0", "", None, 5])  # fmt: skip
def test_a_subnet_without_a_prefix_holds_nothing(text: Any) -> None:
    subnet = Config({"subnet4": [{"subnet": text}]}).subnets[0]
    assert subnet.network is None
    assert not any(number in subnet for number in (-2, -1, 0, 1, None))


@pytest.mark.parametrize("value", [None, 5, "a", {"a": 1}, {}])
def test_what_is_not_a_list_has_no_entries(value: Any) -> None:
    assert list(maps(value)) == []
    assert as_map(value) == (value if isinstance(value, dict) else {})


def test_entries_that_are_maps_keep_their_position() -> None:
    assert list(maps([1, {"a": 1}, None, {}])) == [(1, {"a": 1}), (3, {})]
    assert list(maps(({"a": 1},))) == [(0, {"a": 1})]


OPTION = {"name": "routers"}
HOST = {"hw-address": "00:11:22:33:44:55"}
POOL = {"pool": "10.0.0.1-10.0.0.9", "option-data": [OPTION]}
SUBNET = {"subnet": "10.0.0.0/24", "option-data": [5, OPTION], "pools": [POOL]}
BODY: dict[str, Any] = {
    "option-data": [OPTION],
    "client-classes": [{"name": "a", "option-data": [OPTION]}],
    "shared-networks": [{"name": "n", "option-data": [OPTION], "subnet4": [SUBNET]}],
    "subnet4": [{**SUBNET, "reservations": [HOST, {**HOST, "option-data": [OPTION]}]}],
    "reservations": [{**HOST, "option-data": [OPTION]}],
    "hooks-libraries": [{"library": "/usr/lib/a.so"}, {"library": "b.so"}],
}


def options(config: Config) -> Iterator[tuple[str, str]]:
    for path, _, kind in config.options():
        yield "/".join(map(str, path[1:])), kind


def test_options_of_every_scope() -> None:
    """The outermost scope comes first, reservations last."""
    assert list(options(Config(BODY, None, ROOT))) == [
        ("option-data/0", "global"),
        ("client-classes/0/option-data/0", "class"),
        ("shared-networks/0/option-data/0", "shared"),
        ("subnet4/0/option-data/1", "subnet"),
        ("subnet4/0/pools/0/option-data/0", "pool"),
        ("shared-networks/0/subnet4/0/option-data/1", "subnet"),
        ("shared-networks/0/subnet4/0/pools/0/option-data/0", "pool"),
        ("reservations/0/option-data/0", "reservation"),
        ("subnet4/0/reservations/1/option-data/0", "reservation"),
    ]


def test_the_parts_of_a_configuration() -> None:
    config = Config(BODY, None, ROOT)
    assert [subnet.link for subnet in config.subnets] == [
        (*ROOT, "subnet4", 0),
        (*ROOT, "shared-networks", 0),
    ]
    assert [library for _, _, library in config.hooks] == ["a.so", "b.so"]
    assert [path for path, *_ in config.hooks] == [
        (*ROOT, "hooks-libraries", index) for index in range(2)
    ]
    assert [listed.path for listed in config.reservations] == [
        (*ROOT, "reservations"),
        (*ROOT, "subnet4", 0, "reservations"),
    ]
    assert [listed.subnet and listed.subnet.path for listed in config.reservations] == [
        None,
        (*ROOT, "subnet4", 0),
    ]
    assert [listed.keys for listed in config.reservations] == [{"hw-address", "option-data"}] * 2
    assert [path[-1] for _, path, _ in config.reservations_with_options] == [0, 1]
    assert Config({}).root == ("dhcp4",)


def test_what_is_made_once() -> None:
    config, numbers = Config({}), iter((1, 2))
    assert config.once("a", lambda: next(numbers)) == 1
    assert config.once("a", lambda: next(numbers)) == 1
    assert config.once("b", lambda: next(numbers)) == 2


def test_addresses_of_relays() -> None:
    texts = ["10.0.0.1", 5]
    scope = Scope((*ROOT, "subnet4", 0), {"relay": {"ip-addresses": texts}}, "subnet")
    place = (*ROOT, "subnet4", 0, "relay", "ip-addresses")
    assert list(relay_addresses(scope)) == [((*place, 0), "10.0.0.1"), ((*place, 1), 5)]
    others: tuple[Any, ...] = (None, {}, {"ip-addresses": "10.0.0.1"}, [])
    for relay in others:
        assert list(relay_addresses(Scope(ROOT, {"relay": relay}, "global"))) == []
