"""A site: one DHCP service, on one server or on a pair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from keaprov.frozen import FrozenMap, frozen
from keaprov.ip import with_port
from keaprov.model.names import TLS, Json
from keaprov.model.parts import Failover, Firewall, Kea, ManagementApi, Ntp, Server
from keaprov.model.tls import Tls


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
    api: ManagementApi | None = None
    ntp: Ntp = field(default_factory=Ntp)
    firewall: Firewall = field(default_factory=Firewall)
    tls: Tls | None = None
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
        return bool(self.failover_files.get("cert-file"))

    @property
    def failover_files(self) -> dict[str, str]:
        """The files by which the peers know each other, by Kea's parameters; {} without TLS."""
        if self.failover is None:
            return {}
        if self.tls is not None:
            return self.tls.files
        return {key: str(self.failover.extra[key]) for key in TLS if key in self.failover.extra}

    def ha_url(self, server: Server) -> str:
        """Return the URL at which a server's HA hook listens; ValueError without failover."""
        if self.failover is None:
            raise ValueError(f"the site {self.name} has no failover")
        scheme = "https" if self.failover_by_tls else "http"
        return f"{scheme}://{with_port(server.address, self.failover.port)}/"

    def to_json(self) -> dict[str, str]:
        """Return what `pyinfra INVENTORY debug-inventory` shows of a site: pyinfra's own hook."""
        return {"name": self.name, "file": self.source}

    def server(self, name: str) -> Server:
        """Return the server of that name; KeyError if the site has none."""
        for server in self.servers:
            if server.name == name:
                return server
        raise KeyError(name)

    @property
    def differing(self) -> frozenset[str]:
        """The keys of ``Dhcp4`` that a server has for itself."""
        return frozenset(key for server in self.servers for key in server.dhcp4)

    def dhcp4_of(self, server: Server) -> Json:
        """Return the body of a server's ``Dhcp4`` map: the site's, with the server's own keys."""
        return FrozenMap({**self.dhcp4, **server.dhcp4}) if server.dhcp4 else self.dhcp4

    def peer(self, server: Server) -> Server | None:
        """Return the other server of the pair, None in a standalone site."""
        return next((other for other in self.servers if other != server), None)
