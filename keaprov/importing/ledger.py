"""The ledger of an import: what became of each part of a file, and where the part was written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import Any

from keaprov import secret
from keaprov.errors import KeyPath, Mark, dotted
from keaprov.source import Document

_MOST_MOVES = 4
"""Moves of one value: by its list, by its map, and by its own key."""


class Fate(str, Enum):
    """What became of a part of a file.

    OWN: keaprov writes this part itself. CHANGED: a Kea of today reads it in another form.
    KEPT: a site does not carry it, so it is in not-imported.json.
    """

    OWN = "keaprov's"
    CHANGED = "changed"
    KEPT = "not imported"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the report: a path in a file, what became of the value there, and why."""

    file: str
    path: KeyPath
    fate: Fate
    words: str
    value: Any = None

    def covers(self, path: KeyPath) -> bool:
        """Return whether a path is the entry's own, or is below it."""
        return path[: len(self.path)] == self.path


@dataclass
class Ledger:
    """The entries of one file, in the order in which they were made.

    `moved` has the paths of values that stand elsewhere now: in the ``Dhcp4`` map of today, or in
    the site file; None for a value that is nowhere.
    """

    document: Document
    entries: list[Entry] = field(default_factory=list)
    moved: dict[KeyPath, KeyPath | None] = field(default_factory=dict)

    def note(self, fate: Fate, path: KeyPath, words: str, value: Any = None) -> None:
        """Add an entry; `value` is what not-imported.json keeps of it."""
        self.entries.append(Entry(self.document.file, path, fate, words, value))

    def reword(self, path: KeyPath, words: str) -> None:
        """Give the entry of a path other words."""
        self.entries = [
            replace(entry, words=words) if entry.path == path else entry for entry in self.entries
        ]

    def own(self, path: KeyPath, words: str) -> None:
        """Note a part that keaprov writes itself."""
        self.note(Fate.OWN, path, words)

    def changed(self, path: KeyPath, words: str, to: KeyPath | None = None) -> None:
        """Note a part that has another form now; `to` is its path now, if that is another one."""
        self.note(Fate.CHANGED, path, words)
        if to is not None:
            self.move(path, to)

    def move(self, path: KeyPath, to: KeyPath | None) -> None:
        """Note where a value stands now, without a line in the report; None for nowhere."""
        self.moved[path] = to

    def in_site(self, path: KeyPath) -> KeyPath | None:
        """Return where the value at a path of the file is in a site with Kea's own forms.

        None if a site does not carry it. For a whole ledger.
        """
        if any(path[:length] in self._kept for length in range(1, len(path) + 1)):
            return None
        for _ in range(_MOST_MOVES):
            lengths = range(len(path), 0, -1)
            length = next((n for n in lengths if path[:n] in self.moved), 0)
            if not length:
                break
            moved = self.moved[path[:length]]
            if moved is None:
                return None
            path = (*moved, *path[length:])
        roots = {"Dhcp4": "dhcp4", "Control-agent": "control-agent"}
        return (roots.get(str(path[0]), path[0]), *path[1:]) if path else ()

    def keep(self, path: KeyPath, value: Any, words: str) -> None:
        """Note a part that the site does not carry; not-imported.json keeps its value."""
        self.note(Fate.KEPT, path, words, value)

    @cached_property
    def _kept(self) -> set[KeyPath]:
        return {entry.path for entry in self.entries if entry.fate is Fate.KEPT}

    @cached_property
    def marks(self) -> dict[KeyPath, Mark]:
        """The line of each entry's key, or of the nearest value around it, for a whole ledger."""
        places = self.document.places(entry.path for entry in self.entries)
        return {path: place.key for path, place in places.items()}

    def lines(self) -> Iterator[str]:
        """Yield the lines of the report, each with its place and its secrets masked."""
        marks = self.marks
        for entry in self.entries:
            words = secret.without_credentials(entry.words)
            place = marks.get(entry.path, Mark(entry.file))
            yield f"{place}: {entry.fate.value}: {dotted(entry.path)}: {words}"

    def kept(self) -> list[dict[str, Any]]:
        """Return what not-imported.json has of this file."""
        marks = self.marks
        return [
            {
                "file": entry.file,
                "line": marks.get(entry.path, Mark(entry.file)).line,
                "path": dotted(entry.path),
                "reason": entry.words,
                "value": entry.value,
            }
            for entry in self.entries
            if entry.fate is Fate.KEPT
        ]
