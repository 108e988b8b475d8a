"""The JSON Schemas of the site file and of Kea's own files, and values' problems against them."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from keaprov.errors import NOWHERE, Path, Problem
from keaprov.words import did_you_mean

_FORMATS = FormatChecker(formats=())
_TYPES = {
    "object": "a map",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
_FORMAT_NAMES = {
    "ipv4": "an IPv4 address",
    "ipv4-network": "an IPv4 network",
    "ip": "an IP address",
}
_SECRET = "A secret is never written here: use {env: NAME}, {file: PATH} or {generate: true}."  # noqa: S105


@_FORMATS.checks("ipv4", raises=ValueError)
def _is_address(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.IPv4Address(value))


@_FORMATS.checks("ipv4-network", raises=ValueError)
def _is_network(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.IPv4Network(value))


@_FORMATS.checks("ip", raises=ValueError)
def _is_any_address(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.ip_address(value))


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
def _validator(name: str, part: str = "") -> Draft202012Validator:
    whole = schema(name)
    wanted = {**whole["$defs"][part], "$defs": whole["$defs"]} if part else whole
    return Draft202012Validator(wanted, format_checker=_FORMATS)


def site_problems(value: Any) -> Iterator[Problem]:
    """Yield everything in which a site file's values differ from its schema.

    The ``dhcp4`` block is Kea's: see `dhcp4_problems`.
    """
    yield from _differences(_validator("site"), value, ())


def agent_problems(body: Any, path: Path) -> Iterator[Problem]:
    """Yield everything in which the body of a ``Control-agent`` map differs from Kea's grammar."""
    yield from _differences(_validator("ctrl-agent"), body, path)


def dhcp4_problems(body: Any, path: Path) -> Iterator[Problem]:
    """Yield everything in which the body of a ``Dhcp4`` map differs from Kea's grammar.

    Reservations of one shape (keys and types) are looked at once: there may be many thousands.
    """
    rows: list[tuple[Path, Any]] = []
    bare = _without_rows(body, path, rows)
    yield from _differences(_validator("dhcp4"), bare, path)
    validator = _validator("dhcp4", "reservation")
    seen: set[tuple[tuple[str, ...], tuple[type, ...]]] = set()
    for where, table in rows:
        for index, row in enumerate(table):
            if type(row) is dict:
                shape = (tuple(row), tuple(map(type, row.values())))
                if shape in seen:
                    continue
                if validator.is_valid(row):
                    if not {dict, list} & set(shape[1]):
                        seen.add(shape)
                    continue
            yield from _differences(validator, row, (*where, index))


def _without_rows(body: Any, path: Path, rows: list[tuple[Path, Any]]) -> Any:
    if not isinstance(body, Mapping):
        return body
    bare = dict(body)
    if isinstance(bare.get("reservations"), list):
        rows.append(((*path, "reservations"), bare["reservations"]))
        bare["reservations"] = []
    for key in ("subnet4", "shared-networks"):
        if isinstance(bare.get(key), list):
            inner = enumerate(bare[key])
            bare[key] = [_without_rows(one, (*path, key, index), rows) for index, one in inner]
    return bare


def _differences(validator: Draft202012Validator, value: Any, path: Path) -> Iterator[Problem]:
    for error in validator.iter_errors(value):
        for problem in _problems(error):
            yield replace(problem, path=(*path, *problem.path))


def _problems(error: ValidationError) -> Iterator[Problem]:
    path: Path = tuple(error.absolute_path)
    within: Any = error.schema
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = list(within.get("properties", {}))
        for key in error.instance:
            if key not in known:
                hint = did_you_mean(key, known) or f"Known here: {', '.join(known)}."
                yield Problem("KP201", f"unknown key {key!r}", NOWHERE, (*path, key), hint)
    elif error.validator == "required" and isinstance(error.instance, Mapping):
        wanted: Any = error.validator_value
        for key in wanted:
            if key not in error.instance and str(error.message).startswith(f"'{key}'"):
                yield Problem("KP202", "is missing", NOWHERE, (*path, key), _missing(key, within))
    elif error.validator == "not" and error.validator_value:
        names: Any = error.validator_value
        message = " and ".join(names["required"]) + " exclude each other"
        yield Problem("KP206", message, NOWHERE, (*path, names["required"][1]), "Keep one.")
    elif error.validator == "not":
        message = f"{path[-1]!r} does not belong here"
        yield Problem("KP203", message, NOWHERE, path, _described(within))
    else:
        yield Problem("KP204", _words(error), NOWHERE, path, _hint(error, path))


def _missing(key: str, schema: Mapping[str, Any]) -> str:
    entry = schema.get("properties", {}).get(key) or {}
    return _described(entry) or ("Add `role: primary` or `role: standby`." if key == "role" else "")


def _words(error: ValidationError) -> str:
    value = json.dumps(error.instance, ensure_ascii=False, default=str)
    shown = value if len(value) <= 60 else f"{value[:57]}…"
    wanted: Any = error.validator_value
    size = len(error.instance) if hasattr(error.instance, "__len__") else 0
    if error.validator == "type":
        kinds = wanted if isinstance(wanted, list) else [wanted]
        return f"{shown} is not {' or '.join(_TYPES[kind] for kind in kinds)}"
    if error.validator == "enum":
        return f"{shown} is not one of {', '.join(map(str, wanted))}"
    said: dict[str, str] = {
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
    return said.get(str(error.validator), str(error.message))


_SIZES = ("Properties", "Items")


def _hint(error: ValidationError, path: Path) -> str:
    if path[-1:] == ("password",) and isinstance(error.instance, str):
        return _SECRET
    return _described(error.schema if isinstance(error.schema, Mapping) else {})


def _described(schema: Mapping[str, Any]) -> str:
    text = str(schema.get("description", ""))
    if schema.get("examples"):
        text += f" Example: {json.dumps(schema['examples'][0])}"
    return text.strip()
