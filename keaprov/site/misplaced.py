"""Keys at a wrong place, where one other place lacks just that key: both are one mistake.

The place is above the key or below it: the subnet of a pool, or the entries of the map's own lists.
If several places lack the key, it is not known which one it belongs to, and all of them lack it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from keaprov.errors import KeyPath, Problem
from keaprov.lint.hooks import MANDATORY
from keaprov.model.names import IDENTIFIERS
from keaprov.paths import base_name

_WANTED = {
    "subnet4": ("id",),
    "reservations": tuple(IDENTIFIERS),
    "option-data": ("name", "code"),
    "loggers": ("severity",),
}
"""Keys of which a rule wants one in each entry of a list; what the schema wants it says itself."""


def homes(problems: Iterable[Problem], document: Any) -> dict[KeyPath, KeyPath]:
    """Return where each key at a wrong place belongs, for the keys of which that is known."""
    listed = list(problems)
    unknown = [problem.path for problem in listed if problem.code == "KP201"]
    keys = {path[-1] for path in unknown}
    lacks = dict.fromkeys(p.path for p in listed if p.code == "KP202" and p.path[-1] in keys)
    if keys & _ruled():
        lacks |= dict.fromkeys(_lacking(document, keys))
    if not lacks:
        return {}
    below = Counter((path[-1], path[:length]) for path in lacks for length in range(len(path) - 1))
    inner = {(path[-1], path[:length]): path for path in lacks for length in range(len(path) - 1)}
    belongs = {}
    for path in unknown:
        key, around = path[-1], path[:-1]
        above = [home for end in range(len(around)) if (home := (*around[:end], key)) in lacks]
        if len(above) + below[key, around] == 1:
            belongs[path] = above[0] if above else inner[key, around]
    return belongs


def _ruled() -> set[str | int]:
    return {*(name for name, _ in MANDATORY.values()), *chain.from_iterable(_WANTED.values())}


def _lacking(part: Any, keys: Collection[str | int], path: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield where a rule misses one of the keys in a part of a document."""
    if not isinstance(part, Mapping):
        return
    for step, inner in part.items():
        where: KeyPath = (*path, step)
        yield from _lacking(inner, keys, where)
        for index, entry in enumerate(inner if isinstance(inner, (list, tuple)) else ()):
            yield from _lacking(entry, keys, (*where, index))
            if isinstance(entry, Mapping):
                lacks = (lack for lack in _of_entry(step, entry) if lack[-1] in keys)
                yield from ((*where, index, *lack) for lack in lacks)


def _of_entry(kind: str, entry: Mapping[str, Any]) -> Iterator[KeyPath]:
    wanted = _WANTED.get(kind, ())
    if not any(key in entry for key in wanted):
        yield from ((key,) for key in wanted)
    if kind == "hooks-libraries":
        name, _ = MANDATORY.get(base_name(entry.get("library")), ("", ""))
        given = entry.get("parameters", {})
        if name and isinstance(given, Mapping) and name not in given:
            yield ("parameters", name)
