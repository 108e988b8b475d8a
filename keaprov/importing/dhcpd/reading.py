"""dhcpd's files: their text, with every included file in its place, as one list of tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from keaprov import source
from keaprov.errors import Mark, Problem
from keaprov.importing.dhcpd.lexer import Kind, Lexed, Token, lex

MOST_BYTES = 32 * 1024 * 1024
"""Bytes that dhcpd.conf and its included files may have together."""
_DEEPEST = 20
_MOST_FILES = 1000


@dataclass
class Reading:
    """The tokens of a file and of those that it includes, and what is wrong with them.

    `includes` has the place of each include statement, with the file that was read.
    """

    tokens: list[Token] = field(default_factory=list)
    comments: list[tuple[Mark, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    includes: list[tuple[Mark, str]] = field(default_factory=list)
    left: int = MOST_BYTES


def read(path: Path) -> Reading:
    """Read dhcpd.conf with its included files.

    dhcpd looks for a relative name in the directory that it runs in; here it is beside the file
    that includes it. If there is no file of an absolute name, the file of the same name beside
    dhcpd.conf is read.
    """
    reading = Reading()
    _include(reading, path, Mark(str(path)), (), path.parent)
    return reading


def octets(path: Path, most: int) -> str | Problem:
    """Return a file's octets as characters, or the problem that keeps it from being read."""
    mark = Mark(str(path))
    try:
        data = source.regular_bytes(path, most + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "the name holds a null byte"
        hint = "Check the path, and who may read the file."
        return Problem("KP101", f"cannot be read: {reason}", mark, hint=hint)
    if len(data) > most:
        hint = "keaprov reads no file of this kind that is larger."
        return Problem("KP101", f"larger than {most >> 20} MiB", mark, hint=hint)
    return data.decode("latin-1")


def _include(reading: Reading, path: Path, mark: Mark, around: tuple[Path, ...], top: Path) -> None:
    text = octets(path, reading.left)
    if isinstance(text, Problem):
        if around:
            message = f"cannot include {path}: {text.message}"
            text = Problem("KP113", message, mark, hint=text.hint)
        reading.problems.append(text)
        return
    reading.left -= len(text)
    lexed = Lexed()
    tokens = list(lex(text, str(path), lexed))
    reading.comments += lexed.comments
    reading.problems += lexed.problems
    _take(reading, tokens, (*around, path), top)


def _take(reading: Reading, tokens: list[Token], around: tuple[Path, ...], top: Path) -> None:
    """Take the tokens of a file, those of an included file instead of its statement."""
    at = 0
    while at < len(tokens):
        end = _include_ends(tokens, at)
        if not end:
            reading.tokens.append(tokens[at])
            at += 1
            continue
        mark = tokens[at].mark
        path = _included(tokens[at + 1].text, around[-1].parent, top)
        reading.includes.append((mark, str(path)))
        hint = "Break the circle, or include less."
        if path in around or len(around) > _DEEPEST or len(reading.includes) > _MOST_FILES:
            message = f"{path} includes itself" if path in around else "too many includes"
            reading.problems.append(Problem("KP113", message, mark, hint=hint))
        else:
            _include(reading, path, mark, around, top)
        at = end


def _include_ends(tokens: list[Token], at: int) -> int:
    """Return where an include statement ends that begins here, 0 if none does."""
    starts = at == 0 or (tokens[at - 1].kind is Kind.SIGN and tokens[at - 1].text in ";{}")
    whole = starts and tokens[at].is_word("include") and at + 2 < len(tokens)
    if whole and tokens[at + 1].kind is Kind.STRING and tokens[at + 2].is_sign(";"):
        return at + 3
    return 0


def _included(name: str, beside: Path, top: Path) -> Path:
    path = Path(name)
    if not path.is_absolute():
        return beside / path
    return path if path.exists() else top / path.name
