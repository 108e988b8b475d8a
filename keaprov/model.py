"""The site and its parts: frozen to the last value, hashable, picklable; no I/O.

`dhcp4` is kept in Kea's own words, normalised to Kea's own forms (see `keaprov.site`): what
keaprov owns (HA and command hooks, control sockets, this-server-name) is added by `render`.
Times are in milliseconds where Kea counts milliseconds, in seconds elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

from keaprov import series as kea_series
from keaprov.frozen import FrozenMap, frozen

__all__ = [
    "ControlAgent",
    "Failover",
    "Firewall",
    "Json",
    "Kea",
    "Ntp",
    "Repository",
    "Role",
    "Secret",
    "Server",
    "Site",
]

ISC_PUBLIC = "https://dl.cloudsmith.io/public/isc"

HA = "libdhcp_ha.so"
LEASE_CMDS = "libdhcp_lease_cmds.so"
STAT_CMDS = "libdhcp_stat_cmds.so"
LIVE_CMDS = ("libdhcp_subnet_cmds.so", "libdhcp_class_cmds.so", "libdhcp_host_cmds.so")
"""Kea's commands for live changes: of subnets and shared networks, classes, reservations."""

EVERY_INTERFACE = "*"

IDENTIFIERS = ("hw-address", "duid", "circuit-id", "client-id", "flex-id")
"""The kinds of identifiers that a reservation may be for, in the order of Kea's host.h."""
LOOKED_UP = ("hw-address", "duid", "circuit-id", "client-id")
"""The kinds that Kea looks for by default: ``host-reservation-identifiers`` (Kea ARM)."""
VALID_LIFETIME = 7200
"""Kea's default of ``valid-lifetime``, in seconds (simple_parser4.cc)."""
TLS = ("trust-anchor", "cert-file", "key-file")
"""The parameters of TLS, wherever Kea has it: all three, or none."""
FAILOVER = ("port", "heartbeat-delay", "max-response-delay", "max-ack-delay", "max-unacked-clients")
"""The keys of a site's ``failover`` that `Failover` has a field for."""
HA_DEFAULTS = {
    "heartbeat-delay": 10000,
    "max-response-delay": 60000,
    "max-ack-delay": 10000,
    "max-unacked-clients": 10,
}
"""The HA hook's own defaults, in milliseconds (ha_config_parser.cc); a site's are `Failover`'s."""

Json = Mapping[str, Any]
NOTHING: Json = FrozenMap()


def inherited(scopes: Sequence[Json], key: str, default: Any = None) -> Any:
    """Return a key's value in the nearest of the scopes that has it; the nearest comes first."""
    return next((scope[key] for scope in scopes if key in scope), default)


class Role(str, Enum):
    """A server's part in a hot-standby pair (Kea ARM, High Availability hook)."""

    PRIMARY = "primary"
    STANDBY = "standby"


@dataclass(frozen=True, slots=True)
class Repository:
    """Where the vendor's packages come from, and whose signature is believed.

    `url` is the repository's root (``…/kea-3-0``): packages lie below it in
    ``rpm/el/RELEASE/$basearch`` and ``rpm/el/RELEASE/noarch``. `fingerprint` is the signing key's
    full fingerprint, forty hexadecimal digits.
    """

    url: str
    key_url: str
    fingerprint: str

    @classmethod
    def of_series(cls, series: str) -> Repository:
        """Return ISC's own repository for a series such as ``3.0``.

        The fingerprint is "" if the key of the series is not known: then the site has to give it.
        """
        known = kea_series.known().get(series)
        url = f"{ISC_PUBLIC}/{known.slug if known else series}"
        fingerprint = known.fingerprint if known else ""
        return cls(url, cls.key_of(url, fingerprint), fingerprint)

    @staticmethod
    def key_of(url: str, fingerprint: str) -> str:
        """Return where cloudsmith keeps a repository's key: under the key's id."""
        return f"{url}/gpg.{fingerprint[-16:]}.key"


@dataclass(frozen=True, slots=True)
class Kea:
    """Which Kea: the vendor's series, and the exact version-release when the site pins one."""

    series: str = kea_series.DEFAULT
    version: str | None = None
    repository: Repository = field(default_factory=lambda: Repository.of_series(kea_series.DEFAULT))


@dataclass(frozen=True, slots=True)
class Server:
    """One Kea host: its name in the site (and to its peer), and what is truly its own.

    `interfaces` are in Kea's spellings: ``ens18``, ``ens18/192.0.2.1`` or ``*``.
    """

    name: str
    address: str
    interfaces: tuple[str, ...]
    role: Role = Role.PRIMARY

    @property
    def devices(self) -> tuple[str, ...]:
        """The names of the interfaces: without addresses (``ens18/192.0.2.1``), without ``*``."""
        names = (interface.partition("/")[0].strip() for interface in self.interfaces)
        return tuple(dict.fromkeys(name for name in names if name != EVERY_INTERFACE))

    def to_json(self) -> dict[str, Any]:
        """Return what `pyinfra INVENTORY debug-inventory` shows of a server."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Failover:
    """The pair's HA relationship; delays in milliseconds, in Kea's words.

    `extra` holds further keys of Kea's relationship map as the site writes them (TLS, tuning).
    """

    port: int = 8005
    heartbeat_delay: int = 2000
    max_response_delay: int = 10000
    max_ack_delay: int = 2000
    max_unacked_clients: int = 0
    extra: Json = NOTHING

    def __post_init__(self) -> None:
        object.__setattr__(self, "extra", frozen(self.extra))


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret comes from; exactly one of the three is set.

    `env` names an environment variable, `file` a file (absolute), both read on the machine that
    runs the deploy; `generate` lets each host make its own and keep it.
    """

    env: str | None = None
    file: str | None = None
    generate: bool = False


@dataclass(frozen=True, slots=True)
class ControlAgent:
    """Kea's management API, kea-ctrl-agent: basic auth on the server's own address."""

    port: int = 8000
    user: str = "admin"
    password: Secret = field(default_factory=lambda: Secret(generate=True))


@dataclass(frozen=True, slots=True)
class Ntp:
    """Time sources for chrony, as addresses or names."""

    pools: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Firewall:
    """The firewalld zone of the service, and who may reach the agent besides the peer (CIDR)."""

    zone: str = "public"
    management: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Site:
    """A DHCP service of one server (standalone, `failover` is None) or two (a pair).

    `dhcp4` holds the body of Kea's ``Dhcp4`` map in Kea's own forms, its maps as `FrozenMap` and
    its lists as tuples. `update` says whether a
    deploy brings the operating system's packages up to date, `live` whether subnets, shared
    networks, classes and reservations are changed on the running servers. `source` is the site
    file's path.
    """

    name: str
    servers: tuple[Server, ...]
    dhcp4: Json
    kea: Kea = field(default_factory=Kea)
    failover: Failover | None = None
    control_agent: ControlAgent | None = None
    ntp: Ntp = field(default_factory=Ntp)
    firewall: Firewall = field(default_factory=Firewall)
    update: bool = True
    live: bool = True
    source: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "dhcp4", frozen(self.dhcp4))

    @property
    def subnets(self) -> Iterator[Json]:
        """The subnets, those of shared networks too."""
        networks = self.dhcp4.get("shared-networks") or ()
        for scope in (self.dhcp4, *networks):
            yield from scope.get("subnet4") or ()

    @property
    def failover_by_tls(self) -> bool:
        """Whether the peers talk to each other by TLS."""
        return self.failover is not None and "cert-file" in self.failover.extra

    def ha_url(self, server: Server) -> str:
        """Return the URL at which a server's HA hook listens; ValueError without failover."""
        if self.failover is None:
            raise ValueError(f"the site {self.name} has no failover")
        scheme = "https" if self.failover_by_tls else "http"
        return f"{scheme}://{server.address}:{self.failover.port}/"

    def to_json(self) -> dict[str, str]:
        """Return what `pyinfra INVENTORY debug-inventory` shows of a site: pyinfra's own hook."""
        return {"name": self.name, "file": self.source}

    def server(self, name: str) -> Server:
        """Return the server of that name; KeyError if the site has none."""
        for server in self.servers:
            if server.name == name:
                return server
        raise KeyError(name)

    def peer(self, server: Server) -> Server | None:
        """Return the other server of the pair, None in a standalone site."""
        return next((other for other in self.servers if other != server), None)
