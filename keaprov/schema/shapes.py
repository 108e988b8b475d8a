"""Values of one shape: the schema treats them alike, so one of them is validated for all.

A shape keeps of a value what its schema constrains: keys, types, whether a number or a length is
within its bounds, and the text of whatever has another constraint. There may be a hundred
thousand reservations of a few shapes.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any

from keaprov.schema.formats import is_json
from keaprov.schema.grammar import octets_of

Schema = Mapping[str, Any]

_NOTES = frozenset(("description", "examples", "default", "title", "writeOnly", "deprecated"))
_KEYS_ONLY = frozenset(("properties", "required", "additionalProperties", "allOf", "minProperties"))
"""Keywords that constrain the keys of a map only; see `_of_keys`."""
_BOUNDS = frozenset(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"))
_LENGTHS = frozenset(("minLength", "maxLength"))


Shape = Callable[[Any], Hashable]
"""Returns the shape of a value."""


class Shapes:
    """The shapes of values of the parts of a schema; `defs` are its ``$defs``."""

    def __init__(self, defs: Mapping[str, Schema]) -> None:
        self._defs = defs
        self._parts: dict[str, Shape] = {}

    def part(self, name: str) -> Shape:
        """Return what gives the shapes of values of one part."""
        if name not in self._parts:
            self._parts[name] = self._shape(self._defs[name])
        return self._parts[name]

    def of_keys(self, name: str) -> Mapping[str, Shape]:
        """Return what gives the shapes of the values of one part's keys, by key."""
        properties = self._defs[name]["properties"]
        return {key: self._shape(inner) for key, inner in properties.items()}

    def _shape(self, node: Schema) -> Shape:
        name = str(node.get("$ref", "")).rpartition("/")[2]
        limits = set(node) - _NOTES - {"type"}
        if name and limits == {"$ref"}:
            return lambda value: self.part(name)(value)
        if not limits:
            return type
        if "properties" in limits and limits <= _KEYS_ONLY and _of_keys(node):
            return self._of_map(node["properties"])
        if limits == {"items"}:
            inner = self._shape(node["items"])
            return lambda value: (
                (list, frozenset(map(inner, value))) if type(value) is list else _as_is(value)
            )
        if limits == {"format"} and node["format"] == "json":
            return lambda value: (type(value), is_json(value))
        if limits <= _BOUNDS:
            return lambda value: _within(value, node) if type(value) is int else _as_is(value)
        if limits <= _LENGTHS:
            return lambda value: _short(value, node) if type(value) is str else _as_is(value)
        return _as_is

    def _of_map(self, properties: Mapping[str, Schema]) -> Shape:
        shapes = {key: self._shape(inner) for key, inner in properties.items()}
        typed = frozenset(key for key, shape in shapes.items() if shape is type)

        def of_map(value: Any) -> Hashable:
            if type(value) is not dict:
                return _as_is(value)
            if typed.issuperset(value):  # as in most reservations
                return (*value, *map(type, value.values()))
            return tuple((key, shapes.get(key, type)(inner)) for key, inner in value.items())

        return of_map


def _as_is(value: Any) -> Hashable:
    return (type(value), repr(value))


def _short(value: str, node: Schema) -> Hashable:
    size = octets_of(value)
    return (str, len(value) >= node.get("minLength", 0), size <= node.get("maxLength", size))


def _of_keys(node: Schema) -> bool:
    """Whether the schema of a map constrains nothing but its keys, beside its properties."""
    rules = node.get("allOf", [])
    return node.get("additionalProperties") is False and all(
        list(rule) == ["not"] and list(rule["not"]) == ["required"] for rule in rules
    )


def _within(value: int, node: Schema) -> Hashable:
    return (
        int,
        node.get("minimum", value) <= value <= node.get("maximum", value)
        and node.get("exclusiveMinimum", value - 1)
        < value
        < node.get("exclusiveMaximum", value + 1),
    )
