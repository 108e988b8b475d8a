"""Which range and which reservation belongs to which subnet, and what contradicts itself (pure)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Address
from itertools import pairwise

from keaprov.sync.lookup import Lookup
from keaprov.sync.model import Answer, Prefix, Range, Reservation, Subnet, Truth


def assembled(answers: Sequence[Answer]) -> Truth:
    """Return the subnets of all sources, in the order of their prefixes.

    A range or an address belongs to the smallest selected prefix of its own realm. It is left out
    if only prefixes that are not selected have it; if no prefix has it, that is a conflict.
    """
    conflicts = [line for answer in answers for line in answer.conflicts]
    notes = [line for answer in answers for line in answer.notes]
    prefixes: list[Prefix] = []
    pools: dict[str, list[Range]] = {}
    reservations: dict[str, list[Reservation]] = {}
    for answer in answers:
        selected = [prefix for prefix in answer.prefixes if prefix.selected]
        prefixes += selected
        homes, others = Lookup(selected), Lookup(answer.prefixes)
        for pool in answer.ranges:
            home, other = homes.of(pool.realm, pool.first), homes.of(pool.realm, pool.last)
            if home != other or (home is None and others.of(pool.realm, pool.first) is None):
                conflicts.append(f"{pool.origin}: the range {pool} is not within one prefix")
            elif home:
                pools.setdefault(home.origin.key, []).append(pool)
        for reservation in answer.reservations:
            where = reservation.realm, reservation.address
            if home := homes.of(*where):
                reservations.setdefault(home.origin.key, []).append(reservation)
            elif others.of(*where) is None:
                message = f"the address {reservation.address} is outside any prefix"
                conflicts.append(f"{reservation.origin}: {message}")
    conflicts += [*_same_names(prefixes), *_overlaps(prefixes)]
    subnets = [
        Subnet(
            prefix,
            tuple(sorted(pools.get(prefix.origin.key, ()), key=lambda pool: pool.first)),
            tuple(sorted(reservations.get(prefix.origin.key, ()), key=lambda host: host.address)),
        )
        for prefix in sorted(prefixes, key=lambda prefix: prefix.network)
    ]
    for subnet in subnets:
        conflicts += _crossing(subnet.pools)
        conflicts += _twice(subnet.reservations)
        notes += _in_pools(subnet)
    return Truth(tuple(subnets), tuple(conflicts), tuple(notes))


def _same_names(prefixes: Iterable[Prefix]) -> Iterator[str]:
    networks: dict[str, Prefix] = {}
    for prefix in prefixes:
        other = networks.setdefault(prefix.origin.key, prefix)
        if other is not prefix:
            yield f"{prefix.origin}: {other.network} and {prefix.network} have the same id"


def _overlaps(prefixes: Iterable[Prefix]) -> Iterator[str]:
    """Yield the pairs of subnets that have the same addresses: Kea takes the first that fits."""
    widest: Prefix | None = None
    for prefix in sorted(prefixes, key=lambda prefix: prefix.network):
        if widest and prefix.network.subnet_of(widest.network):
            yield (
                f"{prefix.origin}: the prefix {prefix.network} lies in {widest.network} of "
                f"{widest.origin}; select one of them"
            )
        else:
            widest = prefix


def _crossing(pools: Sequence[Range]) -> Iterator[str]:
    for before, pool in pairwise(pools):
        if pool.first <= before.last:
            yield f"{pool.origin}: the range {pool} overlaps {before} of {before.origin}"


def _twice(reservations: Sequence[Reservation]) -> Iterator[str]:
    """Yield the clients that have one address together, and those that have two addresses."""
    by_address: dict[IPv4Address, Reservation] = {}
    by_mac: dict[str, Reservation] = {}
    for host in reservations:
        other = by_address.setdefault(host.address, host)
        if other is not host:
            macs = f"is for {host.mac} and, by {other.origin}, for {other.mac}"
            yield f"{host.origin}: the address {host.address} {macs}"
            continue
        other = by_mac.setdefault(host.mac, host)
        if other is not host:
            addresses = f"has {host.address} and, by {other.origin}, {other.address}"
            yield f"{host.origin}: the client {host.mac} {addresses} in one subnet"


def _in_pools(subnet: Subnet) -> Iterator[str]:
    """Yield the reservations within a pool, by pools that are in order and do not overlap."""
    firsts = [pool.first for pool in subnet.pools]
    for host in subnet.reservations:
        at = bisect_right(firsts, host.address) - 1
        if at >= 0 and host.address <= subnet.pools[at].last:
            pool = subnet.pools[at]
            yield (
                f"{host.origin}: the reserved address {host.address} is in the pool {pool} of "
                f"{pool.origin}"
            )
