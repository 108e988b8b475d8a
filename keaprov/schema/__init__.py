"""The JSON Schemas of the site file and of Kea's own files, and values' problems against them.

`loaded` reads the schemas; `grammar` is JSON Schema with Kea's numbers, `formats` has the formats
of texts; `differences` makes problems of errors, `elements` judges long lists, whose `shapes` spare
values that are alike; `cure`, `form` and `unknown` say what to do; `sample` writes the sample site
file and docs/site.md. The package reads its own schemas only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keaprov.errors import KeyPath, Problem
from keaprov.paths import base_name
from keaprov.schema.differences import Differences
from keaprov.schema.elements import LISTS, Elements
from keaprov.schema.habits import misplaced
from keaprov.schema.loaded import schema, text, validator
from keaprov.series import DEFAULT

__all__ = [
    "agent_problems",
    "dhcp4_problems",
    "ha_problems",
    "schema",
    "site_problems",
    "text",
]


def site_problems(value: Any) -> Iterator[Problem]:
    """Return everything in which a site file's values differ from its schema.

    The ``dhcp4`` block is Kea's: see `dhcp4_problems`.
    """
    problem, explained = misplaced(value)
    if problem:
        yield problem
    for difference in _differences("site", value, ()):
        if difference.path[:1] not in explained:
            yield difference


def agent_problems(body: Any, path: KeyPath) -> Iterator[Problem]:
    """Return everything in which the body of a ``Control-agent`` map differs from Kea's grammar."""
    return _differences("ctrl-agent", body, path)


def ha_problems(parameters: Any, path: KeyPath) -> Iterator[Problem]:
    """Return everything in which the HA hook's parameters differ from what the hook reads."""
    return _differences("ha", parameters, path)


def _hook_problems(hooks: Any, path: KeyPath) -> Iterator[Problem]:
    """Yield everything in which parameters of ``hooks-libraries`` differ from what is read of them.

    The HA hook's are not among them: see `ha_problems`.
    """
    for index, hook in enumerate(hooks if isinstance(hooks, (list, tuple)) else ()):
        library = base_name(str(hook.get("library"))) if isinstance(hook, Mapping) else ""
        if library in schema("hooks")["$defs"] and isinstance(hook.get("parameters"), Mapping):
            where: KeyPath = (*path, index, "parameters")
            yield from _differences("hooks", hook["parameters"], where, library)


def dhcp4_problems(body: Any, path: KeyPath, series: str = DEFAULT) -> Iterator[Problem]:
    """Yield everything in which the body of a ``Dhcp4`` map differs from the grammar of a series.

    Lists that may have thousands of elements are held against it by themselves.
    """
    lists: list[tuple[str, KeyPath, list[Any]]] = []
    differences = Differences("dhcp4")
    errors = validator("dhcp4", "", series).iter_errors(_without_lists(body, path, lists))
    yield from differences.problems(errors, path)
    if isinstance(body, Mapping):
        yield from _hook_problems(body.get("hooks-libraries"), (*path, "hooks-libraries"))
    elements = {part: Elements(part, series, differences) for part in LISTS.values()}
    for part, where, values in lists:
        yield from elements[part].problems(values, where)


def _without_lists(body: Any, path: KeyPath, lists: list[tuple[str, KeyPath, list[Any]]]) -> Any:
    """Return a map without its `LISTS`, which go to `lists` by part of the schema and path."""
    if not isinstance(body, Mapping):
        return body
    bare = dict(body)
    for key, part in LISTS.items():
        if isinstance(bare.get(key), list):
            where: KeyPath = (*path, key)
            inner = enumerate(bare[key])
            values = bare[key]
            if key != "reservations":
                values = [_without_lists(value, (*where, index), lists) for index, value in inner]
            lists.append((part, where, values))
            bare[key] = []
    return bare


def _differences(name: str, value: Any, path: KeyPath, part: str = "") -> Iterator[Problem]:
    errors = validator(name, part).iter_errors(value)
    return Differences(name).problems(errors, path)
