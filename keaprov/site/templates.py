"""A file that is a template still: its placeholders are one problem, not one each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keaprov.errors import NOWHERE, KeyPath, Problem, Severity

_PLACEHOLDER = re.compile(
    r"\$\{[^{}]{1,80}\}|\{\{[^{}]{1,80}\}\}|<%=?[^%]{1,80}%>|%\([^()]{1,80}\)s"
)


def merged(problems: Iterable[Problem], value: Any) -> list[Problem]:
    """Return the problems, those about placeholders such as ``${NET}`` as one (KP123).

    `value` holds the file's values. A placeholder that no error is about stays as it is: a class
    expression or a comment may hold such text.
    """
    given = list(problems)
    if all(problem.severity is not Severity.ERROR for problem in given):
        return given
    marked = dict(_placeholders(value, ()))
    around = {where[:length] for where in marked for length in range(1, len(where) + 1)}
    about = [problem for problem in given if problem.path in around]
    if not any(problem.severity is Severity.ERROR for problem in about):
        return given
    path, text = next(iter(marked.items()))
    more = f", and {len(marked) - 1} more values hold placeholders" if len(marked) > 1 else ""
    hint = "Fill the template in, and check the result."
    message = f"the file is a template: {text} stands here{more}"
    template = Problem("KP123", message, NOWHERE, path, hint)
    return [template, *(problem for problem in given if problem.path not in around)]


def _placeholders(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _placeholders(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _placeholders(inner, (*path, index))
    elif isinstance(value, str) and (match := _PLACEHOLDER.search(value)):
        yield path, match.group()
