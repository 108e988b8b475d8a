"""Derive the questions about leases from two ``Dhcp4`` maps: the running and the wanted one."""

from __future__ import annotations

from collections.abc import Mapping

from keaprov import paths
from keaprov.ha.renumbering import with_ids
from keaprov.impact import renewal
from keaprov.impact.comparison import Comparison
from keaprov.impact.configuration import GLOBAL, Subnet, merged
from keaprov.impact.losses import Entry, gone, losses, shared_change, shared_network
from keaprov.impact.question import Inquiry, Kind
from keaprov.ip import canonical
from keaprov.model import Json, peer_url
from keaprov.model.names import HA
from keaprov.words import count

HIDDEN = ("circuit-id", "flex-id")
"""Identifiers that no lease has: a lease does not show whose reservation it is."""
LEASE_FILE = "kea-leases4.csv"
"""Kea's default name of a lease file (memfile_lease_mgr.cc)."""


def compare(running: Json, wanted: Json, ids: Mapping[int, int] | None = None) -> Inquiry:
    """Return the questions about the leases that a change from `running` to `wanted` touches.

    `ids` are the new ids of subnets whose leases come along, by the old ones: their leases are
    compared as if the id stayed.
    """
    ids = ids or {}
    back = {new: old for old, new in ids.items()}
    inquiry, compared = Inquiry(), Comparison(running, with_ids(wanted, back))
    inquiry.identifiers = (compared.before.identifiers, compared.after.identifiers)
    lost_store = _store_lost(compared)
    for old in compared.before.subnets.values():
        if lost_store:
            words = "the leases stay behind in another database"
            entry: Entry = {"gone": inquiry.add(Kind.DATABASE, old.words, words)}
        else:
            entry = gone(inquiry, compared, old) or _staying(inquiry, compared, old)
            if old.id in ids and "gone" not in entry:
                words = f"gets the id {ids[old.id]}"
                carried = inquiry.add(Kind.CARRIED, old.words, words)
                entry["renewals"] = [carried, *entry.get("renewals", ())]
        if entry:
            network = shared_network(inquiry, old.network)
            inquiry.subnets[old.id] = {"network": network, **entry}
    _reservations(inquiry, compared)
    touched = {compared.before.subnets[number].network for number in inquiry.subnets}
    inquiry.ranges = merged(subnet for network in touched for subnet in network.subnets)
    _note_hidden(inquiry)
    return inquiry


def _staying(inquiry: Inquiry, compared: Comparison, old: Subnet) -> Entry:
    """Return the entry of a subnet that stays: what is lost, and what clients see at renewal."""
    before, after, new = *compared.sides, compared.after.subnets[old.id]
    entry = losses(inquiry, compared, old)
    renewals = []
    names = renewal.differing(renewal.of_subnet(before, old), renewal.of_subnet(after, new))
    if names:
        renewals.append(inquiry.add(Kind.OPTIONS, old.words, ", ".join(names)))
    if names := compared.classes_of(old):
        renewals.append(inquiry.add(Kind.CLASSES, old.words, f"class {', '.join(names)}"))
    if renewals:
        entry["renewals"] = renewals
    change = compared.change(old)
    if change.pool_options:
        numbers = [inquiry.add(Kind.OPTIONS, old.words, words) for words in change.pool_options]
        entry |= {"change": shared_change(inquiry, change), "pools": numbers[0]}
    by_global = any(subnet.effective("reservations-global") for subnet in (old, new))
    owners = (old.id, GLOBAL) if by_global else (old.id,)
    if any(map(compared.visible_at_renewal, owners)):
        words = "options, hostname or classes of a reservation"
        entry["own"] = inquiry.add(Kind.RESERVED_OPTIONS, old.words, words)
    return entry


def _reservations(inquiry: Inquiry, compared: Comparison) -> None:
    """Add the reservations of the subnets in which they decide about leases, or change."""
    owners: set[int] = set()
    networks: set[int] = set()
    for number, entry in inquiry.subnets.items():
        if "own" in entry:
            owners |= {number, GLOBAL}
        if "lost" in entry:
            networks |= {entry["network"], entry["wanted"]}
    for part in networks:
        owners |= {GLOBAL, *inquiry.parts[part]["ids"]}
    rows_by_owner = {owner: compared.rows(owner) for owner in sorted(owners)}
    inquiry.reservations = {owner: rows for owner, rows in rows_by_owner.items() if rows}


def _note_hidden(inquiry: Inquiry) -> None:
    rows = (row for owned in inquiry.reservations.values() for row in owned)
    number = sum(row[0] in HIDDEN and (row[2] != row[3] or row[4]) for row in rows)
    if number:
        inquiry.notes.append(
            f"{count(number, 'reservation')} by circuit-id or flex-id: a lease does not show which "
            "client it is for"
        )


def _store_lost(compared: Comparison) -> bool:
    """Whether the leases stay in the old database; a pair copies them to the new one (HA hook).

    Not a pair that gets other names, addresses or ports too: its servers do not hear each other
    between their turns, and both start with an empty table.
    """
    old_store, new_store = (_store(side.body) for side in compared.sides)
    before, after = (_endpoints(side.body) for side in compared.sides)
    return old_store != new_store and (not before or before != after)


def _store(body: Json) -> list[object]:
    """Return what identifies a lease database; a file in Kea's own directory by its bare name."""
    store = body.get("lease-database") or {"type": "memfile"}
    name = store.get("name")
    if store.get("type") == "memfile":
        name = str(name or LEASE_FILE).removeprefix(f"{paths.LEASE_DIR}/")
    return [store.get("type"), name, store.get("host"), store.get("port")]


def _endpoints(body: Json) -> set[tuple[str, object]]:
    """Return the names of the servers of a pair, with their addresses and ports; none if alone."""
    relationships = (
        relationship
        for library in body.get("hooks-libraries") or ()
        if paths.base_name(library.get("library", "")) == HA
        for relationship in (library.get("parameters") or {}).get("high-availability") or ()
    )
    peers = (peer for relationship in relationships for peer in relationship.get("peers") or ())
    return {(str(peer.get("name")), _endpoint(peer.get("url"))) for peer in peers}


def _endpoint(url: object) -> object:
    read = peer_url.read(url)
    return (canonical(read.host), read.port) if read else str(url)
