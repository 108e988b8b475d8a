"""Options whose data Kea does not show: ``config-get`` gives an empty text for them.

Kea writes no data for an option whose definition has the type "empty", although the option may
hold sub-options in hexadecimal, and clients get them (cfg_option.cc, toElement). Of the standard
definitions these are 43, 82 and 122. So what runs can be compared with a file only without them,
and a change of them is proven by a restart only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keaprov.model import Json
from keaprov.model.names import IDENTIFIERS

Path = tuple[str, ...]
STANDARD = {
    43: "vendor-encapsulated-options",
    82: "dhcp-agent-options",
    122: "cablelabs-client-conf",
}
NAMING = ("id", "name", "pool", *IDENTIFIERS)
"""The keys that name an element of a list."""
OTHERS = ("user-context", "parameters")
"""Maps that are not Kea's."""


def unshown_change(running: Json, wanted: Json) -> str:
    """Return which option has other data that Kea does not show, "" if there is none.

    An option that comes or goes is shown, and so is a subnet with one.
    """
    before, after = _unshown(running), _unshown(wanted)
    paths = (path for path, data in after.items() if before.get(path, data) != data)
    return next((f"option {path[-1]}" for path in paths), "")


def _unshown(body: Json) -> dict[Path, Any]:
    """Return the data that Kea does not show of a ``Dhcp4`` map, by path."""
    codes, names = set(STANDARD), set(STANDARD.values())
    for definition in _definitions(body):
        if definition.get("type") == "empty":
            codes.add(definition["code"])
            names.add(definition["name"])
    return {
        path: option["data"]
        for path, option in _options(body, ())
        if option.get("data") and (option.get("code") in codes or option.get("name") in names)
    }


def _definitions(body: Json) -> Iterator[Json]:
    for scope in (body, *(body.get("client-classes") or ())):
        yield from scope.get("option-def") or ()


def _options(value: Any, path: Path) -> Iterator[tuple[Path, Json]]:
    """Yield every option in a configuration with its path, which names elements of lists."""
    if isinstance(value, Mapping):
        for key, inside in value.items():
            if key == "option-data" and isinstance(inside, list | tuple):
                for option in inside:
                    yield (*path, str(option.get("name") or option.get("code"))), option
            elif isinstance(inside, list | tuple | Mapping) and key not in OTHERS:
                yield from _options(inside, (*path, key))
    elif isinstance(value, list | tuple):
        for number, inside in enumerate(value):
            if isinstance(inside, Mapping):
                name = next((str(inside[key]) for key in NAMING if key in inside), str(number))
                yield from _options(inside, (*path, name))
