"""Keys of ``Dhcp4`` that each server of a pair has for itself: below ``servers``, not ``dhcp4``."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from keaprov.errors import KeyPath
from keaprov.importing import values
from keaprov.importing.dhcp4 import Part
from keaprov.model.names import OF_A_SERVER


def separated(
    parts: tuple[Part, ...], servers: dict[str, dict[str, Any]]
) -> tuple[frozenset[str], dict[str, str]]:
    """Give servers their own values of the keys in which two files differ, in place.

    Each password gets a file for its server. Return the keys, and the texts of the files by name.
    """
    if len(parts) != 2:
        return frozenset(), {}
    first, second = parts
    keys = frozenset(key for key in OF_A_SERVER if _of(first, key) != _of(second, key))
    texts: dict[str, str] = {}
    for part in parts:
        server = part.peers.this
        for key in sorted(keys & part.body.keys()):
            texts |= _with_own_files(part, part.body[key], ("Dhcp4", key))
            own = servers[server].setdefault("dhcp4", {})
            own[key] = values.copied(part.body[key])
            part.original.ledger.move(("Dhcp4", key), ("servers", server, "dhcp4", key))
    return keys, texts


def _of(part: Part, key: str) -> tuple[Any, dict[str, str]]:
    """Return a part's value of a key, with the texts of its passwords by their files."""
    value = part.body.get(key)
    return value, {file: part.secrets[file] for _, file in _files(value, ())}


def _with_own_files(part: Part, value: Any, path: KeyPath) -> dict[str, str]:
    """Name the files of passwords in a value after their server, in place; return their texts."""
    texts = {}
    for where, file in _files(value, ()):
        name = PurePosixPath(file)
        own = str(name.with_name(f"{part.peers.this}-{name.name}"))
        texts[own] = part.secrets.pop(file)
        values.at(value, where)["file"] = own
        part.original.ledger.reword((*path, *where), f"is in the file {own}")
    return texts


def _files(value: Any, path: KeyPath) -> list[tuple[KeyPath, str]]:
    """Return the files of passwords that a value refers to, each with the path of its map."""
    return [
        (inner[:-1], text)
        for inner, text in values.leaves(value, path)
        if inner[-2:] == ("password", "file")
    ]
