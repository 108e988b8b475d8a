"""The site file's JSON Schema, and a document's problems against it."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator, Mapping
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
_FORMAT_NAMES = {"ipv4": "an IPv4 address", "ipv4-network": "an IPv4 network"}
_SECRET = "A secret is never written here: use {env: NAME}, {file: PATH} or {generate: true}."  # noqa: S105


@_FORMATS.checks("ipv4", raises=ValueError)
def _is_address(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.IPv4Address(value))


@_FORMATS.checks("ipv4-network", raises=ValueError)
def _is_network(value: object) -> bool:
    return not isinstance(value, str) or bool(ipaddress.IPv4Network(value))


@cache
def site() -> dict[str, Any]:
    """Return the site file's schema (JSON Schema 2020-12)."""
    text = files("keaprov").joinpath("schema/site.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(site(), format_checker=_FORMATS)


def problems(value: Any) -> Iterator[Problem]:
    """Yield everything in which a site file's values differ from its schema."""
    for error in _validator().iter_errors(value):
        yield from _problems(error)


def _problems(error: ValidationError) -> Iterator[Problem]:
    path: Path = tuple(error.absolute_path)
    schema: Any = error.schema
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = list(schema.get("properties", {}))
        for key in error.instance:
            if key not in known:
                hint = did_you_mean(key, known) or f"Known here: {', '.join(known)}."
                yield Problem("KP201", f"unknown key {key!r}", NOWHERE, (*path, key), hint)
    elif error.validator == "required" and isinstance(error.instance, Mapping):
        wanted: Any = error.validator_value
        for key in wanted:
            if key not in error.instance and str(error.message).startswith(f"'{key}'"):
                yield Problem("KP202", "is missing", NOWHERE, (*path, key), _missing(key, schema))
    elif error.validator == "not":
        message = f"{path[-1]!r} does not belong here"
        yield Problem("KP203", message, NOWHERE, path, _described(schema))
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
