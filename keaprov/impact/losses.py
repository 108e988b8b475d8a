"""Which leases of a subnet lose their address: at renewal Kea's allocation engine decides.

A client keeps its address if Kea selects a subnet from whose shared network its lease is, and

- the address is reserved for this client, or
- it is in a pool that lets the client in, and not reserved for another client, and no other
  address is reserved for this client

(alloc_engine.cc of Kea 3.0.3: findClientLease, requestLease4, hasAddressReservation,
addressReserved, inAllowedPool). A lease counts as lost if a reason against it is new. Where a lease
does not show it (client classes, relays, circuit-ids), every lease that may be lost counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from keaprov.impact.comparison import Comparison
from keaprov.impact.configuration import GLOBAL, Configuration, Pool, Subnet
from keaprov.impact.guards import looser
from keaprov.impact.question import Inquiry, Kind

KEPT = -1
"""Stands for "no question": the address is in a pool of the new configuration."""
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Segment:
    """Addresses from `first` to the next segment, which all have the same pools around them.

    `lost` is the kind of loss of a lease that no reservation keeps, None if it stays.
    """

    first: int
    before: Pool | None
    after: Pool | None
    lost: Kind | None


def gone(inquiry: Inquiry, compared: Comparison, old: Subnet) -> Entry:
    """Return the entry of a subnet if all its leases are lost, otherwise {}."""
    new = compared.after.subnets.get(old.id)
    if new is None:
        same = compared.renumbered.get((old.first, old.last))
        if same:
            words = f"gets the id {same.id}, and its leases keep the id {old.id}"
            return {"gone": inquiry.add(Kind.RENUMBERED, old.words, words)}
        return {"gone": inquiry.add(Kind.REMOVED, old.words, "removed")}
    around = compared.after.scope(new)  # its shared network may have the old addresses elsewhere
    if not any(subnet.first <= old.last and old.first <= subnet.last for subnet in around):
        words = f"renumbered to {new.prefix}"
        return {"gone": inquiry.add(Kind.RENUMBERED, old.words, words)}
    return {}


def losses(inquiry: Inquiry, compared: Comparison, old: Subnet) -> Entry:
    """Return the entry of a subnet that stays, {} if none of its leases can be lost."""
    before, after, new = *compared.sides, compared.after.subnets[old.id]
    segments = list(segmented(before, after, old, new))
    moved, guarded = _ways_lost(compared, old), not looser(old.guard, new.guard)
    ranges = [_global_ranges(before, old), _global_ranges(after, new)]
    rows = any(map(compared.deciding, {*old.siblings, *new.siblings}))
    rows = rows or (any(map(any, ranges)) and compared.deciding(GLOBAL))
    reserved = rows or any(
        old_value != new_value
        for old_value, new_value in (
            (before.identifiers, after.identifiers),
            (ranges[0], ranges[1]),
            (old.siblings, new.siblings),
        )
    )
    narrows = any(segment.before and segment.lost for segment in segments)
    if not (reserved or moved or guarded or narrows):
        return {}
    narrowed = {segment.lost for segment in segments if segment.lost and segment.before}
    kinds = (segment.lost for segment in segments if segment.lost and (segment.before or reserved))
    numbers = {
        kind: inquiry.add(kind, old.words, _words(kind, new), rare=kind not in narrowed)
        for kind in dict.fromkeys(kinds)
    }
    entry: Entry = {
        "starts": [segment.first for segment in segments],
        "lost": [
            [segment.before is not None, numbers.get(segment.lost, KEPT) if segment.lost else KEPT]
            for segment in segments
        ],
        "siblings": [list(old.siblings), list(new.siblings)],
        "globals": ranges,
    }
    if reserved:
        words = "the address is reserved for another client"
        rare = not any(map(compared.has_reservations, {GLOBAL, *old.siblings, *new.siblings}))
        entry["taken"] = inquiry.add(Kind.TAKEN, old.words, words, rare=rare)
        words = "its client has another address reserved"
        entry["given"] = inquiry.add(Kind.GIVEN, old.words, words, rare=True)
        words = "reserved by circuit-id or flex-id: a lease does not show for whom"
        entry["may_be_taken"] = inquiry.add(Kind.MAY_BE_TAKEN, old.words, words, rare=True)
    if moved:
        entry["around"] = inquiry.add(Kind.MOVED, old.words, moved)
    elif guarded:
        entry["around"] = inquiry.add(Kind.GUARD, old.words, _words(Kind.GUARD, new))
    if rows and any(pool.guard for subnet in after.scope(new) for pool in subnet.pools):
        words = "a reservation changes the classes of its client"
        entry["guarded"] = inquiry.add(Kind.GUARD, old.words, words, rare=True)
    return entry


def _words(kind: Kind, new: Subnet) -> str:
    if kind is Kind.RESIZED:
        return f"resized to {new.prefix}"
    if kind is Kind.POOL:
        return "no pool has the address any more"
    return "other client classes are let in"


def segmented(
    before: Configuration, after: Configuration, old: Subnet, new: Subnet
) -> Iterator[Segment]:
    """Yield the segments of all addresses that a subnet's lease may have, first to last.

    In a shared network it may be an address of another subnet, until its next renewal.
    """
    pools = [
        sorted((pool for subnet in configuration.scope(own) for pool in subnet.pools), key=_first)
        for configuration, own in ((before, old), (after, new))
    ]
    starts = {0, old.first, old.last + 1, new.first, new.last + 1}
    starts |= {edge for side in pools for pool in side for edge in (pool.first, pool.last + 1)}
    covering = [_Covering(side) for side in pools]
    for start in sorted(starts):
        old_pools, new_pools = (side.at(start) for side in covering)
        outside = old.first <= start <= old.last and not new.first <= start <= new.last
        lost: Kind | None = None
        if not new_pools:
            lost = Kind.RESIZED if outside else Kind.POOL
        elif not all(_admits_all(new_pools, old_pool) for old_pool in old_pools):
            lost = Kind.GUARD
        yield Segment(start, next(iter(old_pools), None), next(iter(new_pools), None), lost)


def _admits_all(pools: Sequence[Pool], old: Pool) -> bool:
    """Whether one of the pools admits every client that the old pool admits."""
    return any(looser(old.guard, pool.guard) for pool in pools)


def _first(pool: Pool) -> int:
    return pool.first


class _Covering:
    """The pools that hold an address; `at` must be called with ascending addresses."""

    def __init__(self, pools: Sequence[Pool]) -> None:
        self._waiting = list(reversed(pools))
        self._open: list[Pool] = []

    def at(self, address: int) -> list[Pool]:
        while self._waiting and self._waiting[-1].first <= address:
            self._open.append(self._waiting.pop())
        self._open = [pool for pool in self._open if pool.last >= address]
        return self._open


def _ways_lost(compared: Comparison, old: Subnet) -> str:
    """Return why clients may no longer reach their subnet, "" if they reach it.

    A relayed client reaches its shared network through any of its subnets: by a relay address or
    an interface that the configuration names, or by the prefix that its relay's address is in.
    """
    new = compared.after.subnets[old.id]
    old_scope, new_scope = compared.before.scope(old), compared.after.scope(new)
    for subnet in old_scope:
        if not any(
            owner.first <= subnet.first and subnet.last <= owner.last for owner in new_scope
        ):
            if subnet.id == old.id:
                return f"resized to {new.prefix}: its relay's address may be outside"
            return f"{subnet.words} leaves its shared network, and its relay may be there"
    selectors = frozenset[str]().union(*(subnet.selectors for subnet in new_scope))
    for subnet in old_scope:
        if lost := sorted(subnet.selectors - selectors):
            return f"{', '.join(lost)} does not lead to it any more"
    for selector, owner in compared.new_selectors:
        if owner.id not in new.siblings and _selects(selector, old_scope):
            return f"{selector} leads to {owner.words}"
    return ""


def _selects(selector: str, scope: Sequence[Subnet]) -> bool:
    """Whether a relay address, or an interface, led to one of these subnets."""
    if any(selector in subnet.selectors for subnet in scope):
        return True
    kind, _, value = selector.partition(" ")
    if kind != "relay":
        return False
    address = int(IPv4Address(value))
    return any(subnet.first <= address <= subnet.last for subnet in scope)


def _global_ranges(configuration: Configuration, subnet: Subnet) -> list[list[int]]:
    """Return the ranges in which global reservations count, by sibling; [] for none."""
    return [
        [sibling.first, sibling.last] if sibling.effective("reservations-global") else []
        for sibling in configuration.scope(subnet)
    ]
