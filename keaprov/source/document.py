"""A file's values, and where each of them stands: `Document`, and the bounds for bad input."""

from __future__ import annotations

import codecs
import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from keaprov.errors import KeyPath, Mark, Problem

_BINARY = (
    *(b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"M<\xb2\xa1", b"\n\r\r\n"),
    *(b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"\x7fELF"),
)
"""How captures (pcap, pcapng), compressed files and programs begin."""
MOST_BYTES = 256 * 1024 * 1024
"""Size of the largest file that is read."""
DEEPEST = 100
"""Containers within containers that a file may have."""
MOST_ALIASED = 1_000_000
"""Values that a file's aliases may stand for, all written out."""


class Place(NamedTuple):
    """Where a value stands, and where its key does; `key` equals `value` in a list."""

    key: Mark
    value: Mark


Locator = Callable[[AbstractSet[KeyPath]], dict[KeyPath, Place]]
"""Returns the places of paths; it is fastest if those of one list follow each other."""


@dataclass(frozen=True)
class Document:
    """A file's values; `value` is None and `problems` says why when it could not be read.

    Places are looked for when they are asked for, by a second pass over the text: a good file,
    however large, pays nothing for them. `sources` holds every file that took part, by name.
    `dialect` is what JSON allows and Kea's lexer refuses: it is wrong in Kea's own files only.
    `ends_at_cr` says that a lone carriage return ends a line too, as in YAML.
    """

    file: str
    value: Any = None
    problems: tuple[Problem, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    locator: Locator | None = None
    dialect: tuple[Problem, ...] = ()
    walker: Callable[[], Iterator[tuple[Mark, KeyPath]]] | None = None
    ends_at_cr: bool = False

    def shown(self) -> dict[str, str]:
        """Return the texts of `sources` by name, with the lines that the marks count."""
        texts = dict(self.sources)
        return {name: one_break(text) if self.ends_at_cr else text for name, text in texts.items()}

    def places(self, paths: Iterable[KeyPath]) -> dict[KeyPath, Place]:
        """Return where values are; the nearest one around it for a value that is not there."""
        there = dict(_innermost(self.value, paths))
        wanted = dict.fromkeys(there.values()).keys()
        if self.value is None:
            heads = (path[:length] for path in there for length in range(len(path) + 1))
            wanted = dict.fromkeys(heads).keys()
        known = self.locator(wanted) if self.locator and wanted else {}
        unknown = Place(Mark(self.file), Mark(self.file))
        return {
            path: known.get(inner) or _nearest(known, inner, unknown)
            for path, inner in there.items()
        }


def one_break(text: str) -> str:
    """Return a text whose lines end in LF alone: a CR LF and a lone CR end a line, too."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _innermost(value: Any, paths: Iterable[KeyPath]) -> Iterator[tuple[KeyPath, KeyPath]]:
    """Yield each path with its beginning that leads to a value; the whole if there is no value."""
    head: KeyPath = ()
    outer, depth = value, 0
    for path in paths:
        if path[:-2] != head:  # of most paths it is that of the one before: rows of one list
            head = path[:-2]
            outer, depth = _reached(value, head)
        if value is None:
            yield path, path
        elif depth < len(head):
            yield path, path[:depth]
        else:
            yield path, path[: depth + _reached(outer, path[depth:])[1]]


def _reached(value: Any, path: KeyPath) -> tuple[Any, int]:
    """Return the innermost value that there is on a path, and how many steps lead to it."""
    for depth, step in enumerate(path):
        if isinstance(value, list):
            if not isinstance(step, int) or not 0 <= step < len(value):
                return value, depth
        elif not isinstance(value, dict) or step not in value:
            return value, depth
        value = value[step]
    return value, len(path)


def _nearest(known: dict[KeyPath, Place], path: KeyPath, unknown: Place) -> Place:
    for length in range(len(path), -1, -1):
        place = known.get(path[:length])
        if place is not None:
            return place
    return unknown


def regular_bytes(path: Path, most: int) -> bytes:
    """Return the first bytes of a regular file, `most` of them at most.

    Raises OSError at once for anything else: a pipe without a writer would block, and a device may
    never end. ValueError if the name holds a null byte.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb") as file:  # noqa: PTH123 - an open one
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            kind = "Is a directory" if stat.S_ISDIR(mode) else "Not a regular file"
            raise OSError(errno.EINVAL, kind)
        return file.read(most)


def expanded(name: str) -> Path:
    """Return a file name as a path, ``~`` and ``~USER`` expanded if there is such a user."""
    try:
        return Path(name).expanduser()
    except RuntimeError:
        return Path(name)


def read_text(path: Path, name: str, bom: bool = False) -> str | Problem:
    """Return a file's text, or the problem that keeps it from being read.

    `bom` keeps a byte-order mark in the text, for a caller that refuses it.
    """
    mark = Mark(name)
    try:
        data = regular_bytes(path, MOST_BYTES + 1)
    except OSError as error:
        hint = "Check the path, and who may read the file."
        if error.errno == errno.EISDIR:
            hint = f"Give a file in it, such as {Path(name) / 'site.yaml'}."
        return Problem("KP101", f"cannot be read: {error.strerror}", mark, hint=hint)
    except ValueError:
        hint = "Write the file's name without control characters."
        return Problem("KP101", "cannot be read: the name holds a null byte", mark, hint=hint)
    return text_of(data, name, bom)


def text_of(data: bytes, name: str, bom: bool = False) -> str | Problem:
    """Return the text of a file's bytes, or the problem that keeps it from being read."""
    if len(data) > MOST_BYTES:
        limit = f"larger than {MOST_BYTES // 1024 // 1024} MiB"
        hint = "Split it: a site file of 1,000,000 reservations is smaller."
        return Problem("KP101", limit, Mark(name), hint=hint)
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        hint = "Export the table as CSV (Excel: `CSV UTF-8`); a site file is plain text."
        words = "not text but a workbook or an archive"
        return Problem("KP102", words, Mark(name, 1, 1), hint=hint)
    if data.startswith(_BINARY):
        hint = "Give the site file, or Kea's configuration: both are plain text."
        words = "not text but a capture, a compressed file or a program"
        return Problem("KP102", words, Mark(name, 1, 1), hint=hint)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        hint = "Save the file as UTF-8 (Excel: `CSV UTF-8`)."
        return Problem("KP102", "not UTF-8 text but UTF-16", Mark(name, 1, 1), hint=hint)
    try:
        return data.decode("utf-8" if bom else "utf-8-sig")
    except UnicodeDecodeError as error:
        return _not_utf8(data, error.start, name)


def _not_utf8(data: bytes, at: int, name: str) -> Problem:
    """Return the place of a byte that is not UTF-8, with the letter that it is on Windows."""
    before = data[:at]
    start = before.rfind(b"\n") + 1
    mark = Mark(name, before.count(b"\n") + 1, at - start + 1)
    letter = data[at : at + 1].decode("cp1252", "replace")
    guess = f" ({letter!r} in Windows-1252)" if letter.isprintable() and letter != "\ufffd" else ""
    hint = "Save the file as UTF-8 (Excel: `CSV UTF-8`; or `iconv -f WINDOWS-1252 -t UTF-8`)."
    return Problem("KP102", f"not UTF-8 text: byte 0x{data[at]:02x}{guess}", mark, hint=hint)
