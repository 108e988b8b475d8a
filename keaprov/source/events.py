"""The events of a YAML text, as libyaml parses it, and the places of values among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Set
from typing import Any

import yaml

from keaprov.errors import KeyPath, Mark
from keaprov.source.document import Place

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STARTS = frozenset((yaml.MappingStartEvent, yaml.SequenceStartEvent))
_ENDS = frozenset((yaml.MappingEndEvent, yaml.SequenceEndEvent))
_NONE: frozenset[str | int] = frozenset()
_VALUES = _STARTS | {yaml.ScalarEvent, yaml.AliasEvent}


def events(text: str) -> Iterator[Any]:
    """Return the events of a text; yaml.YAMLError, perhaps on the way, if it is not YAML."""
    return iter(_PARSER(text).get_event, None)


def start_of(file: str, event: Any) -> Mark:
    """Return where an event starts in a file."""
    return Mark(file, event.start_mark.line + 1, event.start_mark.column + 1)


def locate(text: str, file: str, wanted: set[KeyPath]) -> dict[KeyPath, Place]:
    """Find the places of paths in one more pass over the events; stop at the last one.

    The beginnings of each path are wanted too.
    """
    steps: defaultdict[KeyPath, set[str | int]] = defaultdict(set)
    for path in wanted:
        if path:
            steps[path[:-1]].add(path[-1])
    places: dict[KeyPath, Place] = {}
    stack: list[_Level] = []
    level: _Level | None = None
    key: Any = None
    for event in events(text):
        kind = type(event)
        if kind in _ENDS:
            stack.pop()
            level = stack[-1] if stack else None
            continue
        if kind not in _VALUES:
            continue
        if level is not None and level.awaits_key:
            level.key, level.awaits_key = getattr(event, "value", ""), False
            key = event
            continue
        here = level.next() if level is not None else ()
        if here is not None and here not in places:
            start = start_of(file, event)
            in_map = level is not None and level.is_map
            places[here] = Place(start_of(file, key) if in_map else start, start)
            if len(places) == len(wanted):
                break
        if kind in _STARTS:
            inside = steps.get(here, _NONE) if here is not None else _NONE
            level = _Level(here or (), inside, kind is yaml.MappingStartEvent)
            stack.append(level)
    return places


class _Level:
    """A container on the way to a place; `steps` are those from it that are looked for."""

    __slots__ = ("awaits_key", "index", "is_map", "key", "path", "steps")

    def __init__(self, path: KeyPath, steps: Set[str | int], is_map: bool) -> None:
        self.path = path
        self.steps = steps
        self.is_map = self.awaits_key = is_map
        self.key = ""
        self.index = -1

    def next(self) -> KeyPath | None:
        """Return the path of the next value if it is looked for."""
        if self.is_map:
            self.awaits_key = True
            return (*self.path, self.key) if self.key in self.steps else None
        self.index += 1
        return (*self.path, self.index) if self.index in self.steps else None
