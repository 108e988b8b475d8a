"""Keys of a site file whose spelling has changed, and the edits that bring them up to date.

What is deprecated is said by the rules KP336 and KP711 (`keaprov.lint`); the meaning stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keaprov.errors import KeyPath
from keaprov.lint.deprecated import NEW_NAMES, new_value
from keaprov.source.changes import Change, Put, Rename

_SCOPES = (
    "shared-networks",
    "subnet4",
    "pools",
    "client-classes",
    "reservations",
    "loggers",
)
"""Lists of maps in ``dhcp4`` in which such keys may stand."""


def respelt(site: Mapping[str, Any]) -> list[Change]:
    """Return the edits of a site's values that give each deprecated key its name of today.

    A key stays if its map has the new one too: Kea refuses both together, and which one is meant is
    not known.
    """
    changes: list[Change] = []
    if "control-agent" in site and "api" not in site:
        changes.append(Rename(("control-agent",), "api"))
    if isinstance(site.get("dhcp4"), Mapping):
        changes += _in_scope(site["dhcp4"], ("dhcp4",))
    return changes


def _in_scope(scope: Mapping[str, Any], path: KeyPath) -> Iterator[Change]:
    for old, new in NEW_NAMES.items():
        if old in scope and new not in scope:
            value = new_value(old, scope[old])
            if value != scope[old]:
                yield Put((*path, old), value)
            yield Rename((*path, old), new)
    for key in _SCOPES:
        entries = scope.get(key)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, Mapping):
                yield from _in_scope(entry, (*path, key, index))
