"""Two configurations side by side: what runs, what is wanted, and what differs between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from keaprov.impact import renewal
from keaprov.impact.configuration import GLOBAL, Configuration, Reservation, Subnet
from keaprov.model import Json

Client = tuple[str, str]
"""A kind of identifier, and its value."""


class Comparison:
    """What runs, and what is wanted; each answer is found once."""

    def __init__(self, running: Json, wanted: Json) -> None:
        self.before = Configuration(running)
        self.after = Configuration(wanted)
        self._rows: dict[int, list[list[Any]]] = {}
        self._deciding: dict[int, bool] = {}

    @property
    def sides(self) -> tuple[Configuration, Configuration]:
        """Both configurations, what runs first."""
        return self.before, self.after

    @cached_property
    def classes(self) -> list[str]:
        """The classes whose clients see something else."""
        return list(renewal.classes(self.before, self.after))

    @cached_property
    def renumbered(self) -> Mapping[tuple[int, int], Subnet]:
        """The wanted subnets by their first and last address."""
        return {(subnet.first, subnet.last): subnet for subnet in self.after.subnets.values()}

    @cached_property
    def new_selectors(self) -> Sequence[tuple[str, Subnet]]:
        """Relay addresses and interfaces that a subnet did not have before."""
        selectors = []
        for subnet in self.after.subnets.values():
            known = self.before.subnets.get(subnet.id)
            fresh = subnet.selectors - (known.selectors if known else frozenset())
            selectors += [(selector, subnet) for selector in sorted(fresh)]
        return selectors

    def rows(self, number: int) -> list[list[Any]]:
        """Return a subnet's reservations, `GLOBAL` for those of none, as a host matches them.

        Each is kind, identifier, the address before and after, whether its client sees something
        else that it reserves, and whether its client's classes may change. An address is 0 if none
        is reserved, None if there is no reservation on that side.
        """
        if number not in self._rows:
            ours, theirs = (_reservations(side, number) for side in self.sides)
            self._rows[number] = [
                _row(client, ours.get(client), theirs.get(client), self.classes)
                for client in {**ours, **theirs}
            ]
        return self._rows[number]

    def deciding(self, number: int) -> bool:
        """Whether a reservation changes in a way that decides about an address."""
        if number not in self._deciding:
            self._deciding[number] = not self._same(number) and any(
                row[2] != row[3] or row[5] for row in self.rows(number)
            )
        return self._deciding[number]

    def seen(self, number: int) -> bool:
        """Whether a reservation changes in what its client sees at renewal."""
        if not self.classes and self._same(number):
            return False
        return any(row[4] for row in self.rows(number))

    def _same(self, number: int) -> bool:
        """Whether the reservations are equal: most changes are about something else."""
        ours, theirs = (_listed(side, number) for side in self.sides)
        return ours == theirs


def _listed(side: Configuration, number: int) -> Sequence[Reservation]:
    if number == GLOBAL:
        return side.reservations
    subnet = side.subnets.get(number)
    return subnet.reservations if subnet else ()


def _reservations(side: Configuration, number: int) -> Mapping[Client, Reservation]:
    return {(each.kind, each.identifier): each for each in _listed(side, number)}


def _row(
    client: Client, before: Reservation | None, after: Reservation | None, changed: Sequence[str]
) -> list[Any]:
    given = [renewal.of_reservation(each) for each in (before, after)]
    classes = [set(each.get("client-classes") or ()) for each in given]
    sees = given[0] != given[1] or not (classes[0] | classes[1]).isdisjoint(changed)
    admitted = before is None or after is None or classes[0] != classes[1]
    addresses = (each.address if each else None for each in (before, after))
    return [*client, *addresses, sees, admitted]
