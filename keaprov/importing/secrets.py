"""Secrets of an import: each goes into a file of its own, or beside the site, never into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keaprov import secret
from keaprov.errors import KeyPath
from keaprov.importing.ledger import Ledger

FOLDER = "secrets"
PLACES = ("lease-database", "hosts-database", "hosts-databases", "config-control")
"""The keys of ``Dhcp4`` below which a password may be ``{file: PATH}``."""


def extract(dhcp4: dict[str, Any], ledger: Ledger) -> dict[str, str]:
    """Replace the passwords of databases with references, in place.

    Return the texts of the files by name. Any other secret leaves the map and stays in
    not-imported.json.
    """
    texts: dict[str, str] = {}
    for key in list(dhcp4):
        _walk(dhcp4, key, ("Dhcp4", key), ledger, texts if key in PLACES else None)
    return texts


def fits_file(value: Any) -> bool:
    """Return whether a file gives this secret back: keaprov cuts the space around it."""
    return isinstance(value, str) and bool(value) and value == value.strip()


def _walk(
    container: Any, key: Any, path: KeyPath, ledger: Ledger, texts: dict[str, str] | None
) -> None:
    value = container[key]
    if isinstance(value, Mapping) and not secret.is_secret(key):
        for name in list(value):
            _walk(value, name, (*path, name), ledger, texts)
    elif isinstance(value, list) and not secret.is_secret(key):
        for index in range(len(value)):
            _walk(value, index, (*path, index), ledger, texts)
    elif _may_stay(value, key):
        return
    elif key == "password" and texts is not None and fits_file(value):
        name = f"{FOLDER}/{'-'.join(map(str, path[1:]))}"
        texts[name] = value
        container[key] = {"file": name}
        ledger.changed(path, f"is in the file {name}")
    elif isinstance(container, list):
        ledger.keep(path, value, "it has a secret, which a site has no place for")
        container[key] = secret.masked(value, key)
    else:
        ledger.keep(path, value, "a site has no place for this secret")
        del container[key]


def _may_stay(value: Any, key: Any) -> bool:
    """Return whether a site may have a value: no secret, or one that Kea sends to its clients.

    A boot file's address may have a parameter with the name of a secret: every client gets it.
    """
    if secret.is_secret(key):
        return secret.is_reference(value)
    return not isinstance(value, str) or secret.without_login(value) == value
