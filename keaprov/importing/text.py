"""The site file's text: short forms where they say the same, and YAML 1.2."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from keaprov.errors import KeyPath
from keaprov.importing import values
from keaprov.source.dumping import dumped

_HEAD = "# Imported from Kea's own files. Check it: keaprov check site.yaml\n"
_SCOPES = ("subnet4", "shared-networks", "client-classes")


def site(site_values: Mapping[str, Any], head: str = _HEAD) -> str:
    """Return a site file's text; its ``dhcp4`` is in Kea's own forms, `head` is its first line."""
    short = {**site_values, "dhcp4": shortened(site_values["dhcp4"])}
    return head + re.sub(r"\n(?=[a-z])", "\n\n", dumped(short))


def shortened(scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scope with options as ``name: value`` and pools as text, where nothing is lost."""
    short: dict[str, Any] = {}
    for key, value in scope.items():
        if key == "option-data" and _is_plain(value):
            short[key] = {option["name"]: option["data"] for option in value}
        elif key == "pools" and isinstance(value, list):
            short[key] = [_pool(pool) for pool in value]
        elif key in (*_SCOPES, "reservations") and isinstance(value, list):
            short[key] = [_inner(inner) for inner in value]
        else:
            short[key] = value
    return short


def short_path(full: Any, short: Any, path: KeyPath) -> KeyPath | None:
    """Return where the value at a path of Kea's own form is in the short form; None if nowhere.

    `short` is what `shortened` makes of `full`. What a short form has as one text is all there.
    """
    for at, step in enumerate(path):
        if not values.has(full, step):
            return None
        if isinstance(full, list) and isinstance(short, Mapping):
            return (*path[:at], full[int(step)]["name"])
        if not values.has(short, step):
            return path[:at] if isinstance(short, str) else None
        full, short = full[step], short[step]
    return path


def _inner(scope: Any) -> Any:
    """Return an element of a list in short; the name of a class stays as it is."""
    return shortened(scope) if isinstance(scope, Mapping) else scope


def _pool(pool: Mapping[str, Any]) -> Any:
    return pool["pool"] if set(pool) == {"pool"} else shortened(pool)


def _is_plain(options: Any) -> bool:
    """Whether the options are names with values, each name once."""
    names = [option.get("name") for option in options]
    return (
        bool(options)
        and all(set(option) == {"name", "data"} for option in options)
        and all(isinstance(name, str) and not name.isdigit() for name in names)
        and len(set(names)) == len(names)
    )
