"""A configuration as the rules see it; tolerant, since the schema says what is wrong.

Addresses are whole numbers here: comparing and hashing them is most of what rules do.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from heapq import heappop, heappush
from ipaddress import IPv4Network
from typing import Any, TypeVar

from keaprov.errors import KeyPath
from keaprov.lint.forms import ALL_ONES, ends_of_pool, prefix
from keaprov.model import Site
from keaprov.paths import base_name

Raw = Mapping[str, Any]
Made = TypeVar("Made")


def maps(value: Any) -> Iterator[tuple[int, Raw]]:
    """Yield the maps of a list with their positions."""
    if isinstance(value, (list, tuple)):
        for index, entry in enumerate(value):
            if isinstance(entry, dict) or isinstance(entry, Mapping):  # noqa: SIM101 the first is fast
                yield index, entry


def as_map(value: Any) -> Raw:
    """Return a map, an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


@dataclass(frozen=True, slots=True)
class Pool:
    """A dynamic pool; `first` is larger than `last` if its text is not a pool."""

    path: KeyPath
    raw: Raw
    first: int
    last: int

    @property
    def good(self) -> bool:
        """Whether the text is a pool."""
        return self.first <= self.last

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self.first <= number <= self.last


def pools_of(pools: Iterable[Pool], numbers: Iterable[int]) -> dict[int, Pool]:
    """Return a pool that holds each address, for those that are in one.

    Both are sorted and walked through once: there may be thousands of each.
    """
    waiting = sorted(
        (pool.first, pool.last, at, pool) for at, pool in enumerate(pools) if pool.good
    )
    waiting.reverse()
    begun: list[tuple[int, int, Pool]] = []
    inside: dict[int, Pool] = {}
    if not waiting:
        return inside
    least, most = waiting[-1][0], max(last for _, last, _, _ in waiting)
    ordered = sorted(set(numbers))
    for number in ordered[bisect_left(ordered, least) : bisect_right(ordered, most)]:
        while waiting and waiting[-1][0] <= number:
            _, last, at, pool = waiting.pop()
            heappush(begun, (last, at, pool))
        while begun and begun[0][0] < number:
            heappop(begun)
        if begun:
            inside[number] = begun[0][2]
    return inside


@dataclass(frozen=True)
class Subnet:
    """A subnet; `network` is None when its prefix is not one. `shared` is its shared network."""

    path: KeyPath
    raw: Raw
    network: IPv4Network | None
    shared: KeyPath | None = None

    @cached_property
    def first(self) -> int:
        """The network's address."""
        return int(self.network.network_address) if self.network else 0

    @cached_property
    def last(self) -> int:
        """The broadcast address."""
        return self.first | ALL_ONES >> self.network.prefixlen if self.network else -1

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int) and self.first <= number <= self.last

    @property
    def link(self) -> KeyPath:
        """Where its network link stands: the subnets of a shared network have one in common."""
        return self.shared or self.path

    @property
    def name(self) -> str:
        """The prefix as it is written."""
        return str(self.raw.get("subnet"))

    @cached_property
    def pools(self) -> tuple[Pool, ...]:
        """The dynamic pools."""
        entries = maps(self.raw.get("pools"))
        return tuple(_pool((*self.path, "pools", index), raw) for index, raw in entries)


@dataclass(frozen=True)
class Reservations:
    """A list of reservations; `subnet` is None for the global one."""

    subnet: Subnet | None
    path: KeyPath
    rows: Sequence[Any]

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys that its reservations have: a rule about another key needs no row."""
        return frozenset[str]().union(*(raw for _, raw in maps(self.rows)))


@dataclass(frozen=True)
class Scope:
    """A part of the configuration that has options: its path, its map, what kind it is."""

    path: KeyPath
    raw: Raw
    kind: str


def relay_addresses(scope: Scope) -> Iterator[tuple[KeyPath, Any]]:
    """Yield the addresses of a scope's relays as they are written, with their paths."""
    texts = as_map(scope.raw.get("relay")).get("ip-addresses") if "relay" in scope.raw else ()
    for index, text in enumerate(texts if isinstance(texts, (list, tuple)) else ()):
        yield (*scope.path, "relay", "ip-addresses", index), text


@dataclass(frozen=True)
class Config:
    """The body of a ``Dhcp4`` map with its site, if it has one; `root` is the path of the body.

    `extra` holds what rules calculate once for all of them.
    """

    dhcp4: Raw
    site: Site | None = None
    root: KeyPath = ("dhcp4",)
    extra: dict[str, Any] = field(default_factory=dict)

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """Return what `make` returns; it is called once for each name."""
        if name not in self.extra:
            self.extra[name] = make()
        made: Made = self.extra[name]
        return made

    def entries(self, key: str) -> Iterator[tuple[KeyPath, Raw]]:
        """Yield the maps of a list in the global scope, with their paths."""
        for index, raw in maps(self.dhcp4.get(key)):
            yield (*self.root, key, index), raw

    @cached_property
    def subnets(self) -> tuple[Subnet, ...]:
        """Every subnet, those of shared networks too."""
        subnets = [*_subnets(self.root, self.dhcp4, None)]
        for path, network in self.shared_networks:
            subnets += _subnets(path, network, path)
        return tuple(subnets)

    @cached_property
    def shared_networks(self) -> tuple[tuple[KeyPath, Raw], ...]:
        """The shared networks."""
        return tuple(self.entries("shared-networks"))

    @cached_property
    def classes(self) -> tuple[tuple[KeyPath, Raw], ...]:
        """The client classes."""
        return tuple(self.entries("client-classes"))

    @cached_property
    def hooks(self) -> tuple[tuple[KeyPath, Raw, str], ...]:
        """The hook libraries: path, map, and the library's file name without its directory."""
        return tuple(
            (path, hook, base_name(hook.get("library")))
            for path, hook in self.entries("hooks-libraries")
        )

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """Every scope but the reservations, from the outermost to the innermost."""
        scopes = [Scope(self.root, self.dhcp4, "global")]
        scopes += [Scope(path, raw, "class") for path, raw in self.classes]
        scopes += [Scope(path, raw, "shared") for path, raw in self.shared_networks]
        for subnet in self.subnets:
            scopes.append(Scope(subnet.path, subnet.raw, "subnet"))
            scopes += [Scope(pool.path, pool.raw, "pool") for pool in subnet.pools]
        return tuple(scopes)

    @cached_property
    def reservations(self) -> tuple[Reservations, ...]:
        """Every list of reservations."""
        lists: list[Reservations] = []
        rows = self.dhcp4.get("reservations")
        if isinstance(rows, (list, tuple)):
            lists.append(Reservations(None, (*self.root, "reservations"), rows))
        for subnet in self.subnets:
            rows = subnet.raw.get("reservations")
            if isinstance(rows, (list, tuple)) and rows:
                lists.append(Reservations(subnet, (*subnet.path, "reservations"), rows))
        return tuple(lists)

    @cached_property
    def reservations_with_options(self) -> tuple[tuple[Subnet | None, KeyPath, Raw], ...]:
        """Every reservation that has options: its subnet (None: a global one), path, map."""
        return tuple(
            (listed.subnet, (*listed.path, index), reservation)
            for listed in self.reservations
            if "option-data" in listed.keys
            for index, reservation in maps(listed.rows)
            if "option-data" in reservation
        )

    def options(self) -> Iterator[tuple[KeyPath, Raw, str]]:
        """Yield every option with its path and the kind of scope that it stands in."""
        for scope in self.scopes:
            for index, option in maps(scope.raw.get("option-data")):
                yield (*scope.path, "option-data", index), option, scope.kind
        for _, path, reservation in self.reservations_with_options:
            for index, option in maps(reservation["option-data"]):
                yield (*path, "option-data", index), option, "reservation"


def _subnets(home: KeyPath, raw: Raw, shared: KeyPath | None) -> Iterator[Subnet]:
    """Yield the subnets that are written in the global scope or in a shared network."""
    for index, entry in maps(raw.get("subnet4")):
        yield Subnet((*home, "subnet4", index), entry, prefix(entry.get("subnet")), shared)


def _pool(path: KeyPath, raw: Raw) -> Pool:
    text = raw.get("pool")
    first, last = ends_of_pool(text) if isinstance(text, str) else (1, 0)
    return Pool(path, raw, first, last)
