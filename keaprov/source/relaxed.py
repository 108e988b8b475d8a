"""Kea's relaxed JSON: comments, trailing commas, ``<?include "file"?>`` (Kea ARM, JSON Syntax).

An included file is looked for beside the file that includes it. Its values keep their own places.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from keaprov.errors import Mark, Problem
from keaprov.errors import Path as KeyPath
from keaprov.source.document import DEEPEST, Document, Place, read_text

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|//[^\n]*|\#[^\n]*|/\*.*?\*/)
    |<\?include[ \t]*"(?P<include>[^"\n]*)"[ \t]*\?>
    |(?P<string>"(?:[^"\\\n]|\\.)*")
    |(?P<float>-?[0-9]+(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+))
    |(?P<int>-?[0-9]+)
    |(?P<word>true|false|null)
    |(?P<sign>[][{},:])""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = {"true": True, "false": False, "null": None}
_ENDS = {"{": "}", "[": "]"}
_MOST_FILES = 100
_LONGEST_NUMBER = 400


class _Stop(Exception):  # noqa: N818 - ends the reading, is not an error of anybody's
    pass


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: Any
    mark: Mark


@dataclass
class _Open:
    """A container that is still open; `next` is what comes now: key, colon, value, comma."""

    made: Any
    path: KeyPath
    end: str
    next: str
    key: str = ""
    key_mark: Mark | None = None


@dataclass
class _Files:
    """The files that take part, innermost last, as one stream of tokens."""

    problems: list[Problem] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)

    def tokens(self, text: str, chain: tuple[str, ...]) -> Iterator[_Token]:
        name = chain[-1]
        self.sources[name] = text
        at, line, start = 0, 1, 0
        while at < len(text):
            mark = Mark(name, line, at - start + 1)
            match = _TOKEN.match(text, at)
            if match is None:
                self.stop("KP103", f"not JSON: {_unreadable(text[at])}", mark)
            if match["include"] is not None:
                yield from self._included(match["include"], mark, chain)
            elif match["space"] is None:
                yield _Token(str(match.lastgroup), self._value(match, mark), mark)
            lines = text.count("\n", at, match.end())
            if lines:
                line, start = line + lines, text.rindex("\n", at, match.end()) + 1
            at = match.end()

    def _included(self, name: str, mark: Mark, chain: tuple[str, ...]) -> Iterator[_Token]:
        path = Path(chain[-1]).parent / name
        if str(path) in chain:
            self.stop("KP113", f"{name} includes itself", mark, "Break the circle.")
        if len(self.sources) > _MOST_FILES:
            self.stop("KP113", f"more than {_MOST_FILES} files are included", mark)
        text = read_text(path, str(path))
        if isinstance(text, Problem):
            self.stop("KP113", f"cannot include {name}: {text.message}", mark)
        yield from self.tokens(text, (*chain, str(path)))

    def _value(self, match: re.Match[str], mark: Mark) -> Any:
        text = match.group()
        if match.lastgroup == "string":
            try:
                return json.loads(text, strict=False)
            except ValueError:
                self.stop("KP103", "not JSON: a wrong escape", mark, "Double each backslash.")
        if match.lastgroup in ("int", "float") and len(text) > _LONGEST_NUMBER:
            self.stop("KP103", "not JSON: a number of too many digits", mark)
        if match.lastgroup == "int":
            return int(text)
        return float(text) if match.lastgroup == "float" else _WORDS.get(text, text)

    def stop(self, code: str, message: str, mark: Mark, hint: str = "") -> NoReturn:
        self.problems.append(Problem(code, message, mark, hint=hint))
        raise _Stop


def _unreadable(char: str) -> str:
    words = {'"': "a text without its closing quote", "/": "a comment without its end"}
    return words.get(char, f"unexpected {char!r}; keys and texts stand in double quotes")


def parse_relaxed(text: str, file: str) -> Document:
    """Read relaxed JSON text; `file` is its path, for messages and for what it includes."""
    reader = _Reader(text, file, None)
    value = reader.read()
    return Document(
        file,
        value,
        tuple(reader.files.problems),
        tuple(reader.files.sources.items()),
        lambda wanted: _Reader(text, file, wanted).places(),
    )


class _Every(set[KeyPath]):
    """A set of paths that holds them all."""

    def __contains__(self, path: object) -> bool:
        return True


def path_at(text: str, line: int, column: int) -> KeyPath:
    """Return the path of the innermost value that starts at or before a place in JSON text."""
    at: KeyPath = ()
    for path, place in _Reader(text, "", _Every()).places().items():
        if (place.key.line, place.key.column) > (line, column):
            break
        at = path
    return at


class _Reader:
    """From tokens to values, without recursion, and to the places of those that are wanted."""

    def __init__(self, text: str, file: str, wanted: set[KeyPath] | None) -> None:
        self.files = _Files()
        self.text = text
        self.file = file
        self.wanted = set() if wanted is None else wanted
        self.found: dict[KeyPath, Place] = {}
        self.top: list[Any] = []
        self.stack: list[_Open] = []

    def places(self) -> dict[KeyPath, Place]:
        self.read()
        return self.found

    def read(self) -> Any:
        try:
            for token in self.files.tokens(self.text, (self.file,)):
                self._take(token)
            if self.stack:
                message = f"not JSON: the file ends before {self.stack[-1].end!r}"
                self.files.stop("KP103", message, Mark(self.file))
            if not self.top:
                hint = "Write one with `keaprov init DIR`."
                self.files.stop("KP101", "empty", Mark(self.file), hint)
        except _Stop:
            return None
        return self.top[0]

    def _take(self, token: _Token) -> None:
        into = self.stack[-1] if self.stack else None
        sign = token.value if token.kind == "sign" else ""
        if into is None and self.top:
            self._unexpected(token)
        if into is not None and sign == into.end and into.next in ("key", "value", "comma"):
            if into.next == "value" and into.end == "}":
                self._unexpected(token)
            self.stack.pop()
        elif into is not None and sign in (",", ":"):
            if {",": "comma", ":": "colon"}[sign] != into.next:
                self._unexpected(token)
            into.next = "key" if sign == "," and into.end == "}" else "value"
        elif into is not None and into.next == "key":
            self._key(into, token)
        elif (sign and sign not in _ENDS) or (into is not None and into.next != "value"):
            self._unexpected(token)
        else:
            self._put(into, token)

    def _unexpected(self, token: _Token) -> NoReturn:
        hint = "A comma or colon is missing or too many, here or on the line before."
        self.files.stop("KP103", f"not JSON: unexpected {token.value!r}", token.mark, hint)

    def _key(self, into: _Open, token: _Token) -> None:
        if token.kind != "string":
            self._unexpected(token)
        if token.value in into.made:
            hint = "Keep one of the two: Kea would silently take the last."
            message = f"the key {token.value!r} stands twice in one map"
            self.files.problems.append(Problem("KP105", message, token.mark, hint=hint))
        into.key, into.key_mark, into.next = token.value, token.mark, "colon"

    def _put(self, into: _Open | None, token: _Token) -> None:
        opens = token.kind == "sign"
        made: Any = ({} if token.value == "{" else []) if opens else token.value
        path: KeyPath = ()
        if into is None:
            self.top.append(made)
        elif into.end == "}":
            path = (*into.path, into.key)
            into.made[into.key] = made
        else:
            path = (*into.path, len(into.made))
            into.made.append(made)
        if path in self.wanted:
            key = into.key_mark if into is not None and into.end == "}" else None
            self.found[path] = Place(key or token.mark, token.mark)
        if into is not None:
            into.next = "comma"
        if opens:
            if len(self.stack) >= DEEPEST:
                message = f"nested deeper than {DEEPEST} levels"
                self.files.stop("KP104", message, token.mark, "Look for a bracket too many.")
            end = _ENDS[token.value]
            self.stack.append(_Open(made, path, end, "key" if end == "}" else "value"))
