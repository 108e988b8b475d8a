"""The events of a YAML text, as libyaml parses it, and the places of values among them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from keaprov.errors import KeyPath, Mark
from keaprov.source.document import Place

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_VALUES = (yaml.ScalarEvent, yaml.AliasEvent, yaml.MappingStartEvent, yaml.SequenceStartEvent)


def events(text: str) -> Iterator[Any]:
    """Yield the events of a text; yaml.YAMLError if it is not YAML."""
    parser = _PARSER(text)
    try:
        yield from iter(parser.get_event, None)
    finally:
        parser.dispose()


def start_of(file: str, event: Any) -> Mark:
    """Return where an event starts in a file."""
    return Mark(file, event.start_mark.line + 1, event.start_mark.column + 1)


def locate(text: str, file: str, wanted: set[KeyPath]) -> dict[KeyPath, Place]:
    """Find the places of paths in one more pass over the events; stop at the last one."""
    places: dict[KeyPath, Place] = {}
    missing = len(wanted)
    stack: list[_Level] = []
    key: Mark | None = None
    for event in events(text):
        kind = type(event)
        if kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
            stack.pop()
            continue
        if kind not in _VALUES:
            continue
        if stack and stack[-1].awaits_key:
            stack[-1].key, stack[-1].awaits_key = getattr(event, "value", ""), False
            key = start_of(file, event)
            continue
        path = stack[-1].step() if stack else ()
        if path is not None and path in wanted and path not in places:
            start = start_of(file, event)
            in_map = bool(stack) and stack[-1].mapping
            places[path] = Place(key if in_map and key else start, start)
            missing -= 1
            if not missing:
                break
        if kind in (yaml.MappingStartEvent, yaml.SequenceStartEvent):
            inside = path if path in wanted else None
            stack.append(_Level(inside, kind is yaml.MappingStartEvent))
    return places


class _Level:
    """A container on the way to a place; `path` is None where nothing is looked for."""

    __slots__ = ("awaits_key", "index", "key", "mapping", "path")

    def __init__(self, path: KeyPath | None, mapping: bool) -> None:
        self.path = path
        self.mapping = mapping
        self.awaits_key = mapping
        self.index = -1
        self.key = ""

    def step(self) -> KeyPath | None:
        if self.mapping:
            self.awaits_key = True
            return None if self.path is None else (*self.path, self.key)
        self.index += 1
        return None if self.path is None else (*self.path, self.index)
