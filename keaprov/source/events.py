"""The events of a YAML text, as libyaml parses it, and the places of values among them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from keaprov.errors import KeyPath, Mark
from keaprov.source.document import Place

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


def locate(text: str, file: str, wanted: set[KeyPath]) -> dict[KeyPath, Place]:
    """Find the places of paths in one more pass over the events; stop at the last one."""
    places: dict[KeyPath, Place] = {}
    outermost = _Level(_tree(wanted), False)
    level, stack = outermost, [outermost]
    key: Any = None
    for event in events(text):
        kind = type(event)
        if kind in _ENDS:
            stack.pop()
            level = stack[-1]
            continue
        if kind not in _VALUES:
            continue
        if level.awaits_key:
            level.key, level.awaits_key = getattr(event, "value", ""), False
            key = event
            continue
        inner = level.next()
        if inner is not None and inner.path in wanted and inner.path not in places:
            start = start_of(file, event)
            places[inner.path] = Place(start_of(file, key) if level.is_map else start, start)
            if len(places) == len(wanted):
                break
        if kind in _STARTS:
            level = _Level(inner, kind is yaml.MappingStartEvent)
            stack.append(level)
    return places


@dataclass(slots=True)
class _Node:
    """A path that is looked for, or leads there, and those that go on from it, by their step."""

    path: KeyPath = ()
    inner: dict[str | int, _Node] = field(default_factory=dict)


def _tree(wanted: set[KeyPath]) -> _Node:
    """Return the paths as a tree: its root stands around the document, whose path is empty."""
    document = _Node()
    for path in wanted:
        node = document
        for length, step in enumerate(path, 1):
            inner = node.inner.get(step)
            if inner is None:
                inner = node.inner[step] = _Node(path[:length])
            node = inner
    return _Node(inner={0: document})


class _Level:
    """A container on the way to a place; `node` is None where nothing is looked for."""

    __slots__ = ("awaits_key", "index", "inner", "is_map", "key")

    def __init__(self, node: _Node | None, is_map: bool) -> None:
        self.inner = node.inner if node else {}
        self.is_map = self.awaits_key = is_map
        self.key = ""
        self.index = -1

    def next(self) -> _Node | None:
        """Return what is looked for at the next value."""
        if self.is_map:
            self.awaits_key = True
            return self.inner.get(self.key)
        self.index += 1
        return self.inner.get(self.index)
