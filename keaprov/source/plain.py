"""JSON with comments, and without anything else that Kea reads in its own way.

It may be large: Python's own reader takes a tenth of the time that tokens of ours take. Whatever is
doubtful is left to `keaprov.source.relaxed`, which also names what is wrong.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from keaprov.errors import KeyPath, Mark
from keaprov.source.document import DEEPEST, Place
from keaprov.source.tree import Wanted, tree

_DIGITS = 18
"""Digits of a number that certainly has 64 bits."""
_COMMENTS = re.compile(r'((?:"[^"]*"[^"#/]*){1,1000})|//[^\n]*|#[^\n]*|/\*.*?\*/', re.DOTALL)
"""The group holds strings, and what stands between them: no comment begins there."""
_COMMENT_SIGNS = ("#", "//", "/*")
_STRINGS = re.compile(r'"[^"]*"')
_TOKENS = re.compile(
    r"""
    "([^"]*)" [ \t\r\n]*:[ \t\r\n]* ("[^"]*"|[^][{}:," \t\r\n]+)?
    |[][{}]|"[^"]*"|[^][{}:," \t\r\n]+
    """,
    re.VERBOSE,
)
"""Two groups: a key, and its value if not a container. Then brackets, and entries of lists."""
_FLAT = re.compile(r'\{[^][{}"]*(?:"[^"]*"[^][{}"]*)*\}|' + _TOKENS.pattern, re.VERBOSE)
"""The same, but a map that holds no container is one token: a row, as most are."""
_COLON = re.compile(r"[ \t\r\n]*:[ \t\r\n]*")
_IN_MAP = -1
"""In place of the index of a list's next entry."""
_NOWHERE: Mapping[str | int, Wanted] = {}
_BRACKETS = re.compile(r"[^][{}]+")


@dataclass(frozen=True)
class Plain:
    """A text that is read.

    + text: with spaces in place of its comments: every other character keeps its place
    + value: what stands in it; of a key that stands twice in one map the last value
    + repeats: whether there is such a key
    """

    text: str
    value: Any
    repeats: bool


def read(text: str) -> Plain | None:
    """Return the value of a JSON text (RFC 8259) if Kea reads the same in it, else None.

    There are no includes, escapes, commas too many, or numbers of more than 64 bits, and the value
    is not deeper than `DEEPEST`.
    """
    if "\\" in text:
        return None
    text = _without_comments(text)
    repeated: list[None] = []

    def made(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        entries = dict(pairs)
        if len(entries) < len(pairs):
            repeated.append(None)
        if "comment" in entries and "user-context" in entries:
            raise ValueError
        return entries

    try:
        value = _decoder(made).decode(text)
    except (ValueError, RecursionError):
        return None
    return Plain(text, value, bool(repeated)) if _depth(text) <= DEEPEST else None


def repeated_keys(read: Plain, file: str) -> Iterator[tuple[str, Mark]]:
    """Yield the keys that stand in their map for another time."""
    ends = _line_ends(read.text)
    stack: list[set[str]] = []
    for match in _TOKENS.finditer(read.text):
        key = match[1]
        if key is not None:
            if key in stack[-1]:
                yield key, _mark(file, ends, match.start())
            stack[-1].add(key)
        elif match[0] in ("{", "["):
            stack.append(set())
        elif match[0] in ("}", "]"):
            stack.pop()


def locate(read: Plain, file: str, wanted: AbstractSet[KeyPath]) -> dict[KeyPath, Place]:
    """Return the places of paths."""
    text, ends = read.text, _line_ends(read.text)
    places: dict[KeyPath, Place] = {}
    here: Wanted | None = None
    steps: Mapping[str | int, Wanted] = {0: tree(wanted)}
    index = 0
    around: list[tuple[Mapping[str | int, Wanted], int]] = []
    for match in _FLAT.finditer(text):
        key = match[1]
        if key is not None:
            here = steps.get(key)
            if here is not None and here.paths:
                at = match.end() if match[2] is None else match.start(2)
                places[here.paths[0]] = _place(file, ends, match.start(), at)
                if len(places) == len(wanted):
                    break
            continue
        sign = match[0]
        if sign in ("}", "]"):
            steps, index = around.pop()
            continue
        if index != _IN_MAP:
            here = steps.get(index)
            index += 1
            if here is not None and here.paths:
                mark = _mark(file, ends, match.start())
                places[here.paths[0]] = Place(mark, mark)
                if len(places) == len(wanted):
                    break
        if sign in ("{", "["):
            around.append((steps, index))
            steps = here.steps if here is not None else _NOWHERE
            index = _IN_MAP if sign == "{" else 0
        elif here is not None and here.steps and sign[0] == "{":
            for step, inner in here.steps.items():
                if entry := _entry(text, step, *match.span()):
                    places[inner.paths[0]] = _place(file, ends, *entry)
            if len(places) == len(wanted):
                break
    return places


def _entry(text: str, step: str | int, start: int, end: int) -> tuple[int, int] | None:
    """Return where a key of a map without containers stands, and where its value does.

    The map is between `start` and `end`. Of a key that stands there twice the last one counts.
    """
    key = f'"{step}"'
    while (end := text.rfind(key, start, end)) != -1:
        colon = _COLON.match(text, end + len(key))
        if colon:
            return end, colon.end()
    return None


def _without_comments(text: str) -> str:
    """Return a text with spaces in place of its comments: every character keeps its place."""
    if any(sign in text for sign in _COMMENT_SIGNS):
        return _COMMENTS.sub(_blank, text)
    return text


def _line_ends(text: str) -> list[int]:
    return [match.start() for match in re.finditer("\n", text)]


def _blank(match: re.Match[str]) -> str:
    """Return a text as it is, a comment as spaces and line ends."""
    if match[1]:
        return match[0]
    return "\n".join(" " * len(line) for line in match[0].split("\n"))


def _mark(file: str, ends: Sequence[int], at: int) -> Mark:
    """Return the place of a character; `ends` are the places of the line ends."""
    line = bisect_left(ends, at)
    return Mark(file, line + 1, at - (ends[line - 1] if line else -1))


def _place(file: str, ends: Sequence[int], key: int, value: int) -> Place:
    """Return the place of an entry of a map: key and value are mostly in one line."""
    line = bisect_left(ends, key)
    before = ends[line - 1] if line else -1
    mark = Mark(file, line + 1, key - before)
    if line < len(ends) and ends[line] < value:
        return Place(mark, _mark(file, ends, value))
    return Place(mark, Mark(file, line + 1, value - before))


def _depth(text: str) -> int:
    """Return the deepest nesting of a JSON text without escapes."""
    depth = deepest = 0
    for bracket in _BRACKETS.sub("", _STRINGS.sub("", text)):
        depth += 1 if bracket in "{[" else -1
        deepest = max(deepest, depth)
    return deepest


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


def _decoder(made: Callable[[list[tuple[str, Any]]], dict[str, Any]]) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=made, parse_int=_integer, parse_float=_float, parse_constant=_constant
    )
