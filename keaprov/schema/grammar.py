"""JSON Schema with the numbers of Kea's grammar (dhcp4_parser.yy) and ECMA-262's ``$``."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, TypeChecker
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from keaprov.schema.formats import FORMATS


def _is_integer(_: TypeChecker, value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(_: TypeChecker, value: object) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value) and not isinstance(value, bool)


def _is_of_type(
    validator: Any, types: Any, value: object, node: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Hold a value against its type; where Kea's grammar wants a float, 1 is none."""
    if types == "number" and isinstance(value, int):
        yield ValidationError(f"{value!r} is an integer")
    else:
        yield from Draft202012Validator.VALIDATORS["type"](validator, types, value, node)


def _is_of_format(
    _: Validator, name: str, value: object, __: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Hold a text against a format of ours."""
    if not FORMATS[name](value):
        yield ValidationError(f"{value!r} is not of the format {name}")


def _matches(
    _: Validator, pattern: str, value: object, __: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Hold text against a pattern; its ``$`` is the end (ECMA-262), not before a last newline."""
    whole = f"{pattern[:-1]}\\Z" if pattern.endswith("$") else pattern
    if isinstance(value, str) and not re.search(whole, value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


def octets_of(text: str) -> int:
    """Return how many bytes a text has for Kea: it counts them, not characters."""
    return len(text.encode("utf-8", "surrogatepass"))


def _is_short(
    _: Validator, most: int, value: object, __: Mapping[str, Any]
) -> Iterator[ValidationError]:
    """Hold the length of a text against its limit, in bytes."""
    if isinstance(value, str) and octets_of(value) > most:
        yield ValidationError(f"{value!r} is too long")


GrammarValidator: type[Validator] = extend(  # type: ignore[no-untyped-call]
    Draft202012Validator,
    {
        "format": _is_of_format,
        "maxLength": _is_short,
        "pattern": _matches,
        "type": _is_of_type,
    },
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_integer, "number": _is_number}
    ),
)
"""JSON Schema, with the numbers of Kea's grammar: 3600.0 is not an integer, 1 is not a float."""
