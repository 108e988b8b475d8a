"""What clients see at renewal: options, lifetimes, boot values and the classes that carry them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keaprov.impact.configuration import Configuration, Pool, Reservation, Subnet
from keaprov.model import Json
from keaprov.model.names import VALID_LIFETIME, inherited

LIFETIMES = ("valid-lifetime", "min-valid-lifetime", "max-valid-lifetime")
TIMERS = ("renew-timer", "rebind-timer", "calculate-tee-times", "t1-percent", "t2-percent")
BOOT = ("next-server", "server-hostname", "boot-file-name")
OTHERS = ("evaluate-additional-classes", "match-client-id", "offer-lifetime")
DEFAULTS: Json = {
    "valid-lifetime": VALID_LIFETIME,
    "calculate-tee-times": False,
    "t1-percent": 0.5,
    "t2-percent": 0.875,
    "next-server": "0.0.0.0",  # noqa: S104
    "match-client-id": True,
    "offer-lifetime": 0,
}
"""Kea's defaults."""
OWN = ("option-data", "hostname", "client-classes", *BOOT)
"""The keys of a reservation that its client sees, apart from the address."""
CARRIED = ("option-data", "option-def", *LIFETIMES, *BOOT)
"""The keys of a class that its clients see."""
Effects = Mapping[str, Any]
"""What a client sees at renewal, by name."""


def differing(old: Effects, new: Effects) -> list[str]:
    """Return the names of the effects that differ."""
    return [name for name in {**old, **new} if old.get(name) != new.get(name)]


def of_subnet(configuration: Configuration, subnet: Subnet) -> Effects:
    """Return what every client of a subnet gets, by name."""
    effects: dict[str, Any] = {}
    for scope in reversed(subnet.scopes):
        effects |= options(scope, configuration)
    for key in (*TIMERS, *BOOT, *OTHERS):
        value = inherited(subnet.scopes, key, DEFAULTS.get(key))
        if value not in (None, "", []):
            effects[key] = value
    effects["valid-lifetime"] = _lifetimes(subnet)
    return effects


def _lifetimes(subnet: Subnet) -> tuple[int, ...]:
    valid_lifetime, *limits = LIFETIMES
    usual = inherited(subnet.scopes, valid_lifetime, DEFAULTS[valid_lifetime])
    return (usual, *(inherited(subnet.scopes, key, usual) for key in limits))


def options(scope: Json, configuration: Configuration) -> Effects:
    """Return the options of one map of the configuration, by name; each with its definition."""
    definitions, effects = configuration.option_definitions, {}
    for entry in scope.get("option-data") or []:
        name = str(entry.get("name") or entry.get("code"))
        space = entry.get("space", "dhcp4")
        label = name if space == "dhcp4" else f"{space}.{name}"
        value = {
            key: inner
            for key, inner in entry.items()
            if key not in ("name", "code", "user-context", "csv-format") and inner is not False
        }
        binary = entry.get("csv-format") is False
        effects[label] = (value, binary, definitions.get(name))
    return effects


def of_pool(configuration: Configuration, pool: Pool) -> Effects:
    """Return what a pool adds to the effects of its subnet."""
    classes = pool.body.get("evaluate-additional-classes") or None
    return {**options(pool.body, configuration), "evaluate-additional-classes": classes}


def of_reservation(reservation: Reservation | None) -> Json:
    """Return what a reservation gives its client, apart from the address."""
    body = reservation.body if reservation else {}
    return _effects(body, OWN)


def classes(before: Configuration, after: Configuration) -> Iterator[str]:
    """Yield the names of the classes whose clients see a change."""
    old, new = before.classes, after.classes
    for name in {**old.definitions, **new.definitions}:
        carried = [_carried(side, name) for side in (old.definitions, new.definitions)]
        same = old.signature(name) == new.signature(name)
        if carried[0] != carried[1] or (any(carried) and not same):
            yield name


def _carried(definitions: Mapping[str, Json], name: str) -> Json:
    return _effects(definitions.get(name, {}), CARRIED)


def _effects(body: Json, keys: Sequence[str]) -> Json:
    """Return what a map gives clients, without empty values."""
    nothing = DEFAULTS["next-server"]
    return {key: body[key] for key in keys if body.get(key) and body[key] != nothing}


def tested(configuration: Configuration, name: str) -> bool:
    """Whether a test may put any client into a class."""
    entry = configuration.classes.definitions.get(name) or {}
    test = entry.get("test") or entry.get("template-test")
    return bool(test) and not entry.get("only-in-additional-list")


def listed(configuration: Configuration, subnet: Subnet) -> set[str]:
    """Return the classes into which a list may put clients of a subnet.

    Clients that a reservation puts into a class count with their reservation.
    """
    scopes = (*subnet.scopes, *(pool.body for pool in subnet.pools))
    names = (name for scope in scopes for name in scope.get("evaluate-additional-classes") or ())
    return {name for name in names if name in configuration.classes.definitions}
