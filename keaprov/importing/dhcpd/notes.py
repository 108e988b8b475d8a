"""What becomes of each statement of dhcpd.conf: the report, and what a site does not carry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from keaprov import secret
from keaprov.errors import Mark
from keaprov.importing.dhcpd.tree import Statement, text_of, written
from keaprov.importing.ledger import Fate

_WIDEST = 60
_MOST_LINES = 50
"""Lines of the report of one reason."""


@dataclass(frozen=True)
class Note:
    """One line of the report: a place, what is there, what became of it, and why."""

    mark: Mark
    what: str
    fate: Fate
    words: str
    value: Any = None


@dataclass
class Notes:
    """The report of an import; `carried` has each statement that is in the site or in a note."""

    entries: dict[tuple[Mark, str, str], Note] = field(default_factory=dict)
    carried: set[int] = field(default_factory=set)

    def carry(self, *statements: Statement) -> None:
        """Note that the site says these statements; those inside them count on their own."""
        self.carried.update(map(id, statements))

    def own(self, statement: Statement, words: str) -> None:
        """Note a statement, with all inside it, that a site does not need."""
        self._note(Fate.OWN, statement, words)

    def changed(self, statement: Statement, words: str) -> None:
        """Note a statement that has another form in the site."""
        self._note(Fate.CHANGED, statement, words)

    def keep(self, statement: Statement, words: str) -> None:
        """Note a statement, with all inside it, that the site does not carry."""
        self._note(Fate.KEPT, statement, words)

    def keep_value(self, mark: Mark, what: str, value: Any, words: str) -> None:
        """Note a value that the site does not carry, and without a statement."""
        note = Note(mark, what, Fate.KEPT, words, value)
        self.entries.setdefault((mark, what, words), note)

    def _note(self, fate: Fate, statement: Statement, words: str) -> None:
        if fate is not Fate.CHANGED:
            self.carried.update(map(id, statement.walk()))
        self.carry(statement)
        value = text_of(statement) if fate is Fate.KEPT else None
        note = Note(statement.mark, title(statement), fate, words, value)
        self.entries.setdefault((note.mark, note.what, words), note)

    def lost(self, statements: Iterable[Statement]) -> list[Statement]:
        """Return the statements that are neither in the site nor in the report."""
        return [
            inner
            for statement in statements
            for inner in statement.walk()
            if id(inner) not in self.carried
        ]

    def sorted(self) -> list[Note]:
        """Return the notes in the order of their places."""
        return sorted(self.entries.values(), key=lambda note: (note.mark.file, note.mark.line))

    def lines(self) -> Iterator[str]:
        """Yield the lines of the report: of one reason the first ones, and how many more."""
        counts: Counter[tuple[Fate, str]] = Counter()
        for note in self.sorted():
            counts[note.fate, note.words] += 1
            if counts[note.fate, note.words] <= _MOST_LINES:
                yield f"{note.mark}: {note.fate.value}: {note.what}: {note.words}"
        for (fate, words), count in counts.items():
            if count > _MOST_LINES:
                yield f"{count - _MOST_LINES} more {fate.value}: {words}"

    def kept(self) -> list[dict[str, Any]]:
        """Return what not-imported.json has."""
        return [
            {
                "file": note.mark.file,
                "line": note.mark.line,
                "path": note.what,
                "reason": note.words,
                "value": note.value,
            }
            for note in self.sorted()
            if note.fate is Fate.KEPT
        ]


def title(statement: Statement) -> str:
    """Return the words that name a statement in the report: without values that may be secret."""
    text = secret.without_credentials(written(statement.words[: _shown(statement)]))
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def _shown(statement: Statement) -> int:
    """Return how many words of a statement may be shown: none behind the name of a secret."""
    if statement.head in ("key", "omapi-key", "secret", "zone"):
        return 1
    secrets = (secret.is_secret(word.text) for word in statement.words)
    return next((at for at, is_name in enumerate(secrets, 1) if is_name), len(statement.words))
