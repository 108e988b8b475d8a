"""The parts of a ``Dhcp4`` map that decide about leases: subnets, pools, classes, reservations."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network
from typing import Any

from keaprov.diff.forms import address_number, canonical, pool_range
from keaprov.impact.guards import Classes, Guard, together
from keaprov.model import Json
from keaprov.model.names import IDENTIFIERS, LOOKED_UP, inherited

DEFAULTS: Json = {
    "reservations-global": False,
    "reservations-in-subnet": True,
    "reservations-out-of-pool": False,
    "host-reservation-identifiers": LOOKED_UP,
}
"""Kea's defaults (Kea ARM, Host Reservations in DHCPv4)."""
GLOBAL = 0
"""The subnet id of reservations that belong to no subnet (Kea's SUBNET_ID_GLOBAL)."""
Ranges = Sequence[tuple[int, int]]
"""First and last addresses, ascending and apart."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A range of addresses, both ends included."""

    first: int
    last: int
    guard: Guard
    body: Json


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation; `address` is 0 if it has none, or one that Kea ignores."""

    kind: str
    identifier: str
    address: int
    body: Json


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet of a configuration.

    `scopes` are the maps that it inherits from, itself first: subnet, shared network, global.
    `selectors` are what leads a client's packet to it: relay addresses and an interface (Kea ARM,
    "Using a Specific Relay Agent for a Subnet").
    """

    id: int
    prefix: str
    first: int
    last: int
    vlan: str
    network: Network
    pools: tuple[Pool, ...]
    guard: Guard
    selectors: frozenset[str]
    reservations: tuple[Reservation, ...]
    scopes: tuple[Json, ...]

    def effective(self, key: str) -> Any:
        """Return a key's value, inherited or Kea's default; None if there is none."""
        return inherited(self.scopes, key, DEFAULTS.get(key))

    @property
    def words(self) -> str:
        """The subnet's name for people."""
        vlan = f", VLAN {self.vlan}" if self.vlan else ""
        return f"subnet {self.id} ({self.prefix}{vlan})"


class Network:
    """The subnets from which a client may get an address: a shared network, or one subnet alone.

    All that is derived from them is computed once, for all of them.
    """

    def __init__(self) -> None:
        self.subnets: list[Subnet] = []

    @cached_property
    def ids(self) -> Sequence[int]:
        """The ids of the subnets, ascending."""
        return sorted(subnet.id for subnet in self.subnets)

    @cached_property
    def around(self) -> Sequence[Subnet]:
        """The subnets by their ids: Kea tries them in this order, from the client's own on."""
        return sorted(self.subnets, key=lambda subnet: subnet.id)

    @cached_property
    def places(self) -> Mapping[int, int]:
        """The positions in `around`, by id."""
        return {subnet.id: place for place, subnet in enumerate(self.around)}

    @cached_property
    def ranges(self) -> Ranges:
        """The addresses of the subnets."""
        return merged(self.subnets)

    @cached_property
    def given(self) -> Ranges:
        """The addresses of the pools."""
        return merged(pool for subnet in self.subnets for pool in subnet.pools)

    @cached_property
    def selectors(self) -> frozenset[str]:
        """All that leads a client's packet to one of the subnets."""
        return frozenset[str]().union(*(subnet.selectors for subnet in self.subnets))

    @cached_property
    def guarded(self) -> bool:
        """Whether a pool admits certain clients only."""
        return any(pool.guard for subnet in self.subnets for pool in subnet.pools)

    @cached_property
    def at_large(self) -> Sequence[tuple[int, int, int]]:
        """The subnets in which reservations of no subnet count: id, first and last address."""
        return [
            (subnet.id, subnet.first, subnet.last)
            for subnet in self.around
            if subnet.effective("reservations-global")
        ]

    @cached_property
    def prefixes(self) -> Prefixes:
        """The prefixes of the subnets."""
        return Prefixes((subnet.first, subnet.last, self) for subnet in self.subnets)


class Prefixes:
    """Prefixes with the network of each; what contains a range is looked up by its size."""

    def __init__(self, prefixes: Iterable[tuple[int, int, Network]]) -> None:
        self._networks: dict[tuple[int, int], Network] = {}
        for first, last, network in prefixes:
            self._networks[first, last - first + 1] = network
        self._sizes = sorted({size for _, size in self._networks})

    def around(self, first: int, last: int) -> Iterator[Network]:
        """Yield the networks of the prefixes that contain a range."""
        for size in self._sizes:
            start = first - first % size
            if last < start + size and (start, size) in self._networks:
                yield self._networks[start, size]


def merged(parts: Iterable[Pool | Subnet]) -> list[tuple[int, int]]:
    """Return the addresses of pools or subnets as ranges: ascending, and apart."""
    ranges: list[tuple[int, int]] = []
    for first, last in sorted((part.first, part.last) for part in parts):
        if ranges and first <= ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], max(last, ranges[-1][1]))
        else:
            ranges.append((first, last))
    return ranges


def holds(ranges: Ranges, address: int) -> bool:
    """Whether one of the ranges has an address."""
    at = bisect_right(ranges, (address, 1 << 32))
    return at > 0 and address <= ranges[at - 1][1]


class Configuration:
    """A ``Dhcp4`` map in parsed form."""

    def __init__(self, body: Json) -> None:
        self.body: Json = canonical(body)
        self.classes = Classes(self.body)
        self.subnets: Mapping[int, Subnet] = {
            subnet.id: subnet for subnet in self._subnets(self.body)
        }
        self.identifiers: tuple[str, ...] = tuple(
            self.body.get("host-reservation-identifiers")
            or DEFAULTS["host-reservation-identifiers"]
        )
        self.reservations = tuple(_reservations(self.body))
        """The reservations that belong to no subnet."""

    @cached_property
    def option_definitions(self) -> Mapping[str, Json]:
        """The definitions of options, by name."""
        return {entry["name"]: entry for entry in self.body.get("option-def") or []}

    def _subnets(self, body: Json) -> Iterator[Subnet]:
        for entry in body.get("subnet4") or []:
            yield self._subnet(entry, {}, Network())
        for network in body.get("shared-networks") or []:
            shared = Network()
            for entry in network.get("subnet4") or []:
                yield self._subnet(entry, network, shared)

    def _subnet(self, entry: Json, network: Json, shared: Network) -> Subnet:
        prefix = IPv4Network(entry["subnet"], strict=False)
        guard = together(self.classes.condition(scope) for scope in (entry, network))
        scopes = (entry, network, self.body)
        pools = tuple(self._pool(pool, guard) for pool in entry.get("pools") or [])
        subnet = Subnet(
            id=entry["id"],
            prefix=entry["subnet"],
            first=int(prefix.network_address),
            last=int(prefix.broadcast_address),
            vlan=str((entry.get("user-context") or {}).get("vlan") or ""),
            network=shared,
            pools=pools,
            guard=guard,
            selectors=frozenset(_selectors(entry, network)),
            reservations=tuple(_of_subnet(entry, scopes, pools)),
            scopes=scopes,
        )
        shared.subnets.append(subnet)
        return subnet

    def _pool(self, entry: Json, guard: Guard) -> Pool:
        first, last = pool_range(entry["pool"])
        return Pool(first, last, together((guard, self.classes.condition(entry))), entry)


def _selectors(entry: Json, network: Json) -> Iterator[str]:
    """Yield what selects a subnet: its own relays, or its network's if it has none."""
    relays = (entry.get("relay") or {}).get("ip-addresses")
    relays = relays or (network.get("relay") or {}).get("ip-addresses") or []
    yield from (f"relay {address}" for address in relays)
    interface = entry.get("interface") or network.get("interface")
    if interface:
        yield f"interface {interface}"


def _reservations(scope: Json) -> Iterator[Reservation]:
    for entry in scope.get("reservations") or []:
        kind = next((key for key in IDENTIFIERS if entry.get(key)), None)
        if kind is not None:
            address = address_number(entry["ip-address"]) if entry.get("ip-address") else 0
            yield Reservation(kind, entry[kind], address, entry)


def _of_subnet(
    entry: Json, scopes: tuple[Json, ...], pools: tuple[Pool, ...]
) -> Iterator[Reservation]:
    """Yield a subnet's reservations; an address that Kea ignores is 0 (alloc_engine.cc)."""

    def flag(key: str) -> bool:
        return bool(inherited(scopes, key, DEFAULTS[key]))

    ignored, out_of_pool = not flag("reservations-in-subnet"), flag("reservations-out-of-pool")
    given = merged(pools) if out_of_pool else []
    for reservation in _reservations(entry):
        if ignored or holds(given, reservation.address):
            reservation = Reservation(reservation.kind, reservation.identifier, 0, reservation.body)
        yield reservation
