"""The tokens of Kea's relaxed JSON, as Kea's own lexer takes or refuses them (dhcp4_lexer.ll).

Where Kea differs from JSON (RFC 8259): comments; ``.5``, ``5.`` and ``+5`` are floats; a text holds
no escape above ``\\u00ff``; integers have 64 bits; a byte-order mark is not space.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from keaprov.errors import Mark, Problem
from keaprov.source.document import MOST_BYTES, read_text

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|//[^\n]*|\#[^\n]*|/\*.*?\*/)
    |<\?[ \t\r\n]*include[ \t\r\n]*"(?P<include>[^"\n]+)"[ \t\r\n]*\?>
    |(?P<string>"(?:[^\x00-\x1f"\\]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*")
    |(?P<number>(?=[-+.0-9])[-+]?[0-9]*\.?[0-9]*(?:[eE][-+]?[0-9]+)?)
    |(?P<word>true|false|null)
    |(?P<sign>[][{},:])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_TEXT = re.compile(r'"(?:[^\x00-\x1f"\\]|\\["\\/bfnrt]|\\u[0-9A-Fa-f]{4})*')
_ABOVE_FF = re.compile(r"(?<!\\)(?:\\\\)*\\u(?!00)")
_WORD = re.compile(r"[A-Za-z]\w*")
_SPELT = {
    **dict.fromkeys(("true", "yes", "on"), "true"),
    **dict.fromkeys(("false", "no", "off"), "false"),
    **dict.fromkeys(("none", "nil"), "null, or leave the key out"),
}
_INTEGER = re.compile(r"-?[0-9]+\Z")
_WORDS = {"true": True, "false": False, "null": None}
_MOST_FILES = 100
_DEEPEST = 11
"""Files that Kea includes within each other."""
_LONGEST_NUMBER = 400
_LINES = ("space", "include")
"""What may hold the end of a line."""
_LEAST, _MOST = -(2**63), 2**63 - 1


class Stop(Exception):  # noqa: N818 - it ends the reading, and only this package sees it
    """The text cannot be read any further; `Files.problems` holds the reason."""


@dataclass(slots=True)
class Token:
    """A token; `kind` is string, number, word or sign, `raw` the text as it is written."""

    kind: str
    value: Any
    mark: Mark
    raw: str


Include = Callable[[str, str], tuple[str, "str | Problem"]]
"""From the name in an include, and the name of the first file, to the file's name and its text."""


def from_disk(name: str, first: str) -> tuple[str, str | Problem]:
    """Read an included file of this machine.

    Kea opens the name as it is, whichever file includes it: relative to the directory that it runs
    in. For `keaprov check` that is the directory of the first file.
    """
    path = Path(first).parent / name
    return str(path), read_text(path, str(path), bom=True)


@dataclass
class Files:
    """The files that take part, innermost last, as one stream of tokens.

    `problems` end the reading or are wrong in any JSON; `dialect` is what JSON allows and Kea's
    lexer refuses. `included` counts the includes, each time that a file is included, and
    `characters` what they hold.
    """

    problems: list[Problem] = field(default_factory=list)
    dialect: list[Problem] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    included: int = 0
    characters: int = 0
    include: Include = from_disk

    def tokens(self, text: str, chain: tuple[str, ...]) -> Iterator[Token]:
        """Yield the tokens of a text; `chain` names the files around it, its own name last."""
        name = chain[-1]
        self.sources[name] = text
        at, line, start = 0, 1, 0
        if text.startswith("\ufeff"):
            hint = "Save the file without a byte-order mark."
            self.refuse("KP102", "a byte-order mark, which Kea does not read", Mark(name, 1), hint)
            at = start = 1
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                message, hint = _unreadable(text, at)
                self.stop("KP103", message, Mark(name, line, at - start + 1), hint)
            kind, end = str(match.lastgroup), match.end()
            if kind != "space":
                mark = Mark(name, line, at - start + 1)
                if kind == "include":
                    yield from self._included(match["include"], mark, chain)
                else:
                    yield Token(kind, self._value(match, mark), mark, match.group())
            if kind in _LINES and (lines := text.count("\n", at, end)):
                line, start = line + lines, text.rindex("\n", at, end) + 1
            at = end

    def _included(self, name: str, mark: Mark, chain: tuple[str, ...]) -> Iterator[Token]:
        """Yield an included file's tokens."""
        if self.included >= _MOST_FILES:
            message = f"more than {_MOST_FILES} includes"
            self.stop("KP113", message, mark, "Put the files together.")
        self.included += 1
        path, text = self.include(name, chain[0])
        if any(os.path.realpath(path) == os.path.realpath(around) for around in chain):
            self.stop("KP113", f"{name} includes itself", mark, "Break the circle.")
        if len(chain) > _DEEPEST:
            message = f"more than {_DEEPEST} files include each other"
            self.stop("KP113", message, mark, "Include fewer levels.")
        if isinstance(text, Problem):
            here = Path(path).parent
            hint = f"Kea looks for it in the directory that it runs in; here that is {here}."
            self.stop("KP113", f"cannot include {name}: {text.message}", mark, hint)
        self.characters += len(text)
        if self.characters > MOST_BYTES:
            message = f"the included files have more than {MOST_BYTES >> 20} MiB"
            self.stop("KP113", message, mark, "Include less.")
        yield from self.tokens(text, (*chain, path))

    def _value(self, match: re.Match[str], mark: Mark) -> Any:
        text = match.group()
        if match.lastgroup == "string":
            if "\\" not in text:
                return text[1:-1]
            if "\\u" in text and _ABOVE_FF.search(text):
                hint = "Write the character itself, in UTF-8."
                self.refuse("KP103", "Kea reads no escape above \\u00ff", mark, hint)
            value = json.loads(text)
            if "\\u" in text and any("\ud800" <= char <= "\udfff" for char in value):
                hint = "Write the character itself, in UTF-8."
                self.stop("KP103", "not JSON: an escape for half a character", mark, hint)
            return value
        return self._number(text, mark) if match.lastgroup == "number" else _WORDS.get(text, text)

    def _number(self, text: str, mark: Mark) -> int | float:
        if len(text) > _LONGEST_NUMBER:
            hint = "Kea's largest numbers have nineteen digits."
            self.stop("KP103", "not JSON: a number of too many digits", mark, hint)
        if _INTEGER.match(text):
            number = int(text)
            if not _LEAST <= number <= _MOST:
                hint = f"Kea's whole numbers are from {_LEAST} to {_MOST}."
                self.refuse("KP103", f"{text} has more than 64 bits", mark, hint)
            return number
        try:
            value = float(text)
        except ValueError:
            value = math.inf
        if math.isinf(value):
            message = f"not JSON: {text!r} is not a number"
            self.stop("KP103", message, mark, "Write 0.5, 2 or 2.5e3.")
        return value

    def refuse(self, code: str, message: str, mark: Mark, hint: str) -> None:
        """Note something that Kea refuses and JSON allows."""
        self.dialect.append(Problem(code, message, mark, hint=hint))

    def stop(self, code: str, message: str, mark: Mark, hint: str) -> NoReturn:
        """Note a problem and end the reading."""
        self.problems.append(Problem(code, message, mark, hint=hint))
        raise Stop


def _unreadable(text: str, at: int) -> tuple[str, str]:
    """Return what is wrong with the text at a place where no token starts, and the cure."""
    char = text[at]
    if char == '"':
        inside = _TEXT.match(text, at)
        end = inside.end() if inside else at + 1
        if text[end : end + 1] == "\\":
            return "not JSON: a wrong escape", "Double each backslash."
        if end < len(text) and text[end] != "\n":
            return f"not JSON: the control character {text[end]!r} in a text", (
                f"Write it as {json.dumps(text[end])[1:-1]}."
            )
        return "not JSON: a text without its closing quote", "A text ends on its line."
    if char.isspace() or not char.isprintable():
        hint = "Remove it: between values Kea reads spaces, tabs and line ends only."
        return f"not JSON: the character U+{ord(char):04X}", hint
    words = {
        "=": ("not JSON: unexpected '='", "Write a colon between a key and its value."),
        ";": ("not JSON: unexpected ';'", "Write a comma between entries."),
        "/": ("not JSON: a comment without its end", "End it with */."),
        "<": ("not JSON: not an include", 'Write <?include "FILE"?>.'),
    }
    word = _WORD.match(text, at)
    if word and (meant := _spelt(text, at, word.group())):
        return f"not JSON: unexpected {word.group()[:40]!r}", f"Write {meant}."
    quotes = "Write keys and texts in double quotes, and comments as // or #."
    return words.get(char, (f"not JSON: unexpected {char!r}", quotes))


def _spelt(text: str, at: int, word: str) -> str:
    """Return what JSON writes for a word of another language, "" if that is not known."""
    before = text[:at].rstrip()
    if word[0] in "xX" and text[max(at - 1, 0) : at] == "0":
        try:
            return str(int(word[1:], 16))
        except ValueError:
            return ""
    return _SPELT.get(word.lower(), "") if before[-1:] in (":", "[", ",") else ""
