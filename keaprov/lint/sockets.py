"""Rules about Kea's control sockets and its control agent: addresses, TLS, who may log in.

Sources: http_command_config.cc, unix_command_config.cc, basic_auth_config.cc and
default_credentials.cc of Kea 3.0; Kea ARM, Management API.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from keaprov.errors import NOWHERE, KeyPath, Problem
from keaprov.ip import is_address
from keaprov.lint.config import Config, Raw, as_map, maps
from keaprov.lint.databases import DATABASE_HOOKS, databases_of
from keaprov.lint.rule import Finding, error
from keaprov.model.names import TLS
from keaprov.secret import REFUSED_BY_KEA


def tls_gap(given: Raw) -> str:
    """Return the first TLS parameter that is missing or empty beside another; "" if none is."""
    missing = [key for key in TLS if not given.get(key)]
    return missing[0] if missing and len(missing) < len(TLS) else ""


def control_sockets(config: Config) -> Iterator[tuple[KeyPath, Raw]]:
    """Yield the control sockets of a Dhcp4 map with their paths."""
    if isinstance(config.dhcp4.get("control-socket"), dict):
        yield (*config.root, "control-socket"), config.dhcp4["control-socket"]
    yield from config.entries("control-sockets")


@error("KP730")
def kinds(config: Config) -> Iterator[Finding]:
    """A control socket has the parameters of its type, and there is one unix socket.

    A unix socket has a ``socket-name``. An HTTP socket has none; its ``socket-address`` is an IP
    address, not a name.
    """
    unix = 0
    for path, socket in control_sockets(config):
        kind = socket.get("socket-type")
        if kind == "unix":
            unix += 1
            if unix > 1:
                hint = "Keep one: Kea has one unix socket."
                yield Finding("a second unix socket", (*path, "socket-type"), hint)
            if "socket-address" in socket:
                hint = "Write socket-name: a file name."
                yield Finding("a unix socket has no address", (*path, "socket-address"), hint)
            elif "socket-name" not in socket:
                hint = "Add a socket-name, such as kea4-ctrl-socket."
                yield Finding("a unix socket needs a socket-name", path, hint)
        elif kind in ("http", "https"):
            if "socket-name" in socket:
                hint = "Write socket-address and socket-port."
                yield Finding(f"an {kind} socket has no name", (*path, "socket-name"), hint)
            address = socket.get("socket-address", "127.0.0.1")
            if isinstance(address, str) and not is_address(address):
                message = f"{address!r} is not an IP address"
                hint = "Write the address: Kea looks no name up here."
                yield Finding(message, (*path, "socket-address"), hint)


@error("KP731")
def tls(config: Config) -> Iterator[Finding]:
    """TLS of a socket needs trust-anchor, cert-file and key-file: all three, or none.

    An https socket needs them.
    """
    for path, socket in control_sockets(config):
        kind = socket.get("socket-type")
        if kind in ("http", "https"):
            yield from _tls(socket, path, kind == "https")


def _tls(given: Raw, path: KeyPath, needed: bool) -> Iterator[Finding]:
    gap = tls_gap(given)
    hint = f"Give {', '.join(TLS)}: all three, or none of them."
    if gap:
        yield Finding(f"{gap} is missing or empty beside the others", path, hint)
    elif needed and not given.get(TLS[0]):
        yield Finding("an https socket needs TLS", path, hint)


@error("KP732")
def logins(config: Config) -> Iterator[Finding]:
    """Each client of a socket has a user; no password is one of Kea's examples.

    That of a database of mysql or postgresql is not either.
    """
    for path, socket in control_sockets(config):
        if socket.get("socket-type") in ("http", "https"):
            yield from _logins(socket, path)
    for path, database in databases_of(config):
        if str(database.get("type")) in DATABASE_HOOKS:
            yield from _refused_password(
                database, path, "Choose another: Kea refuses its defaults."
            )


def _logins(holder: Raw, path: KeyPath) -> Iterator[Finding]:
    clients = as_map(holder.get("authentication")).get("clients")
    for index, client in maps(clients):
        where = (*path, "authentication", "clients", index)
        user: Any = client.get("user")
        if client and user is None and not {"user-file", "password-file"} & set(client):
            hint = "Add a user, or a user-file."
            yield Finding("a client needs a user", where, hint)
        elif user == "" or (isinstance(user, str) and ":" in user):
            hint = "Give a user name without a colon."
            yield Finding("the user is empty or has a colon", (*where, "user"), hint)
        hint = "Choose another, and write it to a password-file: Kea refuses its defaults."
        yield from _refused_password(client, where, hint)


def _refused_password(holder: Raw, path: KeyPath, hint: str) -> Iterator[Finding]:
    if holder.get("password") in REFUSED_BY_KEA:
        yield Finding("the password of Kea's examples", (*path, "password"), hint)


def agent_problems(agent: Raw) -> Iterator[Problem]:
    """Yield what is wrong in the TLS and the clients of a ``Control-agent`` map."""
    root: KeyPath = ("Control-agent",)
    for code, findings in (("KP731", _tls(agent, root, False)), ("KP732", _logins(agent, root))):
        for finding in findings:
            yield Problem(code, finding.message, NOWHERE, finding.path, finding.hint)


RULES = (kinds, tls, logins)
