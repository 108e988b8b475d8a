"""What a real Kea makes of the files and of the site: it loads both, and returns the same of both.

Kea is given what it can load anywhere without touching anything: no interfaces, hooks, loggers,
databases or other sockets. What is left out here is compared by `keaprov.importing.proof`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from keaprov import model, render, secret
from keaprov.diff import ABSENT
from keaprov.errors import KeyPath, dotted
from keaprov.importing import Imported, proof, values
from keaprov.importing.dhcp4 import Part
from keaprov.importing.migration import scopes
from keaprov.model import Json
from keaprov.site.canonical import EMPTY_IS_UNSET

Ask = Callable[[Json], Any]
"""From a command to Kea's whole answer."""
Load = Callable[[Json], Any]
"""From a ``Dhcp4`` map to what Kea returns of it; to Kea's message if it rejects it."""

MEMORY = {"type": "memfile", "persist": False}
"""A lease database that is on no disk."""
_OUTSIDE = (
    "hooks-libraries", "loggers", "hosts-database", "hosts-databases", "config-control",
    "control-socket", "control-sockets", "dhcp4o6-port",
)  # fmt: skip
"""The keys of ``Dhcp4`` with which Kea loads, opens, binds or writes something."""
_UNSET = ("", "0.0.0.0", ABSENT)  # noqa: S104 - not bound to
"""An address that is not set: as Kea returns it, written as "", and left out."""


def harmless(dhcp4: Json, socket: str) -> dict[str, Any]:
    """Return a ``Dhcp4`` map that touches nothing when Kea loads it.

    `socket` is the name of the one control socket that Kea listens on.
    """
    body: dict[str, Any] = values.copied({k: v for k, v in dhcp4.items() if k not in _OUTSIDE})
    body["control-socket"] = {"socket-type": "unix", "socket-name": socket}
    body["interfaces-config"] = {**body.get("interfaces-config", {}), "interfaces": []}
    body["lease-database"] = dict(MEMORY)
    if "dhcp-ddns" in body:
        body["dhcp-ddns"]["enable-updates"] = False
    for _, scope in scopes(body, ()):
        if scope.get("interface"):
            scope["interface"] = "lo"  # Kea looks for the interface on the machine it runs on
    return body


def loader(ask: Ask, file: Path, socket: str) -> Load:
    """Return how to load a ``Dhcp4`` map, less what touches something.

    Kea reads it from its configuration file, because ``config-set`` does not take a value in every
    spelling that a file may have (dhcp4_lexer.ll). `socket` is the name of its control socket.
    """

    def load(dhcp4: Json) -> Any:
        file.write_text(json.dumps({"Dhcp4": harmless(dhcp4, socket)}))
        answer = ask({"command": "config-reload"})
        if answer["result"] != 0:
            return str(answer.get("text", "no reason"))
        return ask({"command": "config-get"})["arguments"]["Dhcp4"]

    return load


def differences(imported: Imported, site: model.Site, load: Load) -> list[str]:
    """Return where Kea's ``config-get`` differs between the files and the render of the site.

    A configuration that Kea rejects is a line of its own.
    """
    lines: list[str] = []
    for part in imported.parts:
        rendered = json.loads(render.dhcp4(site, proof.server_of(part, imported, site)))["Dhcp4"]
        original = load(_of(proof.written, part, imported))
        if isinstance(original, str):  # Kea 3.0 takes not every spelling of older versions
            original = load(_of(proof.todays, part, imported))
        of_site = load(_less_revision(rendered))
        lines += _compared(part.original.document.file, original, of_site)
    return lines


def _of(
    spelling: Callable[[Part], dict[str, Any]], part: Part, imported: Imported
) -> dict[str, Any]:
    """Return a file's ``Dhcp4``; where the servers differ, with the first one's values."""
    body = spelling(part)
    if part is not imported.parts[0]:
        others = spelling(imported.parts[0])
        for key in {str(path[0]) for path in imported.differing}:
            body.pop(key, None)
            body.update({key: others[key]} if key in others else {})
    return body


def _less_revision(dhcp4: dict[str, Any]) -> dict[str, Any]:
    context = {k: v for k, v in dhcp4.pop("user-context", {}).items() if k != "keaprov"}
    return {**dhcp4, **({"user-context": context} if context else {})}


def _compared(name: str, original: Any, rendered: Any) -> Iterator[str]:
    if isinstance(original, str):
        yield f"{name}: kea-dhcp4 rejects it: {secret.without_credentials(original)}"
    elif isinstance(rendered, str):
        yield f"{name}: kea-dhcp4 rejects the site's render: {secret.without_credentials(rendered)}"
    else:
        for path, before, after in unequal(original, rendered, ("Dhcp4",)):
            words = f"{values.shown(path, before)}, but for the site {values.shown(path, after)}"
            yield f"{name}: kea-dhcp4 returns {dotted(path)}: {words}"


def unequal(value: Any, other: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any, Any]]:
    """Yield the paths at which two answers of Kea differ, with both values; ABSENT if missing."""
    if isinstance(value, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys((*value, *other)):
            yield from unequal(value.get(key, ABSENT), other.get(key, ABSENT), (*path, key))
    elif isinstance(value, list) and isinstance(other, list) and len(value) == len(other):
        for index, (inner, another) in enumerate(zip(value, other, strict=True)):
            yield from unequal(inner, another, (*path, index))
    elif path[-1] in EMPTY_IS_UNSET and value in _UNSET and other in _UNSET:
        return
    elif value != other or isinstance(value, bool) != isinstance(other, bool):
        yield path, value, other
