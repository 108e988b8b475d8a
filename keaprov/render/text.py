"""Canonical JSON: same values, same bytes.

The order of keys does not depend on the site file: first the keys that identify an element
(`FIRST`), then the others by name, then those with long lists (`LAST`). The indentation is two
spaces; a map or list of plain values that fits on a line is one line. Text is raw UTF-8; a float
always has a point or an exponent.
"""

from __future__ import annotations

from collections.abc import Mapping
from json.encoder import encode_basestring
from typing import Any

FIRST = (
    "id",
    "subnet",
    "name",
    "code",
    "space",
    "type",
    "library",
    "pool",
    "hw-address",
    "client-id",
    "duid",
    "circuit-id",
    "flex-id",
    "ip-address",
    "hostname",
    "user",
    "data",
)
LAST = (
    "option-def",
    "client-classes",
    "option-data",
    "pools",
    "reservations",
    "shared-networks",
    "subnet4",
)
_RANK = {key: (0, place, "") for place, key in enumerate(FIRST)} | {
    key: (2, place, "") for place, key in enumerate(LAST)
}
_WIDTH = 100


def ordered(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Return a map's keys in canonical order."""
    return tuple(sorted(keys, key=lambda key: _RANK.get(key, (1, 0, key))))


def write(value: Any, indent: str = "") -> str:
    """Return a value as canonical JSON; lines after the first start with `indent`."""
    return Writer().text(value, indent)


class Writer:
    """Writes values; remembers the key order for each set of keys that it has written."""

    def __init__(self) -> None:
        self._orders: dict[tuple[str, ...], tuple[tuple[str, str], ...]] = {}

    def text(self, value: Any, indent: str) -> str:
        """Return a value as canonical JSON; lines after the first start with `indent`."""
        if isinstance(value, str):
            return encode_basestring(value)
        if isinstance(value, Mapping):
            return self._map(value, indent)
        if isinstance(value, (list, tuple)):
            return self._list(value, indent)
        return _scalar(value)

    def keys(self, value: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """Return a map's keys in order, each with its JSON text."""
        shape = tuple(value)
        known = self._orders.get(shape)
        if known is None:
            known = tuple((key, encode_basestring(key)) for key in ordered(shape))
            self._orders[shape] = known
        return known

    def _map(self, value: Mapping[str, Any], indent: str) -> str:
        inner = indent + "  "
        parts = [f"{name}: {self.text(value[key], inner)}" for key, name in self.keys(value)]
        return _block("{", parts, "}", indent)

    def _list(self, value: Any, indent: str) -> str:
        inner = indent + "  "
        return _block("[", [self.text(element, inner) for element in value], "]", indent)


def _block(opening: str, parts: list[str], closing: str, indent: str) -> str:
    if not parts:
        return opening + closing
    line = ", ".join(parts)
    if len(line) + len(indent) < _WIDTH and "\n" not in line and "{" not in line:
        return f"{opening}{line}{closing}"
    inner = f"\n{indent}  "
    return f"{opening}{inner}{f',{inner}'.join(parts)}\n{indent}{closing}"


def _scalar(value: Any) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    if value is None:
        return "null"
    return repr(value)
