"""What a site promises a client, and where a server's answer breaks it.

The promise is the site's own words: the subnet that holds the address, its pools and reservations,
and the options of reservation, pool, subnet, shared network and the site, the nearest first (Kea
ARM, DHCPv4 Server: option inheritance). Options that a client class may set are not judged.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from keaprov.diff.forms import canonical
from keaprov.model import Json, Site
from keaprov.promise.wire import name_of, options, plain, shown

MASK, LEASE_TIME, RENEWAL, REBINDING = 1, 51, 58, 59
TIMES = {LEASE_TIME: "valid-lifetime", RENEWAL: "renew-timer", REBINDING: "rebind-timer"}
HEAD = (53, 54)
"""The options that every answer has: its kind, and its server."""
KNOWN = frozenset({"hw-address", "client-id"})
"""The identifiers that a client of ours has."""


@dataclass(frozen=True, slots=True)
class Broken:
    """One thing that is not as promised."""

    what: str
    promised: str
    given: str

    def __str__(self) -> str:
        return f"{self.what}: promised {self.promised}, given {self.given}"


def broken(
    site: Site, answer: Json, mac: str, client_id: str = "", *, known: bool = False
) -> Iterator[Broken]:
    """Yield what an answer (files/host/probe.py's report) breaks of the site's promise.

    `mac` and `client_id` are the client's, as hexadecimal text with colons. A `known` client may
    have a lease already: then what is left of it may be given again (Kea ARM, Lease Caching).
    """
    address = str(answer["address"])
    servers = [server.address for server in site.servers]
    if answer["server"] not in servers:
        yield Broken("server", " or ".join(servers), str(answer["server"]) or "none")
    scopes = _scopes(site, address)
    if scopes is None:
        yield Broken("address", "one of the site's subnets", address)
        return
    subnet, *around = scopes
    host = _reservation(site, scopes, {"hw-address": mac, "client-id": client_id})
    yield from _address(subnet, host, address)
    given = {int(code): bytes.fromhex(value) for code, value in answer["options"].items()}
    pool: Json = next((one for one in subnet.get("pools") or () if _within(one, address)), {})
    wanted = dict(_promised(subnet, [one for one in (host, pool) if one], around))
    if known and LEASE_TIME in wanted:
        wanted.update(_left(wanted[LEASE_TIME], given.get(LEASE_TIME), [subnet, *around]))
    unsure = {code for code, _, _ in options(site.dhcp4.get("client-classes") or ())}
    for code, (name, value) in sorted(wanted.items()):
        if code not in unsure and plain(code, given.get(code)) != value:
            yield Broken(name, shown(code, value), shown(code, given.get(code)))


def codes(site: Site) -> list[int]:
    """Return the codes of all options that the site hands out, for a client to ask for."""
    found = set()
    networks = site.dhcp4.get("shared-networks") or ()
    subnets = [one for scope in (site.dhcp4, *networks) for one in scope.get("subnet4") or ()]
    inner = [one for subnet in subnets for one in subnet.get("pools") or ()]
    for code, _, _ in options((site.dhcp4, *networks, *subnets, *inner)):
        found.add(code)
    return sorted(found)


def _scopes(site: Site, address: str) -> list[Json] | None:
    networks = site.dhcp4.get("shared-networks") or ()
    for outer in (None, *networks):
        for subnet in (outer or site.dhcp4).get("subnet4") or ():
            if ipaddress.IPv4Address(address) in ipaddress.IPv4Network(subnet["subnet"], False):
                return [subnet, *([outer] if outer else []), site.dhcp4]
    return None


def _reservation(site: Site, scopes: list[Json], client: Mapping[str, str]) -> Json:
    """Return the client's reservation, {} without (Kea ARM, Host Reservation Mode)."""
    identity = {key: canonical(value, key) for key, value in client.items() if value}
    places = (
        (scopes[0], "reservations-in-subnet", True),
        (site.dhcp4, "reservations-global", False),
    )
    for place, switch, usual in places:
        if not next((one[switch] for one in scopes if switch in one), usual):
            continue
        for one in place.get("reservations") or ():
            if any(canonical(str(one.get(key, "")), key) == its for key, its in identity.items()):
                return dict(one)
    return {}


def _address(subnet: Json, host: Json, address: str) -> Iterator[Broken]:
    if host.get("ip-address"):
        if host["ip-address"] != address:
            yield Broken("address", f"{host['ip-address']} (reserved)", address)
        return
    reserved = [one for one in subnet.get("reservations") or () if one.get("ip-address") == address]
    if any(KNOWN.isdisjoint(one) for one in reserved):
        return  # by what a relay or the client's own software adds: whose it is cannot be told
    if reserved:
        yield Broken("address", "not one that is reserved for somebody else", address)
    elif not any(_within(one, address) for one in subnet.get("pools") or ()):
        yield Broken("address", f"one of the pools of {subnet['subnet']}", address)


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
        for code, name, value in options((scope,)):
            yield code, (name, value)
    yield MASK, ("subnet-mask", network.netmask.packed)
    for code, key in TIMES.items():
        scope = next((one for one in scopes if key in one), None)
        if scope is not None:
            yield code, (key, int(scope[key]).to_bytes(4, "big"))


def _left(
    whole: tuple[str, bytes], given: bytes | None, scopes: list[Json]
) -> Iterator[tuple[int, tuple[str, bytes]]]:
    """Yield the lifetime that is given as the promised one, when the cache accounts for it."""
    name, full = whole[0], int.from_bytes(whole[1], "big")
    threshold = next((one["cache-threshold"] for one in scopes if "cache-threshold" in one), 0.25)
    oldest = next((one["cache-max-age"] for one in scopes if "cache-max-age" in one), full)
    age = full - int.from_bytes(given or b"", "big")
    if given and 0 <= age <= min(oldest, full * threshold):
        yield LEASE_TIME, (name, given)


def lines(answer: Json) -> list[str]:
    """Return an answer's options as lines for people."""
    listed = ((int(code), bytes.fromhex(value)) for code, value in answer["options"].items())
    return [f"{name_of(code)}: {shown(code, value)}" for code, value in listed if code not in HEAD]
