"""What was seen of one server, as a value (see files/host/observe.py, which looks)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keaprov.ha.states import Ha


@dataclass(frozen=True, slots=True)
class Unit:
    """A systemd unit; `started` is seconds since the epoch, 0 when it never ran.

    `words` are the last lines that a failed unit logged.
    """

    active: str
    enabled: bool
    pid: int
    started: float
    words: str = ""

    @property
    def running(self) -> bool:
        """Whether its main process is up."""
        return self.active == "active" and self.pid > 0


UNIT = ("active", "enabled", "pid", "started", "words")
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


@dataclass(frozen=True, slots=True)
class Chrony:
    """Whether the clock follows a source, and what chronyc says of it; offset in seconds."""

    synchronised: bool
    detail: str
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Dnf:
    """Pending updates but Kea's own, who holds the lock, and why dnf could not tell."""

    updates: tuple[str, ...]
    holder: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Running:
    """The running kea-dhcp4: `revision` is "" for a configuration that is not keaprov's.

    `proven` says whether that revision is what runs; else it is what was loaded at the start.
    """

    version: str | None
    revision: str | None
    ha: Ha | None
    error: str | None
    hash: str = ""
    proven: bool = False

    @property
    def answers(self) -> bool:
        """Whether the daemon answered on its control socket."""
        return self.revision is not None


@dataclass(frozen=True, slots=True)
class Observed:
    """One server, at one moment; `ahead` is its clock less this machine's, in seconds."""

    ahead: float
    root: bool
    os_id: str
    os_like: str
    os_version: str
    os_name: str
    selinux: bool
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

    def unit(self, name: str) -> Unit:
        """Return the unit, `ABSENT` when it is not installed."""
        return self.units.get(name, ABSENT)

    def stale(self, unit: str, *paths: str) -> bool:
        """Whether the unit runs since before one of these files was last changed."""
        found = [self.files[path].changed for path in paths if path in self.files]
        return self.unit(unit).running and self.unit(unit).started < max(found, default=0.0)


NOTHING: Mapping[str, Any] = {
    "os": {"id": "", "like": "", "version": "", "name": ""},
    "selinux": "Disabled",
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
}
"""What stands for the parts that nobody asked for."""


def from_report(report: Mapping[str, Any], arrived: float) -> Observed:
    """Build `Observed` from the report of files/host/observe.py.

    `arrived` is this machine's time of its arrival, seconds since the epoch: the report's clock is
    the last thing a server reads, so that the difference is the clocks', but for the network's way.
    """
    report = {**NOTHING, **report}
    firewall, kea, dnf = report["firewall"], report["kea"], report["dnf"]
    secret = report["secret"] or {"exists": False, "equal": False}
    return Observed(
        ahead=report["clock"] - arrived,
        root=report["user"] == 0,
        os_id=report["os"]["id"],
        os_like=report["os"]["like"],
        os_version=report["os"]["version"],
        os_name=report["os"]["name"],
        selinux=report["selinux"] != "Disabled",
        interfaces=report["interfaces"],
        packages=report["packages"],
        units={
            name: Unit(**{key: unit[key] for key in UNIT}) for name, unit in report["units"].items()
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
        ),
        chrony=Chrony(
            report["chrony"]["synchronised"],
            report["chrony"]["detail"],
            report["chrony"].get("offset", 0.0),
        ),
        kea=Running(
            kea["version"],
            kea["revision"],
            Ha.from_status(kea["status"]) if kea["status"] else None,
            kea.get("error"),
            kea.get("hash", ""),
            kea.get("proven", False),
        ),
        dnf=Dnf(tuple(dnf["updates"]), dnf["holder"], dnf["error"]),
        key=tuple(report["key"]),
        listening=tuple(report["listening"]),
        updated_since_boot=tuple(report["updated_since_boot"]),
        secret_exists=secret["exists"],
        secret_equal=secret["equal"],
    )


def _zone(entry: Mapping[str, list[str]] | None) -> Zone | None:
    return Zone(**{key: tuple(value) for key, value in entry.items()}) if entry else None
