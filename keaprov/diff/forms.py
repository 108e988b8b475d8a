"""One form for values that have several: names, lists, identifiers, address ranges."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from socket import inet_aton
from typing import Any

from keaprov.hexadecimal import octets_of
from keaprov.model import Json
from keaprov.model.names import IDENTIFIERS
from keaprov.paths import base_name

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
"""The lists of maps, each with the keys that name an element."""

_NEW_NAMES = {
    "require-client-classes": "evaluate-additional-classes",
    "only-if-required": "only-in-additional-list",
}
"""Kea 3.0 accepts the old names and returns the new ones."""
_SETS = ("client-classes", "evaluate-additional-classes")
_UNORDERED = ("interfaces",)
"""Kea keeps these sorted."""
_LIFETIMES = ("min-valid-lifetime", "valid-lifetime", "max-valid-lifetime")
_COMPLETED = ("code", "name", "csv-format")
"""The keys of an option that Kea knows by itself and returns."""
_CASELESS = ("severity", "output", "hostname-char-set")
"""The keys of values that Kea reads in any case."""

_SPELLED = frozenset(("pool", *IDENTIFIERS, *_NEW_NAMES))
"""The keys of texts that may be written in several ways, and those with a new name."""


def canonical(value: Any, key: str = "") -> Any:
    """Return a configuration in one form, whether a person or Kea wrote it."""
    if isinstance(value, Mapping):
        return _map(value, key)
    if isinstance(value, list | tuple):
        elements = [canonical(element, key) for element in value]
        if key in _UNORDERED and _texts(elements):
            return sorted(set(elements))
        unique = key in _SETS and _texts(elements)
        return list(dict.fromkeys(elements)) if unique else elements
    return _text(key, value) if isinstance(value, str) else value


def _texts(values: Sequence[Any]) -> bool:
    return all(isinstance(value, str) for value in values)


def _map(written: Json, key: str) -> dict[str, Any]:
    if key in ("user-context", "parameters"):
        return dict(written)
    result: dict[str, Any] = {}
    for name, value in written.items():
        if name == "comment":
            continue  # Kea ignores it: it moves it to the user-context, or drops it
        if name == "user-context":
            result[name] = {k: v for k, v in value.items() if k != "comment"}
        elif name == "control-socket":
            result["control-sockets"] = [canonical(value, "control-sockets")]
        elif name == "client-class":
            result["client-classes"] = [value]
        elif type(value) is str and name not in _SPELLED:
            result[name] = value
        else:
            result[_NEW_NAMES.get(name, name)] = canonical(value, _NEW_NAMES.get(name, name))
    if key in ("option-data", "option-def"):
        result.setdefault("space", "dhcp4")
    if key == "client-classes" and not result.keys().isdisjoint(_LIFETIMES):
        result.update(_lifetimes(result))
    return result


def _lifetimes(definition: Json) -> dict[str, Any]:
    """Return a class's three lifetimes: a written one stands for the missing ones."""
    least, usual, most = (definition.get(key) for key in _LIFETIMES)
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


def pool_range(pool: str) -> tuple[int, int]:
    """Return the first and the last address of a pool, which is a range or a prefix, as numbers."""
    if "/" in pool:
        network = IPv4Network(pool.strip(), strict=False)
        return int(network.network_address), int(network.broadcast_address)
    first, _, last = pool.partition("-")
    return address_number(first.strip()), address_number(last.strip())


def address_number(address: str) -> int:
    """Return an IPv4 address as a number; OSError if it is none."""
    return int.from_bytes(inet_aton(address), "big")


def completed(name: str, wanted: Sequence[Json], running: Sequence[Json]) -> list[Json]:
    """Return wanted options with the code, name and `csv-format` that the running ones have."""
    if name != "option-data":
        return list(wanted)
    options: list[Json] = []
    for option in wanted:
        same_ones = (other for other in running if _same_option(option, other))
        match: Json = option if option in running else next(same_ones, {})
        entry = {**{key: match[key] for key in _COMPLETED if key in match}, **option}
        if match and "name" not in match:
            entry.pop("name", None)  # Kea does not keep the name of an undefined option
        if not entry.get("data") and not match.get("data") and "csv-format" in match:
            entry["csv-format"] = match["csv-format"]  # an empty value has both formats
        options.append(entry | _digits(entry))
    return options


def _digits(option: Json) -> dict[str, Any]:
    """Return the data of an option in hexadecimal as Kea returns it: capitals, nothing between."""
    if option.get("csv-format") is not False or not isinstance(option.get("data"), str):
        return {}
    octets = octets_of(option["data"])
    return {} if octets is None else {"data": octets.hex().upper()}


def _same_option(option: Json, other: Json) -> bool:
    """Whether two entries are the same option: by the space, and by the code or the name."""
    keys = [key for key in ("code", "name") if key in option and key in other]
    same_space = bool(option["space"] == other.get("space"))
    return same_space and any(option[key] == other[key] for key in keys)


def by_name(name: str, elements: Sequence[Json]) -> dict[str, Json]:
    """Return the elements of one of the `LISTS` by name; a path consists of such names."""
    elements_by_name: dict[str, Json] = {}
    numbers: defaultdict[str, int] = defaultdict(int)
    for element in elements:
        key = base = _identity(name, element)
        while key in elements_by_name:
            numbers[base] += 1
            key = f"{base}#{numbers[base] + 1}"
        elements_by_name[key] = element
    return elements_by_name


def _identity(name: str, element: Json) -> str:
    if name == "option-data":
        return f"{element.get('space')}.{element.get('name') or element.get('code')}"
    if name == "reservations":
        return next((f"{key}={element[key]}" for key in LISTS[name] if element.get(key)), "?")
    if name in ("hooks-libraries", "output-options"):
        return base_name(element.get(LISTS[name][0], ""))
    if name == "control-sockets":
        element = {**element, "socket-name": base_name(element.get("socket-name", ""))}
    return ".".join(str(element[key]) for key in LISTS[name] if element.get(key) not in (None, ""))


def same(key: str, wanted: Any, running: Any) -> bool:
    """Whether two values mean the same to Kea."""
    if isinstance(wanted, str) and isinstance(running, str):
        if key in ("output", "library", "socket-name", "name"):
            return base_name(wanted) == base_name(running)
        return wanted == running or (key in _CASELESS and wanted.lower() == running.lower())
    return bool(wanted == running) and isinstance(wanted, bool) == isinstance(running, bool)
