"""What was observed of one server, as a value; files/host/observe.py reports it."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from keaprov.ha.states import Ha
from keaprov.model import Role


@dataclass(frozen=True, slots=True)
class Unit:
    """A systemd unit; `started` is seconds since the epoch, 0 if it never ran.

    `words` are the last lines that a failed unit logged. `sub` and `result` are systemd's SubState
    and Result, `restarts` is how often systemd itself has restarted the unit (NRestarts).
    """

    active: str
    enabled: bool
    pid: int
    started: float
    words: str = ""
    sub: str = ""
    result: str = "success"
    restarts: int = 0

    @property
    def running(self) -> bool:
        """Whether its main process is up."""
        return self.active == "active" and self.pid > 0

    @property
    def died(self) -> bool:
        """Whether its main process ended by itself: failed, or waiting for systemd's restart."""
        return self.active == "failed" or self.sub == "auto-restart"


UNIT = ("active", "enabled", "pid", "started", "words", "sub", "result", "restarts")
ABSENT = Unit("absent", enabled=False, pid=0, started=0.0)


@dataclass(frozen=True, slots=True)
class File:
    """A file or directory; `changed` is the inode's change time, seconds since the epoch."""

    mode: str
    owner: str
    group: str
    changed: float
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Zone:
    """A firewalld zone's openings, each list sorted, rules as rich-rule text."""

    services: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Firewalld:
    """firewalld: `runtime` is None while the daemon is down, `permanent` when there is no zone."""

    services: Mapping[str, str]
    permanent: Zone | None
    runtime: Zone | None
    bound: Mapping[str, str]
    default: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class Chrony:
    """Whether the clock follows a source, and what chronyc says of it; offset in seconds."""

    synchronised: bool
    detail: str
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Dnf:
    """Pending updates but Kea's own, who holds dnf's lock, and dnf's error."""

    updates: tuple[str, ...]
    holder: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Partner:
    """The other server of the pair that a running configuration names.

    `error` is why it did not answer a heartbeat just now, "" if it answered.
    """

    name: str
    address: str
    error: str

    @property
    def stopped(self) -> bool:
        """Whether its host answers, and no HA listener is there."""
        return self.error == os.strerror(errno.ECONNREFUSED)


@dataclass(frozen=True, slots=True)
class Running:
    """The running kea-dhcp4: `revision` is "" for an unknown configuration.

    `proven` says whether that revision is what runs; if not, it is what was loaded at the start.
    `sockets` are the errors of its DHCP sockets (`status-get`, sockets), `disabled` is why its DHCP
    service is disabled (`status-get`, dhcp-state), "" if it is enabled. `config_read` says whether
    this report read the running configuration, or knows the process only. Then, `this_server` is
    its name in the pair that it runs, `role` its role there, and `partner` is the other server.
    """

    version: str | None
    revision: str | None
    ha: Ha | None
    error: str | None
    hash: str = ""
    proven: bool = False
    pid: int = 0
    sockets: tuple[str, ...] = ()
    disabled: str = ""
    config_read: bool = True
    this_server: str = ""
    role: Role | None = None
    partner: Partner | None = None

    @property
    def answers(self) -> bool:
        """Whether the daemon answered on its control socket."""
        return self.revision is not None


@dataclass(frozen=True, slots=True)
class Observed:
    """One server, at one time; `ahead` is its clock minus this machine's, in seconds.

    The operating system's values are those of os-release(5): ID, VERSION_ID, PRETTY_NAME, ID_LIKE.
    """

    ahead: float
    root: bool
    os_id: str
    os_version: str
    os_name: str
    interfaces: Mapping[str, bool]
    packages: Mapping[str, str]
    units: Mapping[str, Unit]
    files: Mapping[str, File]
    texts: Mapping[str, str]
    disk: Mapping[str, int]
    firewalld: Firewalld
    chrony: Chrony
    kea: Running
    dnf: Dnf
    key: tuple[str, ...]
    listening: tuple[str, ...]
    updated_since_boot: tuple[str, ...]
    secret_exists: bool
    secret_equal: bool
    os_like: str = ""
    machine: str = ""
    lease_bytes: int = 0
    handover: bool = False
    """Whether a hand-over of keaprov's own is under way on this host (the standby's)."""

    def unit(self, name: str) -> Unit:
        """Return the unit, `ABSENT` when it is not installed."""
        return self.units.get(name, ABSENT)

    def stale(self, unit: str, *paths: str) -> bool:
        """Whether the unit runs, and started before one of these files was last changed."""
        changes = [self.files[path].changed for path in paths if path in self.files]
        return self.unit(unit).running and self.unit(unit).started < max(changes, default=0.0)


NOTHING: Mapping[str, Any] = {
    "os": {"id": "", "like": "", "version": "", "name": "", "machine": ""},
    "interfaces": {},
    "texts": {},
    "disk": {},
    "firewall": {"services": {}, "permanent": None, "default": ""},
    "chrony": {"synchronised": False, "detail": "not asked"},
    "dnf": {"updates": [], "holder": None, "error": None},
    "key": [],
    "listening": [],
    "updated_since_boot": [],
    "secret": None,
    "handover": None,
    "lease_bytes": 0,
    "units": {},
    "packages": {},
    "files": {},
    "user": 0,
}
"""The values of the parts that a report does not have."""


def from_report(report: Mapping[str, Any], arrived: float) -> Observed:
    """Build `Observed` from the report of files/host/observe.py.

    `arrived` is this machine's time when the report arrived, in seconds since the epoch. A server
    reads its clock last, so the difference is that of the clocks, apart from the network's delay.
    """
    report = {**NOTHING, **report}
    firewall, kea, dnf = report["firewall"], report["kea"], report["dnf"]
    secret = report["secret"] or {"exists": False, "equal": False}
    return Observed(
        ahead=report["clock"] - arrived,
        root=report["user"] == 0,
        os_id=report["os"]["id"],
        os_version=report["os"]["version"],
        os_name=report["os"]["name"],
        os_like=report["os"]["like"],
        machine=report["os"]["machine"],
        interfaces=report["interfaces"],
        packages=report["packages"],
        units={
            name: Unit(**{key: unit[key] for key in UNIT if key in unit})
            for name, unit in report["units"].items()
        },
        files={path: File(**entry) for path, entry in report["files"].items() if entry},
        texts=report["texts"],
        disk=report["disk"],
        firewalld=Firewalld(
            services=firewall["services"],
            permanent=_zone(firewall["permanent"]),
            runtime=_zone(firewall.get("runtime")),
            bound=firewall.get("bound", {}),
            default=firewall["default"],
            error=firewall.get("error") or "",
        ),
        chrony=Chrony(
            report["chrony"]["synchronised"],
            report["chrony"]["detail"],
            report["chrony"].get("offset", 0.0),
        ),
        kea=_running(kea),
        dnf=Dnf(tuple(dnf["updates"]), dnf["holder"], dnf["error"]),
        key=tuple(report["key"]),
        listening=tuple(report["listening"]),
        updated_since_boot=tuple(report["updated_since_boot"]),
        secret_exists=secret["exists"],
        secret_equal=secret["equal"],
        lease_bytes=report["lease_bytes"],
        handover=report["handover"] is not None,
    )


def _running(kea: Mapping[str, Any]) -> Running:
    status = kea["status"] or {}
    return Running(
        version=kea["version"],
        revision=kea["revision"],
        ha=Ha.from_status(status, kea.get("peer")) if status else None,
        error=kea.get("error"),
        hash=kea.get("hash", ""),
        proven=kea.get("proven", False),
        pid=kea.get("pid", 0),
        sockets=_sockets(status.get("sockets") or {}, kea.get("links") or {}),
        disabled=_disabled(status.get("dhcp-state") or {}),
        config_read=kea.get("config", True),
        this_server=kea.get("this_server", ""),
        role=_role(kea),
        partner=_partner(kea),
    )


def _role(kea: Mapping[str, Any]) -> Role | None:
    """Return the role of a server in the pair that it runs."""
    own = (peer for peer in kea.get("ha_peers") or () if peer["name"] == kea["this_server"])
    roles = (Role(peer["role"]) for peer in own if peer["role"] in set(Role))
    return next(roles, None)


def _partner(kea: Mapping[str, Any]) -> Partner | None:
    """Return the other server of the running pair; files/host/look_kea.py sends it a heartbeat."""
    peers = [peer for peer in kea.get("ha_peers") or () if peer["role"] != "backup"]
    for peer in peers:
        if peer["name"] != kea["this_server"]:
            error = (kea.get("peer") or {}).get("error", "it was not asked")
            return Partner(peer["name"], urlsplit(str(peer["url"])).hostname or "", error)
    return None


def _sockets(sockets: Mapping[str, Any], links: Mapping[str, str]) -> tuple[str, ...]:
    """Return the errors of the DHCP sockets, () if all are open.

    Kea checks an interface only when it opens its socket: `links` has the state of each one now.
    """
    if sockets.get("status", "ready") == "ready":
        down = (name for name, state in links.items() if state == "down")
        return tuple(f"the interface {name} is down" for name in down)
    errors = tuple(str(error) for error in sockets.get("errors") or ())
    return errors or (f"the sockets are {sockets['status']}",)


def _disabled(state: Mapping[str, Any]) -> str:
    """Return who disabled the DHCP service, "" if it is enabled."""
    reasons = {
        "disabled-by-user": "by the command dhcp-disable",
        "disabled-by-db-connection": "because a database is not reachable",
        "disabled-by-remote-command": "by the peer, while it synchronises its leases",
        "disabled-by-local-command": "by the HA hook",
    }
    if not state.get("globally-disabled"):
        return ""
    given = (words for key, words in reasons.items() if state.get(key))
    return next(given, "for an unknown reason")


def _zone(entry: Mapping[str, list[str]] | None) -> Zone | None:
    return Zone(**{key: tuple(value) for key, value in entry.items()}) if entry else None
