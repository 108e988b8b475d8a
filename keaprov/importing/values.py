"""Values of a file by their paths: the leaves, and whether a path is below another one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from keaprov import secret
from keaprov.diff import ABSENT
from keaprov.errors import KeyPath


def copied(value: Any) -> Any:
    """Return a copy of a JSON value, in which everything may be changed."""
    if isinstance(value, dict):
        return {key: copied(inner) for key, inner in value.items()}
    return [copied(inner) for inner in value] if isinstance(value, list) else value


def leaves(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    """Yield every value that holds no other one, empty maps and lists too, with its path."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path, value


def under(path: KeyPath, paths: Collection[KeyPath]) -> bool:
    """Return whether a path is one of these, or is below one of them."""
    return any(path[:length] in paths for length in range(len(path) + 1))


def at(value: Any, path: KeyPath) -> Any:
    """Return the value at a path, None if there is none."""
    for step in path:
        if not has(value, step):
            return None
        value = value[step]
    return value


def has(value: Any, step: str | int) -> bool:
    """Return whether a map has this key, or a list this position."""
    if isinstance(value, list):
        return isinstance(step, int) and step < len(value)
    return isinstance(value, dict) and step in value


def remove(value: Any, path: KeyPath) -> None:
    """Take the value at a path out of the map or list that has it, if there is one."""
    holder, last = at(value, path[:-1]), path[-1]
    if has(holder, last):
        del holder[last]


def shown(path: KeyPath, value: Any) -> str:
    """Return a value of a difference for a person, its secrets masked."""
    return "nothing" if value is ABSENT else secret.shown(path, value)
