"""The events of a YAML text, as libyaml parses it, and the places of values among them."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

import yaml

from keaprov.errors import KeyPath, Mark
from keaprov.source.document import Place
from keaprov.source.tree import Wanted, tree

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STARTS = frozenset((yaml.MappingStartEvent, yaml.SequenceStartEvent))
_ENDS = frozenset((yaml.MappingEndEvent, yaml.SequenceEndEvent))
_VALUES = _STARTS | {yaml.ScalarEvent, yaml.AliasEvent}


def events(text: str) -> Iterator[Any]:
    """Return the events of a text; yaml.YAMLError, perhaps on the way, if it is not YAML."""
    return iter(_PARSER(text).get_event, None)


def start_of(file: str, event: Any) -> Mark:
    """Return where an event starts in a file."""
    return Mark(file, event.start_mark.line + 1, event.start_mark.column + 1)


def locate(text: str, file: str, wanted: AbstractSet[KeyPath]) -> dict[KeyPath, Place]:
    """Find the places of paths in one more pass over the events; stop at the last one.

    A path into what an alias repeats has the place of the alias.
    """
    top = tree(wanted)
    places: dict[KeyPath, Place] = {}
    stack: list[_Level] = []
    level: _Level | None = None
    skipped = 0
    """Open containers in which nothing more is looked for."""
    for event in events(text):
        kind = type(event)
        if skipped:
            if kind is not yaml.ScalarEvent:
                skipped += (kind in _STARTS) - (kind in _ENDS)
            continue
        if kind in _ENDS:
            stack.pop()
            level = stack[-1] if stack else None
            continue
        if kind not in _VALUES:
            continue
        here: Wanted | None = top
        key = event
        if level is not None:
            if level.is_map:
                if level.key is None:
                    level.key = event
                    continue
                key, level.key = level.key, None
                here = level.steps.get(key.value)
            else:
                level.index += 1
                here = level.steps.get(level.index)
            if here is not None:
                level.left -= 1
        is_alias = kind is yaml.AliasEvent
        if here is not None and (here.paths or is_alias):
            start = start_of(file, event)
            place = Place(start if key is event else start_of(file, key), start)
            for path in here.everything() if is_alias else here.paths:
                places.setdefault(path, place)
            if len(places) == len(wanted):
                break
        if kind in _STARTS:
            if here is None or not here.steps:
                skipped = 1
                continue
            level = _Level(here.steps, kind is yaml.MappingStartEvent)
            stack.append(level)
        elif level is not None and not level.left:
            stack.pop()
            level = stack[-1] if stack else None
            skipped = 1
    return places


class _Level:
    """A container that holds something that is looked for; `key` is the event of a map's key.

    `left` is how many of its values are still to come.
    """

    __slots__ = ("index", "is_map", "key", "left", "steps")

    def __init__(self, steps: dict[str | int, Wanted], is_map: bool) -> None:
        self.steps = steps
        self.is_map = is_map
        self.key: Any = None
        self.index = -1
        self.left = len(steps)
