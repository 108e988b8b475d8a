"""The parts of a site: servers, packages, failover, the management API, time and firewall."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

from keaprov import series as kea_series
from keaprov.frozen import FrozenMap, frozen
from keaprov.ip import is_ipv6
from keaprov.model.names import EVERY_INTERFACE, Json

ISC_PUBLIC = "https://dl.cloudsmith.io/public/isc"


class Role(str, Enum):
    """A server's part in a hot-standby pair (Kea ARM, High Availability hook)."""

    PRIMARY = "primary"
    STANDBY = "standby"


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
class Repository:
    """Where the vendor's packages come from, and whose signature is believed.

    `url` is the repository's root (``…/kea-3-0``): packages lie below it in
    ``rpm/el/RELEASE/$basearch`` and ``rpm/el/RELEASE/noarch``. An address with a user, a password
    or a token in it is a `Secret`, which says where the address is read. `key_url` is None if the
    key lies below an `url` that is a secret. `fingerprint` is the signing key's full fingerprint,
    forty hexadecimal digits.
    """

    url: str | Secret
    key_url: str | Secret | None
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
    """Which Kea: the vendor's series, and the exact version-release when the site pins one.

    `hardening` takes from its services what they do not need (files/systemd).
    """

    series: str = kea_series.DEFAULT
    version: str | None = None
    repository: Repository = field(default_factory=lambda: Repository.of_series(kea_series.DEFAULT))
    hardening: bool = False

    @property
    def packages(self) -> tuple[str, ...]:
        """Return the packages of Kea that a server needs."""
        return kea_series.packages(self.series)


@dataclass(frozen=True, slots=True)
class Server:
    """One Kea host: its name in the site (and to its peer), and what is truly its own.

    `address` is IPv4 or IPv6, in its canonical form: the HA listener and the API bind it.
    `dhcp_address` is the IPv4 address that relays send to, None if it is the same. `interfaces` are
    in Kea's spellings: ``ens18``, ``ens18/192.0.2.1`` or ``*``. `dhcp4` has the values of
    `OF_A_SERVER` that this server has in place of the site's.
    """

    name: str
    address: str
    interfaces: tuple[str, ...]
    role: Role = Role.PRIMARY
    dhcp4: Json = field(default_factory=FrozenMap)
    dhcp_address: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "dhcp4", frozen(self.dhcp4))

    @property
    def identifiers(self) -> tuple[str, ...]:
        """The IPv4 addresses by which it may answer clients (option 54), the relays' one first.

        Kea takes the address that a packet came to; these are all that the site says.
        """
        own = (self.dhcp_address, "" if is_ipv6(self.address) else self.address)
        bound = (interface.partition("/")[2].strip() for interface in self.interfaces)
        return tuple(dict.fromkeys(address for address in (*own, *bound) if address))

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
    extra: Json = field(default_factory=FrozenMap)

    def __post_init__(self) -> None:
        object.__setattr__(self, "extra", frozen(self.extra))


@dataclass(frozen=True, slots=True)
class ManagementApi:
    """Kea's management API on each server's own address, by basic authentication.

    kea-dhcp4 serves it itself, by a control socket of HTTP. If `by_agent` is set, kea-ctrl-agent
    serves it: the series 3.0 has both, later ones have no agent.
    """

    port: int = 8000
    user: str = "admin"
    password: Secret = field(default_factory=lambda: Secret(generate=True))
    by_agent: bool = False

    @property
    def key(self) -> str:
        """Return the key of the site file that says all this."""
        return "control-agent" if self.by_agent else "api"


@dataclass(frozen=True, slots=True)
class Ntp:
    """Time sources for chrony, as addresses or names."""

    pools: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Firewall:
    """The firewalld zone of the service, and who may reach the API besides the peer (CIDR)."""

    zone: str = "public"
    management: tuple[str, ...] = ()
