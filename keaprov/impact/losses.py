"""Which leases of a subnet lose their address: at renewal Kea's allocation engine decides.

A client keeps its address if Kea selects a subnet from whose shared network its lease is, and

- the address is reserved for this client, or
- it is in a pool that lets the client in, and not reserved for another client, and no other
  address is reserved for this client

(alloc_engine.cc of Kea 3.0.3: findClientLease, requestLease4, hasAddressReservation,
addressReserved, inAllowedPool). A lease counts as lost if a reason against it is new. Where a
lease does not tell (client classes, relays, circuit-ids), everything that may be lost counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from keaprov.impact.comparison import Comparison
from keaprov.impact.configuration import GLOBAL, Configuration, Pool, Subnet
from keaprov.impact.guards import looser
from keaprov.impact.question import Kind, Plan

KEPT = -1
"""Stands for no question: the address is in a pool of the new configuration."""
Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Segment:
    """Addresses from `first` to the next segment, which all have the same pools around them.

    `lost` is what becomes of a lease that no reservation keeps, None if it stays.
    """

    first: int
    before: Pool | None
    after: Pool | None
    lost: Kind | None


def gone(plan: Plan, compared: Comparison, old: Subnet) -> Entry:
    """Return the entry of a subnet all of whose leases are lost, {} if it is not such a one."""
    new = compared.after.subnets.get(old.id)
    if new is None:
        same = compared.renumbered.get((old.first, old.last))
        if same:
            words = f"gets the id {same.id}, and its leases keep the id {old.id}"
            return {"gone": plan.ask(Kind.RENUMBERED, old.words, words)}
        return {"gone": plan.ask(Kind.REMOVED, old.words, "removed")}
    around = compared.after.scope(new)  # its shared network may have the old addresses elsewhere
    if not any(each.first <= old.last and old.first <= each.last for each in around):
        words = f"renumbered to {new.prefix}"
        return {"gone": plan.ask(Kind.RENUMBERED, old.words, words)}
    return {}


def losses(plan: Plan, compared: Comparison, old: Subnet) -> Entry:
    """Return what decides about the leases of a subnet that stays, {} if none can be lost."""
    before, after, new = *compared.sides, compared.after.subnets[old.id]
    segments = list(segmented(before, after, old, new))
    moved, guarded = _ways_lost(compared, old), not looser(old.guard, new.guard)
    ranges = [_global_ranges(before, old), _global_ranges(after, new)]
    rows = any(map(compared.deciding, {*old.siblings, *new.siblings}))
    rows = rows or (any(map(any, ranges)) and compared.deciding(GLOBAL))
    reserved = rows or any(
        ours != theirs
        for ours, theirs in (
            (before.identifiers, after.identifiers),
            (ranges[0], ranges[1]),
            (old.siblings, new.siblings),
        )
    )
    narrows = any(each.before and each.lost for each in segments)
    if not (reserved or moved or guarded or narrows):
        return {}
    narrowed = {each.lost for each in segments if each.lost and each.before}
    kinds = (each.lost for each in segments if each.lost and (each.before or reserved))
    numbers = {
        kind: plan.ask(kind, old.words, _words(kind, new), rare=kind not in narrowed)
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
        entry["taken"] = plan.ask(Kind.TAKEN, old.words, words)
        words = "its client has another address reserved"
        entry["given"] = plan.ask(Kind.GIVEN, old.words, words, rare=True)
        words = "reserved by circuit-id or flex-id: a lease does not tell for whom"
        entry["may_be_taken"] = plan.ask(Kind.MAY_BE_TAKEN, old.words, words, rare=True)
    if moved:
        entry["around"] = plan.ask(Kind.MOVED, old.words, moved)
    elif guarded:
        entry["around"] = plan.ask(Kind.GUARD, old.words, _words(Kind.GUARD, new))
    if rows and any(pool.guard for subnet in after.scope(new) for pool in subnet.pools):
        words = "a reservation changes the classes of its client"
        entry["guarded"] = plan.ask(Kind.GUARD, old.words, words, rare=True)
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
        ours, theirs = (side.at(start) for side in covering)
        left = old.first <= start <= old.last and not new.first <= start <= new.last
        lost: Kind | None = None
        if not theirs:
            lost = Kind.RESIZED if left else Kind.POOL
        elif not all(any(looser(each.guard, other.guard) for other in theirs) for each in ours):
            lost = Kind.GUARD
        yield Segment(start, ours[0] if ours else None, theirs[0] if theirs else None, lost)


def _first(pool: Pool) -> int:
    return pool.first


class _Covering:
    """Pools in the order of their addresses; asked for ascending addresses."""

    def __init__(self, pools: Sequence[Pool]) -> None:
        self._waiting = list(reversed(pools))
        self._open: list[Pool] = []

    def at(self, address: int) -> list[Pool]:
        while self._waiting and self._waiting[-1].first <= address:
            self._open.append(self._waiting.pop())
        self._open = [pool for pool in self._open if pool.last >= address]
        return self._open


def _ways_lost(compared: Comparison, old: Subnet) -> str:
    """Return why clients may not reach their subnet any more, "" if they do.

    A relayed client reaches its shared network through any of its subnets: by a relay address or
    an interface that the configuration names, or by the prefix that its relay's address is in.
    """
    new = compared.after.subnets[old.id]
    ours, theirs = compared.before.scope(old), compared.after.scope(new)
    for subnet in ours:
        if not any(t.first <= subnet.first and subnet.last <= t.last for t in theirs):
            if subnet.id == old.id:
                return f"resized to {new.prefix}: its relay's address may be outside"
            return f"{subnet.words} leaves its shared network, and its relay may be there"
    selectors = frozenset[str]().union(*(subnet.selectors for subnet in theirs))
    for subnet in ours:
        if lost := sorted(subnet.selectors - selectors):
            return f"{', '.join(lost)} does not lead to it any more"
    for selector, other in compared.new_selectors:
        if other.id not in new.siblings and _selects(selector, ours):
            return f"{selector} leads to {other.words}"
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
    """Return where a reservation of no subnet counts, by sibling; an empty list for nowhere."""
    return [
        [sibling.first, sibling.last] if sibling.effective("reservations-global") else []
        for sibling in configuration.scope(subnet)
    ]
