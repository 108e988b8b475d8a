"""A way to a host in the words that pyinfra understands.

pyinfra reads ssh_config itself: it knows no Match, no HostKeyAlias, no pattern in known_hosts and
no host certificate. So it gets a configuration of one entry in which OpenSSH has resolved all this.
"""

from __future__ import annotations

import base64
import shlex
import socket
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import paramiko

from keaprov.control import folder, host_keys, ssh_config
from keaprov.control.proxy import Proxy
from keaprov.control.ssh_config import Route

_PATIENCE = 10.0
"""Seconds to connect to a host for its certificate, and for it to show it."""


def connection_data(name: str, address: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return pyinfra's connection data for a host; `given` holds the user's own, which come first.

    The host is asked for its certificate if only an authority of known_hosts can prove it: pyinfra
    then gets the key that the certificate is for. If known_hosts names an authority or a revoked
    key, pyinfra trusts no other key. Raises Refused like `ssh_config.resolve`.
    """
    names = [name]
    if given.get("ssh_hostname"):
        name, address = given["ssh_hostname"], ""
    config = given.get("ssh_config_file")
    route = ssh_config.resolve(
        name,
        address,
        Path(config) if config else None,
        user=given.get("ssh_user") or "",
        port=int(given.get("ssh_port") or 0),
    )
    place = Path(tempfile.mkdtemp(dir=folder.own()))
    file = place / "ssh_config"
    file.write_text(text(route), encoding="utf-8")
    data = {**given, "ssh_hostname": route.host, "ssh_config_file": str(file)}
    return data if given.get("ssh_known_hosts_file") else _trusting(data, route, names, place)


def _trusting(
    data: Mapping[str, Any], route: Route, names: Sequence[str], place: Path
) -> dict[str, Any]:
    """Return connection data with a file of the keys by which the host may prove itself.

    Without a known key the data stay as they are: pyinfra adds a new key to the user's own file.
    """
    known = host_keys.known(route, names)
    keys = known.keys - known.revoked
    if not keys and known.authorities:
        keys = frozenset(_certified(route, known))
    strict = {"ssh_strict_host_key_checking": "yes"} if known.revoked or known.authorities else {}
    if not keys and not strict:
        return dict(data)
    # the name by which paramiko looks the host up
    name = route.host if route.port == 22 else f"[{route.host}]:{route.port}"
    lines = (
        f"{name} {host_keys.type_of(key)} {base64.b64encode(key).decode()}\n"
        for key in sorted(keys)
    )
    file = place / "known_hosts"
    file.write_text("".join(lines), encoding="utf-8")
    return {**strict, **data, "ssh_known_hosts_file": str(file)}


def text(route: Route) -> str:
    """Return an ssh_config of one entry."""
    settings = [
        ("HostName", route.host),
        ("Port", str(route.port)),
        ("User", route.user),
        *(("IdentityFile", str(path)) for path in route.private_keys),
        *(("CertificateFile", str(path)) for path in route.certificates),
        *((("IdentityAgent", route.agent),) if route.agent else ()),
        *(("UserKnownHostsFile", str(path)) for path in route.known_hosts[:1]),
        # pyinfra starts the command without a shell
        *(
            (("ProxyCommand", shlex.join(["/bin/sh", "-c", f"exec {route.proxy}"])),)
            * bool(route.proxy)
        ),
    ]
    return f"Host {route.host}\n" + "".join(f"  {key} {value}\n" for key, value in settings)


def _certified(route: Route, known: host_keys.Known) -> list[bytes]:
    """Return the key that the host's certificate is for, nothing if it proves nothing."""
    proxy: Proxy | None = None
    transport: paramiko.Transport | None = None
    try:
        proxy = Proxy(route.proxy) if route.proxy else None
        way = (
            proxy.socket if proxy else socket.create_connection((route.host, route.port), _PATIENCE)
        )
        transport = host_keys.transport(known)(way)
        transport.start_client(timeout=_PATIENCE)
        key = transport.get_remote_server_key()
        return [] if host_keys.refusal(known, key) else [key.asbytes()]
    except (paramiko.SSHException, OSError, EOFError):
        return []  # pyinfra says why it cannot connect
    finally:
        if transport:
            transport.close()
        if proxy:
            proxy.close()
