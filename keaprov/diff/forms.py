"""Kea's own form of what may be written in several ways: names, lists, identifiers, ranges."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from keaprov.model import Json

IDENTIFIERS = ("hw-address", "duid", "circuit-id", "client-id", "flex-id")
LISTS = {
    "subnet4": ("id",),
    "shared-networks": ("name",),
    "client-classes": ("name",),
    "pools": ("pool",),
    "reservations": IDENTIFIERS,
    "option-data": ("space", "code"),
    "option-def": ("space", "code"),
    "hooks-libraries": ("library",),
    "loggers": ("name",),
    "output-options": ("output",),
    "control-sockets": ("socket-type", "socket-name", "socket-address", "socket-port"),
    "hosts-databases": ("type", "name", "host"),
}
"""The lists of maps, and what names their elements."""

_NEW_NAMES = {
    "require-client-classes": "evaluate-additional-classes",
    "only-if-required": "only-in-additional-list",
}
"""Kea 3.0 takes the old names and gives the new ones."""
_SETS = ("client-classes", "evaluate-additional-classes")
_UNORDERED = ("interfaces",)
"""Kea keeps these sorted."""
_LIFETIMES = ("min-valid-lifetime", "valid-lifetime", "max-valid-lifetime")
_TOLD = ("code", "name", "csv-format")


def canonical(value: Any, key: str = "") -> Any:
    """Return a configuration in one form, whoever wrote it."""
    if isinstance(value, Mapping):
        return _map(value, key)
    if isinstance(value, list | tuple):
        made = [canonical(one, key) for one in value]
        if key in _UNORDERED and _texts(made):
            return sorted(set(made))
        return list(dict.fromkeys(made)) if key in _SETS and _texts(made) else made
    return _text(key, value) if isinstance(value, str) else value


def _texts(values: Sequence[Any]) -> bool:
    return all(isinstance(one, str) for one in values)


def _map(given: Json, key: str) -> dict[str, Any]:
    if key in ("user-context", "parameters"):
        return dict(given)
    made: dict[str, Any] = {}
    for name, value in given.items():
        if name == "comment":
            continue  # says nothing to Kea, which moves it to the user-context, or drops it
        if name == "user-context":
            made[name] = {k: v for k, v in value.items() if k != "comment"}
        elif name == "control-socket":
            made["control-sockets"] = [canonical(value, "control-sockets")]
        elif name == "client-class":
            made["client-classes"] = [value]
        else:
            made[_NEW_NAMES.get(name, name)] = canonical(value, _NEW_NAMES.get(name, name))
    if key in ("option-data", "option-def"):
        made.setdefault("space", "dhcp4")
    if key == "client-classes" and not made.keys().isdisjoint(_LIFETIMES):
        made.update(_lifetimes(made))
    return made


def _lifetimes(one: Json) -> dict[str, Any]:
    """Return a class's three lifetimes: the one that is written stands for those that are not."""
    least, usual, most = (one.get(key) for key in _LIFETIMES)
    usual = next(value for value in (usual, least, most) if value is not None)
    values = (usual if least is None else least, usual, usual if most is None else most)
    return dict(zip(_LIFETIMES, values, strict=True))


def _text(key: str, value: str) -> str:
    if key == "pool":
        return re.sub(r"\s*-\s*", "-", value.strip())
    if key in IDENTIFIERS:
        quoted = re.fullmatch(r"'(.*)'", value)
        if quoted:
            return quoted[1].encode().hex()
        groups = re.split(r"[:. -]", value.lower().removeprefix("0x"))
        return "".join(group.zfill(2) for group in groups)
    return value


def completed(name: str, wanted: Sequence[Json], running: Sequence[Json]) -> list[Json]:
    """Return options with both code and name, and `csv-format`, which Kea knows and gives."""
    if name != "option-data":
        return list(wanted)
    made = []
    for one in wanted:
        for other in running:
            keys = [key for key in ("code", "name") if key in one and key in other]
            if one["space"] == other.get("space") and any(one[k] == other[k] for k in keys):
                known = {key: other[key] for key in _TOLD if key in other}
                one = {**known, **one}
                break
        made.append(one)
    return made


def named(name: str, elements: Sequence[Json]) -> dict[str, Json]:
    """Return the elements of one of the `LISTS` by what names them, for a path."""
    found: dict[str, Json] = {}
    for one in elements:
        key = base = _identity(name, one)
        number = 1
        while key in found:
            number += 1
            key = f"{base}#{number}"
        found[key] = one
    return found


def _identity(name: str, one: Json) -> str:
    if name == "option-data":
        return f"{one.get('space')}.{one.get('name') or one.get('code')}"
    if name == "reservations":
        return next((f"{key}={one[key]}" for key in LISTS[name] if one.get(key)), "?")
    if name in ("hooks-libraries", "output-options"):
        return str(one.get(LISTS[name][0], "")).rpartition("/")[2]
    if name == "control-sockets":
        one = {**one, "socket-name": str(one.get("socket-name", "")).rpartition("/")[2]}
    return ".".join(str(one[key]) for key in LISTS[name] if one.get(key) not in (None, ""))


def same(key: str, wanted: Any, found: Any) -> bool:
    """Whether two values are the same to Kea."""
    if isinstance(wanted, str) and isinstance(found, str):
        if key in ("output", "library", "socket-name", "name"):
            return wanted.rpartition("/")[2] == found.rpartition("/")[2]
        return wanted == found or (key in _WORDS and wanted.lower() == found.lower())
    return bool(wanted == found) and isinstance(wanted, bool) == isinstance(found, bool)


_WORDS = ("severity", "output", "hostname-char-set")
