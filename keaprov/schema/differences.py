"""In what a value differs from its schema, as problems with a place and a cure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema.exceptions import ValidationError

from keaprov import secret
from keaprov.errors import NOWHERE, KeyPath, Problem
from keaprov.schema.cure import TYPES, described, of_value
from keaprov.schema.form import listed_values
from keaprov.schema.formats import NAMES
from keaprov.schema.habits import range_of
from keaprov.schema.loaded import later_keys, schema
from keaprov.schema.unknown import cure
from keaprov.words import Suggestions, shortened


class Differences:
    """Makes problems of the errors of jsonschema, of one schema."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._unknown: dict[tuple[str, int], tuple[str, str]] = {}
        """Message and cure of each unknown key, by the schema of its place."""
        self._formats: dict[tuple[str | int, int], str] = {}

    def problems(
        self, errors: Iterable[ValidationError], path: KeyPath, around: KeyPath = ()
    ) -> Iterator[Problem]:
        """Yield the problems that errors of a value at `path` are.

        `around` is the place that hints go by, if it is not the path itself.
        """
        for error in errors:
            yield from self._problems(error, path, around or path)

    def unknown(self, key: str, within: Mapping[str, Any], path: KeyPath) -> Problem:
        """Return the problem of a key at `path` that a schema, `within`, does not know."""
        kind = (key, id(within))
        words = self._unknown.get(kind)
        if words is None:
            words = self._unknown[kind] = (f"unknown key {key!r}", self._cure(key, within))
        return Problem("KP201", words[0], NOWHERE, path, words[1])

    def of_format(self, text: str, node: Mapping[str, Any], path: KeyPath) -> Problem:
        """Return the problem of a text at `path` that is not of the format of its schema, `node`.

        The cure is the same for every text.
        """
        kind = (path[-1], id(node))
        if kind not in self._formats:
            wanted = node["format"]
            error = ValidationError(
                "", validator="format", validator_value=wanted, instance=text, schema=node
            )
            self._formats[kind] = of_value(error, path, schema(self._name))
        message = _BY_KEYWORD["format"](_shown(text, secret.is_secret(path[-1])), node["format"])
        return Problem("KP204", message, NOWHERE, path, self._formats[kind])

    def _cure(self, key: str, within: Mapping[str, Any]) -> str:
        if self._name == "dhcp4" and key in later_keys():
            return f"Kea {later_keys()[key]} brought this key: write it once kea.series is that."
        near = len(self._unknown) < Suggestions.MOST
        return cure(key, _known(within), self._name, _homes(), near=near)

    def _problems(
        self, error: ValidationError, before: KeyPath, around: KeyPath
    ) -> Iterator[Problem]:
        inner: KeyPath = tuple(error.absolute_path)
        path = (*before, *inner)
        within: Any = error.schema
        if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
            keys = unknown_keys(error.instance, within)
            ends = range_of(error.instance) if "pool" in within.get("properties", {}) else None
            if ends is not None:
                message, hint = f"unknown key {ends.key!r}", f"Write `pool: {ends.text}`."
                yield Problem("KP201", message, NOWHERE, (*path, ends.key), hint)
                keys = [key for key in keys if str(error.instance[key]) not in ends.text]
            for key in keys:
                yield self.unknown(key, within, (*path, key))
        elif error.validator == "required" and isinstance(error.instance, Mapping):
            wanted: Any = error.validator_value
            for key in wanted:
                if key == "pool" and range_of(error.instance):
                    continue
                if key not in error.instance and str(error.message).startswith(f"'{key}'"):
                    hint = _missing(key, within)
                    yield Problem("KP202", "is missing", NOWHERE, (*path, key), hint)
        elif error.validator == "not" and error.validator_value:
            if not isinstance(error.instance, Mapping):
                return  # the wrong type is a problem of its own
            names: Any = error.validator_value
            message = " and ".join(names["required"]) + " exclude each other"
            yield Problem("KP206", message, NOWHERE, (*path, names["required"][1]), "Keep one.")
        elif error.validator == "not":
            message = f"{inner[-1]!r} does not belong here"
            yield Problem("KP203", message, NOWHERE, path, described(within))
        else:
            hint = of_value(error, (*around, *inner), schema(self._name))
            yield Problem("KP204", _words(error), NOWHERE, path, hint)


def unknown_keys(value: Mapping[str, Any], within: Mapping[str, Any]) -> list[str]:
    """Return the keys of a map that its schema, `within`, does not know."""
    properties = within.get("properties", {})
    unknown = [key for key in value if key not in properties]
    for free in within.get("patternProperties", ()):
        unknown = [key for key in unknown if not re.search(free, key)]
    return unknown


_json = json.JSONEncoder(ensure_ascii=False, default=str).encode
"""`json.dumps` would make an encoder for each value."""


@cache
def _homes() -> dict[str, list[str]]:
    """Return the places in a site file, or in Kea's Dhcp4 map, that know a key."""
    homes: dict[str, list[str]] = {}
    site, dhcp4 = schema("site")["properties"], schema("dhcp4")
    for key in site:
        homes.setdefault(key, []).append("the site file's first level")
    for key in dhcp4["properties"]:
        homes.setdefault(key, []).append("dhcp4")
    for place in ("shared-network", "subnet4", "pool", "reservation", "client-class"):
        for key in dhcp4["$defs"][place]["properties"]:
            homes.setdefault(key, []).append(f"a {place}")
    return homes


def _known(schema: Mapping[str, Any]) -> list[str]:
    """Return the keys that a person may write: those that keaprov sets itself are left out."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    return [key for key, inner in properties.items() if inner != {"$ref": "#/$defs/owned"}]


def _missing(key: str, schema: Mapping[str, Any]) -> str:
    entry = schema.get("properties", {}).get(key) or {}
    if key == "role":
        return "Add `role: primary` or `role: standby`."
    return described(entry) or f"Add `{key}: …` here."


def _words(error: ValidationError) -> str:
    """Return what is wrong with a value."""
    held: Any = error.instance
    wanted: Any = error.validator_value
    keyword = str(error.validator)
    if keyword in _SIZES:
        return f"{len(held)} entries, {_SIZES[keyword]} {wanted} wanted"
    hidden = any(map(secret.is_secret, error.absolute_path))
    if keyword == "type":
        kinds = wanted if isinstance(wanted, list) else [wanted]
        shown = _number(held) if "string" in kinds and not hidden else ""
        shown = shown or _shown(held, hidden)
        return f"{shown} is not {' or '.join([TYPES[kind] for kind in kinds])}"
    words = _BY_KEYWORD.get(keyword)
    return words(_shown(held, hidden), wanted) if words else str(error.message)


def _number(value: Any) -> str:
    """Return how a number is written where text belongs, "" for another value."""
    if isinstance(value, float):
        return "a number"  # Python writes it in another way
    return str(getattr(value, "text", "")) or (str(value) if type(value) is int else "")


def _shown(value: Any, hidden: bool) -> str:
    return shortened(secret.MASK if hidden else _json(secret.masked(value)))


_SIZES = {
    "minItems": "at least",
    "minProperties": "at least",
    "maxItems": "at most",
    "maxProperties": "at most",
}
_BY_KEYWORD: dict[str, Callable[[str, Any], str]] = {
    "enum": lambda shown, wanted: f"{shown} is not one of {listed_values(wanted)}",
    "const": lambda shown, wanted: f"{shown} is not {json.dumps(wanted, default=str)}",
    "format": lambda shown, wanted: f"{shown} is not {NAMES.get(str(wanted), wanted)}",
    "minimum": lambda shown, wanted: f"{shown} is less than {wanted}",
    "maximum": lambda shown, wanted: f"{shown} is more than {wanted}",
    "minLength": lambda shown, _: f"{shown} is too short",
    "maxLength": lambda shown, wanted: f"{shown} is longer than {wanted}",
    "exclusiveMinimum": lambda shown, wanted: f"{shown} is not more than {wanted}",
    "exclusiveMaximum": lambda shown, wanted: f"{shown} is not less than {wanted}",
    "pattern": lambda shown, _: f"{shown} is not of the right form",
    "uniqueItems": lambda shown, _: f"{shown} holds an entry twice",
}
"""What is wrong with a value, from its text and what the keyword wants."""
