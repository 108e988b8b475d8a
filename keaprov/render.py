"""Write what Kea reads: (Site, server) to canonical JSON, byte for byte the same each time.

Keys stand in the site file's order, what keaprov owns before them. Text is UTF-8 as it is; file,
socket and library names are bare, for Kea resolves them in the right directory (Kea ARM, 3.0
release notes: path restrictions).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from keaprov.model import Failover, Server, Site

SOCKET = {"socket-type": "unix", "socket-name": "kea4-ctrl-socket"}
LEASE_DATABASE = {"type": "memfile", "persist": True, "lfc-interval": 3600}
HOOK_ORDER = ("libdhcp_lease_cmds.so", "libdhcp_ha.so")
FLOATS = ("t1-percent", "t2-percent", "cache-threshold", "ddns-ttl-percent")
"""Keys for which Kea's grammar wants a literal with a point: 1.0, not 1."""


def dhcp4(site: Site, server: Server) -> str:
    """Return a server's kea-dhcp4.conf.

    It carries the site's `revision` in its user-context, where config-get shows it: so that the
    running configuration, the file and the site can be compared.
    """
    body = _dhcp4(site, server)
    context = dict(body.get("user-context") or {})
    context["keaprov"] = {"site": site.name, "revision": revision(site)}
    return _text({"Dhcp4": {**body, "user-context": context}})


def agent(site: Site, server: Server) -> str:
    """Return a server's kea-ctrl-agent.conf; the password is named by its file only.

    ValueError when the site has no control agent.
    """
    if site.control_agent is None:
        raise ValueError(f"the site {site.name} has no control-agent")
    client = {"user": site.control_agent.user, "password-file": "kea-api-password"}
    return _text(
        {
            "Control-agent": {
                "http-host": server.address,
                "http-port": site.control_agent.port,
                "authentication": {
                    "type": "basic",
                    "realm": "kea-control-agent",
                    "directory": "/etc/kea",
                    "clients": [client],
                },
                "control-sockets": {"dhcp4": SOCKET},
                "loggers": [_logger("kea-ctrl-agent")],
            }
        }
    )


def revision(site: Site) -> str:
    """Return sixteen hexadecimal digits that change with any server's configuration.

    Both servers of a pair carry the same, so that their files differ only in what is truly theirs.
    """
    bodies = [_dhcp4(site, server) for server in sorted(site.servers, key=lambda s: s.name)]
    return sha256(_text(bodies).encode()).hexdigest()[:16]


def _dhcp4(site: Site, server: Server) -> dict[str, Any]:
    given = dict(site.dhcp4)
    interfaces = {**(given.pop("interfaces-config", None) or {})}
    hooks = list(given.pop("hooks-libraries", None) or [])
    own = {
        "interfaces-config": {"interfaces": list(server.interfaces), **interfaces},
        "control-socket": SOCKET,
        "hooks-libraries": [*hooks, *_hooks(site, server)],
        "lease-database": given.pop("lease-database", None) or LEASE_DATABASE,
        "loggers": given.pop("loggers", None) or [_logger("kea-dhcp4")],
    }
    return {**own, **given}


def _hooks(site: Site, server: Server) -> list[dict[str, Any]]:
    lease_cmds, ha = HOOK_ORDER
    libraries: list[dict[str, Any]] = [{"library": lease_cmds}]
    if site.failover:
        relationship = _relationship(site, site.failover, server)
        parameters = {"high-availability": [relationship]}
        libraries.append({"library": ha, "parameters": parameters})
    return libraries


def _relationship(site: Site, failover: Failover, server: Server) -> dict[str, Any]:
    scheme = "https" if "trust-anchor" in failover.extra else "http"
    return {
        "this-server-name": server.name,
        "mode": "hot-standby",
        "heartbeat-delay": failover.heartbeat_delay,
        "max-response-delay": failover.max_response_delay,
        "max-ack-delay": failover.max_ack_delay,
        "max-unacked-clients": failover.max_unacked_clients,
        **failover.extra,
        "peers": [
            {
                "name": one.name,
                "url": f"{scheme}://{one.address}:{failover.port}/",
                "role": one.role.value,
                "auto-failover": True,
            }
            for one in site.servers
        ],
    }


def _logger(name: str) -> dict[str, Any]:
    output = {"output": f"{name}.log", "maxsize": 10485760, "maxver": 8}
    return {"name": name, "severity": "INFO", "output-options": [output]}


def _text(value: object) -> str:
    return json.dumps(_floats(value), indent=2, ensure_ascii=False) + "\n"


def _floats(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: float(one) if key in FLOATS and isinstance(one, int) else _floats(one)
            for key, one in value.items()
        }
    return [_floats(one) for one in value] if isinstance(value, (list, tuple)) else value
