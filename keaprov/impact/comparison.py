"""Two configurations side by side, the running and the wanted one, and their differences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from ipaddress import IPv4Address
from typing import Any

from keaprov.impact import renewal
from keaprov.impact.configuration import (
    GLOBAL,
    Configuration,
    Network,
    Prefixes,
    Reservation,
    Subnet,
)
from keaprov.impact.networks import NetworkChange, Overlap, overlaps
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
        self._visible: dict[int, bool] = {}
        self._changes: dict[tuple[Network, Network], NetworkChange] = {}
        self._any_deciding: dict[Network, bool] = {}
        self._any_reservations: dict[Network, bool] = {}

    @property
    def sides(self) -> tuple[Configuration, Configuration]:
        """Both configurations, the running one first."""
        return self.before, self.after

    @cached_property
    def classes(self) -> list[str]:
        """The names of the classes whose clients see a change."""
        return list(renewal.classes(self.before, self.after))

    def classes_of(self, old: Subnet) -> list[str]:
        """Return those of `classes` that a test or a list may give clients of a subnet."""
        subnets = (old, self.after.subnets[old.id])
        listed = set[str]().union(*map(renewal.listed, self.sides, subnets))
        if listed <= self._tested.keys():
            return [*self._tested]
        return [name for name in self.classes if name in listed or name in self._tested]

    @cached_property
    def _tested(self) -> Mapping[str, None]:
        """Those of `classes` that a test gives any client."""
        tested = [[renewal.tested(side, name) for side in self.sides] for name in self.classes]
        pairs = zip(self.classes, tested, strict=True)
        return dict.fromkeys(name for name, sides in pairs if any(sides))

    @cached_property
    def renumbered(self) -> Mapping[tuple[int, int], Subnet]:
        """The wanted subnets by their first and last address."""
        return {(subnet.first, subnet.last): subnet for subnet in self.after.subnets.values()}

    def change(self, old: Subnet) -> NetworkChange:
        """Return how the network of a subnet changes; the subnet must be there on both sides."""
        networks = (old.network, self.after.subnets[old.id].network)
        if networks not in self._changes:
            parts, leading = self._overlaps.get(networks, ()), self._leading.get(old.network, ())
            self._changes[networks] = NetworkChange(self.sides, networks, parts, leading)
        return self._changes[networks]

    @cached_property
    def _overlaps(self) -> Mapping[tuple[Network, Network], Sequence[Overlap]]:
        return overlaps(*self.sides)

    @cached_property
    def _new_selectors(self) -> Mapping[str, Sequence[Subnet]]:
        """Relay addresses and interfaces that are new, each with its first subnets.

        With two subnets of different networks, one is elsewhere for every network.
        """
        owners: dict[str, list[Subnet]] = {}
        for subnet in self.after.subnets.values():
            known = self.before.subnets.get(subnet.id)
            fresh = subnet.selectors - (known.selectors if known else frozenset())
            for selector in sorted(fresh):
                listed = owners.setdefault(selector, [])
                if not listed or (len(listed) == 1 and listed[0].network is not subnet.network):
                    listed.append(subnet)
        return owners

    @cached_property
    def _leading(self) -> Mapping[Network, Sequence[tuple[str, Subnet]]]:
        """The new selectors that led to a subnet of a network that runs, by that network."""
        earlier: defaultdict[str, dict[Network, None]] = defaultdict(dict)
        for subnet in self.before.subnets.values():
            for selector in subnet.selectors:
                earlier[selector][subnet.network] = None
        prefixes = Prefixes(
            (subnet.first, subnet.last, subnet.network) for subnet in self.before.subnets.values()
        )
        leading: defaultdict[Network, list[tuple[str, Subnet]]] = defaultdict(list)
        for selector, owners in self._new_selectors.items():
            networks = dict(earlier.get(selector, {}))
            kind, _, value = selector.partition(" ")
            if kind == "relay":
                address = int(IPv4Address(value))
                networks |= dict.fromkeys(prefixes.around(address, address))
            for network in networks:
                leading[network] += [(selector, owner) for owner in owners]
        return leading

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

    def any_deciding(self, network: Network) -> bool:
        """Whether a reservation of a network changes in a way that may cost an address."""
        if network not in self._any_deciding:
            self._any_deciding[network] = any(map(self.deciding, network.ids))
        return self._any_deciding[network]

    def any_reservations(self, network: Network) -> bool:
        """Whether a subnet of a network has reservations on one side."""
        if network not in self._any_reservations:
            self._any_reservations[network] = any(map(self.has_reservations, network.ids))
        return self._any_reservations[network]

    def visible_at_renewal(self, number: int) -> bool:
        """Whether the client of a reservation sees a change at renewal."""
        if number not in self._visible:
            same = not self.classes and self._same(number)
            self._visible[number] = not same and any(row[4] for row in self.rows(number))
        return self._visible[number]

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
