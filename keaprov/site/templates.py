"""A file that is a template still: its placeholders are one problem, not one each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from keaprov.errors import NOWHERE, KeyPath, Mark, Problem, Severity
from keaprov.words import count

_PLACEHOLDER = re.compile(
    r"\$\{[^{}]{1,80}\}|\{\{[^{}]{1,80}\}\}|<%=?[^%]{1,80}%>|%\([^()]{1,80}\)s"
)


_OF_SYNTAX = ("KP103", "KP107")


def merged(problems: Iterable[Problem], value: Any, sources: Mapping[str, str]) -> list[Problem]:
    """Return the problems, those about placeholders such as ``${NET}`` as one (KP123).

    `value` holds the file's values, `sources` the texts by the files' names. A placeholder that no
    error is about stays as it is: a class expression or a comment may hold such text.
    """
    given = [
        _unread(problem, sources) if problem.code in _OF_SYNTAX else problem for problem in problems
    ]
    if all(problem.severity is not Severity.ERROR for problem in given):
        return given
    if not any(map(_may_hold, sources.values())):
        return given
    marked = dict(_placeholders(value, ()))
    around = {where[:length] for where in marked for length in range(1, len(where) + 1)}
    about = [problem for problem in given if problem.path in around]
    if not any(problem.severity is Severity.ERROR for problem in about):
        return given
    path, text = next(iter(marked.items()))
    template = _template(text, len(marked) - 1, NOWHERE, path)
    return [template, *(problem for problem in given if problem.path not in around)]


def _may_hold(text: str) -> bool:
    """Whether values of a file may hold placeholders; an escape may stand for a part of one."""
    return any(start in text for start in ("${", "{{", "<%", "%(", "\\"))


def _template(text: str, others: int, mark: Mark, path: KeyPath = ()) -> Problem:
    more = f", and in {count(others, 'other place')}" if others > 0 else ""
    hint = "Fill the template in, and check the result."
    message = f"the file is a template: it has a placeholder here ({text}){more}"
    return Problem("KP123", message, mark, path, hint)


def _unread(problem: Problem, sources: Mapping[str, str]) -> Problem:
    """Return a problem of the syntax as one of a template if it is at a placeholder.

    So it is where ``${ID}`` stands without quotes: neither JSON nor YAML can be read any further.
    """
    mark = problem.mark
    if not mark.line:
        return problem
    text = sources.get(mark.file, "")
    line = next(islice(text.split("\n"), mark.line - 1, None), "")
    for match in _PLACEHOLDER.finditer(line):
        if match.start() < mark.column <= match.end():
            others = sum(1 for _ in _PLACEHOLDER.finditer(text)) - 1
            return _template(match.group(), others, mark._replace(column=match.start() + 1))
    return problem


def _placeholders(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _placeholders(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _placeholders(inner, (*path, index))
    elif isinstance(value, str) and (match := _PLACEHOLDER.search(value)):
        yield path, match.group()
