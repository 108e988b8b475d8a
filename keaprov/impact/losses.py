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

from typing import Any

from keaprov.impact.comparison import Comparison
from keaprov.impact.configuration import GLOBAL, Network, Ranges, Subnet
from keaprov.impact.guards import looser
from keaprov.impact.networks import NetworkChange, meeting, without
from keaprov.impact.question import Inquiry, Kind

_NAMES = {Kind.POOL: "pool", Kind.RESIZED: "resized", Kind.GUARD: "guard"}
"""What the entry of a subnet calls the ways in which an address is lost."""
Entry = dict[str, Any]


def gone(inquiry: Inquiry, compared: Comparison, old: Subnet) -> Entry:
    """Return the entry of a subnet if all its leases are lost, otherwise {}."""
    new = compared.after.subnets.get(old.id)
    if new is None:
        same = compared.renumbered.get((old.first, old.last))
        if same:
            words = f"gets the id {same.id}, and its leases keep the id {old.id}"
            return {"gone": inquiry.add(Kind.RENUMBERED, old.words, words)}
        return {"gone": inquiry.add(Kind.REMOVED, old.words, "removed")}
    around = new.network.ranges  # its shared network may have the old addresses elsewhere
    if not any(meeting(around, [(old.first, old.last)])):
        words = f"renumbered to {new.prefix}"
        return {"gone": inquiry.add(Kind.RENUMBERED, old.words, words)}
    return {}


def losses(inquiry: Inquiry, compared: Comparison, old: Subnet) -> Entry:
    """Return the entry of a subnet that stays, {} if none of its leases can be lost."""
    before, after, new = *compared.sides, compared.after.subnets[old.id]
    change, networks = compared.change(old), (old.network, new.network)
    moved, guarded = _ways_lost(change, old, new), not looser(old.guard, new.guard)
    rows = any(map(compared.any_deciding, networks))
    at_large = [network.at_large for network in networks]
    rows = rows or (any(at_large) and compared.deciding(GLOBAL))
    reserved = rows or before.identifiers != after.identifiers or change.reserved_elsewhere
    outside = list(without([(old.first, old.last)], [(new.first, new.last)]))
    narrowed = _kinds(change, outside, given=True)
    if not (reserved or moved or guarded or narrowed):
        return {}
    kinds = _kinds(change, outside, given=False) if reserved else narrowed
    numbers = {
        kind: inquiry.add(kind, old.words, _words(kind, new), rare=kind not in narrowed)
        for kind in kinds
    }
    entry: Entry = {
        "wanted": shared_network(inquiry, new.network),
        "change": shared_change(inquiry, change),
        "outside": [list(ends) for ends in outside],
        "lost": {_NAMES[kind]: number for kind, number in numbers.items()},
    }
    if reserved:
        words = "the address is reserved for another client"
        rare = not compared.has_reservations(GLOBAL)
        rare = rare and not any(map(compared.any_reservations, networks))
        entry["taken"] = inquiry.add(Kind.TAKEN, old.words, words, rare=rare)
        words = "its client has another address reserved"
        entry["given"] = inquiry.add(Kind.GIVEN, old.words, words, rare=True)
        words = "reserved by circuit-id or flex-id: a lease does not show for whom"
        entry["may_be_taken"] = inquiry.add(Kind.MAY_BE_TAKEN, old.words, words, rare=True)
    if moved:
        entry["around"] = inquiry.add(Kind.MOVED, old.words, moved)
    elif guarded:
        entry["around"] = inquiry.add(Kind.GUARD, old.words, _words(Kind.GUARD, new))
    if rows and new.network.guarded:
        words = "a reservation changes the classes of its client"
        entry["guarded"] = inquiry.add(Kind.GUARD, old.words, words, rare=True)
    return entry


def _words(kind: Kind, new: Subnet) -> str:
    if kind is Kind.RESIZED:
        return f"resized to {new.prefix}"
    if kind is Kind.POOL:
        return "no pool has the address any more"
    return "other client classes are let in"


def _kinds(change: NetworkChange, outside: Ranges, *, given: bool) -> list[Kind]:
    """Return how a subnet's leases are lost, by the first address of each; `given`: by a pool."""
    first, resized = change.left_out(outside, given=given)
    guarded = change.guarded[0][0] if change.guarded else None
    starts = ((first, Kind.POOL), (resized, Kind.RESIZED), (guarded, Kind.GUARD))
    lost = [(start, kind) for start, kind in starts if start is not None]
    return [kind for _, kind in sorted(lost, key=lambda pair: pair[0])]


def shared_change(inquiry: Inquiry, change: NetworkChange) -> int:
    """Return the number in the inquiry of what the subnets of a network have in common."""
    return inquiry.share(
        change,
        lambda: {
            "guarded": [list(ends) for ends in change.guarded],
            "pools": change.pool_rows,
        },
    )


def shared_network(inquiry: Inquiry, network: Network) -> int:
    """Return the number of a network's own data in the inquiry."""
    return inquiry.share(
        network,
        lambda: {
            "ids": list(network.ids),
            "ranges": [list(ends) for ends in network.ranges],
            "given": [list(ends) for ends in network.given],
            "at_large": [list(row) for row in network.at_large],
        },
    )


def _ways_lost(change: NetworkChange, old: Subnet, new: Subnet) -> str:
    """Return why clients may no longer reach their subnet, "" if they reach it.

    A relayed client reaches its shared network through any of its subnets: by a relay address or
    an interface that the configuration names, or by the prefix that its relay's address is in.
    """
    if subnet := change.first_outside(old):
        if subnet.id == old.id:
            return f"resized to {new.prefix}: its relay's address may be outside"
        return f"{subnet.words} leaves its shared network, and its relay may be there"
    if subnet := change.first_unselected(old):
        lost = sorted(subnet.selectors - change.after.selectors)
        return f"{', '.join(lost)} does not lead to it any more"
    if change.led_away:
        selector, owner = change.led_away
        return f"{selector} leads to {owner.words}"
    return ""
