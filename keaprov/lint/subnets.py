"""Rules about subnets and their pools (Kea ARM, DHCPv4 Server: Subnets)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Network

from keaprov.errors import KeyPath
from keaprov.lint.config import Config, Pool, Subnet, relay_addresses
from keaprov.lint.forms import (
    address,
    dotted_quad,
    has_prefix_form,
    plain_pool,
    plain_prefix,
    without_blanks,
)
from keaprov.lint.rule import Finding, error, warning


@error("KP401", "Give each subnet an id of its own, and never change it.")
def subnet_ids(config: Config) -> Iterator[Finding]:
    """A subnet has an id, and it is the subnet's alone.

    Leases belong to the id. Kea refuses a configuration without ids. Give each subnet an id and
    keep it: another id costs a deploy in which clients wait while all leases are changed.
    """
    owners: dict[int, Subnet] = {}
    for subnet in config.subnets:
        number = subnet.raw.get("id")
        if "id" not in subnet.raw:
            hint = "Give each subnet an id and never change it: leases belong to the id."
            yield Finding("the subnet has no id", subnet.path, hint)
        elif isinstance(number, int) and number in owners:
            message = f"the id {number} belongs to {owners[number].name} already"
            yield Finding(message, (*subnet.path, "id"), "Give each subnet an id of its own.")
        elif isinstance(number, int):
            owners[number] = subnet


@error("KP402", "Write the prefix as 172.20.10.0/24.")
def prefixes(config: Config) -> Iterator[Finding]:
    """A subnet is an IPv4 prefix."""
    for subnet in config.subnets:
        text = subnet.raw.get("subnet")
        where = (*subnet.path, "subnet")
        if isinstance(text, str) and subnet.network is None:
            yield Finding(f"{text!r} is not an IPv4 prefix", where, _as_prefix(text))


@error("KP432", "Write a longer prefix.", stricter=True)
def not_everything(config: Config) -> Iterator[Finding]:
    """A subnet is not every address there is, though Kea takes 0.0.0.0/0."""
    for subnet in config.subnets:
        if subnet.network is not None and subnet.network.prefixlen == 0:
            yield Finding(f"{subnet.name} is every address there is", (*subnet.path, "subnet"))


def _as_prefix(text: str) -> str:
    """Return how a prefix is written that has blanks, or a mask for a length."""
    parts = [part for part in re.split(r"[\s/\\]+", text) if part]
    ends = [address(part) for part in _ADDRESS.findall(text)]
    with suppress(ValueError):
        if len(parts) == 2 and text.isascii():
            return f"Write {IPv4Network('/'.join(parts), strict=False)}."
        if octets := _THREE.fullmatch(text.strip()):
            return f"Write {IPv4Network(octets[1] + '.0/24')}."
    if len(ends) == 1 and ends[0] is not None and address(text.strip()) == ends[0]:
        return f"Add the prefix's length, as {dotted_quad(ends[0])}/24."
    if len(ends) == 2 and ends[0] is not None and ends[1] is not None:
        length = 32 - (ends[0] ^ ends[1]).bit_length()
        return f"Write {IPv4Network((ends[0], length), strict=False)}, and the range as a pool."
    return "Write it as 172.20.10.0/24."


@error("KP431", stricter=True)
def plain_forms(config: Config) -> Iterator[Finding]:
    """Prefixes and pools have no blanks inside an address or a length, and no signs.

    Kea takes out every blank, and reads +24 as 24: what is written is then hard to find again.
    """
    for subnet in config.subnets:
        written = [((*subnet.path, "subnet"), subnet.raw.get("subnet"), plain_prefix)]
        written += [((*p.path, "pool"), p.raw.get("pool"), plain_pool) for p in subnet.pools]
        for where, text, plain in written:
            if isinstance(text, str) and (form := plain(text)):
                yield Finding(f"Kea reads {text!r} as {form}", where, f"Write {form}.")


@error("KP433", "Write it as 2001:db8::/64.")
def prefixes_of_4o6(config: Config) -> Iterator[Finding]:
    """The prefix of DHCPv4-over-DHCPv6 clients is a prefix (Subnet4ConfigParser)."""
    for subnet in config.subnets:
        text = subnet.raw.get("4o6-subnet")
        if isinstance(text, str) and text and not has_prefix_form(text):
            yield Finding(f"{text!r} is not a prefix", (*subnet.path, "4o6-subnet"))


@error("KP407", stricter=True)
def overlapping_subnets(config: Config) -> Iterator[Finding]:
    """No two subnets have an address in common.

    Kea refuses the same prefix twice, but takes overlapping ones: which of the two a client gets
    its address from is then chance, and one address may be leased twice.
    """
    hint = "Keep each address in one subnet."
    named: dict[IPv4Network, set[str]] = {}
    subnets = []
    for subnet in config.subnets:
        if subnet.network is None:
            continue
        first = without_blanks(subnet.name).partition("/")[0]
        if subnet.network in named:
            where = (*subnet.path, "subnet")
            twice = first in named[subnet.network]
            yield Finding(f"{subnet.name} is there already", where, hint, refused=twice)
        else:
            subnets.append(subnet)
        named.setdefault(subnet.network, set()).add(first)
    subnets.sort(key=lambda subnet: (subnet.first, -subnet.last))
    widest: Subnet | None = None
    for subnet in subnets:
        if widest is not None and subnet.first <= widest.last:
            later = max(subnet, widest, key=_position)
            other = widest if later is subnet else subnet
            yield Finding(f"{later.name} overlaps {other.name}", (*later.path, "subnet"), hint)
        if widest is None or subnet.last > widest.last:
            widest = subnet


def _position(part: Subnet | Pool) -> tuple[int, ...]:
    """Return what puts subnets or pools into the order in which they are written."""
    return tuple(step for step in part.path if isinstance(step, int))


_ADDRESS = re.compile(r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])")
_THREE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3}){2})\.?[x*]?")
"""A prefix of 24 bits without its end, as people say it."""


@error("KP403", "Write the range as `first - last`, both inside the subnet.")
def pools(config: Config) -> Iterator[Finding]:
    """A pool is a range or prefix inside its subnet, and overlaps no other.

    Kea refuses a pool with host bits, as 10.1.0.77/26 (Pool4), though it accepts such a subnet.
    """
    for subnet in config.subnets:
        good: list[Pool] = []
        for pool in subnet.pools:
            where = (*pool.path, "pool")
            text = pool.raw.get("pool")
            if not pool.good:
                if isinstance(text, str):
                    yield Finding(*_not_a_pool(text, where))
                continue
            yield from _host_bits(str(text), pool)
            if subnet.network and (pool.first not in subnet or pool.last not in subnet):
                yield Finding(f"the pool {text} is not inside {subnet.name}", where)
            good.append(pool)
        good.sort(key=lambda pool: (pool.first, pool.last))
        widest: Pool | None = None
        for pool in good:
            if widest is not None and pool.first <= widest.last:
                later = max(pool, widest, key=_position)
                other = widest if later is pool else pool
                message = f"the pool {later.raw['pool']} overlaps {other.raw['pool']}"
                yield Finding(message, (*later.path, "pool"), "Join the two, or part them.")
            if widest is None or pool.last > widest.last:
                widest = pool


def _host_bits(text: str, pool: Pool) -> Iterator[Finding]:
    start, slash, length = without_blanks(text).partition("/")
    if slash and address(start) != pool.first:
        prefix = f"{dotted_quad(pool.first)}/{int(length)}"
        message = f"the pool {text} has host bits: its prefix is {prefix}"
        yield Finding(message, (*pool.path, "pool"), f"Write {prefix}, or `first - last`.")


_LAST = re.compile(r"\.?[0-9]+", re.ASCII)
_DASHES = re.compile(r"\s*(?:[\u2010-\u2015\u2212]|\bto\b|\.\.+)\s*|\s+")


def _not_a_pool(text: str, where: KeyPath) -> tuple[str, KeyPath, str]:
    """Say why a text is not a pool, and how its range is written."""
    ends = [part.strip() for part in text.split("-")]
    if len(ends) == 2 and None not in (address(ends[0]), address(ends[1])):
        if without_blanks(text) != "-".join(ends):
            return f"{text!r} is not a pool", where, f"Write {ends[0]} - {ends[1]}."
        message = f"the pool {text} ends before it starts"
        return message, where, f"Write {ends[1]} - {ends[0]}."
    parts = _DASHES.split(text.strip())
    if len(parts) == 2 and None not in (address(parts[0]), address(parts[1])):
        sign = next((char for char in text if "\u2010" <= char <= "\u2212"), "")
        why = f": {sign!r} is not a plain hyphen" if sign else ""
        return f"{text!r} is not a pool{why}", where, f"Write {parts[0]} - {parts[1]}."
    if len(ends) == 2 and address(ends[0]) is not None and _LAST.fullmatch(ends[1]):
        last = f"{ends[0].rpartition('.')[0]}.{int(ends[1].strip('.')[:4])}"
        if address(last) is not None:
            return f"{text!r} is not a pool", where, f"Write {ends[0]} - {last}."
    numbers = [address(part) for part in _ADDRESS.findall(text)]
    good = [number for number in numbers if number is not None]
    if len(good) == len(numbers) == 2:
        first, other = map(dotted_quad, sorted(good))
        return f"{text!r} is not a pool", where, f"Write {first} - {other}."
    if address(text.strip()) is not None:
        hint = f"Write `first - last`; for this address alone {text.strip()}/32."
        return f"{text!r} is not a pool", where, hint
    return f"{text!r} is not a pool", where, "Write `first - last`, or a prefix."


@error("KP406", "Give each shared network a name of its own.")
def shared_names(config: Config) -> Iterator[Finding]:
    """A shared network has a name, its own."""
    earlier: set[str] = set()
    for path, shared in config.shared_networks:
        name = shared.get("name")
        if name == "":
            yield Finding("the shared network has no name", (*path, "name"))
        elif isinstance(name, str) and name in earlier:
            yield Finding(f"there is a shared network {name!r} already", (*path, "name"))
        earlier.add(str(name))


@warning("KP409")
def network_and_broadcast(config: Config) -> Iterator[Finding]:
    """A pool holds neither the network's address nor the broadcast address.

    Kea takes it, and gives them to clients, who cannot use them (RFC 1122, 3.2.1.3). Prefixes of
    31 and 32 bits have neither (RFC 3021).
    """
    for subnet in config.subnets:
        if subnet.network is None or subnet.network.prefixlen > 30:
            continue
        for pool in subnet.pools:
            for number, what in ((subnet.first, "network"), (subnet.last, "broadcast")):
                inside = pool.first in subnet and pool.last in subnet
                if pool.good and inside and number in pool:
                    message = f"the {what} address {dotted_quad(number)} is inside the pool"
                    yield Finding(message, (*pool.path, "pool"), "Leave it out of the pool.")


@error("KP411", "Write each address of the relay once, as 172.20.10.254.")
def relays(config: Config) -> Iterator[Finding]:
    """A relay's addresses are addresses, each named once."""
    for scope in config.scopes:
        earlier: set[str] = set()
        for where, text in relay_addresses(scope):
            if isinstance(text, str) and address(text) is None:
                yield Finding(f"{text!r} is not an IPv4 address", where)
            elif isinstance(text, str) and text in earlier:
                yield Finding(f"{text} stands twice", where)
            earlier.add(str(text))


RULES = (
    subnet_ids,
    prefixes,
    not_everything,
    plain_forms,
    prefixes_of_4o6,
    overlapping_subnets,
    pools,
    shared_names,
    network_and_broadcast,
    relays,
)
