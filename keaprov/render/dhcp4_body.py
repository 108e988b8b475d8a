"""kea-dhcp4.conf: the site's own configuration, and what keaprov adds to it.

File names are bare: Kea 3.0 resolves them in the directories that its packages are built for
(Kea ARM, "Kea Configuration File Security"), whatever those are.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from keaprov import model, paths
from keaprov.model.names import HA, LEASE_CMDS, LIVE_CMDS, STAT_CMDS

CONTROL_SOCKET = PurePosixPath(paths.CONTROL_SOCKET).name
UNIX: dict[str, Any] = {"socket-type": "unix", "socket-name": CONTROL_SOCKET}
REALM = "kea-dhcp4"
LOGGER: dict[str, Any] = {
    "name": "kea-dhcp4",
    "severity": "INFO",
    "output-options": [
        {"output": "kea-dhcp4.log", "maxsize": 10485760, "maxver": 8, "flush": True}
    ],
}
SOCKETS = {"service-sockets-max-retries": 120, "service-sockets-retry-wait-time": 5000}
"""By default Kea opens its sockets once, when it starts, and never receives on an interface whose
link or address comes later. With this it tries again every five seconds for ten minutes."""
CHECKS = {"lease-checks": "fix"}
"""A server that starts gives a lease the id of the subnet that its address is in, so that leases
come along if a subnet gets another id (Kea ARM, "Sanity Checks in DHCPv4")."""
LEASES: dict[str, Any] = {"type": "memfile", "persist": True, "lfc-interval": 3600}


def shared(site: model.Site) -> dict[str, Any]:
    """Return the part of ``Dhcp4`` that is the same on every server of the site."""
    return {key: value for key, value in _usual(site).items() if key not in site.differing}


def _usual(site: model.Site) -> dict[str, Any]:
    """Return what every server has, unless it has a key for itself."""
    body = dict(site.dhcp4)
    if site.api is None or site.api.by_agent:
        body["control-socket"] = UNIX
    body.setdefault("lease-database", LEASES)
    body.setdefault("loggers", [LOGGER])
    checks = body.setdefault("sanity-checks", CHECKS)
    if checks and isinstance(checks, Mapping):
        body["sanity-checks"] = CHECKS | dict(checks)
    for key in ("interfaces-config", "hooks-libraries", "user-context"):
        body.pop(key, None)
    return body


def own(site: model.Site, server: model.Server) -> dict[str, Any]:
    """Return what differs between servers: interfaces, hooks, the API, and keys of their own."""
    interfaces = SOCKETS | dict(site.dhcp4.get("interfaces-config") or {})
    if not interfaces["service-sockets-max-retries"]:
        interfaces.pop("service-sockets-retry-wait-time")  # Kea drops it
    values = {**_usual(site), **server.dhcp4}
    body = {
        **{key: values[key] for key in sorted(site.differing) if key in values},
        "interfaces-config": interfaces | {"interfaces": list(server.interfaces)},
        "hooks-libraries": hooks(site, server),
    }
    if site.api and not site.api.by_agent:
        body["control-sockets"] = [UNIX, _api(site.api, server, site.tls)]
    return body


def _api(api: model.ManagementApi, server: model.Server, tls: model.Tls | None) -> dict[str, Any]:
    """Return the control socket of HTTP; it names the files of user and password.

    Kea 3.2 refuses a user or password in the configuration, and a socket without authentication
    (http_command_config.cc, basic_auth_config.cc). With TLS the server proves who it is; clients do
    so by the password, not by a certificate.
    """
    secured = tls is not None and tls.api
    user, password = PurePosixPath(paths.USER_FILE), PurePosixPath(paths.PASSWORD_FILE)
    return {
        "socket-type": "https" if secured else "http",
        **({**tls.files, "cert-required": False} if tls and secured else {}),
        "socket-address": server.address,
        "socket-port": api.port,
        "authentication": {
            "type": "basic",
            "realm": REALM,
            "directory": str(password.parent),
            "clients": [{"user-file": user.name, "password-file": password.name}],
        },
    }


def context(site: model.Site, revision: str) -> dict[str, Any]:
    """Return the user-context: the site's own, with the site's name and the revision."""
    user_context = site.dhcp4.get("user-context") or {}
    return dict(user_context) | {"keaprov": {"site": site.name, "revision": revision}}


def hooks(site: model.Site, server: model.Server) -> list[Mapping[str, Any]]:
    """Return the hook libraries: the site's own, those of Kea's commands, and HA for a pair."""
    libraries: list[Mapping[str, Any]] = list(site.dhcp4.get("hooks-libraries") or ())
    commands = (LEASE_CMDS, STAT_CMDS, *(LIVE_CMDS if site.live else ()))
    libraries += [{"library": library} for library in commands]
    if site.failover is not None and len(site.servers) > 1:
        relationship = _relationship(site, site.failover, server)
        libraries.append({"library": HA, "parameters": {"high-availability": [relationship]}})
    return libraries


def _relationship(
    site: model.Site, failover: model.Failover, server: model.Server
) -> dict[str, Any]:
    mutual = {**site.tls.files, "require-client-certs": True} if site.tls else {}
    return {
        **failover.extra,
        **mutual,
        "this-server-name": server.name,
        "mode": "hot-standby",
        "heartbeat-delay": failover.heartbeat_delay,
        "max-response-delay": failover.max_response_delay,
        "max-ack-delay": failover.max_ack_delay,
        "max-unacked-clients": failover.max_unacked_clients,
        "peers": [_peer(site, peer) for peer in site.servers],
    }


def _peer(site: model.Site, server: model.Server) -> dict[str, Any]:
    return {
        "name": server.name,
        "url": site.ha_url(server),
        "role": server.role.value,
        "auto-failover": True,
    }
