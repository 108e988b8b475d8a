"""The schemas that the package brings, as text, as JSON values of a series, and as validators."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema.protocols import Validator

from keaprov.schema.grammar import GrammarValidator
from keaprov.series import DEFAULT, known


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
def later_keys() -> dict[str, str]:
    """Return the keys of ``Dhcp4`` that a later series brought, with that series."""
    newest = schema("dhcp4", "")
    parts = [newest, *newest["$defs"].values()]
    entries = [entry for part in parts for entry in part.get("properties", {}).items()]
    return {key: _since(value) for key, value in entries if _since(value)}


@cache
def validator(name: str, part: str = "", series: str = DEFAULT) -> Validator:
    whole = schema(name, series)
    wanted = {**whole["$defs"][part], "$defs": whole["$defs"]} if part else whole
    return GrammarValidator(wanted)
