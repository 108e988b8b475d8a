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
        for step in path[:-1]:
            if not _has(part, step):
                return False
            part = part[step]
        return isinstance(part, Mapping) and path[-1] in part and key not in part

    def explains(self, problem: Problem) -> bool:
        """Whether a problem is that a key is missing which is spelt wrong."""
        return problem.code == "KP202" and problem.path in self.meant

    def corrected(self, key: str) -> Any:
        """Return a copy of a value of the document, by its key, in which the keys are right."""
        tree: _Tree = {}
        for wrong, meant in self._keys.items():
            inner = tree
            for step in wrong[:-1]:
                inner = inner.setdefault(step, {})
            inner.setdefault(_KEYS, {})[wrong[-1]] = meant
        return _corrected(self._document[key], tree.get(key, {}))


_Tree = dict["str | int | None", Any]
"""What is below each step of a path, and below `_KEYS` the names that are meant by wrong ones."""
_KEYS = None


def _corrected(part: Any, tree: _Tree) -> Any:
    """Return a part in which the keys of a tree are renamed; it copies what is on the way."""
    if not tree:
        return part
    made: Any = dict(part) if isinstance(part, Mapping) else list(part)
    for step, inner in tree.items():
        if step is not _KEYS:
            made[step] = _corrected(made[step], inner)
    for wrong, key in tree.get(_KEYS, {}).items():
        made.setdefault(key, made.pop(wrong))
    return made


def _has(part: Any, step: Any) -> bool:
    if isinstance(part, Mapping):
        return step in part
    return isinstance(part, (list, tuple)) and isinstance(step, int) and step < len(part)
