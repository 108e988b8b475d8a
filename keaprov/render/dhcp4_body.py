"""kea-dhcp4.conf: the site's own configuration, and what keaprov adds to it.

File names are bare: Kea 3.0 resolves them in the directories that its packages are built for
(Kea ARM, "Kea Configuration File Security"), whatever those are.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from keaprov import model, paths

CONTROL_SOCKET = PurePosixPath(paths.CONTROL_SOCKET).name
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
    body = dict(site.dhcp4)
    body["control-socket"] = {"socket-type": "unix", "socket-name": CONTROL_SOCKET}
    body.setdefault("lease-database", LEASES)
    body.setdefault("loggers", [LOGGER])
    checks = body.setdefault("sanity-checks", CHECKS)
    if checks and isinstance(checks, Mapping):
        body["sanity-checks"] = CHECKS | dict(checks)
    for key in ("interfaces-config", "hooks-libraries", "user-context"):
        body.pop(key, None)
    return body


def own(site: model.Site, server: model.Server) -> dict[str, Any]:
    """Return the part of ``Dhcp4`` that differs between servers: interfaces and hooks."""
    interfaces = SOCKETS | dict(site.dhcp4.get("interfaces-config") or {})
    if not interfaces["service-sockets-max-retries"]:
        interfaces.pop("service-sockets-retry-wait-time")  # Kea drops it
    return {
        "interfaces-config": interfaces | {"interfaces": list(server.interfaces)},
        "hooks-libraries": hooks(site, server),
    }


def context(site: model.Site, revision: str) -> dict[str, Any]:
    """Return the user-context: the site's own, with the site's name and the revision."""
    user_context = site.dhcp4.get("user-context") or {}
    return dict(user_context) | {"keaprov": {"site": site.name, "revision": revision}}


def hooks(site: model.Site, server: model.Server) -> list[Mapping[str, Any]]:
    """Return the hook libraries: the site's own, those of Kea's commands, and HA for a pair."""
    libraries: list[Mapping[str, Any]] = list(site.dhcp4.get("hooks-libraries") or ())
    commands = (model.LEASE_CMDS, model.STAT_CMDS, *(model.LIVE_CMDS if site.live else ()))
    libraries += [{"library": library} for library in commands]
    if site.failover is not None and len(site.servers) > 1:
        relationship = _relationship(site, site.failover, server)
        libraries.append({"library": model.HA, "parameters": {"high-availability": [relationship]}})
    return libraries


def _relationship(
    site: model.Site, failover: model.Failover, server: model.Server
) -> dict[str, Any]:
    return {
        **failover.extra,
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
