"""Changes of single values of a document, and what a value is with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from keaprov.errors import KeyPath


@dataclass(frozen=True)
class Put:
    """Give a key of a map, or an element of a list, a value; a new key comes last."""

    path: KeyPath
    value: Any


@dataclass(frozen=True)
class Append:
    """Add an element to the end of a list that has elements."""

    path: KeyPath
    value: Any


@dataclass(frozen=True)
class Remove:
    """Take an element out of a list; positions are those before all changes."""

    path: KeyPath


@dataclass(frozen=True)
class Rename:
    """Give a key of a map another name; its value and its place stay. Paths have the old name."""

    path: KeyPath
    name: str


Change = Put | Append | Remove | Rename


def applied(value: Any, changes: Iterable[Change]) -> Any:
    """Return a copy of a value with the changes; KeyError or IndexError for a path that is not."""
    value = _copied(value)
    removed: list[KeyPath] = []
    renamed: list[Rename] = []
    for change in changes:
        if isinstance(change, Remove):
            removed.append(change.path)
        elif isinstance(change, Rename):
            renamed.append(change)
        elif isinstance(change, Append):
            value_at(value, change.path).append(_copied(change.value))
        else:
            value_at(value, change.path[:-1])[change.path[-1]] = _copied(change.value)
    for path in sorted(removed, key=lambda path: (len(path), path[-1]), reverse=True):
        del value_at(value, path[:-1])[path[-1]]
    for rename in sorted(renamed, key=lambda rename: len(rename.path), reverse=True):
        parent = value_at(value, rename.path[:-1])
        parent[rename.name] = parent.pop(rename.path[-1])
    return value


def _copied(value: Any) -> Any:
    """Return a copy in which what an alias repeats is a value of its own."""
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def value_at(value: Any, path: KeyPath) -> Any:
    """Return the value at a path; KeyError or IndexError if there is none."""
    for step in path:
        value = value[step]
    return value
