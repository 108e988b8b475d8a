"""The words of dhcpd.conf(5) and dhcpd.leases(5), each with its line (ISC DHCP, common/conflex.c).

A file is read as octets, one character each: a string of dhcpd's is octets, in no encoding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

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


@dataclass(frozen=True, slots=True)
class Token:
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
        return self.kind is Kind.SIGN and self.text == sign

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
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            if text[at] == '"':
                lexed.refuse("the string does not end", Mark(file, line), 'Write the closing ".')
            else:
                lexed.refuse("a backslash outside of a string", Mark(file, line), "Remove it.")
            return
        token = _token(match, file, line, lexed)
        if token is not None:
            yield token
        line += text.count("\n", at, match.end())
        at = match.end()


def _token(match: re.Match[str], file: str, line: int, lexed: Lexed) -> Token | None:
    kind, text = match.lastgroup, match[0]
    if kind == "word":
        return Token(Kind.WORD, text, file, line)
    if kind == "sign":
        return Token(Kind.SIGN, text, file, line)
    if kind == "comment":
        words = text.encode("latin-1").decode("utf-8", "replace")
        lexed.comments.append((Mark(file, line), words))
    elif kind == "string":
        if _TOO_FEW.search(text):
            hint = r"Write \x and two hexadecimal digits, or three octal digits."
            lexed.refuse("a backslash with too few digits", Mark(file, line), hint)
        inside = text[1:-1]
        meant = _ESCAPE.sub(_meant, inside) if "\\" in inside else inside
        return Token(Kind.STRING, meant, file, line)
    return None


def _meant(escape: re.Match[str]) -> str:
    if escape[1]:
        return chr(int(escape[1], 16))
    if escape[2]:
        return chr(int(escape[2], 8))
    return _LETTERS.get(escape[3], escape[3])
