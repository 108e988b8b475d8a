"""What a site promises a client, and where a server's answer breaks it.

The promise is the site's own words: the subnet that holds the address, its pools and reservations,
and the options of reservation, pool, subnet, shared network and the site, the nearest first (Kea
ARM, DHCPv4 Server: option inheritance). Options that a client class may set are not judged.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from keaprov.diff.forms import canonical
from keaprov.lint.options import standard
from keaprov.model import Json, Site

MASK, LEASE_TIME, RENEWAL, REBINDING = 1, 51, 58, 59
TIMES = {LEASE_TIME: "valid-lifetime", RENEWAL: "renew-timer", REBINDING: "rebind-timer"}
SIZES = {"uint8": 1, "uint16": 2, "uint32": 4, "int8": 1, "int16": 2, "int32": 4}


@dataclass(frozen=True, slots=True)
class Broken:
    """One thing that is not as promised."""

    what: str
    promised: str
    given: str

    def __str__(self) -> str:
        return f"{self.what}: promised {self.promised}, given {self.given}"


def broken(site: Site, answer: Json, mac: str) -> Iterator[Broken]:
    """Yield what an answer (files/host/probe.py's report) breaks of the site's promise."""
    address = str(answer["address"])
    servers = [server.address for server in site.servers]
    if answer["server"] not in servers:
        yield Broken("server", " or ".join(servers), str(answer["server"]) or "none")
    scopes = _scopes(site, address)
    if scopes is None:
        yield Broken("address", "one of the site's subnets", address)
        return
    subnet, *around = scopes
    host, own = _reservation(site, subnet, mac)
    yield from _address(subnet, host, own, address, mac)
    given = {int(code): bytes.fromhex(value) for code, value in answer["options"].items()}
    pool: Json = next((one for one in subnet.get("pools") or () if _within(one, address)), {})
    wanted = dict(_promised(subnet, [one for one in (host, pool) if one], around))
    unsure = {code for code, _, _ in _options(site.dhcp4.get("client-classes") or ())}
    for code, (name, value) in sorted(wanted.items()):
        if code not in unsure and given.get(code) != value:
            yield Broken(name, _shown(code, value), _shown(code, given.get(code)))


def codes(site: Site) -> list[int]:
    """Return the codes of all options that the site hands out, for a client to ask for."""
    found = set()
    networks = site.dhcp4.get("shared-networks") or ()
    subnets = [one for scope in (site.dhcp4, *networks) for one in scope.get("subnet4") or ()]
    inner = [one for subnet in subnets for one in subnet.get("pools") or ()]
    for code, _, _ in _options((site.dhcp4, *networks, *subnets, *inner)):
        found.add(code)
    return sorted(found)


def _scopes(site: Site, address: str) -> list[Json] | None:
    networks = site.dhcp4.get("shared-networks") or ()
    for outer in (None, *networks):
        for subnet in (outer or site.dhcp4).get("subnet4") or ():
            if ipaddress.IPv4Address(address) in ipaddress.IPv4Network(subnet["subnet"], False):
                return [subnet, *([outer] if outer else []), site.dhcp4]
    return None


def _reservation(site: Site, subnet: Json, mac: str) -> tuple[Json, bool]:
    """Return the client's reservation, {} without, and whether it is the subnet's own."""
    wanted = mac.replace(":", "")
    for own, scope in ((True, subnet), (False, site.dhcp4)):
        for one in scope.get("reservations") or ():
            if canonical(str(one.get("hw-address", "")), "hw-address") == wanted:
                return one, own
    return {}, False


def _address(subnet: Json, host: Json, own: bool, address: str, mac: str) -> Iterator[Broken]:
    if host.get("ip-address"):
        if host["ip-address"] != address:
            yield Broken("address", f"{host['ip-address']} (reserved)", address)
        return
    if not any(_within(one, address) for one in subnet.get("pools") or ()):
        yield Broken("address", f"one of the pools of {subnet['subnet']}", address)
    for one in subnet.get("reservations") or ():
        if one.get("ip-address") == address:
            yield Broken("address", "not one that is reserved for somebody else", address)


def _within(pool: Json, address: str) -> bool:
    text = str(pool["pool"])
    one = ipaddress.IPv4Address(address)
    if "/" in text:
        return one in ipaddress.IPv4Network(text.strip(), False)
    first, last = (ipaddress.IPv4Address(end.strip()) for end in text.split("-"))
    return first <= one <= last


def _promised(
    subnet: Json, inner: list[Json], around: list[Json]
) -> Iterator[tuple[int, tuple[str, bytes]]]:
    network = ipaddress.IPv4Network(subnet["subnet"], False)
    scopes = [*inner, subnet, *around]
    for scope in reversed(scopes):
        for code, name, value in _options((scope,)):
            yield code, (name, value)
    yield MASK, ("subnet-mask", network.netmask.packed)
    for code, key in TIMES.items():
        scope = next((one for one in scopes if key in one), None)
        if scope is not None:
            yield code, (key, int(scope[key]).to_bytes(4, "big"))


def _options(scopes: Any) -> Iterator[tuple[int, str, bytes]]:
    """Yield the options of scopes whose standard definition we can encode, as sent."""
    by_name = {one.name: one for one in standard()}
    by_code = {one.code: one for one in standard()}
    for scope in scopes:
        for one in scope.get("option-data") or ():
            known = by_name.get(one.get("name", "")) or by_code.get(one.get("code", -1))
            if known is None or one.get("space", "dhcp4") != "dhcp4" or one.get("never-send"):
                continue
            if one.get("csv-format") is False or "data" not in one or one.get("client-classes"):
                continue
            value = _encoded(known.types[0], known.array, str(one["data"]))
            if value is not None and len(known.types) == 1:
                yield known.code, known.name, value


def _encoded(kind: str, array: bool, data: str) -> bytes | None:
    parts = [part.strip() for part in data.split(",")] if array else [data.strip()]
    try:
        if kind == "ipv4-address":
            return b"".join(socket.inet_aton(part) for part in parts)
        if kind in SIZES:
            signed = kind.startswith("int")
            return b"".join(
                int(part, 0).to_bytes(SIZES[kind], "big", signed=signed) for part in parts
            )
    except (OSError, ValueError, OverflowError):
        return None
    if kind == "boolean":
        return bytes((data.strip().lower() in ("true", "1"),))
    return data.encode() if kind == "string" and not array else None


def _shown(code: int, value: bytes | None) -> str:
    if value is None:
        return "none"
    kinds = {one.code: one for one in standard()}
    kind = kinds[code].types[0] if code in kinds else "binary"
    if kind == "ipv4-address" and len(value) % 4 == 0:
        return ", ".join(socket.inet_ntoa(value[at : at + 4]) for at in range(0, len(value), 4))
    if kind in SIZES and len(value) == SIZES[kind]:
        return str(int.from_bytes(value, "big", signed=kind.startswith("int")))
    return value.decode() if kind == "string" and value.isascii() else value.hex()


def shown(answer: Mapping[str, Any]) -> list[str]:
    """Return an answer's options as lines for people."""
    names = {one.code: one.name for one in standard()}
    listed = ((int(code), bytes.fromhex(value)) for code, value in answer["options"].items())
    return [
        f"{names.get(code, code)}: {_shown(code, value)}"
        for code, value in listed
        if code not in (53, 54)
    ]
