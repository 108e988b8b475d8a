"""What a source of truth says about DHCP: subnets with pools and reservations; no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from keaprov.errors import KeaprovError

GLOBAL = ""
"""The realm of addresses that are in no VRF."""


class SourceError(KeaprovError):
    """A source of truth cannot be read, or its answer is not usable."""


@dataclass(frozen=True, slots=True)
class Origin:
    """An object of a source: ``prefixes/12`` of the source ``netbox``; `name` is for people."""

    source: str
    path: str
    name: str = ""

    @property
    def key(self) -> str:
        """The name by which a site knows the object."""
        return f"{self.source}/{self.path}"

    def __str__(self) -> str:
        return f"{self.name} ({self.key})" if self.name else self.key


@dataclass(frozen=True, slots=True)
class Prefix:
    """A network of a source.

    `realm` is its VRF: addresses belong to the prefixes of their own realm. `vlan` is the label of
    its VLAN and `number` the VLAN's number; `options` are Kea's data by the option's name. If
    `selected` is False, the prefix is known but not a subnet of the site.
    """

    network: IPv4Network
    origin: Origin
    realm: str = GLOBAL
    vlan: str = ""
    number: int | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    selected: bool = True


@dataclass(frozen=True, slots=True)
class Range:
    """Addresses that clients get by chance, from the first to the last."""

    first: IPv4Address
    last: IPv4Address
    origin: Origin
    realm: str = GLOBAL

    def __str__(self) -> str:
        return f"{self.first} - {self.last}"


@dataclass(frozen=True, slots=True)
class Reservation:
    """An address for the client with a MAC address (six octets in lower case, with colons)."""

    mac: str
    address: IPv4Address
    origin: Origin
    hostname: str = ""
    realm: str = GLOBAL


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source gave: its objects, what is wrong with others, and what was left out."""

    prefixes: tuple[Prefix, ...] = ()
    ranges: tuple[Range, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    conflicts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subnet:
    """A selected prefix with its pools, in the order of their addresses, and its reservations."""

    prefix: Prefix
    pools: tuple[Range, ...] = ()
    reservations: tuple[Reservation, ...] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """What all sources say together. With a conflict, nothing of it may be written."""

    subnets: tuple[Subnet, ...] = ()
    conflicts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
