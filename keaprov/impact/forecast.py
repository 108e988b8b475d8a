"""What a change may cost clients, by two configurations alone: before any host is asked.

`compare` has the questions that leases answer. Without leases, each address that a pool or a
reservation gives counts as one client that may have it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from keaprov.ha.renumbering import Renumbering, renumbering
from keaprov.impact.comparing import compare
from keaprov.impact.comparison import Comparison
from keaprov.impact.configuration import GLOBAL, Ranges, Subnet, holds, merged
from keaprov.impact.question import Kind, Question
from keaprov.model import Json

_GONE = (Kind.REMOVED, Kind.RENUMBERED)
_WHOLE = (*_GONE, Kind.MOVED, Kind.GUARD)
"""Changes that any client of the subnet may suffer from."""
_POOLS = (Kind.POOL, Kind.RESIZED)
Part = tuple[str, int]
"""What changes, in words, and how many clients it touches at most."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What clients of a subnet may lose, and how many of them at most.

    `subnet` is None for what is not of one subnet; `store` is whether the lease database is it.
    """

    subnet: Subnet | None
    words: str
    clients: int
    store: bool = False


def forecast(before: Json, after: Json) -> list[Cost]:
    """Return what the change of a server's ``Dhcp4`` map may cost: one entry for each subnet."""
    changed = renumbering(before, after)
    ids = changed.ids if changed and not changed.obstacle else {}
    questions, compared = compare(before, after, ids).questions, Comparison(before, after)
    subnets = compared.before.subnets.values()
    if any(question.kind is Kind.DATABASE for question in questions):
        words = "the leases stay behind in another database"
        return [Cost(None, words, sum(map(_size, subnets)), store=True)]
    by_subnet: defaultdict[str, list[Question]] = defaultdict(list)
    for question in questions:
        if not question.rare:
            by_subnet[question.subnet].append(question)
    costs = [
        _cost(old, _of_subnet(by_subnet[old.words], compared, changed, old), _size(old))
        for old in subnets
    ]
    given, kept = _given(subnets), _given(compared.after.subnets.values())
    parts = _of_reservations(compared, GLOBAL, given, kept)
    costs.append(_cost(None, parts, sum(clients for _, clients in parts)))
    return [cost for cost in costs if cost.words]


def _cost(subnet: Subnet | None, parts: Sequence[Part], most: int) -> Cost:
    words = "; ".join(dict.fromkeys(words for words, _ in parts))
    return Cost(subnet, words, min(sum(clients for _, clients in parts), most))


def _of_subnet(
    own: Sequence[Question], compared: Comparison, changed: Renumbering | None, old: Subnet
) -> list[Part]:
    """Return what changes for a subnet's clients; `own` are the questions about it."""
    parts = [(entry.words, _size(old)) for entry in own if entry.kind in _WHOLE]
    if changed and old.id in changed.ids:
        carried = f"gets the id {changed.ids[old.id]}: clients wait while its leases are changed"
        why = changed.obstacle
        parts = [(f"{words}: {why}", size) for words, size in parts] if why else parts
        return parts if why else [(carried, _size(old)), *parts]
    new = compared.after.subnets.get(old.id)
    if new is None or any(entry.kind in _GONE for entry in own):
        return parts
    given, kept = _given([old]), new.network.given
    lost = _length(given) - _common(given, kept)
    if lost and any(entry.kind in _POOLS for entry in own):
        addresses = "1 address that they had" if lost == 1 else f"{lost} addresses that they had"
        resized = any(entry.kind is Kind.RESIZED for entry in own) and not parts
        words = f"resized to {new.prefix}: " if resized else ""
        parts.append((f"{words}the pools leave out {addresses}", lost))
    return [*parts, *_of_reservations(compared, old.id, given, kept)]


def _of_reservations(compared: Comparison, number: int, given: Ranges, kept: Ranges) -> list[Part]:
    """Return what changed reservations cost; `given` and `kept` are the pools before and after."""
    if not compared.deciding(number):
        return []
    pairs = [(row[2] or 0, row[3] or 0) for row in compared.rows(number)]
    earlier = {before for before, _ in pairs}
    moved = sum(bool(old and new and old != new) for old, new in pairs)
    removed = sum(bool(old and not new and not holds(kept, old)) for old, new in pairs)
    taken = sum(bool(new and new not in earlier and holds(given, new)) for _, new in pairs)
    parts = [
        (moved, "{} reservation gets another address", "{} reservations get other addresses"),
        (removed, "{} reservation less, and no pool has its address",
         "{} reservations less, and no pool has their addresses"),
        (taken, "{} address of the pools is reserved now",
         "{} addresses of the pools are reserved now"),
    ]  # fmt: skip
    return [
        ((single if clients == 1 else several).format(clients), clients)
        for clients, single, several in parts
        if clients
    ]


def _given(subnets: Iterable[Subnet]) -> Ranges:
    """Return the addresses that the pools of subnets give."""
    return merged(pool for subnet in subnets for pool in subnet.pools)


def _size(subnet: Subnet) -> int:
    """Return how many addresses a subnet's clients can have."""
    given = _given([subnet])
    reserved = {reservation.address for reservation in subnet.reservations} - {0}
    return _length(given) + sum(not holds(given, address) for address in reserved)


def _length(ranges: Ranges) -> int:
    return sum(last - first + 1 for first, last in ranges)


def _common(ranges: Ranges, others: Ranges) -> int:
    """Return how many addresses both have."""
    return sum(_length(list(_within(others, first, last))) for first, last in ranges)


def _within(ranges: Ranges, first: int, last: int) -> Iterator[tuple[int, int]]:
    for at in range(max(0, bisect_right(ranges, (first, 0)) - 1), len(ranges)):
        start, end = ranges[at]
        if start > last:
            return
        if first <= end:
            yield max(start, first), min(end, last)
