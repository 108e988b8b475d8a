"""Two configurations side by side, the running and the wanted one, and their differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from keaprov.impact import renewal
from keaprov.impact.configuration import GLOBAL, Configuration, Reservation, Subnet
from keaprov.model import Json

Identity = tuple[str, str]
"""The kind of an identifier, and its value."""


class Comparison:
    """The running and the wanted configuration; each result is computed once."""

    def __init__(self, running: Json, wanted: Json) -> None:
        self.before = Configuration(running)
        self.after = Configuration(wanted)
        self._rows: dict[int, list[list[Any]]] = {}
        self._deciding: dict[int, bool] = {}

    @property
    def sides(self) -> tuple[Configuration, Configuration]:
        """Both configurations, the running one first."""
        return self.before, self.after

    @cached_property
    def classes(self) -> list[str]:
        """The names of the classes whose clients see a change."""
        return list(renewal.classes(self.before, self.after))

    @cached_property
    def renumbered(self) -> Mapping[tuple[int, int], Subnet]:
        """The wanted subnets by their first and last address."""
        return {(subnet.first, subnet.last): subnet for subnet in self.after.subnets.values()}

    @cached_property
    def new_selectors(self) -> Sequence[tuple[str, Subnet]]:
        """Relay addresses and interfaces that are new, each with its subnet."""
        selectors = []
        for subnet in self.after.subnets.values():
            known = self.before.subnets.get(subnet.id)
            fresh = subnet.selectors - (known.selectors if known else frozenset())
            selectors += [(selector, subnet) for selector in sorted(fresh)]
        return selectors

    def rows(self, number: int) -> list[list[Any]]:
        """Return a subnet's reservations in the form that a host matches; `GLOBAL`: of no subnet.

        Each is kind, identifier, address before, address after, whether its client sees a change at
        renewal, and whether the classes of its client may change. An address is 0 if the
        reservation has none, None if there is no reservation on that side.
        """
        if number not in self._rows:
            old, new = (_reservations(side, number) for side in self.sides)
            self._rows[number] = [
                _row(identity, old.get(identity), new.get(identity), self.classes)
                for identity in {**old, **new}
            ]
        return self._rows[number]

    def has_reservations(self, number: int) -> bool:
        """Whether a subnet has reservations on one side; `GLOBAL`: of no subnet."""
        return any(_listed(side, number) for side in self.sides)

    def deciding(self, number: int) -> bool:
        """Whether a reservation changes in a way that may cost an address."""
        if number not in self._deciding:
            self._deciding[number] = not self._same(number) and any(
                row[2] != row[3] or row[5] for row in self.rows(number)
            )
        return self._deciding[number]

    def visible_at_renewal(self, number: int) -> bool:
        """Whether the client of a reservation sees a change at renewal."""
        if not self.classes and self._same(number):
            return False
        return any(row[4] for row in self.rows(number))

    def _same(self, number: int) -> bool:
        """Whether the reservations are equal, as in most changes."""
        old, new = (_listed(side, number) for side in self.sides)
        return old == new


def _listed(side: Configuration, number: int) -> Sequence[Reservation]:
    if number == GLOBAL:
        return side.reservations
    subnet = side.subnets.get(number)
    return subnet.reservations if subnet else ()


def _reservations(side: Configuration, number: int) -> Mapping[Identity, Reservation]:
    listed = _listed(side, number)
    return {(reservation.kind, reservation.identifier): reservation for reservation in listed}


def _row(
    identity: Identity,
    before: Reservation | None,
    after: Reservation | None,
    changed_classes: Sequence[str],
) -> list[Any]:
    old, new = renewal.of_reservation(before), renewal.of_reservation(after)
    old_classes, new_classes = (set(side.get("client-classes") or ()) for side in (old, new))
    sees_change = old != new or not (old_classes | new_classes).isdisjoint(changed_classes)
    admitted = before is None or after is None or old_classes != new_classes
    addresses = (reservation.address if reservation else None for reservation in (before, after))
    return [*identity, *addresses, sees_change, admitted]
