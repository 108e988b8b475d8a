"""The JSON Schemas of the site file and of Kea's own files, and values' problems against them.

`grammar` is JSON Schema with Kea's numbers, `formats` has the formats of texts; `shapes` spares
values that are alike; `cure`, `form` and `unknown` say what to do; `sample` writes the sample site
file and docs/site.md. The package reads its own schemas only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator

from keaprov import secret
from keaprov.errors import NOWHERE, KeyPath, Problem
from keaprov.paths import base_name
from keaprov.schema.cure import TYPES, described, of_value
from keaprov.schema.form import listed_values
from keaprov.schema.formats import CHECKER, NAMES
from keaprov.schema.grammar import GrammarValidator
from keaprov.schema.shapes import Shapes
from keaprov.schema.unknown import cure
from keaprov.series import DEFAULT, known
from keaprov.words import shortened

__all__ = [
    "agent_problems",
    "dhcp4_problems",
    "ha_problems",
    "schema",
    "site_problems",
    "text",
]


@cache
def text(name: str) -> str:
    """Return a schema's text, JSON Schema 2020-12.

    They are ``site``, ``dhcp4``, ``ctrl-agent``, ``ha`` and ``hooks``: the last two are of the
    parameters of the HA hook and of other hook libraries.
    """
    return files("keaprov").joinpath(f"schema/{name}.schema.json").read_text("utf-8")


@cache
def schema(name: str, series: str = DEFAULT) -> dict[str, Any]:
    """Return a schema as JSON values, with the keys that a series of Kea has.

    A key that a later series brought says so in the text: ``"since": "3.2"``. A series that
    keaprov does not know counts as the newest one.
    """
    loaded: dict[str, Any] = json.loads(text(name))
    names = list(known())
    later = names[names.index(series) + 1 :] if series in names else []
    kept: dict[str, Any] = _without(loaded, later)
    return kept


def _without(part: Any, later: Sequence[str]) -> Any:
    """Return a part of a schema without the keys of later series."""
    if isinstance(part, list):
        return [_without(inner, later) for inner in part]
    if not isinstance(part, dict):
        return part
    kept = {key: value for key, value in part.items() if _since(value) not in later}
    return {key: _without(value, later) for key, value in kept.items()}


def _since(part: Any) -> str:
    return str(part.get("since", "")) if isinstance(part, dict) else ""


@cache
def _later() -> dict[str, str]:
    """Return the keys of ``Dhcp4`` that a later series brought, with that series."""
    newest = schema("dhcp4", "")
    parts = [newest, *newest["$defs"].values()]
    entries = [entry for part in parts for entry in part.get("properties", {}).items()]
    return {key: _since(value) for key, value in entries if _since(value)}


@cache
def _validator(name: str, part: str = "", series: str = DEFAULT) -> Validator:
    whole = schema(name, series)
    wanted = {**whole["$defs"][part], "$defs": whole["$defs"]} if part else whole
    return GrammarValidator(wanted, format_checker=CHECKER)


def site_problems(value: Any) -> Iterator[Problem]:
    """Yield everything in which a site file's values differ from its schema.

    The ``dhcp4`` block is Kea's: see `dhcp4_problems`.
    """
    yield from _differences("site", _validator("site"), value, ())


def agent_problems(body: Any, path: KeyPath) -> Iterator[Problem]:
    """Yield everything in which the body of a ``Control-agent`` map differs from Kea's grammar."""
    yield from _differences("ctrl-agent", _validator("ctrl-agent"), body, path)


def ha_problems(parameters: Any, path: KeyPath) -> Iterator[Problem]:
    """Yield everything in which the HA hook's parameters differ from what the hook reads."""
    yield from _differences("ha", _validator("ha"), parameters, path)


def _hook_problems(hooks: Any, path: KeyPath) -> Iterator[Problem]:
    """Yield everything in which parameters of ``hooks-libraries`` differ from what is read of them.

    The HA hook's are not among them: see `ha_problems`.
    """
    for index, hook in enumerate(hooks if isinstance(hooks, (list, tuple)) else ()):
        library = base_name(str(hook.get("library"))) if isinstance(hook, Mapping) else ""
        if library in schema("hooks")["$defs"] and "parameters" in hook:
            where: KeyPath = (*path, index, "parameters")
            yield from _differences(
                "hooks", _validator("hooks", library), hook["parameters"], where
            )


_PARTS = {"reservations": "reservation", "subnet4": "subnet4", "shared-networks": "shared-network"}
"""The lists that may have thousands of elements, by key, and the part of the schema for each."""
_OF_KEYS = frozenset(("KP201", "KP202", "KP203", "KP206"))
"""Problems of a value's keys: values of one shape have them alike."""


def dhcp4_problems(body: Any, path: KeyPath, series: str = DEFAULT) -> Iterator[Problem]:
    """Yield everything in which the body of a ``Dhcp4`` map differs from the grammar of a series.

    It validates one of all reservations, subnets or shared networks that have the same shape.
    """
    lists: list[tuple[str, KeyPath, list[Any]]] = []
    whole = _validator("dhcp4", "", series)
    yield from _differences("dhcp4", whole, _without_lists(body, path, lists), path)
    if isinstance(body, Mapping):
        yield from _hook_problems(body.get("hooks-libraries"), (*path, "hooks-libraries"))
    by_part: dict[str, dict[Hashable, tuple[Problem, ...]]] = {}
    for part, where, values in lists:
        validator, known = _validator("dhcp4", part, series), by_part.setdefault(part, {})
        for index, shape in enumerate(map(_shapes().part(part), values)):
            problems = known.get(shape)
            if problems is None:
                value = values[index]
                problems = tuple(_differences("dhcp4", validator, value, (), where[-2:]))
                if all(problem.code in _OF_KEYS for problem in problems):
                    known[shape] = problems
            for problem in problems:
                yield replace(problem, path=(*where, index, *problem.path))


@cache
def _shapes() -> Shapes:
    return Shapes(schema("dhcp4", "")["$defs"])


def _without_lists(body: Any, path: KeyPath, lists: list[tuple[str, KeyPath, list[Any]]]) -> Any:
    """Return a map without its `_PARTS`, which go to `lists` by part of the schema and path."""
    if not isinstance(body, Mapping):
        return body
    bare = dict(body)
    for key, part in _PARTS.items():
        if isinstance(bare.get(key), list):
            where: KeyPath = (*path, key)
            inner = enumerate(bare[key])
            values = bare[key]
            if key != "reservations":
                values = [_without_lists(value, (*where, index), lists) for index, value in inner]
            lists.append((part, where, values))
            bare[key] = []
    return bare


def _differences(
    name: str, validator: Validator, value: Any, path: KeyPath, around: KeyPath = ()
) -> Iterator[Problem]:
    """Yield the problems of a value at `path`; `around` is the place if `path` is a part of it."""
    for error in validator.iter_errors(value):
        for problem in _problems(name, error, around or path):
            yield replace(problem, path=(*path, *problem.path))


def _problems(name: str, error: ValidationError, around: KeyPath = ()) -> Iterator[Problem]:
    path: KeyPath = tuple(error.absolute_path)
    within: Any = error.schema
    if error.validator == "additionalProperties" and isinstance(error.instance, Mapping):
        known = _known(within)
        free = tuple(within.get("patternProperties", {}))
        for key in error.instance:
            if key not in within.get("properties", {}) and not any(re.search(p, key) for p in free):
                hint = cure(key, known, name, _homes())
                if name == "dhcp4" and key in _later():
                    hint = (
                        f"Kea {_later()[key]} brought this key: write it once kea.series is that."
                    )
                yield Problem("KP201", f"unknown key {key!r}", NOWHERE, (*path, key), hint)
    elif error.validator == "required" and isinstance(error.instance, Mapping):
        wanted: Any = error.validator_value
        for key in wanted:
            if key not in error.instance and str(error.message).startswith(f"'{key}'"):
                yield Problem("KP202", "is missing", NOWHERE, (*path, key), _missing(key, within))
    elif error.validator == "not" and error.validator_value:
        if not isinstance(error.instance, Mapping):
            return  # the wrong type is a problem of its own
        names: Any = error.validator_value
        message = " and ".join(names["required"]) + " exclude each other"
        yield Problem("KP206", message, NOWHERE, (*path, names["required"][1]), "Keep one.")
    elif error.validator == "not":
        message = f"{path[-1]!r} does not belong here"
        yield Problem("KP203", message, NOWHERE, path, described(within))
    else:
        hint = of_value(error, (*around, *path), schema(name))
        yield Problem("KP204", _words(error), NOWHERE, path, hint)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


@cache
def _homes() -> dict[str, list[str]]:
    """Return the places in a site file, or in Kea's Dhcp4 map, that know a key."""
    homes: dict[str, list[str]] = {}
    site, dhcp4 = schema("site")["properties"], schema("dhcp4")
    for key in site:
        homes.setdefault(key, []).append("the site file's first level")
    for key in dhcp4["properties"]:
        homes.setdefault(key, []).append("dhcp4")
    for place in ("shared-network", "subnet4", "pool", "reservation", "client-class"):
        for key in dhcp4["$defs"][place]["properties"]:
            homes.setdefault(key, []).append(f"a {place}")
    return homes


def _known(schema: Mapping[str, Any]) -> list[str]:
    """Return the keys that a person may write: those that keaprov sets itself are left out."""
    properties: Mapping[str, Any] = schema.get("properties", {})
    return [key for key, inner in properties.items() if inner != {"$ref": "#/$defs/owned"}]


def _missing(key: str, schema: Mapping[str, Any]) -> str:
    entry = schema.get("properties", {}).get(key) or {}
    if key == "role":
        return "Add `role: primary` or `role: standby`."
    return described(entry) or f"Add `{key}: …` here."


def _words(error: ValidationError) -> str:
    hidden = any(map(secret.is_secret, error.absolute_path))
    value = secret.MASK if hidden else _json(secret.masked(error.instance))
    shown = shortened(value)
    wanted: Any = error.validator_value
    size = len(error.instance) if hasattr(error.instance, "__len__") else 0
    if error.validator == "type":
        kinds = wanted if isinstance(wanted, list) else [wanted]
        return f"{shown} is not {' or '.join(TYPES[kind] for kind in kinds)}"
    if error.validator == "enum":
        return f"{shown} is not one of {listed_values(wanted)}"
    by_keyword: dict[str, str] = {
        "const": f"{shown} is not {json.dumps(wanted, default=str)}",
        "format": f"{shown} is not {NAMES.get(str(wanted), wanted)}",
        "minimum": f"{shown} is less than {wanted}",
        "maximum": f"{shown} is more than {wanted}",
        "minLength": f"{shown} is too short",
        "maxLength": f"{shown} is longer than {wanted}",
        "exclusiveMinimum": f"{shown} is not more than {wanted}",
        "exclusiveMaximum": f"{shown} is not less than {wanted}",
        "pattern": f"{shown} is not of the right form",
        "uniqueItems": f"{shown} holds an entry twice",
        **{f"min{what}": f"{size} entries, at least {wanted} wanted" for what in _SIZES},
        **{f"max{what}": f"{size} entries, at most {wanted} wanted" for what in _SIZES},
    }
    return by_keyword.get(str(error.validator), str(error.message))


_SIZES = ("Properties", "Items")
