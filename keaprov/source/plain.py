"""JSON with comments, and without anything else that Kea reads in its own way.

It may be large: Python's own reader takes a tenth of the time that tokens of ours take. Whatever is
doubtful is left to `keaprov.source.relaxed`, which also names what is wrong.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any

from keaprov.errors import KeyPath, Mark
from keaprov.source.document import DEEPEST, Place
from keaprov.source.tree import Wanted, tree

NOT_PLAIN = object()
"""In place of a value: the text has to be read token by token."""
_DIGITS = 18
"""Digits of a number that certainly has 64 bits."""
_COMMENTS = re.compile(r'("[^"]*")|//[^\n]*|#[^\n]*|/\*.*?\*/', re.DOTALL)
_STRINGS = re.compile(r'"[^"]*"')
_TOKENS = re.compile(r'"[^"]*"|[][{}:]|[^][{}:," \t\r\n]+')
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


def locate(text: str, file: str, wanted: set[KeyPath]) -> dict[KeyPath, Place]:
    """Return the places of paths in a text that `value_of` has read."""
    ends = [match.start() for match in re.finditer("\n", text)]
    places: dict[KeyPath, Place] = {}
    stack: list[_Level] = []
    level: _Level | None = None
    here: Wanted | None = tree(wanted)
    key = 0
    for match in _TOKENS.finditer(_COMMENTS.sub(_blank, text)):
        at, sign = match.start(), match[0][0]
        if sign in "]}":
            stack.pop()
            level = stack[-1] if stack else None
            continue
        if sign == ":":
            continue
        if level is not None:
            if level.is_map and level.key is None:
                level.key, key = match[0][1:-1], at
                continue
            here = level.steps.get(level.index if level.key is None else level.key)
            level.key = None
            level.index += 1
        if here is not None and here.paths:
            value = _mark(file, ends, at)
            in_map = level is not None and level.is_map
            places[here.paths[0]] = Place(_mark(file, ends, key) if in_map else value, value)
            if len(places) == len(wanted):
                break
        if sign in "[{":
            level = _Level(here.steps if here else {}, sign == "{")
            stack.append(level)
    return places


class _Level:
    """An open container: the steps from it that are looked for, and how far it is read."""

    __slots__ = ("index", "is_map", "key", "steps")

    def __init__(self, steps: Mapping[str | int, Wanted], is_map: bool) -> None:
        self.steps = steps
        self.is_map = is_map
        self.key: str | None = None
        self.index = 0


def _blank(match: re.Match[str]) -> str:
    """Return a text as it is, a comment as spaces."""
    return match[0] if match[1] else " " * len(match[0])


def _mark(file: str, ends: Sequence[int], at: int) -> Mark:
    """Return the place of a character; `ends` are the places of the line ends."""
    line = bisect_left(ends, at)
    return Mark(file, line + 1, at - (ends[line - 1] if line else -1))


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
