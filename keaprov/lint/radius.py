"""Rules about the hook library radius: what keeps it from loading (src/hooks/dhcp/radius of Kea).

Which other attributes there are, and the names of their values, is in the dictionary on the host.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from keaprov.errors import KeyPath
from keaprov.ip import is_address
from keaprov.lint.config import Config, Raw, as_map, maps
from keaprov.lint.hooks import RADIUS
from keaprov.lint.rule import Finding, error
from keaprov.secret import REFUSED_BY_KEA

HOST_CACHE = "libdhcp_host_cache.so"
_TYPES = {
    "User-Name": 1, "User-Password": 2, "NAS-IP-Address": 4, "NAS-Port": 5, "Service-Type": 6,
    "Framed-IP-Address": 8, "Reply-Message": 18, "Class": 25, "Calling-Station-Id": 31,
    "Acct-Status-Type": 40, "Acct-Delay-Time": 41, "Acct-Session-Id": 44, "Framed-Pool": 88,
    "NAS-IPv6-Address": 95, "Delegated-IPv6-Prefix": 123, "Framed-IPv6-Address": 168,
}  # fmt: skip
"""The attributes that every dictionary has to have (radius_parsers.cc)."""
_INTEGERS = (5, 6, 40, 41)
_ADDRESSES: dict[int, type[IPv4Address] | type[IPv6Address]] = {
    4: IPv4Address, 8: IPv4Address, 95: IPv6Address, 168: IPv6Address,
}  # fmt: skip
_OCTETS = {**dict.fromkeys((*_INTEGERS, 4, 8), 4), **dict.fromkeys((95, 168), 16)}
"""How many octets a value has, by the attribute's type."""
_LONGEST = 253
"""Octets that a value has at most (RFC 2865, section 5)."""


@error("KP717")
def radius(config: Config) -> Iterator[Finding]:
    """The hook library radius loads with its servers, attributes, and the rest of the file.

    For access it needs libdhcp_host_cache.so before it in the list. It goes neither with
    early-global-reservations-lookup, nor with shared networks of several subnets whose reservations
    are not all global. ``kea-dhcp4 -t`` finds nothing wrong.
    """
    earlier: set[str] = set()
    for path, hook, library in config.hooks:
        earlier.add(library)
        if library != RADIUS:
            continue
        yield from _local_address(as_map(hook.get("parameters")), (*path, "parameters"))
        for service in ("access", "accounting"):
            where = (*path, "parameters", service)
            given = as_map(as_map(hook.get("parameters")).get(service))
            servers = list(maps(given.get("servers")))
            if servers and service == "access" and HOST_CACHE not in earlier:
                message = f"servers for access need the hook library {HOST_CACHE} before"
                hint = f"Put {{library: {HOST_CACHE}}} into hooks-libraries, before this one."
                yield Finding(message, (*where, "servers"), hint)
            for index, server in servers:
                if server.get("secret") in REFUSED_BY_KEA:
                    place = (*where, "servers", index, "secret")
                    hint = "Choose another: Kea refuses its defaults."
                    yield Finding("the password of Kea's examples", place, hint)
            for index, attribute in maps(given.get("attributes")):
                yield from _attribute(attribute, (*where, "attributes", index))
                if servers and service == "accounting" and attribute.get("expr"):
                    place = (*where, "attributes", index, "expr")
                    hint = "Write the value as data or raw."
                    yield Finding("accounting has no expressions", place, hint)
        yield from _ports(config, hook, (*path, "parameters", "nas-ports"))
        yield from _reservations(config)


def _local_address(parameters: Raw, path: KeyPath) -> Iterator[Finding]:
    """Yield what is wrong with `bindaddr`, which Kea reads for each server (radius_parsers.cc)."""
    text = parameters.get("bindaddr")
    services = [(key, as_map(parameters.get(key))) for key in ("access", "accounting")]
    servers = [
        ((*path, key, "servers", index, "name"), server.get("name"))
        for key, service in services
        for index, server in maps(service.get("servers"))
    ]
    if not isinstance(text, str) or text == "*" or not servers:
        return
    if not is_address(text):
        hint = "Write an address of this host, or '*' for any of them."
        yield Finding(f"{text!r} is not an IP address", (*path, "bindaddr"), hint)
        return
    for where, name in servers:
        if isinstance(name, str) and is_address(name) and (":" in name) != (":" in text):
            message = f"{name} is of another address family than bindaddr {text}"
            yield Finding(message, where, "Write both as IPv4, or both as IPv6.")


def _ports(config: Config, hook: Raw, path: KeyPath) -> Iterator[Finding]:
    """Yield what is wrong with the subnets of ports; of several keys Kea takes the first here."""
    homes = {
        "subnet-id": None,
        "subnet-prefix": {str(subnet.raw.get("subnet")) for subnet in config.subnets},
        "shared-network-name": {str(network.get("name")) for _, network in config.shared_networks},
    }
    for index, entry in maps(as_map(hook.get("parameters")).get("nas-ports")):
        key = next((key for key in homes if key in entry), None)
        if key is None and len(entry) > 1:
            other = next(key for key in entry if key != "port")
            hint = f"Known here: port, {', '.join(homes)}."
            yield Finding(f"unknown key {other!r}", (*path, index, other), hint)
        known = homes[key] if key else None
        if key and known is not None and str(entry[key]) not in known:
            message = f"the file has no such {key.removesuffix('-name').replace('-', ' ')}"
            yield Finding(message, (*path, index, key), "Write it as it stands there.")


def _reservations(config: Config) -> Iterator[Finding]:
    """Yield what is wrong with the way in which Kea looks for reservations."""
    if config.dhcp4.get(_EARLY) is True:
        message = f"{_EARLY} does not go with the hook library radius"
        yield Finding(message, (*config.root, _EARLY), "Set it to false.")
    for where, network in config.shared_networks:
        subnets = list(maps(network.get("subnet4")))
        for index, subnet in subnets if len(subnets) > 1 else ():
            if not _global_only(subnet, network, config.dhcp4):
                message = "in a shared network, radius wants global reservations only"
                hint = "Set reservations-global: true and reservations-in-subnet: false there."
                yield Finding(message, (*where, "subnet4", index), hint)


_EARLY = "early-global-reservations-lookup"


def _global_only(*scopes: Raw) -> bool:
    """Whether the innermost scope that says it has global reservations only."""
    for scope in scopes:
        if "reservations-global" in scope or "reservations-in-subnet" in scope:
            ways = scope.get("reservations-global"), scope.get("reservations-in-subnet")
            return ways == (True, False)
    return False


def _attribute(attribute: Raw, path: KeyPath) -> Iterator[Finding]:
    name, number = attribute.get("name"), attribute.get("type")
    if not {"name", "type"} & set(attribute):
        yield Finding("an attribute needs a name or a type", path, "Add `name: NAME`.")
        return
    known = _TYPES.get(str(name))
    if known is not None and isinstance(number, int) and number != known:
        message = f"the type of {name} is {known}, not {number}"
        yield Finding(message, (*path, "type"), "Leave the type out.")
    given = [key for key in ("data", "raw", "expr") if attribute.get(key) not in (None, "")]
    if len(given) > 1:
        message = f"{given[0]} and {given[1]} exclude each other"
        yield Finding(message, (*path, given[1]), "Keep one.")
    elif not given:
        yield Finding("an attribute without a value", path, "Add data, raw or expr.")
    else:
        (key,) = given
        text, kind = attribute[key], known if name is not None else _as_type(number)
        if isinstance(text, str) and key in _FITS and not _FITS[key](text, kind):
            message = f"{text!r} is not a value of this attribute"
            yield Finding(message, (*path, key), "Write one of its kind, and of its length.")


def _as_type(number: Any) -> int | None:
    """Return the type of an attribute, None if it is not a number."""
    return number if isinstance(number, int) else None


def _data_fits(text: str, kind: int | None) -> bool:
    """Whether a text is a value of an attribute; the names of numbers are in the dictionary."""
    if kind in _INTEGERS and text[0].isdigit():
        return re.fullmatch("[0-9]{1,19}", text) is not None and int(text) < 2**32
    if kind in _ADDRESSES:
        try:
            _ADDRESSES[kind](text)
        except ValueError:
            return False
    return len(text.encode("utf-8", "surrogatepass")) <= _LONGEST


def _raw_fits(text: str, kind: int | None) -> bool:
    """Whether hexadecimal digits are the octets of an attribute."""
    size = (len(text) + 1) // 2
    if re.fullmatch("[0-9A-Fa-f]+", text) is None:
        return False
    return size == _OCTETS[kind] if kind in _OCTETS else size <= _LONGEST


_FITS: dict[str, Callable[[str, int | None], bool]] = {"data": _data_fits, "raw": _raw_fits}
RULES = (radius,)
