"""The site file's JSON Schema, and a document's problems against it."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from keaprov.errors import Path, Problem
from keaprov.source import Document

_FORMATS = FormatChecker(formats=())
OWNED = "keaprov sets this itself, from `servers` and `failover`; leave it out"


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


def problems(document: Document) -> Iterator[Problem]:
    """Yield everything in which a document differs from the site file's schema."""
    validator = Draft202012Validator(site(), format_checker=_FORMATS)
    for error in validator.iter_errors(document.value):
        yield from _problems(document, error)


def _problems(document: Document, error: ValidationError) -> Iterator[Problem]:
    path: Path = tuple(error.absolute_path)
    schema: Any = error.schema
    wanted: Any = error.validator_value
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = list(schema.get("properties", {}))
        for key in error.instance:
            if key not in known:
                yield _unknown(document, (*path, key), known)
    elif error.validator == "required" and isinstance(error.instance, dict):
        for key in wanted:
            if key not in error.instance:
                yield Problem("KP202", f"`{key}` is missing", document.mark(path), path)
    elif error.schema is False:
        yield Problem(
            "KP203", f"`{path[-1]}` does not belong here", document.key_mark(path), path, OWNED
        )
    else:
        yield Problem("KP204", _words(error), document.mark(path), path, _hint(error))


def _unknown(document: Document, path: Path, known: list[str]) -> Problem:
    near = get_close_matches(str(path[-1]), known, 1)
    hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}"
    return Problem("KP201", f"unknown key `{path[-1]}`", document.key_mark(path), path, hint)


_TYPES = {"object": "a map", "array": "a list", "string": "text", "integer": "a whole number",
          "boolean": "true or false", "null": "nothing"}  # fmt: skip


def _words(error: ValidationError) -> str:
    value = json.dumps(error.instance, ensure_ascii=False)
    shown = value if len(value) <= 60 else f"{value[:57]}…"
    wanted: Any = error.validator_value
    if error.validator == "type":
        kinds = wanted if isinstance(wanted, list) else [wanted]
        return f"{shown} is not {' or '.join(_TYPES[kind] for kind in kinds)}"
    if error.validator == "enum":
        return f"{shown} is not one of {', '.join(map(str, wanted))}"
    if error.validator == "format":
        names = {"ipv4": "an IPv4 address", "ipv4-network": "an IPv4 network"}
        return f"{shown} is not {names[wanted]}"
    if error.validator in ("minimum", "maximum"):
        side = "less" if error.validator == "minimum" else "more"
        return f"{shown} is {side} than {wanted}"
    if error.validator in ("minProperties", "maxProperties", "minItems"):
        count = len(error.instance) if isinstance(error.instance, (dict, list)) else 0
        least = str(error.validator).startswith("min")
        return f"{count} entries: at {'least' if least else 'most'} {wanted} wanted"
    if error.validator == "pattern":
        return f"{shown} is not of the right form"
    return str(error.message)


def _hint(error: ValidationError) -> str:
    schema = error.schema if isinstance(error.schema, dict) else {}
    if list(error.absolute_path)[-1:] == ["password"] and isinstance(error.instance, str):
        return "a secret is never written here: use {env: NAME}, {file: PATH} or {generate: true}"
    example = f" Example: {json.dumps(schema['examples'][0])}" if schema.get("examples") else ""
    return f"{schema.get('description', '')}{example}".strip()
