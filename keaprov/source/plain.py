"""JSON with comments, and without anything else that Kea reads in its own way.

It may be large: Python's own reader takes a tenth of the time that tokens of ours take. Whatever is
doubtful is left to `keaprov.source.relaxed`, which also names what is wrong.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from keaprov.source.document import DEEPEST

NOT_PLAIN = object()
"""In place of a value: the text has to be read token by token."""
_DIGITS = 18
"""Digits of a number that certainly has 64 bits."""
_COMMENTS = re.compile(r'("[^"]*")|//[^\n]*|#[^\n]*|/\*.*?\*/', re.DOTALL)
_STRINGS = re.compile(r'"[^"]*"')
_BRACKETS = re.compile(r"[^][{}]+")


def value_of(text: str) -> Any:
    """Return the value of a JSON text (RFC 8259) if Kea reads the same in it, else `NOT_PLAIN`.

    There are no includes, escapes, commas too many, keys that stand twice, or numbers of more than
    64 bits, and the value is not deeper than `DEEPEST`.
    """
    if "\\" in text:
        return NOT_PLAIN
    text = _COMMENTS.sub(r"\1 ", text)
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return NOT_PLAIN
    return value if _depth(text) <= DEEPEST else NOT_PLAIN


def _depth(text: str) -> int:
    """Return the deepest nesting of a JSON text without escapes."""
    depth = deepest = 0
    for bracket in _BRACKETS.sub("", _STRINGS.sub("", text)):
        depth += 1 if bracket in "{[" else -1
        deepest = max(deepest, depth)
    return deepest


def _map(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs) or ("comment" in made and "user-context" in made):
        raise ValueError
    return made


def _integer(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError
    return number


def _constant(text: str) -> Any:
    raise ValueError(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_map, parse_int=_integer, parse_float=_float, parse_constant=_constant
)
