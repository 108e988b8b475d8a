"""Reservations as the rules see them: every row is read once, its identifier as Kea reads it."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import repeat
from operator import itemgetter
from socket import AF_INET, inet_pton
from struct import unpack
from typing import Any, NamedTuple

from keaprov.errors import KeyPath
from keaprov.hexadecimal import octets_of
from keaprov.lint.config import Config, Raw, Reservations, Subnet, maps
from keaprov.lint.forms import address
from keaprov.model.names import IDENTIFIERS

_MAC = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}\Z")
NOBODYS = frozenset((0, 0xFFFFFFFF))
"""Addresses that Kea reserves for nobody: 0.0.0.0 and 255.255.255.255."""
_KINDS = frozenset(IDENTIFIERS)
_EVEN = frozenset("02468ace")
_LETTERS = frozenset(string.ascii_letters + string.digits + "-.")
_AS_ZERO = str.maketrans("123456789abcdefABCDEF", "0" * 21)


class Host(NamedTuple):
    """A reservation: where it stands, who it is for (kind, octets as hex), its address."""

    subnet: Subnet | None
    path: KeyPath
    row: int
    raw: Mapping[str, Any]
    kind: str
    identifier: str
    address: int | None

    def at(self, key: str = "") -> KeyPath:
        """Return the path of the reservation, or of one of its keys."""
        return (*self.path, self.row, key) if key else (*self.path, self.row)


@dataclass(frozen=True)
class HostList:
    """The reservations of one list as columns: most rules need no more if nothing is wrong.

    `rows` are positions in the list. `plain` says that each is for a MAC address of six octets.
    """

    listed: Reservations
    rows: Sequence[int]
    raws: Sequence[Raw]
    kinds: Sequence[str]
    identifiers: Sequence[str]
    addresses: Sequence[int | None]
    plain: bool

    @property
    def subnet(self) -> Subnet | None:
        """Its subnet, None for the global list."""
        return self.listed.subnet

    @cached_property
    def hosts(self) -> list[Host]:
        """The reservations themselves."""
        columns = (self.rows, self.raws, self.kinds, self.identifiers, self.addresses)
        return [*map(Host, repeat(self.subnet), repeat(self.listed.path), *columns)]

    @cached_property
    def numbers(self) -> list[int]:
        """The addresses that there are."""
        return [number for number in self.addresses if number is not None]

    @cached_property
    def names(self) -> list[Any]:
        """The host names that there are."""
        return [raw["hostname"] for raw in self.raws if "hostname" in raw]


def host_lists(config: Config) -> list[HostList]:
    """Return every list of reservations that is not empty, read once."""
    return config.once("hosts", lambda: [*filter(_has_rows, map(_host_list, config.reservations))])


def _has_rows(listed: HostList) -> bool:
    return bool(listed.rows)


def doubtful(config: Config, is_good: Callable[[HostList], bool]) -> Iterator[Host]:
    """Yield the reservations of the lists that are not good as a whole: a rule reads no others."""
    for listed in host_lists(config):
        if not is_good(listed):
            yield from listed.hosts


def all_inside(hosts: HostList) -> bool:
    """Whether every address that is reserved is one of a host, and in the subnet."""
    if len(hosts.numbers) < len(hosts.rows):
        return "ip-address" not in hosts.listed.keys
    subnet, ends = hosts.subnet, (min(hosts.numbers), max(hosts.numbers))
    return NOBODYS.isdisjoint(ends) and (subnet is None or all(end in subnet for end in ends))


def by_mac_alone(hosts: HostList) -> bool:
    """Whether each reservation has a MAC address, and no other identifier."""
    return hosts.plain and len(hosts.listed.keys & _KINDS) == 1


def has_usual_macs(hosts: HostList) -> bool:
    """Whether each reservation has a MAC address, of no group and not zero."""
    zero, seconds = "0" * 12, map(itemgetter(1), hosts.identifiers)
    return hosts.plain and zero not in hosts.identifiers and _EVEN.issuperset(seconds)


def has_plain_names(hosts: HostList) -> bool:
    """Whether each name is short, of letters, digits and hyphens that no label begins or ends with.

    The names are compared at once, joined as labels are.
    """
    try:
        labels = ".".join(["", *hosts.names, ""])
    except TypeError:
        return False
    return not hosts.names or (
        _LETTERS.issuperset(labels)
        and not any(pair in labels for pair in ("..", ".-", "-."))
        and max(map(len, hosts.names)) <= 63
    )


def _host_list(listed: Reservations) -> HostList:
    rows, raws = [], []
    for row, raw in maps(listed.rows):
        rows.append(row)
        raws.append(raw)
    macs = _macs(raws)
    if macs is not None:
        kinds, identifiers = ["hw-address"] * len(raws), macs
    else:
        pairs = [_client(raw) for raw in raws]
        kinds, identifiers = [kind for kind, _ in pairs], [octets for _, octets in pairs]
    return HostList(listed, rows, raws, kinds, identifiers, _addresses(raws), macs is not None)


def _macs(raws: Sequence[Raw]) -> list[str] | None:
    """Return the digits of hardware addresses, None unless each has one of six octets.

    The column is compared at once, with each hexadecimal digit as a zero.
    """
    try:
        column = "\n".join([raw["hw-address"] for raw in raws])
    except (KeyError, TypeError):
        return None
    if column.translate(_AS_ZERO) != "\n".join(["00:00:00:00:00:00"] * len(raws)):
        return None
    return column.lower().replace(":", "").split("\n")


def _addresses(raws: Sequence[Raw]) -> Sequence[int | None]:
    """Return the addresses as numbers, None for what is none; `address` one by one takes longer."""
    try:
        column = [inet_pton(AF_INET, raw["ip-address"]) for raw in raws]
    except (KeyError, OSError, TypeError, ValueError):
        return [address(raw.get("ip-address")) for raw in raws]
    return unpack(f"!{len(column)}I", b"".join(column))


def _client(raw: Raw) -> tuple[str, str]:
    """Return whom a reservation is for: kind and identifier, as far as it can be read."""
    mac = raw.get("hw-address")
    if isinstance(mac, str) and _MAC.match(mac):
        return "hw-address", mac.lower().replace(":", "")
    return _identifier(raw)


def _identifier(raw: Mapping[str, Any]) -> tuple[str, str]:
    texts = {kind: raw[kind] for kind in IDENTIFIERS if kind in raw and isinstance(raw[kind], str)}
    for kind in (*filter(texts.get, texts), *texts):
        return kind, octets(texts[kind]) or ""
    return "", ""


def octets(text: str) -> str | None:
    """Return an identifier's octets as hexadecimal digits; None when Kea cannot read it."""
    value = octets_of(text)
    return value.hex() if value else None
