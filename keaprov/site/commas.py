"""Addresses with commas in place of dots: within brackets YAML reads four values in each of them.

``{ip-address: 172,20,10,19}`` is an address of 172, and three keys without a value. Such a mistake
is one problem, and the rest of the file is judged with the address that is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from keaprov import source
from keaprov.errors import KeyPath, Mark, Problem
from keaprov.source.document import one_break

_ADDRESS = r"[0-9]{1,3}(?:,[ \t]*[0-9]{1,3}){3}"
_WRITTEN = re.compile(rf"{_ADDRESS}(?:/[0-9]+|[ \t]*-[ \t]*{_ADDRESS})?(?![ \t]*[0-9.:-])")
_LIKELY = re.compile(r",[ \t]*[0-9]{1,3},[ \t]*[0-9]")
"""The middle of such an address: it begins with a letter that is found fast."""
_PART = re.compile(r"[0-9]{1,3}(?:/[0-9]+|\s*-\s*[0-9]{1,3})?\Z")
_MOST = 255
_TAKEN = object()
"""An entry of a list that is a part of the address before it."""


def mended(document: source.Document) -> source.Document:
    """Return a document with dots in the addresses that have commas, and a problem for each."""
    texts = {name: text for name, text in document.sources if _LIKELY.search(text)}
    suspects = [*_suspects(document.value, (), set())] if texts else []
    if not suspects:
        return document
    lines = {name: one_break(text).split("\n") for name, text in texts.items()}
    places = document.places(path for path, _ in suspects)
    problems: list[Problem] = []
    spans: dict[tuple[str, int], list[range]] = {}
    for path, holder in suspects:
        mark = places[path].value
        line = lines[mark.file][mark.line - 1] if mark.file in lines else ""
        written = _WRITTEN.match(line, mark.column - 1)
        if written is None or _inside(mark, spans):
            continue
        if any(int(part) > _MOST for part in re.findall("[0-9]+", written[0])):
            continue
        _mend(holder, path[-1], written[0])
        columns = range(mark.column, mark.column + len(written[0]))
        spans.setdefault((mark.file, mark.line), []).append(columns)
        message = f"{written[0]!r} has commas between the numbers of an address"
        hint = f"Write dots: {_meant(written[0])}"
        problems.append(Problem("KP204", message, mark, path, hint))
    for _, holder in suspects:
        if isinstance(holder, list):
            holder[:] = [entry for entry in holder if entry is not _TAKEN]
    kept = [problem for problem in document.problems if not _inside(problem.mark, spans)]
    return replace(document, problems=(*kept, *problems))


def _suspects(value: Any, path: KeyPath, known: set[int]) -> Iterator[tuple[KeyPath, Any]]:
    """Yield where an address with commas may begin, and the map or list that it is in."""
    if id(value) in known:
        return  # an alias: it is judged where its anchor is
    if isinstance(value, dict | list):
        known.add(id(value))
    if isinstance(value, dict):
        keys = [*value]
        for key, following in zip_longest(keys, keys[1:]):
            if type(value[key]) is int and following is not None and value[following] is None:
                if _PART.match(str(following)):
                    yield (*path, key), value
            else:
                yield from _suspects(value[key], (*path, key), known)
    elif isinstance(value, list):
        ranges = any(isinstance(entry, str) and _PART.match(entry) for entry in value)
        for index, entry in enumerate(value):
            if type(entry) is int and ranges:
                yield (*path, index), value
            else:
                yield from _suspects(entry, (*path, index), known)


def _meant(written: str) -> str:
    return re.sub(r",\s*", ".", written)


def _mend(holder: Any, key: Any, written: str) -> None:
    """Put an address where its first number is, and take its other numbers away."""
    parts = [part.strip() for part in written.split(",")]
    holder[key] = _meant(written)
    if isinstance(holder, list):
        holder[key + 1 : key + len(parts)] = [_TAKEN] * (len(parts) - 1)
        return
    for part in parts[1:]:
        if holder.get(part, key) is None:
            del holder[part]


def _inside(mark: Mark, spans: Mapping[tuple[str, int], Sequence[range]]) -> bool:
    """Whether a place is within one of the addresses."""
    return any(mark.column in columns for columns in spans.get((mark.file, mark.line), ()))
