"""Text whose every character is visible: what a host or a client sent cannot steer a terminal.

Control characters (C0, C1, escape sequences), bidirectional and other format characters, line and
paragraph separators and lone surrogates become escapes as JSON writes them, such as ``\\u001b``
(Unicode 16, chapter 23; "Trojan Source", CVE-2021-42574). A tab becomes a blank. So a JSON text
stays the same value. Every way out of keaprov uses this module: `keaprov.cli.terminal`,
`keaprov.report`, `keaprov.page`, and `guard` for a logger.
"""

from __future__ import annotations

import logging
import re
import unicodedata

__all__ = ["block", "document", "guard", "line"]

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories: control, format, surrogate, line separator, paragraph separator."""
_SUSPECT = re.compile(r"[^\n -~]")
_COLOUR = re.compile(r"(\x1b\[(?:0|1|[39][0-7])?m)")
"""What click.style writes for a colour, for bold and for the end of both."""
_MARGIN = 8
"""Columns by which a further line of a log message is indented: pyinfra indents the first by 4."""


def line(text: str) -> str:
    """Return a text on one line, its line ends as escapes."""
    return document(text).replace("\n", "\\u000a")


def document(text: str) -> str:
    """Return a text with its lines as they are."""
    return _SUSPECT.sub(_shown, text.replace("\r\n", "\n"))


def block(text: str, margin: int = 2) -> str:
    """Return a text whose further lines are indented by `margin` columns more than the first.

    So no line of it looks like a line that keaprov begins.
    """
    first, *others = document(text).split("\n")
    blanks = len(first) - len(first.lstrip(" ")) + margin
    return "\n".join([first, *(_indented(other, blanks) for other in others)])


def guard(name: str) -> None:
    """Have every message of a logger be visible, whoever logs it; does nothing the second time."""
    logging.getLogger(name).addFilter(_guard)


def _indented(text: str, blanks: int) -> str:
    have = len(text) - len(text.lstrip(" "))
    return " " * (blanks - have) + text if text and have < blanks else text


def _shown(match: re.Match[str]) -> str:
    character = match[0]
    if character == "\t":
        return " "
    if unicodedata.category(character) not in _HIDDEN:
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _guard(record: logging.LogRecord) -> bool:
    """Make a message visible, but for its colours: pyinfra colours a text before it logs it."""
    parts = _COLOUR.split(record.getMessage())
    parts[::2] = map(document, parts[::2])
    first, *others = "".join(parts).split("\n")
    record.msg = "\n".join([first, *(_indented(other, _MARGIN) for other in others)])
    record.args = ()
    return True
