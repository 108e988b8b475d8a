"""What clients see at renewal: options, lifetimes, boot values and the classes that carry them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from keaprov.impact.configuration import Configuration, Pool, Reservation, Subnet
from keaprov.model import Json

LIFETIMES = ("valid-lifetime", "min-valid-lifetime", "max-valid-lifetime")
TIMERS = ("renew-timer", "rebind-timer", "calculate-tee-times", "t1-percent", "t2-percent")
BOOT = ("next-server", "server-hostname", "boot-file-name")
OTHERS = ("evaluate-additional-classes", "match-client-id", "offer-lifetime")
DEFAULTS: Json = {
    "valid-lifetime": 7200,
    "calculate-tee-times": False,
    "t1-percent": 0.5,
    "t2-percent": 0.875,
    "next-server": "0.0.0.0",  # noqa: S104
    "match-client-id": True,
    "offer-lifetime": 0,
}
"""Kea's own."""
OWN = ("option-data", "hostname", "client-classes", *BOOT)
"""What a reservation gives beside an address."""
CARRIED = ("option-data", "option-def", *LIFETIMES, *BOOT)
"""What a class gives."""
Seen = Mapping[str, Any]


def differing(old: Seen, new: Seen) -> list[str]:
    """Return the names of what differs."""
    return [name for name in {**old, **new} if old.get(name) != new.get(name)]


def of_subnet(configuration: Configuration, subnet: Subnet) -> Seen:
    """Return what every client of a subnet is given, by name."""
    seen: dict[str, Any] = {}
    for scope in reversed(subnet.scopes):
        seen |= options(scope, configuration)
    for key in (*TIMERS, *BOOT, *OTHERS):
        value = next((scope[key] for scope in subnet.scopes if key in scope), DEFAULTS.get(key))
        if value not in (None, "", []):
            seen[key] = value
    seen["valid-lifetime"] = _lifetimes(subnet)
    return seen


def _lifetimes(subnet: Subnet) -> tuple[int, ...]:
    usual = next((s[LIFETIMES[0]] for s in subnet.scopes if LIFETIMES[0] in s), None)
    usual = DEFAULTS[LIFETIMES[0]] if usual is None else usual
    limits = (next((s[key] for s in subnet.scopes if key in s), usual) for key in LIFETIMES[1:])
    return (usual, *limits)


def options(scope: Json, configuration: Configuration) -> Seen:
    """Return the options of one map of the configuration, by name; each with its definition."""
    definitions = {entry["name"]: entry for entry in configuration.body.get("option-def") or []}
    seen = {}
    for entry in scope.get("option-data") or []:
        name = str(entry.get("name") or entry.get("code"))
        space = entry.get("space", "dhcp4")
        label = name if space == "dhcp4" else f"{space}.{name}"
        value = {k: v for k, v in entry.items() if k not in ("name", "code", "user-context")}
        value = {k: v for k, v in value.items() if v is not False and k != "csv-format"}
        binary = entry.get("csv-format") is False
        seen[label] = (value, binary, definitions.get(name))
    return seen


def of_pool(configuration: Configuration, pool: Pool) -> Seen:
    """Return what a pool adds."""
    classes = pool.body.get("evaluate-additional-classes") or None
    return {**options(pool.body, configuration), "evaluate-additional-classes": classes}


def of_reservation(reservation: Reservation | None) -> Json:
    """Return what a reservation gives beside an address."""
    body = reservation.body if reservation else {}
    return _given(body, OWN)


def classes(before: Configuration, after: Configuration) -> Iterator[str]:
    """Yield the names of the classes whose clients see something else."""
    ours, theirs = before.classes, after.classes
    for name in {**ours.definitions, **theirs.definitions}:
        given = [_carried(side, name) for side in (ours.definitions, theirs.definitions)]
        same = ours.signature(name) == theirs.signature(name)
        if given[0] != given[1] or (any(given) and not same):
            yield name


def _carried(definitions: Mapping[str, Json], name: str) -> Json:
    return _given(definitions.get(name, {}), CARRIED)


def _given(body: Json, keys: Sequence[str]) -> Json:
    """Return what a map gives clients, without what stands for nothing."""
    nothing = DEFAULTS["next-server"]
    return {key: body[key] for key in keys if body.get(key) and body[key] != nothing}


def may_be_in(configuration: Configuration, subnet: Subnet, name: str) -> bool:
    """Whether clients of a subnet may be in a class that its test, or a list, puts them into.

    Those whom a reservation puts into it count with their reservation.
    """
    entry = configuration.classes.definitions.get(name)
    if entry is None:
        return False
    listing = (*subnet.scopes, *(pool.body for pool in subnet.pools))
    listed = any(name in (scope.get("evaluate-additional-classes") or ()) for scope in listing)
    if entry.get("only-in-additional-list"):
        return listed
    return listed or bool(entry.get("test") or entry.get("template-test"))
