"""Count the active leases that a change touches, asked from the running kea-dhcp4.

The leases come page by page in the order of their addresses (``lease4-get-page``), from the ranges
that the change is about. Each lease is looked up by its subnet's id, its address and its client, so
the time grows with the leases alone, and one page is in memory. Which lease is touched by what is
decided from plain data (`keaprov.impact`). It runs on the host (Python >= 3.9, standard library
only), as root. Changes nothing.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from typing import Any

import kea_socket
import paging

FIRST = 10
"""Clients that are named for each question."""
ACTIVE = 0
OLD, NEW = 0, 1
KEPT = -1
LAST = 0xFFFFFFFF
UNTOLD = ("circuit-id", "flex-id")
"""Identifiers that no lease has."""
DUID_AT = 10
"""Where a DUID begins in the hexadecimal client-id that holds it: after type and IAID."""


def identifiers(lease: dict[str, Any]) -> dict[str, str]:
    """Return the identifiers of a lease's client as reservations write them (dhcp4_srv.cc)."""
    client = lease.get("client-id", "").replace(":", "").lower()
    known = {"hw-address": lease.get("hw-address", "").replace(":", "").lower()}
    if client:
        known["client-id"] = client
        if client.startswith("ff") and len(client) > DUID_AT:
            known["duid"] = client[DUID_AT:]
    return {kind: value for kind, value in known.items() if value}


class Reservations:
    """The reservations of the previous configuration and of the wanted one, of one subnet."""

    def __init__(self, rows: list[list[Any]]) -> None:
        self.clients = {(row[0], row[1]): row for row in rows}
        self.holders: tuple[dict[int, set[tuple[str, str]]], ...] = ({}, {})
        for kind, identifier, *addresses in (row[:4] for row in rows):
            for side in (OLD, NEW):
                if addresses[side]:
                    holders = self.holders[side].setdefault(addresses[side], set())
                    holders.add((kind, identifier))

    def row(self, side: int, known: dict[str, str], kinds: list[list[str]]) -> list[Any] | None:
        """Return a client's reservation on a side, by the first identifier that has one there."""
        for kind in kinds[side]:
            row = self.clients.get((kind, known[kind])) if kind in known else None
            if row is not None and row[2 + side] is not None:
                return row
        return None


NONE = Reservations([])


class Network:
    """The subnets from which a client may get an address, on one side."""

    def __init__(self, part: dict[str, Any]) -> None:
        self.ids = frozenset(part["ids"])
        self.ranges: list[list[int]] = part["ranges"]
        self.given: list[list[int]] = part["given"]
        self._blocks = {(first, last): number for number, first, last in part["at_large"]}
        self._sizes = {last - first + 1 for first, last in self._blocks}

    def at_large(self, address: int) -> set[int]:
        """Return the subnets in which a reservation of no subnet counts with this address."""
        starts = ((address - address % size, size) for size in self._sizes)
        blocks = ((first, first + size - 1) for first, size in starts)
        return {self._blocks[block] for block in blocks if block in self._blocks}


def row_with(rows: list[list[int]], address: int) -> list[int]:
    """Return the row, first and last address and more, that has an address; [] if none has."""
    at = bisect_right(rows, [address, LAST, LAST]) - 1
    return rows[at] if at >= 0 and address <= rows[at][1] else []


class Change:
    """A change, matched with one lease after the other."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.subnets = {int(key): entry for key, entry in request["subnets"].items()}
        rows = request["reservations"].items()
        self.reservations = {int(key): Reservations(value) for key, value in rows}
        self.owners: dict[tuple[str, str], list[int]] = {}
        for owner, reservations in self.reservations.items():
            for client in reservations.clients:
                self.owners.setdefault(client, []).append(owner)
        self.parts: list[dict[str, Any]] = request["parts"]
        self.networks: dict[int, Network] = {}
        self.kinds: list[list[str]] = request["identifiers"]
        self.counts = [0] * request["questions"]
        self.clients: list[list[dict[str, Any]]] = [[] for _ in self.counts]

    def take(self, lease: dict[str, Any]) -> None:
        """Count a lease under the questions that it is an answer to."""
        entry = self.subnets.get(lease["subnet-id"])
        if entry is None:
            return
        for question in self.questions(entry, lease["subnet-id"], lease):
            self.counts[question] += 1
            if len(self.clients[question]) < FIRST:
                kept = ("ip-address", "hw-address", "client-id", "hostname")
                named = {key: lease[key] for key in kept if lease.get(key)}
                self.clients[question].append(named)

    def questions(self, entry: dict[str, Any], subnet: int, lease: dict[str, Any]) -> list[int]:
        """Return how a lease is lost, or else what its client sees at renewal."""
        address, known = paging.number(lease["ip-address"]), identifiers(lease)
        if not row_with(self.network(entry["network"]).ranges, address):
            return []  # left behind by a previous change
        if "gone" in entry:
            return [entry["gone"]]
        lost = self.lost(entry, subnet, address, known) if "lost" in entry else KEPT
        if lost != KEPT:
            return [lost]
        questions = list(entry.get("renewals", ()))
        pools = self.parts[entry["change"]]["pools"] if "pools" in entry else []
        if pool := row_with(pools, address):
            questions.append(entry["pools"] + pool[2])
        if "own" in entry:
            rows = (
                self.reservations.get(owner, NONE).row(side, known, self.kinds)
                for owner in (subnet, 0)
                for side in (OLD, NEW)
            )
            if any(row and row[4] for row in rows):
                questions.append(entry["own"])
        return questions

    def lost(self, entry: dict[str, Any], subnet: int, address: int, known: dict[str, str]) -> int:
        """Return the question that says why a client loses its address, `KEPT` if it does not."""
        before = self.reserved(entry, OLD, subnet, address, known)
        after = self.reserved(entry, NEW, subnet, address, known)
        if after and after not in (address, before):
            return int(entry.get("given", KEPT))
        if after != address:
            taken = self.taken(NEW, subnet, address, known)
            if taken and not self.taken(OLD, subnet, address, known):
                return int(entry.get(taken, KEPT))
            question = self.left_out(entry, address)
            in_pool = row_with(self.network(entry["network"]).given, address)
            if question != KEPT and (in_pool or before == address):
                return question
        if "around" in entry:
            return int(entry["around"])
        if "guarded" in entry and self.admitted(entry, known):
            return int(entry["guarded"])
        return KEPT

    def reserved(
        self, entry: dict[str, Any], side: int, subnet: int, address: int, known: dict[str, str]
    ) -> int:
        """Return the address that is reserved for a client, 0 for none (hasAddressReservation)."""
        row = self.reservations.get(0, NONE).row(side, known, self.kinds)
        at_large = int(row[2 + side]) if row else 0
        network = self.network(entry["network" if side == OLD else "wanted"])
        counts = network.at_large(at_large) if at_large else set()
        owners = counts | self.owners_of(known, network.ids)
        for owner in sorted(owners, key=lambda number: (number < subnet, number)):
            if owner in counts:
                return at_large
            row = self.reservations.get(owner, NONE).row(side, known, self.kinds)
            if row and row[2 + side]:
                return int(row[2 + side])
        holders = self.untold(side, subnet, address)
        if holders and (side == OLD or holders <= self.untold(OLD, subnet, address)):
            return address  # it may be this client's, and was before
        return 0

    def owners_of(self, known: dict[str, str], numbers: frozenset[int]) -> set[int]:
        """Return those of some subnets that have a reservation of a client."""
        owners = (owner for client in known.items() for owner in self.owners.get(client, ()))
        return {owner for owner in owners if owner in numbers}

    def network(self, part: int) -> Network:
        """Return a network of the request, by its number."""
        if part not in self.networks:
            self.networks[part] = Network(self.parts[part])
        return self.networks[part]

    def left_out(self, entry: dict[str, Any], address: int) -> int:
        """Return the question of an address that no pool gives to its client any more."""
        kind = ""
        if not row_with(self.network(entry["wanted"]).given, address):
            kind = "resized" if row_with(entry["outside"], address) else "pool"
        elif row_with(self.parts[entry["change"]]["guarded"], address):
            kind = "guard"
        return int(entry["lost"].get(kind, KEPT))

    def untold(self, side: int, subnet: int, address: int) -> set[tuple[str, str]]:
        """Return the reservations of an address whose client a lease does not tell."""
        holders = self.reservations.get(subnet, NONE).holders[side].get(address, set())
        return {holder for holder in holders if holder[0] in UNTOLD}

    def taken(self, side: int, subnet: int, address: int, known: dict[str, str]) -> str:
        """Return how an address is reserved for another client, "" if not (addressReserved)."""
        holders = self.reservations.get(subnet, NONE).holders[side].get(address, set())
        if any(known.get(kind) == value and kind in self.kinds[side] for kind, value in holders):
            return ""
        if any(kind in UNTOLD for kind, _ in holders):
            return "may_be_taken"
        return "taken" if holders else ""

    def admitted(self, entry: dict[str, Any], known: dict[str, str]) -> bool:
        """Whether the classes of a client change with its reservation."""
        networks = (self.network(entry[key]).ids for key in ("network", "wanted"))
        owners = {0}.union(*(self.owners_of(known, numbers) for numbers in networks))
        rows = (
            self.reservations.get(owner, NONE).row(side, known, self.kinds)
            for owner in owners
            for side in (OLD, NEW)
        )
        return any(row and row[5] for row in rows)


def active(lease: dict[str, Any], now: float) -> bool:
    """Whether a client has this lease now."""
    if lease["state"] != ACTIVE:
        return False
    return bool(lease["valid-lft"] == paging.INFINITE or lease["cltt"] + lease["valid-lft"] > now)


def main(request: dict[str, Any]) -> dict[str, object]:
    """Return the number of leases and the first clients of each question."""
    change, now = Change(request), time.time()
    try:
        for lease in paging.leases(request["socket"], request["ranges"]):
            if active(lease, now):
                change.take(lease)
    except kea_socket.Refused as refused:
        return {"unknown": str(refused)}
    return {"unknown": "", "counts": change.counts, "clients": change.clients}
