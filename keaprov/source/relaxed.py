"""Kea's relaxed JSON: comments, trailing commas, ``<?include "file"?>`` (Kea ARM, JSON Syntax).

The values of an included file keep their own places.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn

from keaprov.errors import KeyPath, Mark, Problem
from keaprov.source import plain
from keaprov.source.document import DEEPEST, Document, Place
from keaprov.source.tokens import Files, Include, Stop, Token, from_disk

_ENDS = {"{": "}", "[": "]"}
_COMMENTED = "dhcp-queue-control"
_FREE = ("user-context", "parameters", _COMMENTED)
"""Keys of values in which Kea's grammar takes any key; the last knows ``comment`` as other maps do.
"""
_WORDS = frozenset((
    "dhcp-socket-type", "outbound-interface", "socket-type", "on-fail", "ncr-protocol",
    "ncr-format", "replace-client-name", "ddns-replace-client-name",
    "ddns-conflict-resolution-mode", "host-reservation-identifiers",
))  # fmt: skip
"""Keys whose values are keywords of Kea's grammar (dhcp4_parser.yy)."""


@dataclass
class _Open:
    """A container that is still open; `next` is what comes now: key, colon, value, comma."""

    made: Any
    path: KeyPath
    end: str
    next: str
    mark: Mark
    key: str = ""
    key_mark: Mark | None = None

    @property
    def may_repeat_comma(self) -> bool:
        """Whether a comma has just been read: Kea's grammar takes any number of them."""
        return self.next == ("key" if self.end == "}" else "value")


def parse_relaxed(text: str, file: str, include: Include = from_disk) -> Document:
    """Read relaxed JSON text; `file` is its path, for messages and for what it includes."""
    read = plain.read(text)
    if read is not None:
        return _plain(text, file, read)
    reader = _Reader(text, file, None, include)
    return Document(
        file,
        reader.read(),
        tuple(reader.files.problems),
        tuple(reader.files.sources.items()),
        lambda wanted: _Reader(text, file, wanted, include).places(),
        tuple(reader.files.dialect),
        lambda: _Reader(text, file, None, include).walk(),
    )


def _plain(text: str, file: str, read: plain.Plain) -> Document:
    """Return the document of a text that needs no tokens."""
    repeated = plain.repeated_keys(read, file) if read.repeats else ()
    return Document(
        file,
        read.value,
        tuple(_twice(key, mark) for key, mark in repeated),
        ((file, text),),
        lambda wanted: plain.locate(read, file, wanted),
        walker=lambda: _Reader(text, file, None).walk(),
    )


def _twice(key: str, mark: Mark) -> Problem:
    hint = "Keep one of the two: Kea refuses a key that stands twice."
    return Problem("KP105", f"the key {key!r} stands twice in one map", mark, hint=hint)


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

    def __init__(
        self,
        text: str,
        file: str,
        wanted: AbstractSet[KeyPath] | None,
        include: Include = from_disk,
    ) -> None:
        self.files = Files(include=include)
        self.text = text
        self.file = file
        self.wanted = set() if wanted is None else wanted
        self.located: dict[KeyPath, Place] = {}
        self.top: list[Any] = []
        self.stack: list[_Open] = []

    def places(self) -> dict[KeyPath, Place]:
        self.read()
        return self.located

    def read(self) -> Any:
        try:
            for token in self.files.tokens(self.text, (self.file,)):
                self._take(token)
                if self.wanted and len(self.located) == len(self.wanted):
                    return None  # every place is known
            if self.stack:
                last = self.stack[-1]
                message = f"not JSON: the file ends before {last.end!r}"
                self.files.stop("KP103", message, last.mark, self._still_open())
            if not self.top:
                hint = "Write one with `keaprov init DIR`."
                self.files.stop("KP101", "empty", Mark(self.file), hint)
        except Stop:
            return None
        return self.top[0]

    def walk(self) -> Iterator[tuple[Mark, KeyPath]]:
        with suppress(Stop):
            for token in self.files.tokens(self.text, (self.file,)):
                into = self.stack[-1] if self.stack else None
                self._take(token)
                if token.kind == "sign" and token.value in (",", ":"):
                    continue
                opened = self.stack[-1] if self.stack and self.stack[-1] is not into else None
                if token.kind == "sign":
                    held = opened if token.value in _ENDS else into
                    yield token.mark, held.path if held else ()
                elif into is not None and into.end == "}":
                    yield token.mark, (*into.path, into.key)
                else:
                    yield token.mark, (*into.path, len(into.made) - 1) if into else ()

    def _take(self, token: Token) -> None:
        into = self.stack[-1] if self.stack else None
        sign = token.value if token.kind == "sign" else ""
        if into is None and self.top:
            self._unexpected(token)
        if into is not None and sign == into.end and into.next in ("key", "value", "comma"):
            if into.next == "value" and into.end == "}":
                self._unexpected(token)
            if into.next == "key" and into.made and _takes_one_entry(into.path):
                self._comma_too_many(token)
            self.stack.pop()
        elif into is not None and sign == "," and into.made and into.may_repeat_comma:
            return
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

    def _comma_too_many(self, token: Token) -> None:
        message = "a comma too many, which Kea's grammar does not take here"
        self.files.refuse("KP103", message, token.mark, "Remove the comma after the last entry.")

    def _unexpected(self, token: Token) -> NoReturn:
        hint = "A comma or colon is missing or too many, here or on the line before."
        closes = token.kind == "sign" and token.value in _ENDS.values()
        a_key = token.kind == "sign" and token.value == ":" and self.stack[-1:] != []
        if (closes and self.stack) or (a_key and self.stack[-1].end == "]"):
            hint = self._still_open()
        elif not self.stack and self.top:
            hint = _AFTER_END if token.value != "{" else _SECOND
        elif self._follows_at_once(token):
            hint = "A double quote is missing on this line."
        self.files.stop("KP103", f"not JSON: unexpected {token.value!r}", token.mark, hint)

    def _follows_at_once(self, token: Token) -> bool:
        """Whether a text or number begins right behind another one, as after a lost quote."""
        lines = self.files.sources[token.mark.file].split("\n", token.mark.line)
        before = lines[token.mark.line - 1][: token.mark.column - 1][-1:]
        return token.kind != "sign" and before.strip(" \t,:[]{}/") != ""

    def _still_open(self) -> str:
        """Return a hint that names the innermost containers that have no end yet."""
        inner = [
            f"{'{' if held.end == '}' else '['} of line {held.mark.line}"
            for held in self.stack[-3:]
        ]
        are = "is" if len(inner) == 1 else "are"
        return f"The {', '.join(reversed(inner))} {are} still open."

    def _key(self, into: _Open, token: Token) -> None:
        if token.kind != "string":
            self._unexpected(token)
        if token.value in into.made:
            self.files.problems.append(_twice(token.value, token.mark))
        self._dialect(into, token)
        into.key, into.key_mark, into.next = token.value, token.mark, "colon"

    def _dialect(self, into: _Open, token: Token) -> None:
        if not any(step in _FREE for step in into.path):
            self._keyword(token)
        elif into.path[1:] != (_COMMENTED,) or "\\" in token.raw:
            return
        context = into.made.get("user-context")
        if token.value == "comment" and type(context) is dict and "comment" in context:
            message = "the comment stands in user-context too"
            self.files.refuse("KP105", message, token.mark, "Keep one of the two.")

    def _keyword(self, token: Token) -> None:
        if "\\" in token.raw:
            message = f"Kea knows no keyword {token.raw}: it is written with escapes"
            self.files.refuse("KP103", message, token.mark, f'Write "{token.value}".')

    def _put(self, into: _Open | None, token: Token) -> None:
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
        if token.kind == "string" and "\\" in token.raw and _is_word(path):
            self._keyword(token)
        if path in self.wanted:
            key = into.key_mark if into is not None and into.end == "}" else None
            self.located[path] = Place(key or token.mark, token.mark)
        if into is not None:
            into.next = "comma"
        if opens:
            if len(self.stack) >= DEEPEST:
                message = f"nested deeper than {DEEPEST} levels"
                self.files.stop("KP104", message, token.mark, "Look for a bracket too many.")
            end = _ENDS[token.value]
            comes = "key" if end == "}" else "value"
            self.stack.append(_Open(made, path, end, comes, token.mark))


_SECOND = "A second configuration begins here: Kea reads one in each file."
_AFTER_END = "The configuration has ended before it: a bracket is too many, or closes too early."


def _takes_one_entry(path: KeyPath) -> bool:
    """Whether Kea's grammar has one entry in the map at a path, and no comma after it."""
    return path[-1:] == ("relay",) and not any(step in _FREE for step in path)


def _is_word(path: KeyPath) -> bool:
    """Whether the value at a path is a keyword of Kea's grammar."""
    keys = [step for step in path if isinstance(step, str)]
    if any(key in _FREE for key in keys):
        return False
    return keys[-1:] != [] and (keys[-1] in _WORDS or keys[-2:] == ["authentication", "type"])
