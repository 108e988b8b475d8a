"""Keys that are spelt wrong, where it is known which key is meant: no mistake is reported twice.

Such a key is unknown, and the key that is meant is missing. Both are one mistake, so that only the
first is reported, and the rules read the value as that of the key that is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from keaprov.errors import KeyPath, Problem
from keaprov.words import meant_by

_JUDGED_AS_WRITTEN = ("option-data",)
"""Keys whose wrong spellings a rule looks for itself (KP522): their short forms are not known."""


class Misspelt:
    """The keys of a document that are spelt wrong, by what is reported of them."""

    def __init__(self, problems: Iterable[Problem], document: Mapping[str, Any]) -> None:
        self._document = document
        self._keys: dict[KeyPath, str] = {}
        for problem in problems:
            key = meant_by(problem.hint) if problem.code == "KP201" else ""
            if key and key not in _JUDGED_AS_WRITTEN and self._lacks(problem.path, key):
                self._keys[problem.path] = key
        self.meant = {(*path[:-1], key) for path, key in self._keys.items()}
        """Where the keys would be that are meant."""

    def _lacks(self, path: KeyPath, key: str) -> bool:
        """Whether there is a key at a path, and another one is not beside it."""
        part: Any = self._document
        try:
            for step in path[:-1]:
                part = part[step]
        except (IndexError, KeyError, TypeError):
            return False
        return isinstance(part, dict) and path[-1] in part and key not in part

    def explains(self, problem: Problem) -> bool:
        """Whether a problem is that a key is missing which is spelt wrong."""
        return problem.code == "KP202" and problem.path in self.meant

    def corrected(self, key: str) -> Any:
        """Return a copy of a value of the document, by its key, in which the keys are right."""
        value = self._document[key]
        inside = [(path[1:], meant) for path, meant in self._keys.items() if path[0] == key]
        if not inside:
            return value
        copies = _Copies(value)
        for path, meant in inside:
            part = copies.at(path[:-1])
            part.setdefault(meant, part.pop(path[-1]))
        return copies.at(())


class _Copies:
    """Copies of the containers of a value that are to be changed, and of those around them."""

    def __init__(self, value: Any) -> None:
        self._made: dict[KeyPath, Any] = {(): _copy(value)}

    def at(self, path: KeyPath) -> Any:
        """Return the copy of the container at a path."""
        made = self._made.get(path)
        if made is None:
            outer = self.at(path[:-1])
            made = outer[path[-1]] = self._made[path] = _copy(outer[path[-1]])
        return made


def _copy(part: Any) -> Any:
    return dict(part) if isinstance(part, Mapping) else list(part)
