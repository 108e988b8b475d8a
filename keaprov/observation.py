"""The request to files/host/observe.py: what to report about a server of a site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keaprov import paths
from keaprov.model import TLS, Json, Server, Site
from keaprov.render.dhcp4_body import LEASES, LOGGER
from keaprov.secret import password

STATUS_PARTS = ("user", "packages", "units", "files", "kea", "handover", "signs")
"""The parts of a report from which the health of a pair is judged."""


def observe_request(
    site: Site,
    server: Server,
    *,
    updates: bool,
    secret: bool = True,
    parts: Sequence[str] = (),
    ask: Sequence[str] = (),
    known_pid: int = 0,
    peer: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the request; the report that comes back is for `keaprov.ha.observed.from_report`.

    + updates: ask dnf for pending updates too, which is slow
    + secret: compare the agent's password with the host's; SecretError if it cannot be read here
    + parts: the parts of the report to make; all of them if empty
    + ask: further commands to kea-dhcp4
    + known_pid: the main process whose running configuration is known: the host does not read it
      again (at 100,000 reservations it is 20 MB and takes Kea's main thread 1.3 s)
    + peer: where the server's peer answers, if not where the site says
    """
    agent = site.control_agent
    active = [paths.DHCP4_CONF, paths.AGENT_CONF, paths.PASSWORD_FILE]
    request: dict[str, Any] = {
        "packages": paths.PACKAGES,
        "units": paths.UNITS,
        "interfaces": server.devices,
        "files": [
            *active,
            *(path + paths.STAGED for path in active),
            *(paths.KEA_DIR, paths.BACKUP_DIR, paths.LEASE_DIR, paths.LOG_DIR),
            *(paths.CHRONY_CONF, paths.ISC_KEY),
        ],
        "texts": [paths.CHRONY_CONF, paths.EPEL_REPOS, paths.ISC_REPO, paths.ISC_KEY],
        "disk": [paths.KEA_DIR, paths.LEASE_DIR, "/var/cache/dnf", "/usr"],
        "key": paths.ISC_KEY,
        "zone": site.firewall.zone,
        "socket": paths.CONTROL_SOCKET,
        "running": paths.RUNNING,
        "dnf": {"exclude": list(paths.NOT_UPDATED)} if updates else None,
        "secret": None,
        "parts": list(parts),
        "signs": {"log": _log(site), "leases": _lease_file(site)},
        "ask": list(ask),
        "known_pid": known_pid,
        "peers": [peer or peer_of(site, server)] if site.failover and site.peer(server) else [],
    }
    if agent and secret:
        value = password(agent.password, site.source)
        request["secret"] = {"path": paths.PASSWORD_FILE, "value": value or ""}
    return request


def _log(site: Site) -> str:
    """Return the file that kea-dhcp4 logs to, without its directory; "" if it logs elsewhere."""
    body: Json = site.dhcp4
    loggers = {entry.get("name"): entry for entry in body.get("loggers") or (LOGGER,)}
    logger = loggers.get("kea-dhcp4") or {}
    for output in logger.get("output-options") or logger.get("output_options") or ():
        name = str(output.get("output", ""))
        if name not in ("", "stdout", "stderr") and not name.startswith("syslog"):
            return paths.base_name(name)
    return ""


def _lease_file(site: Site) -> str:
    """Return the lease file, without its directory; "" if leases are kept elsewhere."""
    database = site.dhcp4.get("lease-database") or LEASES
    if database.get("type") != "memfile" or database.get("persist") is False:
        return ""
    return paths.base_name(database.get("name") or "kea-leases4.csv")


def peer_of(site: Site, server: Server) -> dict[str, str]:
    """Return where a server's peer answers heartbeats; {} if it has none."""
    peer, failover = site.peer(server), site.failover
    if peer is None or failover is None:
        return {}
    keys = {key: str(failover.extra.get(key, "")) for key in TLS}
    return {"name": peer.name, "url": site.ha_url(peer), **keys}
