"""How a value is written at a place: what its schema says, with the value that was meant."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from jsonschema.exceptions import ValidationError

from keaprov.schema.grammar import octets_of
from keaprov.secret import is_secret
from keaprov.words import NO, YES, milliseconds

_OF_SECONDS = re.compile(r".*(lifetime|-timer|-ttl|ttl-min|ttl-max|-period|-age|lfc-interval)\Z")
"""Keys whose numbers are seconds: of other keys some are milliseconds."""
_PERCENT = re.compile(r"([0-9]{1,2})\s*%\Z")
_DECIMAL = re.compile(r"[0-9]*\.[0-9]+\Z")
BOUNDS = {
    "minimum": "at least",
    "maximum": "at most",
    "exclusiveMinimum": "more than",
    "exclusiveMaximum": "less than",
}
"""The keywords of a number's bounds, in words."""
_PLAIN = re.compile(r"[\w./:-]{1,40}")
_NOTES = ("comment", "user-context")
_MOST_KEYS = 3
_FORMATS = {
    "ipv4": "Write an IPv4 address, as 172.20.10.5.",
    "ipv4-of-a-host": "Write the IPv4 address of a host, as 172.20.10.5.",
    "ip-network": "Write an address or a prefix, as 10.20.0.0/24.",
    "ip": "Write an IP address, as 172.20.10.5.",
    "json": "Write numbers that JSON has: finite, whole ones below 9223372036854775808.",
}


def form(error: ValidationError, key: str, listed: bool, whole: Mapping[str, Any]) -> str:
    """Return how a value of another form is written, "" if the schema does not say it.

    `key` is the key that the value stands under, `listed` says that it is in a list there, `whole`
    is the schema that its references are of.
    """
    schema: Mapping[str, Any] = error.schema if isinstance(error.schema, Mapping) else {}
    wanted: Any = error.validator_value
    value: Any = error.instance
    if error.validator == "type":
        return _typed(str(wanted), value, key, listed, schema, whole)
    if error.validator in ("minProperties", "minItems"):
        return f"{_typed(str(schema.get('type')), value, key, listed, schema, whole)} {_OR_OUT}"
    if error.validator == "enum":
        return f"Write one of these values: {listed_values(wanted)}."
    if error.validator in BOUNDS:
        return f"Write a number that {key or 'this place'} takes: {_range(schema)}."
    by_keyword = {
        "const": f"Write {json.dumps(wanted) if isinstance(wanted, bool) else wanted}.",
        "format": _FORMATS.get(str(wanted), ""),
        "minLength": f"Write a text. {_OR_OUT}",
        "maxLength": f"Write {wanted} bytes at most: it has {octets_of(str(value))}.",
        "maxItems": f"Write {wanted} at most.",
        "maxProperties": f"Write {wanted} at most.",
        "uniqueItems": "Keep one of the two.",
    }
    return by_keyword.get(str(error.validator), "")


def listed_values(values: Sequence[Any]) -> str:
    """Return the values that a place takes; an empty text is in quotes."""
    return ", ".join(str(value) or '""' for value in values)


_OR_OUT = "Or leave it out."


def _typed(
    kind: str, value: Any, key: str, listed: bool, schema: Mapping[str, Any], whole: Any
) -> str:
    if kind == "integer":
        return _integer(value, key, schema)
    if kind == "number":
        return _number(value, schema)
    if kind == "boolean":
        word = str(value).lower()
        return (
            f"Write {'true' if word in YES else 'false'}."
            if word in (*YES, *NO)
            else ("Write true or false.")
        )
    if kind == "array":
        return f"Write a list: `{key or 'KEY'}: [{_entry(value, schema, whole)}]`."
    if kind == "object":
        entry = _map(schema, whole)
        return f"Write a map: `{entry if listed or not key else f'{key}: {entry}'}`."
    if kind != "string" or not key or listed:
        return ""
    alone = value[0] if isinstance(value, list) and len(value) == 1 else None
    plain = isinstance(alone, str) and _PLAIN.fullmatch(alone) and not is_secret(key)
    shown = alone if plain else "TEXT"
    return f"Write a text: `{key}: {shown}`."


def _integer(value: Any, key: str, schema: Mapping[str, Any]) -> str:
    text = value.strip() if isinstance(value, str) else ""
    lasting = milliseconds(text)
    if lasting is not None and str(schema.get("description", "")).startswith("Milliseconds"):
        return _lasting(lasting, "milliseconds", schema)
    if lasting is not None and _OF_SECONDS.match(key) and lasting % 1000 == 0:
        return _lasting(lasting // 1000, "seconds", schema)
    if text.isascii() and text.isdigit() and len(text) < len("18446744073709551616"):
        return f"Write {int(text)}, without quotes."
    bounds = _range(schema)
    return f"Write a whole number{f': {bounds}' if bounds else ''}."


def _lasting(number: int, unit: str, schema: Mapping[str, Any]) -> str:
    if schema.get("minimum", 0) <= number <= schema.get("maximum", number):
        return f"Write {number}: Kea counts {unit}."
    return f"Kea counts {unit}: write {_range(schema)}."


def _number(value: Any, schema: Mapping[str, Any]) -> str:
    text = value.strip() if isinstance(value, str) else ""
    if percent := _PERCENT.match(text):
        return f"Write {int(percent[1]) / 100}."
    if _DECIMAL.match(text):
        return f"Write {float(text)}, without quotes."
    bounds = _range(schema)
    return f"Write a number with a point, as 0.5{f': {bounds}' if bounds else ''}."


def _entry(value: Any, schema: Mapping[str, Any], whole: Any) -> str:
    """Return an entry of a list: the value that stands there alone, or a form of one."""
    items = _resolved(schema.get("items", {}), whole)
    if items.get("type") == "object":
        return _map(items, whole)
    plain = isinstance(value, str) and _PLAIN.fullmatch(value)
    known = items.get("enum")
    return str(value) if plain else ", ".join(map(str, known[:2])) if known else "…"


def _map(schema: Mapping[str, Any], whole: Any) -> str:
    """Return a map with the keys that it needs, or its first ones, and no values."""
    schema = _resolved(schema, whole)
    named = [key for key in schema.get("properties", {}) if key not in _NOTES]
    keys = [*schema.get("required", ()), *named[: 0 if schema.get("required") else 2]]
    more = ", …" if len(named) > len(keys) else ""
    shown = ", ".join(f"{key}: …" for key in dict.fromkeys(keys[:_MOST_KEYS]))
    return f"{{{shown or 'NAME: …'}{more}}}"


def _resolved(part: Mapping[str, Any], whole: Any) -> Mapping[str, Any]:
    name = str(part.get("$ref", "")).rpartition("/")[2]
    resolved: Mapping[str, Any] = whole.get("$defs", {}).get(name, {}) if name else part
    return resolved


def _range(schema: Mapping[str, Any]) -> str:
    given = (f"{word} {schema[bound]}" for bound, word in BOUNDS.items() if bound in schema)
    return " and ".join(given)
