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


class Change:
    """A change, matched with one lease after the other."""

    def __init__(self, request: dict[str, Any]) -> None:
        self.subnets = {int(key): entry for key, entry in request["subnets"].items()}
        rows = request["reservations"].items()
        self.reservations = {int(key): Reservations(value) for key, value in rows}
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
        if not any(first <= address <= last for first, last in entry["ranges"]):
            return []  # left behind by a previous change
        if "gone" in entry:
            return [entry["gone"]]
        lost = self.lost(entry, subnet, address, known) if "siblings" in entry else KEPT
        if lost != KEPT:
            return [lost]
        questions = list(entry.get("renewals", ()))
        questions += [q for first, last, q in entry.get("pools", ()) if first <= address <= last]
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
            at = bisect_right(entry["starts"], address) - 1
            in_pool, question = entry["lost"][at] if at >= 0 else (False, KEPT)
            if question != KEPT and (in_pool or before == address):
                return int(question)
        if "around" in entry:
            return int(entry["around"])
        if "guarded" in entry and self.admitted(entry, known):
            return int(entry["guarded"])
        return KEPT

    def reserved(
        self, entry: dict[str, Any], side: int, subnet: int, address: int, known: dict[str, str]
    ) -> int:
        """Return the address that is reserved for a client, 0 for none (hasAddressReservation)."""
        at_large = self.reservations.get(0, NONE).row(side, known, self.kinds)
        for owner, ends in zip(entry["siblings"][side], entry["globals"][side]):
            if at_large and ends and ends[0] <= at_large[2 + side] <= ends[1]:
                return int(at_large[2 + side])
            row = self.reservations.get(owner, NONE).row(side, known, self.kinds)
            if row and row[2 + side]:
                return int(row[2 + side])
        holders = self.untold(side, subnet, address)
        if holders and (side == OLD or holders <= self.untold(OLD, subnet, address)):
            return address  # it may be this client's, and was before
        return 0

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
        owners = {0, *entry["siblings"][OLD], *entry["siblings"][NEW]}
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
