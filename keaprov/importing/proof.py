"""The proof of an import: nothing of a file is lost, and the site renders to what the file says."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any

from keaprov import diff, model, render, secret, source
from keaprov.diff import ABSENT, Difference
from keaprov.errors import KeyPath, dotted
from keaprov.hexadecimal import octets_of
from keaprov.importing import Imported, values
from keaprov.importing.dhcp4 import Part, in_effect
from keaprov.importing.hooks import OWN
from keaprov.importing.ledger import Fate, Ledger
from keaprov.importing.migration import migrate
from keaprov.model.names import HA
from keaprov.paths import base_name
from keaprov.site.build import build
from keaprov.site.canonical import canonical
from keaprov.site.normal import normalise

_OWN: tuple[KeyPath, ...] = (
    ("interfaces-config", "interfaces"),
    ("control-socket",),
    ("control-sockets",),
    *(("hooks-libraries", name) for name in OWN),
)
"""What keaprov writes itself, as `keaprov.diff` names it."""


def losses(imported: Imported) -> list[str]:
    """Return the places of values that are neither in the site nor in an entry of the report."""
    lines = []
    for original in imported.originals:
        part = next((part for part in imported.parts if part.original is original), None)
        covered = {entry.path for entry in original.ledger.entries}
        carried = _carried(part) if part else None
        lost = _lost(original.document.value, carried, (), covered)
        lines += [f"{original.document.file}: {dotted(path)} is lost" for path in lost]
    return lines


def _carried(part: Part) -> dict[str, Any]:
    """Return the file as the site has it, each hook library at its position in the file."""
    body = dict(part.body)
    hooks = {hook["library"]: hook for hook in body.get("hooks-libraries", ())}
    written = part.original.document.value["Dhcp4"].get("hooks-libraries") or []
    names = [base_name(hook["library"]) for hook in written]
    body["hooks-libraries"] = {at: hooks[name] for at, name in enumerate(names) if name in hooks}
    return {"Dhcp4": body}


def _lost(value: Any, carried: Any, path: KeyPath, covered: Set[KeyPath]) -> Iterator[KeyPath]:
    """Yield the paths of values that are not carried, and not covered by an entry."""
    if path in covered:
        return
    if isinstance(value, (dict, list)) and value:
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        for step, inner in steps:
            there = carried[step] if values.has(carried, step) else ABSENT
            if isinstance(inner, (dict, list)) and inner:
                yield from _lost(inner, there, (*path, step), covered)
            elif (inner != there or type(inner) is not type(there)) and (
                (*path, step) not in covered
            ):
                yield (*path, step)
    elif value != carried or type(value) is not type(carried):
        yield path


def rebuilt(folder: Path) -> model.Site:
    """Return the site that was written into a directory, whatever a check says about it."""
    file = folder / "site.yaml"
    document = source.read(file)
    normal = normalise(document.value["dhcp4"], ("dhcp4",), folder, str(file))
    return build(document.value, canonical(normal.dhcp4), str(file), folder)


def differences(imported: Imported, site: model.Site) -> list[str]:
    """Return where the render of the site differs from the files, outside keaprov's own keys."""
    lines = []
    for part in imported.parts:
        text, _ = secret.revealed(render.dhcp4(site, server_of(part, imported, site)), site.source)
        rendered = _returned(json.loads(text)["Dhcp4"])
        explained = imported.differing if part is not imported.parts[0] else frozenset()
        for difference in diff.differences(_expected(part), rendered):
            if not _explained(difference, part, site, explained):
                place = f"{part.original.document.file}: Dhcp4.{dotted(difference.path)}"
                before = values.shown(difference.path, difference.wanted)
                after = values.shown(difference.path, difference.actual)
                lines.append(f"{place}: {before}, but the site renders {after}")
    return lines


def server_of(part: Part, imported: Imported, site: model.Site) -> model.Server:
    """Return the server of a site whose file this was."""
    name = part.peers.this if part.peers.this in imported.site["servers"] else ""
    return site.server(name) if name else site.servers[0]


def _returned(value: Any) -> Any:
    """Return rendered values with the data of options in hexadecimal as Kea returns it."""
    if isinstance(value, list):
        return [_returned(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    octets = octets_of(value["data"]) if _is_hexadecimal(value) else None
    if octets is not None:
        return {**value, "data": octets.hex().upper()}
    return {key: _returned(inner) for key, inner in value.items()}


def _is_hexadecimal(option: Mapping[str, Any]) -> bool:
    return option.get("csv-format") is False and isinstance(option.get("data"), str)


def _expected(part: Part) -> dict[str, Any]:
    expected: dict[str, Any] = canonical(todays(part))
    in_effect(expected)
    return expected


def written(part: Part) -> dict[str, Any]:
    """Return the file's own ``Dhcp4`` as it was written, less what was not imported."""
    return _imported(values.copied(part.original.document.value), part)


def todays(part: Part) -> dict[str, Any]:
    """Return the file's own ``Dhcp4`` in the spelling of today, less what was not imported."""
    document = part.original.document
    body: dict[str, Any] = values.copied(document.value)
    migrate(body, Ledger(document))
    return _imported(body, part)


def _imported(body: dict[str, Any], part: Part) -> dict[str, Any]:
    paths = [e.path for e in part.original.ledger.entries if e.fate is Fate.KEPT]
    for path in sorted(paths, key=lambda path: [str(step).zfill(9) for step in path], reverse=True):
        values.remove(body, path)
    dhcp4: dict[str, Any] = body["Dhcp4"]
    context = dhcp4.get("user-context")
    if isinstance(context, dict):
        context.pop("keaprov", None)
        if not context:
            del dhcp4["user-context"]
    return dhcp4


def _explained(
    difference: Difference, part: Part, site: model.Site, differing: frozenset[KeyPath]
) -> bool:
    """Whether a difference is keaprov's own, or one that the report names."""
    path = difference.path
    if any(path[: len(known)] == known for known in (*_OWN, *differing)):
        return True
    if path == ("loggers",):
        return "loggers" not in part.body  # keaprov adds a logger
    if path == ("hooks-libraries",):
        return True
    if path[:2] == ("hooks-libraries", HA):
        return site.failover is None or path[-1] in ("url", "role")
    return False
