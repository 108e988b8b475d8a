"""The request to files/host/observe.py: what to report about a server of a site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from keaprov import paths, repository
from keaprov.model import Json, Server, Site
from keaprov.model.names import TLS
from keaprov.render.dhcp4_body import LEASES, LOGGER
from keaprov.secret import password
from keaprov.series import AGENT_PACKAGE, KEA_PACKAGES

STATUS_PARTS = (
    *("user", "packages", "units", "files", "disk", "read_only", "foreign_leases", "kea"),
    *("handover", "signs", "certificates"),
)
"""The parts of a report from which the health of a pair is judged."""
ADVISORIES = "advisories"
"""The part of a report that has what dnf knows of installed packages: reading it takes seconds."""


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
    verify: bool = False,
    unless: str | None = None,
) -> dict[str, Any]:
    """Return the request; the report that comes back is for `keaprov.ha.reading.from_report`.

    + updates: ask dnf for pending updates too, which is slow
    + secret: compare the API's password and the repository's file with the host's; SecretError if
      a secret cannot be read here
    + parts: the parts of the report to make; all of them if empty
    + ask: further commands to kea-dhcp4
    + known_pid: the main process whose running configuration is known: the host does not read it
      again (at 100,000 reservations it is 20 MB and takes Kea's main thread 1.3 s)
    + peer: where the server's peer answers, if not where the site says
    + unless: have the whole running configuration and its file sent back too, as they are, unless
      this revision is proven to run; the part `kea`
    + verify: have rpm verify Kea's packages, which reads all of their files; for the part `signs`
    """
    active = [paths.DHCP4_CONF, paths.AGENT_CONF, paths.PASSWORD_FILE]
    request: dict[str, Any] = {
        "packages": [*paths.PACKAGES, *KEA_PACKAGES, AGENT_PACKAGE, *paths.DISTRIBUTIONS_KEA],
        "units": paths.UNITS,
        "interfaces": server.devices,
        "files": [
            *active,
            *(path + paths.STAGED for path in active),
            *(paths.KEA_DIR, paths.BACKUP_DIR, paths.LEASE_DIR, paths.LOG_DIR),
            *(paths.CHRONY_CONF, paths.ISC_KEY, paths.USER_FILE),
            *(site.tls.files.values() if site.tls else ()),
            *(*paths.DROP_INS.values(), paths.READ_ONLY),
        ],
        "texts": [paths.CHRONY_CONF, paths.EPEL_REPOS, paths.ISC_KEY],
        "disk": [paths.KEA_DIR, paths.LEASE_DIR, "/var/cache/dnf", "/usr"],
        "key": paths.ISC_KEY,
        "zone": site.firewall.zone,
        "socket": paths.CONTROL_SOCKET,
        "running": paths.RUNNING,
        "dnf": {"exclude": list(paths.NOT_UPDATED)} if updates else None,
        "secret": None,
        "repository": None,
        "parts": list(parts),
        "signs": {
            "log": _log(site, server),
            "leases": lease_file(site, server),
            "packages": _key(site) if verify else None,
        },
        "certificates": {
            "directory": paths.TLS_DIR,
            "trust": paths.TRUST,
            "cert": paths.CERT,
            "key": paths.KEY,
        },
        "addresses": _addresses(site, server),
        "ask": list(ask),
        "known_pid": known_pid,
        "peers": [peer or peer_of(site, server)] if site.failover and site.peer(server) else [],
    }
    if unless is not None:
        request["bodies"] = {"unless": unless, "file": paths.DHCP4_CONF}
    if secret:
        request["repository"] = {
            "path": paths.ISC_REPO,
            "content": repository.text(site),
            "release": repository.RELEASE,
            "mode": repository.mode(site),
        }
    if site.api and secret:
        value = password(site.api, site.source)
        request["secret"] = {"path": paths.PASSWORD_FILE, "value": value or ""}
    return request


def _addresses(site: Site, server: Server) -> dict[str, list[str]]:
    """Return the addresses that a server has to have, and where it sends to its peer."""
    peer, relayed = site.peer(server), [server.dhcp_address] if server.dhcp_address else []
    own = [server.address] if peer else []
    return {"own": [*own, *relayed], "peers": [peer.address] if peer else []}


def _key(site: Site) -> dict[str, str]:
    """Return the key that signs Kea's packages, and its file on a host."""
    return {"file": paths.ISC_KEY, "fingerprint": site.kea.repository.fingerprint}


def _log(site: Site, server: Server) -> str:
    """Return the file that kea-dhcp4 logs to, without its directory; "" if it logs elsewhere."""
    body: Json = site.dhcp4_of(server)
    loggers = {entry.get("name"): entry for entry in body.get("loggers") or (LOGGER,)}
    logger = loggers.get("kea-dhcp4") or {}
    for output in logger.get("output-options") or logger.get("output_options") or ():
        name = str(output.get("output", ""))
        if name not in ("", "stdout", "stderr") and not name.startswith("syslog"):
            return paths.base_name(name)
    return ""


def lease_file(site: Site, server: Server) -> str:
    """Return the lease file, without its directory; "" if leases are kept elsewhere."""
    database = site.dhcp4_of(server).get("lease-database") or LEASES
    if database.get("type") != "memfile" or database.get("persist") is False:
        return ""
    return paths.base_name(database.get("name") or "kea-leases4.csv")


def peer_of(site: Site, server: Server) -> dict[str, str]:
    """Return where a server's peer answers heartbeats; {} if it has none."""
    peer, failover = site.peer(server), site.failover
    if peer is None or failover is None:
        return {}
    keys = {key: site.failover_files.get(key, "") for key in TLS}
    return {"name": peer.name, "url": site.ha_url(peer), **keys}
