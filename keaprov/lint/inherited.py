"""What holds in a scope with what it inherits: options by name, code or octets, and single values.

A pool inherits from its subnet, a subnet from its shared network, and that from the global scope
(Kea ARM, DHCPv4 Server: "Configuring Specific Options and Parameters"). An option by name, by code
and in hexadecimal is the same option. Addresses are whole numbers, as in `Config`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from keaprov.errors import KeyPath
from keaprov.hexadecimal import octets_of
from keaprov.lint.config import Config, Raw, Scope, Subnet, maps
from keaprov.lint.forms import address
from keaprov.words import natural

SUBNET_MASK = 1
ROUTERS = 3
TIME_SERVERS = 4
NAME_SERVERS = 5
DNS_SERVERS = 6
LOG_SERVERS = 7
DOMAIN_NAME = 15
BROADCAST = 28
NTP_SERVERS = 42
NETBIOS_SERVERS = 44
TFTP_SERVER = 66
BOOT_FILE = 67
ROUTES = 121
TFTP_ADDRESSES = 150
V4_DNR = 162
_CODES = {
    "subnet-mask": SUBNET_MASK,
    "routers": ROUTERS,
    "time-servers": TIME_SERVERS,
    "name-servers": NAME_SERVERS,
    "domain-name-servers": DNS_SERVERS,
    "log-servers": LOG_SERVERS,
    "domain-name": DOMAIN_NAME,
    "broadcast-address": BROADCAST,
    "ntp-servers": NTP_SERVERS,
    "netbios-name-servers": NETBIOS_SERVERS,
    "tftp-server-name": TFTP_SERVER,
    "boot-file-name": BOOT_FILE,
    "classless-static-route": ROUTES,
    "v4-dnr": V4_DNR,
}
"""The standard options that rules ask for, by their names."""


@dataclass(frozen=True)
class Option:
    """An option where it is written."""

    path: KeyPath
    raw: Raw
    code: int

    @property
    def guarded(self) -> bool:
        """Whether only clients of some classes get it."""
        return bool(self.raw.get("client-classes"))

    @property
    def sent(self) -> bool:
        """Whether it is sent at all."""
        return self.raw.get("never-send") is not True

    @property
    def data(self) -> str:
        """Its value as it is written."""
        data = self.raw.get("data")
        return data if isinstance(data, str) else ""

    @property
    def octets(self) -> bytes | None:
        """Its value in hexadecimal; None if it is written as text, or is not hexadecimal."""
        return octets_of(self.data) if self.raw.get("csv-format") is False else None

    @cached_property
    def addresses(self) -> tuple[int, ...]:
        """The IPv4 addresses of an option that is a list of them; what is none is left out."""
        if self.octets is not None:
            starts = range(0, len(self.octets) - 3, 4)
            return tuple(int.from_bytes(self.octets[start : start + 4], "big") for start in starts)
        if self.raw.get("csv-format") is False:
            return ()
        numbers = (address(text.strip()) for text in self.data.split(","))
        return tuple(number for number in numbers if number is not None)

    @cached_property
    def routes(self) -> tuple[tuple[int, int], ...]:
        """Classless static routes: each prefix's length, and the router's address (RFC 3442).

        The address is 0 if the destination is on the link. A part that is not a route is left out.
        """
        return tuple(self._routes())

    def _routes(self) -> Iterator[tuple[int, int]]:
        rest = self.octets
        if rest is None:
            for route in self.data.split(","):
                head, _, tail = route.partition("-")
                length, router = natural(head.partition("/")[2].strip()), address(tail.strip())
                if length is not None:
                    yield length, router or 0
        while rest:
            end = 1 + (rest[0] + 7) // 8
            yield rest[0], int.from_bytes(rest[end : end + 4], "big")
            rest = rest[end + 4 :]

    @property
    def routers(self) -> tuple[int, ...]:
        """The routers that clients get: those of `routers`, or of classless static routes."""
        if self.code != ROUTES:
            return self.addresses
        return tuple(dict.fromkeys(router for _, router in self.routes if router))

    @property
    def has_default_route(self) -> bool:
        """Whether classless static routes have one to 0.0.0.0/0 (RFC 3442)."""
        return any(length == 0 for length, _ in self.routes)


Chain = tuple[Scope, ...]
"""A scope and those that it inherits from, the innermost first."""


def options_of(config: Config, scope: Scope) -> Mapping[int, list[Option]]:
    """Return the options that are written in a scope, by code; only those that rules ask for."""
    known: dict[KeyPath, Mapping[int, list[Option]]] = config.extra.setdefault("options", {})
    options = known.get(scope.path)
    if options is None:
        options = known[scope.path] = _options(scope.path, scope.raw)
    return options


def _options(path: KeyPath, raw: Raw) -> Mapping[int, list[Option]]:
    options: dict[int, list[Option]] = {}
    for index, entry in maps(raw.get("option-data")):
        if entry.get("space", "dhcp4") == "dhcp4":
            name, code = entry.get("name"), entry.get("code")
            code = _CODES.get(name, code) if isinstance(name, str) else code
            if isinstance(code, int):
                where = (*path, "option-data", index)
                options.setdefault(code, []).append(Option(where, entry, code))
    return options


def codes_in_scopes(config: Config) -> set[int]:
    """Return the codes of the options that are written in some scope."""
    scopes = (scope for scope in config.scopes if "option-data" in scope.raw)
    return config.once("codes", lambda: set().union(*map(partial(options_of, config), scopes)))


def options_of_reservations(
    config: Config,
) -> list[tuple[Subnet | None, KeyPath, Raw, Mapping[int, list[Option]]]]:
    """Return each reservation that has options: its subnet, its path, its map, its options."""
    return config.once(
        "options of reservations",
        lambda: [
            (subnet, path, reservation, _options(path, reservation))
            for subnet, path, reservation in config.reservations_with_options
        ],
    )


def chain(config: Config, subnet: Subnet) -> Chain:
    """Return the scopes that clients of a subnet get options and values from."""
    known: dict[KeyPath, Chain] = config.extra.setdefault("chains", {})
    scopes = known.get(subnet.path)
    if scopes is None:
        outer = _outer(config, subnet.shared)
        scopes = known[subnet.path] = (Scope(subnet.path, subnet.raw, "subnet"), *outer)
    return scopes


def pool_chains(config: Config, subnet: Subnet) -> Iterator[Chain]:
    """Yield the scopes of the clients of a subnet's pools; pools without options share theirs."""
    if any("option-data" not in pool.raw for pool in subnet.pools):
        yield chain(config, subnet)
    yield from _own_chains(config, subnet)


def client_chains(config: Config, subnet: Subnet) -> Iterator[Chain]:
    """Yield the scopes of all clients of a subnet: those of its pools, and reserved ones."""
    yield chain(config, subnet)
    yield from _own_chains(config, subnet)


def _own_chains(config: Config, subnet: Subnet) -> Iterator[Chain]:
    for pool in subnet.pools:
        if "option-data" in pool.raw:
            yield (Scope(pool.path, pool.raw, "pool"), *chain(config, subnet))


def _outer(config: Config, shared: KeyPath | None) -> Chain:
    known: dict[KeyPath | None, Chain] = config.extra.setdefault("outer", {})
    if shared not in known:
        scopes = (Scope(config.root, config.dhcp4, "global"),)
        if shared is None:
            known[shared] = scopes
        else:
            networks = config.once("shared networks", lambda: dict(config.shared_networks))
            known[shared] = (Scope(shared, networks[shared], "shared"), *scopes)
    return known[shared]


def in_effect(config: Config, scopes: Chain, code: int) -> list[Option]:
    """Return the options of a code that clients of these scopes may get, the innermost first.

    The innermost scope that has the option decides; options for some classes only come beside it.
    """
    options: list[Option] = []
    for scope in scopes:
        if "option-data" not in scope.raw:
            continue
        written = options_of(config, scope).get(code, [])
        options += written
        if any(not option.guarded for option in written):
            break
    return options


def anywhere(config: Config, code: int) -> bool:
    """Whether a class or a reservation has the option: its clients may get it from there."""
    known: dict[int, bool] = config.extra.setdefault("by class or reservation", {})
    if code not in known:
        classes = (Scope(path, raw, "class") for path, raw in config.classes)
        known[code] = any(code in options_of(config, scope) for scope in classes) or any(
            code in options for _, _, _, options in options_of_reservations(config)
        )
    return known[code]


def value(scopes: Chain, key: str, usual: Any = None) -> Any:
    """Return the value of a key in the innermost scope that has it, `usual` if none has."""
    return next((scope.raw[key] for scope in scopes if key in scope.raw), usual)
