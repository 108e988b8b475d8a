"""What was observed of one server, as a value; files/host/observe.py reports it."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from keaprov.ha.states import Ha
from keaprov.model import Role


@dataclass(frozen=True, slots=True)
class Unit:
    """A systemd unit; `started` is seconds since the epoch, 0 if it never ran.

    `words` are the last lines that a failed unit logged. `sub` and `result` are systemd's SubState
    and Result, `restarts` is how often systemd itself has restarted the unit (NRestarts). `config`
    is the configuration file that its command names, "" if it names none. `directories` has the
    mode of each directory that systemd makes for it, and sets again at each start. A unit that is
    `masked` may run, but nothing can start it (systemctl(1), mask). One that is `fixed` cannot be
    enabled: its file has no [Install] section.
    """

    active: str
    enabled: bool
    pid: int
    started: float
    words: str = ""
    sub: str = ""
    result: str = "success"
    restarts: int = 0
    config: str = ""
    directories: Mapping[str, str] = field(default_factory=dict)
    masked: bool = False
    fixed: bool = False

    @property
    def running(self) -> bool:
        """Whether its main process is up."""
        return self.active == "active" and self.pid > 0

    @property
    def died(self) -> bool:
        """Whether its main process ended by itself: failed, or waiting for systemd's restart."""
        return self.active == "failed" or self.sub == "auto-restart"


UNIT = (
    *("active", "enabled", "pid", "started", "words", "sub", "result", "restarts", "config"),
    "directories",
    "masked",
    "fixed",
)
ABSENT = Unit("absent", enabled=False, pid=0, started=0.0)


@dataclass(frozen=True, slots=True)
class File:
    """A file or directory; `changed` is the inode's change time, seconds since the epoch.

    `link` says that another user's symbolic link is there, which root does not follow.
    """

    mode: str
    owner: str
    group: str
    changed: float
    sha256: str | None = None
    link: bool = False


@dataclass(frozen=True, slots=True)
class Zone:
    """What keaprov opened in a firewalld zone, sorted, rules as rich-rule text; its interfaces."""

    services: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ssh:
    """The connection of this run: its source (None: not known), its port and interface here.

    `zone` has a binding of the source or the interface, "" if it falls into the default zone;
    `by_source` says that it is the source's. `admitting` are the zones whose permanent
    configuration lets it in.
    """

    source: str | None = None
    port: int = 22
    interface: str = ""
    zone: str = ""
    admitting: tuple[str, ...] = ()
    by_source: bool = False


@dataclass(frozen=True, slots=True)
class Managed:
    """NetworkManager's connection of an interface (UUID), and its zone, "" for the default."""

    connection: str
    zone: str


@dataclass(frozen=True, slots=True)
class Firewalld:
    """firewalld: `runtime` is None while the daemon is down, `permanent` when there is no zone.

    `services` are the texts of keaprov's definitions, `loaded` the ports (``8005/tcp``) that the
    running firewalld has read from them. `bound` is the zone of each interface, the running one if
    firewalld runs, "" if it is in none; `managed` has those that NetworkManager puts into their
    zones. `elsewhere` has the other zones in which keaprov opened something for good: the site had
    another `firewall.zone` before.
    """

    services: Mapping[str, str]
    permanent: Zone | None
    runtime: Zone | None
    bound: Mapping[str, str]
    default: str
    error: str = ""
    loaded: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ssh: Ssh = field(default_factory=Ssh)
    managed: Mapping[str, Managed] = field(default_factory=dict)
    elsewhere: Mapping[str, Zone] = field(default_factory=dict)


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
class Placed:
    """An issue of certificates on a host: PEM texts, and whether its key is as it has to be."""

    trust: str
    cert: str
    key: bool


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
    `sockets` are the errors of its DHCP sockets (`status-get`, sockets), and those that receive
    nothing; `opens_again` says whether a restart mends these. `disabled` is why its DHCP
    service is disabled (`status-get`, dhcp-state), "" if it is enabled. `config_read` says whether
    this report read the running configuration, or knows the process only. Then, `this_server` is
    its name in the pair that it runs, `role` its role there, and `partner` is the other server.
    `foreign` says whether keaprov did not write what runs.
    `cert_file` is the certificate by which it is known in the pair, "" without TLS. `peer_serves`
    is whether the peer answers clients, by its own answer to a heartbeat just now; None without an
    answer.
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
    foreign: bool = False
    cert_file: str = ""
    peer_serves: bool | None = None
    opens_again: bool = False

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
    repository_equal: bool
    os_like: str = ""
    machine: str = ""
    lease_bytes: int = 0
    foreign_leases: tuple[str, ...] = ()
    handover: bool = False
    """Whether a hand-over of keaprov's own is under way on this host (the standby's)."""
    certificates: Mapping[str, Placed] = field(default_factory=dict)
    """The certificates on the host, by the name of their issue."""
    addresses: Mapping[str, bool] = field(default_factory=dict)
    """Whether the host has each address that the site gives it."""
    rpm_error: str = ""
    """Why it is not known which packages are installed."""
    towards: Mapping[str, str] = field(default_factory=dict)
    """The host's own address in what it sends to each peer, "" if no route leads there."""
    read_only: tuple[str, ...] = ()
    """Those of the directories in `disk` that are on a read-only file system."""

    def unit(self, name: str) -> Unit:
        """Return the unit, `ABSENT` when it is not installed."""
        return self.units.get(name, ABSENT)

    def holds(self, path: str, text: str) -> bool:
        """Whether a file has exactly this text."""
        file = self.files.get(path)
        return file is not None and file.sha256 == sha256(text.encode()).hexdigest()

    def stale(self, unit: str, *paths: str) -> bool:
        """Whether the unit runs, and started before one of these files was last changed."""
        changes = [self.files[path].changed for path in paths if path in self.files]
        return self.unit(unit).running and self.unit(unit).started < max(changes, default=0.0)
