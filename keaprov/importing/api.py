"""The management API of a site, out of an HTTP control socket of kea-dhcp4."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keaprov import paths
from keaprov.errors import KeyPath
from keaprov.importing import login
from keaprov.importing.ledger import Ledger

_USUAL_PORT = 8000


def read(
    socket: Mapping[str, Any], path: KeyPath, ledger: Ledger
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return `api` of a site file, and the texts of secret files by name.

    Both are empty if a site cannot say what the socket is: it has TLS or no authentication.
    """
    authentication = socket.get("authentication")
    if socket.get("socket-type") != "http" or not isinstance(authentication, Mapping):
        ledger.keep(path, socket, "a site's API is by HTTP, with a user and a password")
        return {}, {}
    where: KeyPath = (*path, "authentication")
    values, texts = login.read(authentication, where, "api", ledger)
    for number, client in enumerate(authentication.get("clients") or ()):
        _client(client, number, authentication, where, ledger)
    ledger.move((*path, "socket-port"), ("api", "port"))
    ledger.own((*path, "socket-port"), "is api.port")
    ledger.own((*path, "socket-address"), "is the server's address")
    ledger.own((*path, "socket-type"), "keaprov writes http")
    for key in ("type", "realm", "directory"):
        if key in authentication:
            ledger.own((*where, key), "keaprov writes its own")
    _keep_others(authentication, where, ("clients",), ledger)
    _keep_others(socket, path, ("authentication",), ledger)
    return {"port": socket.get("socket-port", _USUAL_PORT), **values}, texts


def _client(
    client: Mapping[str, Any],
    number: int,
    authentication: Mapping[str, Any],
    where: KeyPath,
    ledger: Ledger,
) -> None:
    """Note what of a client a site cannot say."""
    path: KeyPath = (*where, "clients", number)
    if number:
        ledger.keep(path, client, "the API of a site has one user")
        return
    user, password = client.get("user-file"), client.get("password-file")
    if user is not None:
        words = "write the user of this file as api.user"
        ledger.keep((*path, "user-file"), user, words)
    if password is not None and not login.is_file(authentication, password, paths.PASSWORD_FILE):
        words = "write the password's file or variable as api.password"
        ledger.keep((*path, "password-file"), password, words)
    _keep_others(client, path, (), ledger)


def _keep_others(
    values: Mapping[str, Any], path: KeyPath, parts: tuple[str, ...], ledger: Ledger
) -> None:
    """Keep each key of a map that has no entry; `parts` are keys whose own keys have entries."""
    noted = {entry.path for entry in ledger.entries}
    for key, value in values.items():
        if key not in parts and (*path, key) not in noted:
            ledger.keep((*path, key), value, "keaprov does not write this key of the API")
