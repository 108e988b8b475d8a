"""What a site promises a client, and how a server's answer breaks it.

The promise comes from the site file: the subnet that holds the address, its pools and reservations,
and the options of reservation, pool, subnet, shared network and site, the nearest first (Kea ARM,
DHCPv4 Server: option inheritance). keaprov does not judge options that a client class may set.
The package is pure; `wire` turns options into octets and back, `strangers` names servers that are
not the site's.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from keaprov.diff.forms import address_number, canonical, pool_range
from keaprov.model import Json, Site
from keaprov.model.names import inherited
from keaprov.promise.strangers import identifiers, named, strangers
from keaprov.promise.wire import name_of, options, readable, uncompressed

__all__ = [
    "BrokenPromise",
    "broken_promises",
    "identifiers",
    "named",
    "option_codes",
    "option_lines",
    "strangers",
]

MASK, LEASE_TIME, RENEWAL, REBINDING = 1, 51, 58, 59
TIMES = {LEASE_TIME: "valid-lifetime", RENEWAL: "renew-timer", REBINDING: "rebind-timer"}
HEAD = (53, 54)
"""The options that every answer has: message type and server."""
KNOWN = frozenset({"hw-address", "client-id"})
"""The kinds of identifiers that a client of keaprov has."""


@dataclass(frozen=True, slots=True)
class BrokenPromise:
    """A value that is not as promised."""

    what: str
    promised: str
    received: str

    def __str__(self) -> str:
        return f"{self.what}: promised {self.promised}, given {self.received}"


def broken_promises(
    site: Site, answer: Json, mac: str, client_id: str = "", *, known: bool = False
) -> Iterator[BrokenPromise]:
    """Yield what an answer (part of files/host/probe.py's report) breaks of the site's promise.

    `mac` and `client_id` are the client's, as hexadecimal text with colons. A `known` client may
    have a lease already: then Kea may give it the rest of the lifetime (Kea ARM, Lease Caching).
    """
    address = str(answer["address"])
    servers = identifiers(site)
    if answer["server"] not in servers:
        yield BrokenPromise("server", " or ".join(servers), str(answer["server"]) or "none")
    scopes = _scopes(site, address)
    if scopes is None:
        yield BrokenPromise("address", "one of the site's subnets", address)
        return
    subnet, *outer = scopes
    reservation = _reservation(site, scopes, {"hw-address": mac, "client-id": client_id})
    yield from _address(subnet, reservation, address)
    received = {int(code): bytes.fromhex(value) for code, value in answer["options"].items()}
    pools = subnet.get("pools") or ()
    pool: Json = next((pool for pool in pools if _within(pool, address)), {})
    promised = dict(_promised(subnet, [scope for scope in (reservation, pool) if scope], outer))
    if known and LEASE_TIME in promised:
        promised.update(_cached(promised[LEASE_TIME], received.get(LEASE_TIME), scopes))
    unsure = {code for code, _, _ in options(site.dhcp4.get("client-classes") or ())}
    for code, (name, value) in sorted(promised.items()):
        if code not in unsure and uncompressed(code, received.get(code)) != value:
            yield BrokenPromise(name, readable(code, value), readable(code, received.get(code)))


def option_codes(site: Site) -> list[int]:
    """Return the codes of all options that the site gives clients, for a client to ask for."""
    subnets = list(site.subnets)
    networks = site.dhcp4.get("shared-networks") or ()
    pools = [pool for subnet in subnets for pool in subnet.get("pools") or ()]
    return sorted({code for code, _, _ in options((site.dhcp4, *networks, *subnets, *pools))})


def _scopes(site: Site, address: str) -> list[Json] | None:
    """Return the subnet that holds an address and the scopes around it, None if there is none."""
    networks = site.dhcp4.get("shared-networks") or ()
    for network in (None, *networks):
        for subnet in (network or site.dhcp4).get("subnet4") or ():
            if ipaddress.IPv4Address(address) in ipaddress.IPv4Network(subnet["subnet"], False):
                return [subnet, *([network] if network else []), site.dhcp4]
    return None


def _reservation(site: Site, scopes: list[Json], client: Mapping[str, str]) -> Json:
    """Return the client's reservation, {} if it has none (Kea ARM, Host Reservation Mode)."""
    identity = {kind: canonical(value, kind) for kind, value in client.items() if value}
    owners = (
        (scopes[0], "reservations-in-subnet", True),
        (site.dhcp4, "reservations-global", False),
    )
    for owner, switch, default in owners:
        if not inherited(scopes, switch, default):
            continue
        for entry in owner.get("reservations") or ():
            identifiers = {kind: canonical(str(entry.get(kind, "")), kind) for kind in identity}
            if any(identifiers[kind] == value for kind, value in identity.items()):
                return dict(entry)
    return {}


def _address(subnet: Json, reservation: Json, address: str) -> Iterator[BrokenPromise]:
    if reservation.get("ip-address"):
        if reservation["ip-address"] != address:
            yield BrokenPromise("address", f"{reservation['ip-address']} (reserved)", address)
        return
    entries = subnet.get("reservations") or ()
    holders = [entry for entry in entries if entry.get("ip-address") == address]
    if any(KNOWN.isdisjoint(entry) for entry in holders):
        return  # a relay or the client's software adds the identifier: the owner is not known
    if holders:
        yield BrokenPromise("address", "not one that is reserved for somebody else", address)
    elif not any(_within(pool, address) for pool in subnet.get("pools") or ()):
        yield BrokenPromise("address", f"one of the pools of {subnet['subnet']}", address)


def _within(pool: Json, address: str) -> bool:
    first, last = pool_range(str(pool["pool"]))
    return first <= address_number(address) <= last


def _promised(
    subnet: Json, inner: list[Json], outer: list[Json]
) -> Iterator[tuple[int, tuple[str, bytes]]]:
    """Yield each promised option's code, name and value; the last of a code counts."""
    network = ipaddress.IPv4Network(subnet["subnet"], False)
    scopes = [*inner, subnet, *outer]
    for scope in reversed(scopes):
        for code, name, value in options((scope,)):
            yield code, (name, value)
    yield MASK, ("subnet-mask", network.netmask.packed)
    for code, key in TIMES.items():
        seconds = inherited(scopes, key)
        if seconds is not None:
            yield code, (key, int(seconds).to_bytes(4, "big"))


def _cached(
    promised: tuple[str, bytes], received: bytes | None, scopes: list[Json]
) -> Iterator[tuple[int, tuple[str, bytes]]]:
    """Yield the received lifetime as promised if lease caching explains it."""
    name, full = promised[0], int.from_bytes(promised[1], "big")
    threshold = inherited(scopes, "cache-threshold", 0.25)
    oldest = inherited(scopes, "cache-max-age", full)
    age = full - int.from_bytes(received or b"", "big")
    if received and 0 <= age <= min(oldest, full * threshold):
        yield LEASE_TIME, (name, received)


def option_lines(answer: Json) -> list[str]:
    """Return an answer's options as lines for people."""
    values = ((int(code), bytes.fromhex(value)) for code, value in answer["options"].items())
    return [
        f"{name_of(code)}: {readable(code, value)}" for code, value in values if code not in HEAD
    ]
