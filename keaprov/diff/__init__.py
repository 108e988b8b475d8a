"""What a running Kea has, beside what its configuration says: order- and default-aware.

Kea's ``config-get`` gives every key, with what was inherited or is the default filled in, options
with code and name, texts in its own form. The defaults are those that Kea 3.0 itself gives
(defaults.json, held equal to a real Kea by a test).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from keaprov.diff.forms import LISTS, canonical, completed, named, same
from keaprov.errors import Path
from keaprov.model import Json

__all__ = ["ABSENT", "Difference", "differences", "literal"]

ABSENT = "(absent)"
_NOTHING: tuple[object, ...] = ("", [], {}, None)
_DERIVED = {"min-valid-lifetime": "valid-lifetime", "max-valid-lifetime": "valid-lifetime"}
"""Keys that Kea fills in from another one of the same scope."""
_INHERITING = ("shared-networks", "subnet4")
"""The lists whose elements inherit from what is around them."""
_ORDERED = ("client-classes", "hooks-libraries")
"""The lists whose order means something."""
_FORCED = ("dhcp-queue-control", "enable-queue")
"""Kea turns it off by itself beside multi-threading (Kea ARM, Multi-Threading Settings)."""
_OPEN = "parameters"
"""What belongs to a hook library, which fills in what it likes."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One place in which two configurations differ; `ABSENT` stands for what is not there.

    `path` steps through names of keys and, in lists, what names the element (a subnet's id).
    """

    path: Path
    wanted: Any
    found: Any


def differences(wanted: Json, running: Json) -> Iterator[Difference]:
    """Yield where a running ``Dhcp4`` differs from the one that is wanted.

    The revision that keaprov keeps in the user-context is not compared: a live change cannot
    change it.
    """
    ours, theirs = (canonical(_less_revision(body)) for body in (wanted, running))
    yield from _maps(ours, theirs, (), _defaults()[""])


def literal(wanted: Json, found: Json) -> Iterator[Difference]:
    """Yield where two maps differ as they are written, whatever Kea would fill in."""
    yield from _maps(canonical(wanted), canonical(found), (), {})


def _less_revision(body: Json) -> dict[str, Any]:
    context = {k: v for k, v in (body.get("user-context") or {}).items() if k != "keaprov"}
    rest = {key: value for key, value in body.items() if key != "user-context"}
    return {**rest, **({"user-context": context} if context else {})}


def _maps(
    wanted: Json, running: Json, path: Path, defaults: Json, parents: tuple[Json, ...] = ()
) -> Iterator[Difference]:
    for key, value in wanted.items():
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


def _silent(value: Any) -> bool:
    """Whether Kea may leave this out again though it was written."""
    if isinstance(value, Mapping):
        return all(_silent(one) for one in value.values())
    return value in _NOTHING or value is False


def _filled_in(
    key: str, value: Any, running: Json, defaults: Json, parents: tuple[Json, ...]
) -> bool:
    """Whether Kea fills this in by itself: nothing, derived, inherited, or its default."""
    if value in _NOTHING or running.get(_DERIVED.get(key, "")) == value:
        return True
    inherited = next((parent[key] for parent in parents if key in parent), None)
    return bool(value in (inherited, defaults.get(key)))


def _values(
    wanted: Any, running: Any, path: Path, default: Any, parents: tuple[Json, ...]
) -> Iterator[Difference]:
    if path == _FORCED:
        return
    if isinstance(wanted, Mapping) and isinstance(running, Mapping):
        inside = default if isinstance(default, Mapping) else _defaults().get(str(path[-1]), {})
        yield from _maps(wanted, running, path, inside)
    elif path[-1] in LISTS and _of_maps(wanted) and _of_maps(running):
        yield from _lists(wanted, running, path, parents)
    elif _OPEN in path and _of_maps(wanted) and _of_maps(running) and len(wanted) == len(running):
        for number, (ours, theirs) in enumerate(zip(wanted, running, strict=True)):
            yield from _maps(ours, theirs, (*path, number), {})
    elif not same(str(path[-1]), wanted, running):
        yield Difference(path, wanted, running)


def _of_maps(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, Mapping) for one in value)


def _lists(
    wanted: Sequence[Json], running: Sequence[Json], path: Path, parents: tuple[Json, ...]
) -> Iterator[Difference]:
    name = str(path[-1])
    ours, theirs = (named(name, each) for each in (completed(name, wanted, running), running))
    for key, one in ours.items():
        if key in theirs:
            defaults = _defaults().get(name, {})
            yield from _maps(one, theirs[key], (*path, key), defaults, parents)
        else:
            yield Difference((*path, key), one, ABSENT)
    for key, one in theirs.items():
        if key not in ours:
            yield Difference((*path, key), ABSENT, one)
    if name in _ORDERED and list(ours) != list(theirs) and set(ours) == set(theirs):
        yield Difference(path, list(ours), list(theirs))


@cache
def _defaults() -> Mapping[str, Json]:
    text = resources.files("keaprov.diff").joinpath("defaults.json").read_text("utf-8")
    loaded: Mapping[str, Json] = json.loads(text)
    return loaded
