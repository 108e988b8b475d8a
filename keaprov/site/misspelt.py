"""Keys that are spelt wrong or at a wrong place, where it is known what is meant.

Such a key is unknown, and the key that is meant is missing. Both are one mistake, so that only the
first is reported, and the rules read the value as that of the key that is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keaprov.errors import KeyPath, Problem, dotted
from keaprov.site.misplaced import homes
from keaprov.words import meant_by

_JUDGED_AS_WRITTEN = ("option-data",)
"""Keys whose wrong spellings a rule looks for itself (KP522): their short forms are not known."""
_NOTHING = object()


class Misspelt:
    """The keys of a document that are spelt wrong or at a wrong place, by what is reported."""

    def __init__(self, problems: Iterable[Problem], document: Mapping[str, Any]) -> None:
        self._document = document
        self._keys: dict[KeyPath, str] = {}
        listed = list(problems)
        for problem in listed:
            key = meant_by(problem.hint) if problem.code == "KP201" else ""
            if key and key not in _JUDGED_AS_WRITTEN and self._lacks(problem.path, key):
                self._keys[problem.path] = key
        self._homes = {
            path: home
            for path, home in homes(listed, document).items()
            if path not in self._keys and self._at(path) is not _NOTHING
        }
        spelt = {(*path[:-1], key) for path, key in self._keys.items()}
        self.meant = spelt | set(self._homes.values())
        """Where the keys would be that are meant."""

    def _at(self, path: KeyPath) -> Any:
        """Return what is at a path, `_NOTHING` if there is nothing."""
        part: Any = self._document
        try:
            for step in path:
                part = part[step]
        except (IndexError, KeyError, TypeError):
            return _NOTHING
        return part

    def _lacks(self, path: KeyPath, key: str) -> bool:
        """Whether there is a key at a path, and another one is not beside it."""
        part = self._at(path[:-1])
        return isinstance(part, dict) and path[-1] in part and key not in part

    def reported(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """Yield the problems, but not that a key is missing which is there under another name.

        That of a key at a wrong place names the right one.
        """
        for problem in problems:
            known = self._homes and problem.code == "KP201"
            home = self._homes.get(problem.path) if known else None
            if home:
                yield problem._replace(hint=f"Write it in {dotted(home[:-1])}.")
            elif problem.code != "KP202" or problem.path not in self.meant:
                yield problem

    def corrected(self, key: str) -> Any:
        """Return a copy of a value of the document, by its key, in which the keys are right."""
        if not self._keys and not self._homes:
            return self._document[key]
        copies = _Copies(self._document)
        moved = {home: self._at(path) for path, home in reversed(self._homes.items())}
        for path in self._homes:
            del copies.at(path[:-1])[path[-1]]
        for path, meant in self._keys.items():
            part = copies.at(path[:-1])
            part.setdefault(meant, part.pop(path[-1]))
        for home, value in moved.items():
            copies.at(home[:-1]).setdefault(home[-1], value)
        return copies.at(())[key]


class _Copies:
    """Copies of the containers of a value that are to be changed, and of those around them."""

    def __init__(self, value: Any) -> None:
        self._made: dict[KeyPath, Any] = {(): _copy(value)}

    def at(self, path: KeyPath) -> Any:
        """Return the copy of the container at a path; a map that is not there is made."""
        made = self._made.get(path)
        if made is None:
            outer, step = self.at(path[:-1]), path[-1]
            there = step in outer if isinstance(outer, dict) else True
            made = outer[step] = self._made[path] = _copy(outer[step]) if there else {}
        return made


def _copy(part: Any) -> Any:
    return dict(part) if isinstance(part, Mapping) else list(part)
