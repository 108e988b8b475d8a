"""Compare a running configuration with the wanted one, apart from order and defaults.

Kea's ``config-get`` returns every key: it fills in inherited and default values, gives options
both code and name, and writes texts in its own form. The defaults are those of Kea 3.0
(defaults.json; a test compares them with a real Kea).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from keaprov.diff.forms import LISTS, by_name, canonical, completed, same
from keaprov.diff.reservations import without_equal_reservations
from keaprov.errors import KeyPath
from keaprov.model import Json

__all__ = ["ABSENT", "Difference", "differences", "literal_differences"]

ABSENT = "(absent)"
_NOTHING: tuple[object, ...] = ("", [], {}, None)
_DERIVED = {"min-valid-lifetime": "valid-lifetime", "max-valid-lifetime": "valid-lifetime"}
"""Keys that Kea fills in from another key of the same scope."""
_INHERITING = ("shared-networks", "subnet4")
"""The lists whose elements inherit from the maps around them."""
_ORDERED = ("client-classes", "hooks-libraries")
"""The lists whose order matters."""
_FORCED = ("dhcp-queue-control", "enable-queue")
"""Kea turns it off if multi-threading is on (Kea ARM, Multi-Threading Settings)."""
_OPEN = "parameters"
"""The map of a hook library, which may fill in any key."""
_FREE = frozenset(("user-context", _OPEN))
"""Maps with any keys: a list in them is not Kea's list of that name."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that differs between two configurations; `ABSENT` stands for a missing one.

    `path` consists of keys and, for elements of lists, their names (a subnet's id).
    """

    path: KeyPath
    wanted: Any
    actual: Any


def differences(wanted: Json, running: Json) -> Iterator[Difference]:
    """Yield the differences of a running ``Dhcp4`` map from the wanted one.

    The revision that keaprov keeps in the user-context is not compared: a live change cannot
    change it.
    """
    reserved = _defaults().get("reservations", {})
    bodies = without_equal_reservations(wanted, running, reserved)
    wanted, running = (canonical(_less_revision(body)) for body in bodies)
    yield from _maps(wanted, running, (), _defaults()[""])


def literal_differences(wanted: Json, actual: Json) -> Iterator[Difference]:
    """Yield the differences of two maps as written, whatever Kea would fill in."""
    yield from _maps(canonical(wanted), canonical(actual), (), {})


def _less_revision(body: Json) -> dict[str, Any]:
    user_context = body.get("user-context") or {}
    context = {key: value for key, value in user_context.items() if key != "keaprov"}
    rest = {key: value for key, value in body.items() if key != "user-context"}
    return {**rest, **({"user-context": context} if context else {})}


def _maps(
    wanted: Json, running: Json, path: KeyPath, defaults: Json, parents: tuple[Json, ...] = ()
) -> Iterator[Difference]:
    for key, value in wanted.items():
        if key == "data" and _unshown(running):
            continue
        if key in running:
            inside = (running, *parents) if key in _INHERITING else ()
            yield from _values(value, running[key], (*path, key), defaults.get(key), inside)
        elif not _silent(value) and not same(key, defaults.get(key), value):
            yield Difference((*path, key), value, ABSENT)
    if _OPEN in path:
        return
    for key, value in running.items():
        if key not in wanted and not _filled_in(key, value, running, defaults, parents):
            yield Difference((*path, key), ABSENT, value)


def _unshown(option: Json) -> bool:
    """Whether Kea does not show the data of an option: its type is empty (keaprov.ha.unshown)."""
    return option.get("csv-format") is False and option.get("data") == ""


def _silent(value: Any) -> bool:
    """Whether Kea may leave out this value although the configuration has it."""
    if isinstance(value, Mapping):
        return all(_silent(inner) for inner in value.values())
    return value in _NOTHING or value is False


def _filled_in(
    key: str, value: Any, running: Json, defaults: Json, parents: tuple[Json, ...]
) -> bool:
    """Whether Kea fills in this value: empty, derived, inherited, or the default."""
    if value in _NOTHING or running.get(_DERIVED.get(key, "")) == value:
        return True
    inherited = next((parent[key] for parent in parents if key in parent), None)
    return bool(value in (inherited, defaults.get(key)))


def _values(
    wanted: Any, running: Any, path: KeyPath, default: Any, parents: tuple[Json, ...]
) -> Iterator[Difference]:
    if path == _FORCED:
        return
    if isinstance(wanted, Mapping) and isinstance(running, Mapping):
        inside = default if isinstance(default, Mapping) else _defaults().get(str(path[-1]), {})
        yield from _maps(wanted, running, path, inside)
    elif path[-1] in LISTS and _FREE.isdisjoint(path) and _of_maps(wanted) and _of_maps(running):
        yield from _lists(wanted, running, path, parents)
    elif _OPEN in path and _of_maps(wanted) and _of_maps(running) and len(wanted) == len(running):
        for number, (element, other) in enumerate(zip(wanted, running, strict=True)):
            yield from _maps(element, other, (*path, number), {})
    elif not same(str(path[-1]), wanted, running):
        yield Difference(path, wanted, running)


def _of_maps(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(element, Mapping) for element in value)


def _lists(
    wanted: Sequence[Json], running: Sequence[Json], path: KeyPath, parents: tuple[Json, ...]
) -> Iterator[Difference]:
    name = str(path[-1])
    wanted_by_name = by_name(name, completed(name, wanted, running))
    running_by_name = by_name(name, running)
    for key, element in wanted_by_name.items():
        if key in running_by_name:
            defaults = _defaults().get(name, {})
            yield from _maps(element, running_by_name[key], (*path, key), defaults, parents)
        else:
            yield Difference((*path, key), element, ABSENT)
    for key, element in running_by_name.items():
        if key not in wanted_by_name:
            yield Difference((*path, key), ABSENT, element)
    names, running_names = list(wanted_by_name), list(running_by_name)
    if name in _ORDERED and names != running_names and set(names) == set(running_names):
        yield Difference(path, names, running_names)


@cache
def _defaults() -> Mapping[str, Json]:
    text = resources.files("keaprov.diff").joinpath("defaults.json").read_text("utf-8")
    loaded: Mapping[str, Json] = json.loads(text)
    return loaded
