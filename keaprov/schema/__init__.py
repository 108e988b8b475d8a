"""The JSON Schemas of the site file and of Kea's own files, and values' problems against them.

`grammar` is JSON Schema with Kea's numbers; `shapes` spares values that are alike; `cure` and
`unknown` say what to do; `sample` writes the sample site file and docs/site.md. The package reads
its own schemas only.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator

from keaprov import secret
from keaprov.errors import NOWHERE, KeyPath, Problem
from keaprov.schema.cure import TYPES, described, of_value
from keaprov.schema.grammar import GrammarValidator, is_json
from keaprov.schema.shapes import Shapes
from keaprov.schema.unknown import cure
from keaprov.words import shortened

__all__ = [
    "agent_problems",
    "dhcp4_problems",
    "ha_problems",
    "schema",
    "site_problems",
    "text",
]

_FORMATS = FormatChecker(formats=())
_FORMAT_NAMES = {
    "ipv4": "an IPv4 address",
    "ipv4-network": "an IPv4 network",
    "ip": "an IP address",
    "ipv4-of-a-host": "an IPv4 address of a host",
    "json": "what JSON can hold: its numbers are finite, and whole ones have 64 bits",
}


@_FORMATS.checks("ipv4", raises=ValueError)
def _is_address(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.IPv4Address(value))


@_FORMATS.checks("ipv4-network", raises=ValueError)
def _is_network(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.IPv4Network(value))


@_FORMATS.checks("ip", raises=ValueError)
def _is_any_address(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.ip_address(value))


@_FORMATS.checks("ipv4-of-a-host", raises=ValueError)
def _is_address_of_a_host(value: object) -> bool:
    return value != "255.255.255.255" and _is_address(value)


_FORMATS.checks("json")(is_json)


@cache
def text(name: str) -> str:
    """Return a schema's text, JSON Schema 2020-12: ``site``, ``dhcp4`` or ``ctrl-agent``."""
    return files("keaprov").joinpath(f"schema/{name}.schema.json").read_text("utf-8")


@cache
def schema(name: str) -> dict[str, Any]:
    """Return a schema as JSON values."""
    loaded: dict[str, Any] = json.loads(text(name))
    return loaded


@cache
def _validator(name: str, part: str = "") -> Validator:
    whole = schema(name)
    wanted = {**whole["$defs"][part], "$defs": whole["$defs"]} if part else whole
    return GrammarValidator(wanted, format_checker=_FORMATS)


def site_problems(value: Any) -> Iterator[Problem]:
    """Yield everything in which a site file's values differ from its schema.

    The ``dhcp4`` block is Kea's: see `dhcp4_problems`.
    """
    yield from _differences("site", _validator("site"), value, ())


def agent_problems(body: Any, path: KeyPath) -> Iterator[Problem]:
    """Yield everything in which the body of a ``Control-agent`` map differs from Kea's grammar."""
    yield from _differences("ctrl-agent", _validator("ctrl-agent"), body, path)


def ha_problems(parameters: Any, path: KeyPath) -> Iterator[Problem]:
    """Yield everything in which the HA hook's parameters differ from what the hook reads."""
    yield from _differences("ha", _validator("ha"), parameters, path)


_PARTS = {"reservations": "reservation", "subnet4": "subnet4", "shared-networks": "shared-network"}
"""The lists that may have thousands of elements, by key, and the part of the schema for each."""
_OF_KEYS = frozenset(("KP201", "KP202", "KP203", "KP206"))
"""Problems of a value's keys: values of one shape have them alike."""


def dhcp4_problems(body: Any, path: KeyPath) -> Iterator[Problem]:
    """Yield everything in which the body of a ``Dhcp4`` map differs from Kea's grammar.

    It validates one of all reservations, subnets or shared networks that have the same shape.
    """
    lists: list[tuple[str, KeyPath, list[Any]]] = []
    yield from _differences("dhcp4", _validator("dhcp4"), _without_lists(body, path, lists), path)
    known: dict[tuple[str, Hashable], tuple[Problem, ...]] = {}
    for part, where, values in lists:
        validator, shape_of = _validator("dhcp4", part), _shapes().part(part)
        for index, value in enumerate(values):
            shape = (part, shape_of(value))
            problems = known.get(shape)
            if problems is None:
                problems = tuple(_differences("dhcp4", validator, value, ()))
                if all(problem.code in _OF_KEYS for problem in problems):
                    known[shape] = problems
            for problem in problems:
                yield replace(problem, path=(*where, index, *problem.path))


@cache
def _shapes() -> Shapes:
    return Shapes(schema("dhcp4")["$defs"])


def _without_lists(body: Any, path: KeyPath, lists: list[tuple[str, KeyPath, list[Any]]]) -> Any:
    """Return a map without its `_PARTS`, which go to `lists` by part of the schema and path."""
    if not isinstance(body, Mapping):
        return body
    bare = dict(body)
    for key, part in _PARTS.items():
        if isinstance(bare.get(key), list):
            where: KeyPath = (*path, key)
            inner = enumerate(bare[key])
            values = bare[key]
            if key != "reservations":
                values = [_without_lists(value, (*where, index), lists) for index, value in inner]
            lists.append((part, where, values))
            bare[key] = []
    return bare


def _differences(name: str, validator: Validator, value: Any, path: KeyPath) -> Iterator[Problem]:
    for error in validator.iter_errors(value):
        for problem in _problems(name, error):
            yield replace(problem, path=(*path, *problem.path))


def _problems(name: str, error: ValidationError) -> Iterator[Problem]:
    path: KeyPath = tuple(error.absolute_path)
    within: Any = error.schema
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = _known(within)
        free = tuple(within.get("patternProperties", {}))
        for key in error.instance:
            if key not in within.get("properties", {}) and not any(re.search(p, key) for p in free):
                hint = cure(key, known, name, _homes())
                yield Problem("KP201", f"unknown key {key!r}", NOWHERE, (*path, key), hint)
    elif error.validator == "required" and isinstance(error.instance, Mapping):
        wanted: Any = error.validator_value
        for key in wanted:
            if key not in error.instance and str(error.message).startswith(f"'{key}'"):
                yield Problem("KP202", "is missing", NOWHERE, (*path, key), _missing(key, within))
    elif error.validator == "not" and error.validator_value:
        if not isinstance(error.instance, Mapping):
            return  # the wrong type is a problem of its own
        names: Any = error.validator_value
        message = " and ".join(names["required"]) + " exclude each other"
        yield Problem("KP206", message, NOWHERE, (*path, names["required"][1]), "Keep one.")
    elif error.validator == "not":
        message = f"{path[-1]!r} does not belong here"
        yield Problem("KP203", message, NOWHERE, path, described(within))
    else:
        yield Problem("KP204", _words(error), NOWHERE, path, of_value(error, path))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


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
    hidden = any(map(secret.is_secret, error.absolute_path))
    value = secret.MASK if hidden else _json(secret.masked(error.instance))
    shown = shortened(value)
    wanted: Any = error.validator_value
    size = len(error.instance) if hasattr(error.instance, "__len__") else 0
    if error.validator == "type":
        kinds = wanted if isinstance(wanted, list) else [wanted]
        return f"{shown} is not {' or '.join(TYPES[kind] for kind in kinds)}"
    if error.validator == "enum":
        return f"{shown} is not one of {', '.join(map(str, wanted))}"
    by_keyword: dict[str, str] = {
        "const": f"{shown} is not {json.dumps(wanted, default=str)}",
        "format": f"{shown} is not {_FORMAT_NAMES.get(str(wanted), wanted)}",
        "minimum": f"{shown} is less than {wanted}",
        "maximum": f"{shown} is more than {wanted}",
        "minLength": f"{shown} is too short",
        "maxLength": f"{shown} is longer than {wanted}",
        "exclusiveMinimum": f"{shown} is not more than {wanted}",
        "exclusiveMaximum": f"{shown} is not less than {wanted}",
        "pattern": f"{shown} is not of the right form",
        "uniqueItems": f"{shown} holds an entry twice",
        **{f"min{what}": f"{size} entries, at least {wanted} wanted" for what in _SIZES},
        **{f"max{what}": f"{size} entries, at most {wanted} wanted" for what in _SIZES},
    }
    return by_keyword.get(str(error.validator), str(error.message))


_SIZES = ("Properties", "Items")
