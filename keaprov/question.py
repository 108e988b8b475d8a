"""What files/host/observe.py is asked about a server of a site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from keaprov import paths
from keaprov.model import Server, Site
from keaprov.secret import password

GLANCE = ("user", "packages", "units", "files", "kea")
"""The parts that the health of a pair is judged from."""


def question(
    site: Site,
    server: Server,
    *,
    updates: bool,
    secret: bool = True,
    parts: Sequence[str] = (),
    ask: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the request; the report that comes back is for `keaprov.ha.observed.from_report`.

    `updates` includes the slow question, dnf's. With `secret` the agent's password is compared
    with the host's: SecretError when it cannot be read here. `parts` of the report are looked at,
    all without; `ask` are further commands to kea-dhcp4.
    """
    agent = site.control_agent
    active = [paths.DHCP4_CONF, paths.AGENT_CONF, paths.PASSWORD_FILE]
    asked: dict[str, Any] = {
        "packages": paths.PACKAGES,
        "units": paths.UNITS,
        "interfaces": server.interfaces,
        "files": [
            *active,
            *(path + paths.STAGED for path in active),
            *(paths.KEA_DIR, paths.BACKUP_DIR, paths.LEASE_DIR, paths.LOG_DIR),
            *(paths.CHRONY_CONF, paths.ISC_KEY),
        ],
        "texts": [paths.CHRONY_CONF, paths.EPEL_REPOS, paths.ISC_REPO, paths.ISC_KEY],
        "disk": ["/etc/kea", "/var/lib/kea", "/var/cache/dnf", "/usr"],
        "key": paths.ISC_KEY,
        "zone": site.firewall.zone,
        "socket": paths.CONTROL_SOCKET,
        "running": paths.RUNNING,
        "dnf": {"exclude": ["kea", "kea-*", "isc-kea*"]} if updates else None,
        "secret": None,
        "parts": list(parts),
        "ask": list(ask),
    }
    if agent and secret:
        value = password(agent.password, site.source)
        asked["secret"] = {"path": paths.PASSWORD_FILE, "value": value or ""}
    return asked
