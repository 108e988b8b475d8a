"""User and password of the management API, out of Kea's ``authentication``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from keaprov import paths
from keaprov.errors import KeyPath
from keaprov.importing.ledger import Ledger
from keaprov.importing.migration import maps
from keaprov.importing.secrets import FOLDER, fits_file


def read(
    authentication: Any, path: KeyPath, key: str, ledger: Ledger
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return `user` and `password` of the API of a site file, and the texts of secret files.

    `path` is that of the ``authentication``, `key` the site file's key of the API. A host keeps
    the password that is in keaprov's own file.
    """
    given = authentication if isinstance(authentication, Mapping) else {}
    client: Mapping[str, Any] = next(iter(maps(given.get("clients"))), {})
    where: KeyPath = (*path, "clients", 0)
    ledger.move(where, (key,))
    values: dict[str, Any] = {"password": {"generate": True}}
    texts: dict[str, str] = {}
    if isinstance(client.get("user"), str):
        values["user"] = client["user"]
        ledger.own((*where, "user"), f"is {key}.user: {client['user']}")
    if fits_file(client.get("password")):
        name = f"{FOLDER}/{key}-password"
        values["password"] = {"file": name}
        texts[name] = client["password"]
        ledger.changed((*where, "password"), f"is in the file {name}")
    elif is_file(given, client.get("password-file"), paths.PASSWORD_FILE):
        ledger.own((*where, "password-file"), "each host keeps the password it has")
    return values, texts


def is_file(authentication: Mapping[str, Any], name: Any, path: str) -> bool:
    """Return whether a file of user or password is the one that keaprov writes."""
    folder = str(authentication.get("directory", ""))
    return isinstance(name, str) and str(PurePosixPath(folder, name)) == path
