"""The elements of lists that may have thousands of them, held against the schema piece by piece.

What was validated once is not validated again: elements of one shape, the same keys, and values of
one shape that a key takes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator

from keaprov.errors import KeyPath, Problem
from keaprov.schema.differences import Differences, unknown_keys
from keaprov.schema.formats import FORMATS
from keaprov.schema.loaded import schema, validator
from keaprov.schema.shapes import Shapes

LISTS = {"reservations": "reservation", "subnet4": "subnet4", "shared-networks": "shared-network"}
"""The lists, by key, and the part of the schema for the elements of each."""


class Elements:
    """Holds elements against the part of the schema of ``Dhcp4`` that is for them."""

    def __init__(self, part: str, series: str, differences: Differences) -> None:
        self._node: Mapping[str, Any] = schema("dhcp4", series)["$defs"][part]
        self._properties = frozenset(self._node["properties"])
        self._formats = {
            key: inner["format"]
            for key, inner in self._node["properties"].items()
            if inner.keys() == {"type", "format"} and inner["type"] == "string"
        }
        """The keys of texts of which nothing but the format is wanted."""
        self._validator = validator("dhcp4", part, series)
        self._of_keys: dict[str, Validator] = {}
        self._differences = differences
        self._shape = _shapes().part(part)
        self._shapes = _shapes().of_keys(part)
        self._good: set[Hashable] = set()
        """The shapes of elements that have no problem."""
        self._good_values: set[Hashable] = set()
        """Keys with the shapes of values that they take."""
        self._between: dict[tuple[str, ...], tuple[Problem, ...]] = {}
        """The problems that keys have with each other; paths begin at the element."""

    def problems(self, values: Sequence[Any], path: KeyPath) -> Iterator[Problem]:
        """Yield the problems of a list's elements; `path` is the list's."""
        for index, (value, shape) in enumerate(zip(values, map(self._shape, values), strict=True)):
            if shape not in self._good:
                problems = list(self._of_element(value, (*path, index), path[-2:]))
                if not problems:
                    self._good.add(shape)
                yield from problems

    def _of_element(self, value: Any, path: KeyPath, around: KeyPath) -> Iterator[Problem]:
        if type(value) is not dict:
            errors = self._validator.iter_errors(value)
            yield from self._differences.problems(errors, path, around)
            return
        known = value
        if not self._properties.issuperset(value):
            unknown = unknown_keys(value, self._node)
            for key in unknown:
                yield self._differences.unknown(key, self._node, (*path, key))
            known = {key: value[key] for key in value if key not in unknown}
        for problem in self._between_keys(known):
            yield problem._replace(path=(*path, *problem.path))
        for key, inner in known.items():
            name = self._formats.get(key)
            if name and isinstance(inner, str):
                if not FORMATS[name](inner):
                    node = self._node["properties"][key]
                    yield self._differences.of_format(inner, node, (*path, key))
                continue
            shape = (key, self._shapes[key](inner))
            if shape not in self._good_values:
                wrong = self._errors(key, inner)
                if not wrong:
                    self._good_values.add(shape)
                yield from self._differences.problems(wrong, path, around)

    def _between_keys(self, value: Mapping[str, Any]) -> tuple[Problem, ...]:
        """Return the problems of keys that miss or exclude each other."""
        keys = tuple(value)
        if keys not in self._between:
            errors = [
                error for error in self._validator.iter_errors(value) if not error.absolute_path
            ]
            self._between[keys] = tuple(self._differences.problems(errors, ()))
        return self._between[keys]

    def _errors(self, key: str, value: Any) -> list[ValidationError]:
        """Return the errors of the value of a key."""
        if key not in self._of_keys:
            self._of_keys[key] = self._validator.evolve(schema=self._node["properties"][key])
        errors = list(self._of_keys[key].iter_errors(value))
        for error in errors:
            error.path.appendleft(key)
        return errors


@cache
def _shapes() -> Shapes:
    return Shapes(schema("dhcp4", "")["$defs"])
