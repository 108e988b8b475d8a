"""The words of dhcpd.conf(5) and dhcpd.leases(5), each with its line (ISC DHCP, common/conflex.c).

A file is read as octets, one character each: a string of dhcpd's is octets, in no encoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from keaprov.errors import Mark, Problem

CODE = "KP103"
_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<comment>\#[^\n]*)|(?P<string>"(?:[^"\\]|\\.)*")"""
    r"""|(?P<word>-?[A-Za-z0-9_][A-Za-z0-9_-]*)|(?P<sign>[^\s"\\])""",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|([0-3][0-7]{2})|(.))", re.DOTALL)
_TOO_FEW = re.compile(r"(?<!\\)(?:\\\\)*\\(x(?![0-9A-Fa-f]{2})|[0-3](?![0-7]{2}))")
_LETTERS = {"t": "\t", "r": "\r", "n": "\n", "b": "\b"}


class Kind(str, Enum):
    """What a token is."""

    WORD = "word"
    STRING = "string"
    SIGN = "sign"


class Token(NamedTuple):
    """A word, a string (its octets as characters, without quotes) or a sign, and its place."""

    kind: Kind
    text: str
    file: str
    line: int

    @property
    def mark(self) -> Mark:
        """The place of the token."""
        return Mark(self.file, self.line)

    def is_sign(self, sign: str) -> bool:
        """Return whether the token is this sign."""
        return self.text == sign and self.kind is Kind.SIGN

    def is_word(self, *words: str) -> bool:
        """Return whether the token is one of these words, in any case."""
        return self.kind is Kind.WORD and self.text.lower() in words


@dataclass
class Lexed:
    """The comments (place, text) of one file, and what is wrong with it, as far as it is read."""

    comments: list[tuple[Mark, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, message: str, mark: Mark, hint: str) -> None:
        """Note something that dhcpd would not read."""
        self.problems.append(Problem(CODE, message, mark, hint=hint))


def lex(text: str, file: str, lexed: Lexed) -> Iterator[Token]:
    """Yield the tokens of a file's text; the rest goes to `lexed`."""
    line, at = 1, 0
    for match in _TOKEN.finditer(text):
        if match.start() != at:
            break
        kind, at = match.lastgroup, match.end()
        if kind == "word":
            yield Token(Kind.WORD, match[0], file, line)
        elif kind == "sign":
            yield Token(Kind.SIGN, match[0], file, line)
        else:
            if kind == "string":
                yield Token(Kind.STRING, _inside(match[0], Mark(file, line), lexed), file, line)
            elif kind == "comment":
                words = match[0].encode("latin-1").decode("utf-8", "replace")
                lexed.comments.append((Mark(file, line), words))
            line += match[0].count("\n")
    if text[at : at + 1] == '"':
        lexed.refuse("the string does not end", Mark(file, line), 'Write the closing ".')
    elif at < len(text):
        lexed.refuse("a backslash outside of a string", Mark(file, line), "Remove it.")


def _inside(text: str, mark: Mark, lexed: Lexed) -> str:
    """Return the octets that a string in quotes is."""
    if "\\" not in text:
        return text[1:-1]
    if _TOO_FEW.search(text):
        hint = r"Write \x and two hexadecimal digits, or three octal digits."
        lexed.refuse("a backslash with too few digits", mark, hint)
    return _ESCAPE.sub(_meant, text[1:-1])


def _meant(escape: re.Match[str]) -> str:
    if escape[1]:
        return chr(int(escape[1], 16))
    if escape[2]:
        return chr(int(escape[2], 8))
    return _LETTERS.get(escape[3], escape[3])
