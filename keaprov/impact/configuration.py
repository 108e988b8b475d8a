"""The parts of a ``Dhcp4`` map that decide about leases: subnets, pools, classes, reservations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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
    `siblings` are the ids of its shared network's subnets, its own first. `selectors` are what
    leads a client's packet to it: relay addresses and an interface (Kea ARM, "Using a Specific
    Relay Agent for a Subnet").
    """

    id: int
    prefix: str
    first: int
    last: int
    vlan: str
    siblings: tuple[int, ...]
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


def merged(parts: Iterable[Pool | Subnet]) -> list[tuple[int, int]]:
    """Return the addresses of pools or subnets as ranges: ascending, and apart."""
    ranges: list[tuple[int, int]] = []
    for first, last in sorted((part.first, part.last) for part in parts):
        if ranges and first <= ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], max(last, ranges[-1][1]))
        else:
            ranges.append((first, last))
    return ranges


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

    def scope(self, subnet: Subnet) -> list[Subnet]:
        """Return the subnets from which a client of this one may get an address."""
        return [self.subnets[number] for number in subnet.siblings]

    def _subnets(self, body: Json) -> Iterator[Subnet]:
        for entry in body.get("subnet4") or []:
            yield self._subnet(entry, {}, [entry["id"]])
        for network in body.get("shared-networks") or []:
            entries = network.get("subnet4") or []
            numbers = [entry["id"] for entry in entries]
            for entry in entries:
                yield self._subnet(entry, network, numbers)

    def _subnet(self, entry: Json, network: Json, numbers: list[int]) -> Subnet:
        subnet_id = entry["id"]
        prefix = IPv4Network(entry["subnet"], strict=False)
        guard = together(self.classes.condition(scope) for scope in (entry, network))
        scopes = (entry, network, self.body)
        pools = tuple(self._pool(pool, guard) for pool in entry.get("pools") or [])
        return Subnet(
            id=subnet_id,
            prefix=entry["subnet"],
            first=int(prefix.network_address),
            last=int(prefix.broadcast_address),
            vlan=str((entry.get("user-context") or {}).get("vlan") or ""),
            siblings=(
                *sorted(number for number in numbers if number >= subnet_id),
                *sorted(number for number in numbers if number < subnet_id),
            ),
            pools=pools,
            guard=guard,
            selectors=frozenset(_selectors(entry, network)),
            reservations=tuple(_of_subnet(entry, scopes, pools)),
            scopes=scopes,
        )

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
    for reservation in _reservations(entry):
        address = reservation.address
        in_pool = out_of_pool and any(pool.first <= address <= pool.last for pool in pools)
        if ignored or in_pool:
            reservation = Reservation(reservation.kind, reservation.identifier, 0, reservation.body)
        yield reservation
