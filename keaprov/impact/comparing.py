"""From two ``Dhcp4`` maps to the questions about leases: what runs, and what is wanted."""

from __future__ import annotations

from collections.abc import Iterable

from keaprov.impact import renewal
from keaprov.impact.comparison import Comparison
from keaprov.impact.configuration import GLOBAL, Configuration, Subnet
from keaprov.impact.losses import Entry, gone, losses, segmented
from keaprov.impact.question import Kind, Plan
from keaprov.model import HA, Json

UNTOLD = ("circuit-id", "flex-id")
"""Identifiers that no lease has: a lease does not show whose reservation it is."""
LAST = 0xFFFFFFFF
STORE = ("type", "name", "host", "port")
"""What names a lease database."""


def compare(running: Json, wanted: Json) -> Plan:
    """Return the questions about the leases that a change from one map to the other touches."""
    plan, compared = Plan(), Comparison(running, wanted)
    plan.identifiers = (compared.before.identifiers, compared.after.identifiers)
    lost_store = _store_lost(compared)
    for old in compared.before.subnets.values():
        if lost_store:
            words = "the leases stay behind in another database"
            entry: Entry = {"gone": plan.ask(Kind.DATABASE, old.words, words)}
        else:
            entry = gone(plan, compared, old) or _staying(plan, compared, old)
        if entry:
            ranges = _merged(compared.before.scope(old))
            plan.subnets[old.id] = {"ranges": [list(ends) for ends in ranges], **entry}
    _reservations(plan, compared)
    touched = (compared.before.subnets[number] for number in plan.subnets)
    plan.ranges = _merged(each for old in touched for each in compared.before.scope(old))
    _note_untold(plan)
    return plan


def _staying(plan: Plan, compared: Comparison, old: Subnet) -> Entry:
    """Return the entry of a subnet that stays: what is lost, and what clients see at renewal."""
    before, after, new = *compared.sides, compared.after.subnets[old.id]
    entry = losses(plan, compared, old)
    renewals = []
    names = renewal.differing(renewal.of_subnet(before, old), renewal.of_subnet(after, new))
    if names:
        renewals.append(plan.ask(Kind.OPTIONS, old.words, ", ".join(names)))
    names = [
        name
        for name in compared.classes
        if renewal.may_be_in(before, old, name) or renewal.may_be_in(after, new, name)
    ]
    if names:
        renewals.append(plan.ask(Kind.CLASSES, old.words, f"class {', '.join(names)}"))
    if renewals:
        entry["renewals"] = renewals
    if rows := _pools(plan, compared, old, new):
        entry["pools"] = rows
    by_global = any(subnet.effective("reservations-global") for subnet in (old, new))
    owners = (old.id, GLOBAL) if by_global else (old.id,)
    if any(map(compared.seen, owners)):
        words = "options, hostname or classes of a reservation"
        entry["own"] = plan.ask(Kind.RESERVED_OPTIONS, old.words, words)
    return entry


def _pools(plan: Plan, compared: Comparison, old: Subnet, new: Subnet) -> list[list[int]]:
    """Return where a pool gives other options than the pool that was there before."""
    numbers: dict[str, int] = {}
    rows = []
    segments = list(segmented(*compared.sides, old, new))
    for segment, following in zip(segments, [*segments[1:], None], strict=True):
        if segment.before is None or segment.after is None:
            continue
        names = renewal.differing(
            renewal.of_pool(compared.before, segment.before),
            renewal.of_pool(compared.after, segment.after),
        )
        if names:
            words = f"{', '.join(names)} of a pool"
            if words not in numbers:
                numbers[words] = plan.ask(Kind.OPTIONS, old.words, words)
            last = following.first - 1 if following else LAST
            rows.append([segment.first, last, numbers[words]])
    return rows


def _reservations(plan: Plan, compared: Comparison) -> None:
    """Give the host the reservations of the subnets where they decide, or change."""
    owners: set[int] = set()
    for number, entry in plan.subnets.items():
        if "own" in entry:
            owners |= {number, GLOBAL}
        for siblings in entry.get("siblings", ()):
            owners |= {*siblings, GLOBAL}
    plan.reservations = {owner: rows for owner in sorted(owners) if (rows := compared.rows(owner))}


def _note_untold(plan: Plan) -> None:
    rows = (row for owned in plan.reservations.values() for row in owned)
    count = sum(row[0] in UNTOLD and (row[2] != row[3] or row[4]) for row in rows)
    if count:
        named = "1 reservation" if count == 1 else f"{count} reservations"
        plan.notes.append(
            f"{named} by circuit-id or flex-id: a lease does not tell which client it is for"
        )


def _store_lost(compared: Comparison) -> bool:
    """Whether the leases stay behind in another database; a pair copies them (HA hook)."""
    stores = [side.body.get("lease-database") or {"type": "memfile"} for side in compared.sides]
    ours, theirs = ([store.get(key) for key in STORE] for store in stores)
    return ours != theirs and not all(map(_paired, compared.sides))


def _paired(configuration: Configuration) -> bool:
    libraries = configuration.body.get("hooks-libraries") or []
    return any(str(entry.get("library", "")).endswith(HA) for entry in libraries)


def _merged(subnets: Iterable[Subnet]) -> list[tuple[int, int]]:
    """Return the addresses of some subnets as ranges, in their order."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted((subnet.first, subnet.last) for subnet in subnets):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged
