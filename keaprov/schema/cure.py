"""What to do about a value that the schema does not take, and about a key that is missing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from jsonschema.exceptions import ValidationError

from keaprov.errors import KeyPath

TYPES = {
    "object": "a map",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number with a point, such as 0.5",
    "boolean": "true or false",
    "null": "nothing",
}
_SECRET = "A secret is never written here: use {env: NAME}, {file: PATH} or {generate: true}."  # noqa: S105
_PASSWORD = (
    "In a site file, write {env: NAME} or {file: PATH} for a database; in Kea's files, text."  # noqa: S105
)
_LONGEST_EXAMPLE = 160
_LONGEST_TEXT = 240


def of_value(error: ValidationError, path: KeyPath) -> str:
    """Return what to do about a value of the wrong type, form or size."""
    wanted: Any = error.validator_value
    kinds = wanted if isinstance(wanted, list) else [wanted]
    if path[-1:] == ("password",) and isinstance(error.instance, str):
        return _SECRET
    if path[-1:] == ("password",) and kinds == ["string"]:
        return _PASSWORD
    number: Any = error.instance
    if error.validator == "type" and type(number) in (int, float) and math.isfinite(number):
        if wanted == "number":
            return f"Write {float(number)}."
        if wanted == "integer" and number == int(number):
            return f"Write {int(number)}."
    if error.validator == "type" and "string" in kinds and _is_plain_number(error.instance):
        return f"A plain number is read as a number. {_quoted(path)}"
    if error.validator == "type" and _place(path) in _EXAMPLES:
        return _EXAMPLES[_place(path)]
    words = described(error.schema if isinstance(error.schema, Mapping) else {})
    return words or _general(error, kinds)


def _is_plain_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _quoted(path: KeyPath) -> str:
    if path[-1:] == ("hw-address",):
        return 'Write the address with colons, in quotes: "00:e0:12:34:56:78".'
    return 'Write the text in quotes, as "0104".'


_EXAMPLES = {
    "reservations": (
        "Write a list (`- {hw-address: 00:11:22:33:44:55, ip-address: 172.20.10.5}`), or "
        "`{csv: reservations.csv}` for a table."
    ),
    "pools": "Write a list: `pools: [172.20.10.100 - 172.20.10.199]`.",
    "subnet4": "Write each subnet as a map: `- {id: 10, subnet: 172.20.10.0/24}`.",
    "option-data": "Write `option-data: {routers: 172.20.10.254}`.",
    "failover": "Write `failover: {}` for the defaults.",
    "control-agent": "Write `control-agent: {}` for the defaults.",
}
"""How a value is written, by the key that it stands under."""


def _place(path: KeyPath) -> str:
    return next((str(step) for step in reversed(path) if isinstance(step, str)), "")


def _general(error: ValidationError, kinds: list[Any]) -> str:
    key = _place(tuple(error.absolute_path))
    if error.validator == "type":
        return f"Write {' or '.join(TYPES[kind] for kind in kinds)} here."
    if error.validator == "enum":
        return f"Write one of these values: {', '.join(map(str, kinds))}."
    if error.validator == "uniqueItems":
        return "Keep one of the two."
    if error.validator in _BOUNDS:
        return f"Write a number that {key or 'this place'} takes: {_range(error)}."
    return f"Correct the value of {key}." if key else "Correct the value."


_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")


def _range(error: ValidationError) -> str:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    words = ("at least", "at most", "more than", "less than")
    given = zip(words, _BOUNDS, strict=True)
    return " and ".join(f"{word} {schema[bound]}" for word, bound in given if bound in schema)


def described(schema: Mapping[str, Any]) -> str:
    """Return what a schema says of a key, of a long text the first sentence; a short example."""
    text = str(schema.get("description", ""))
    if len(text) > _LONGEST_TEXT:
        text = text.partition(". ")[0] + "."
    if schema.get("examples"):
        example = json.dumps(schema["examples"][0], ensure_ascii=False)
        if len(example) <= _LONGEST_EXAMPLE:
            text += f" Example: {example}"
        else:
            text += " docs/site.md has an example."
    return text.strip()
