"""Set aside the reservations that are equal as they stand: there may be 100,000 of them.

Comparing a reservation in Kea's own form, with everything that Kea fills in, takes some 0.1 ms.
Most reservations differ from what a site says only by empty values and defaults.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keaprov.model import Json
from keaprov.model.names import IDENTIFIERS

NOTHING: tuple[object, ...] = ("", [], {}, None)
REMARKS = ("comment", "user-context")
"""Keys that Kea moves: reservations with one of them are compared in full."""


def without_equal_reservations(
    wanted: Json, running: Json, defaults: Json
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two ``Dhcp4`` maps without the reservations that are the same in both.

    `defaults` are the values that Kea gives to keys of a reservation that are not written. The
    reservations of a subnet are compared with those of the subnet that has the same id.
    """
    equal: dict[int | None, set[str]] = {}
    others = dict(_scopes(running))
    for number, scope in _scopes(wanted):
        if number in others:
            first, second = (_by_client(side, defaults) for side in (scope, others[number]))
            equal[number] = {
                client for client, entry in first.items() if second.get(client) == entry
            }
    return _without(wanted, equal), _without(running, equal)


def _scopes(body: Json) -> Iterator[tuple[int | None, Json]]:
    """Yield everything that may have reservations: subnets by id, the whole as None."""
    yield None, body
    for holder in (body, *(body.get("shared-networks") or ())):
        for subnet in holder.get("subnet4") or ():
            yield subnet["id"], subnet


def _by_client(scope: Json, defaults: Json) -> dict[str, dict[str, Any]]:
    """Return a scope's reservations without what says nothing; a client named twice is left out."""
    made: dict[str, dict[str, Any]] = {}
    twice = set()
    for reservation in scope.get("reservations") or ():
        client = _client(reservation)
        if client in made:
            twice.add(client)
        made[client] = {
            key: value
            for key, value in reservation.items()
            if value not in NOTHING and defaults.get(key) != value
        }
    remarked = (client for client, entry in made.items() if not entry.keys().isdisjoint(REMARKS))
    for client in {*twice, *remarked}:
        del made[client]
    return made


def _client(reservation: Json) -> str:
    for kind in IDENTIFIERS:
        if kind in reservation:
            return f"{kind} {reservation[kind]}"
    return ""


def _without(body: Json, equal: Mapping[int | None, set[str]]) -> dict[str, Any]:
    """Return a body without the reservations of these clients, by the subnet's id."""

    def reduced(scope: Json, number: int | None) -> dict[str, Any]:
        clients = equal.get(number)
        if not clients or not scope.get("reservations"):
            return dict(scope)
        kept = [each for each in scope["reservations"] if _client(each) not in clients]
        return {**scope, "reservations": kept}

    def holder(scope: Json) -> dict[str, Any]:
        if not scope.get("subnet4"):
            return dict(scope)
        return {**scope, "subnet4": [reduced(subnet, subnet["id"]) for subnet in scope["subnet4"]]}

    whole = holder(reduced(body, None))
    if whole.get("shared-networks"):
        whole["shared-networks"] = [holder(network) for network in whole["shared-networks"]]
    return whole
