"""Rules about the addresses of routers, relays and servers: no client may get one of them.

Routers come from the options in effect for a subnet's clients, wherever they are written: in the
subnet, its pools, its shared network or the global scope, by name, by code or in hexadecimal. The
routers of classless static routes (option 121) are routers, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from keaprov.errors import KeyPath
from keaprov.lint.config import Config, Pool, Scope, Subnet, maps, pools_of, relay_addresses
from keaprov.lint.forms import address, dotted_quad
from keaprov.lint.hosts import host_lists
from keaprov.lint.inherited import (
    DNS_SERVERS,
    LOG_SERVERS,
    NAME_SERVERS,
    NETBIOS_SERVERS,
    NTP_SERVERS,
    ROUTERS,
    ROUTES,
    TFTP_ADDRESSES,
    TFTP_SERVER,
    TIME_SERVERS,
    Option,
    client_chains,
    codes_in_scopes,
    in_effect,
    options_of,
    options_of_reservations,
)
from keaprov.lint.rule import Finding, error, warning

_SERVICES = {
    TIME_SERVERS: "time server",
    NAME_SERVERS: "name server",
    DNS_SERVERS: "DNS server",
    LOG_SERVERS: "log server",
    NTP_SERVERS: "NTP server",
    NETBIOS_SERVERS: "NetBIOS name server",
    TFTP_SERVER: "boot server",
    TFTP_ADDRESSES: "boot server",
}
_OF_ROUTERS = (ROUTERS, ROUTES)


def _given_routers(config: Config) -> list[tuple[Subnet, Option]]:
    """Return the options that hold routers for each group of clients: a subnet's, a pool's."""
    return config.once("given routers", lambda: list(_routers_of_clients(config)))


def _routers_of_clients(config: Config) -> Iterator[tuple[Subnet, Option]]:
    codes = [code for code in _OF_ROUTERS if code in codes_in_scopes(config)]
    for subnet in config.subnets if codes else ():
        for scopes in client_chains(config, subnet):
            for code in codes:
                for option in in_effect(config, scopes, code):
                    if option.sent:
                        yield subnet, option


def _routers(config: Config) -> set[int]:
    """Return the addresses of routers that are in effect for some clients."""
    return config.once("routers", lambda: set(_router_addresses(config)))


def _router_addresses(config: Config) -> Iterator[int]:
    for _, option in _given_routers(config):
        yield from option.routers


def _special_routers(config: Config) -> set[int]:
    """Return the addresses of routers of classes and reservations, but those that are reserved."""
    given = [options_of(config, Scope(path, raw, "class")) for path, raw in config.classes]
    given += [options for _, _, _, options in options_of_reservations(config)]
    numbers = {
        number
        for options in given
        for code in _OF_ROUTERS
        for option in options.get(code, ())
        for number in option.routers
    }
    return numbers.difference(*(listed.numbers for listed in host_lists(config)))


def _relays(config: Config) -> dict[int, KeyPath]:
    """Return the addresses of relays, each with the place where it is first written."""
    relays: dict[int, KeyPath] = {}
    for scope in config.scopes:
        if "relay" in scope.raw and scope.kind in ("subnet", "shared"):
            for where, text in relay_addresses(scope):
                number = address(text)
                if number:
                    relays.setdefault(number, where)
    return relays


def _in_pools(config: Config, numbers: Iterable[int]) -> Iterator[tuple[int, Pool]]:
    """Yield the addresses that are in a pool of any subnet, each with one pool."""
    pools = (pool for subnet in config.subnets for pool in subnet.pools)
    yield from pools_of(pools, numbers).items()


@error("KP404", stricter=True)
def routers_in_pools(config: Config) -> Iterator[Finding]:
    """A router's or relay's address is in no dynamic pool.

    Kea accepts it. One day a client gets the gateway's address, and its whole VLAN is offline. The
    router that a client class or a reservation gives may be in a pool if its address is reserved.
    """
    names = dict.fromkeys(_special_routers(config), "router")
    names |= dict.fromkeys(_relays(config), "relay")
    names |= dict.fromkeys(_routers(config), "router")
    for number, pool in _in_pools(config, names):
        message = f"the {names[number]} {dotted_quad(number)} is inside the pool"
        message += ": a client could get its address"
        hint = f"End the pool before the {names[number]}, or start it after."
        yield Finding(message, (*pool.path, "pool"), hint)


@error("KP408", stricter=True)
def servers_in_pools(config: Config) -> Iterator[Finding]:
    """No IPv4 address of a server is in a dynamic pool, nor an address that Kea listens on."""
    names = {number: name for number, name in _servers(config).items() if number}
    for number, pool in _in_pools(config, names):
        message = f"the address of {names[number]}, {dotted_quad(number)}, is inside the pool"
        yield Finding(message, (*pool.path, "pool"), "Leave it out of the pool.")


def _servers(config: Config) -> dict[int, str]:
    """Return the addresses of the site's servers, each with its server's name."""
    numbers = (
        (address(text), server.name)
        for server in (config.site.servers if config.site else ())
        for text in server.identifiers
    )
    return {number: name for number, name in numbers if number is not None}


@warning("KP410")
def routers_outside(config: Config) -> Iterator[Finding]:
    """A router is in the subnet of the clients that it is given to, at the address of a host.

    In a shared network it may be in another subnet of the same network: these share a link. No host
    has the network address or the broadcast address of a subnet (RFC 1122, 3.2.1.3). The rule does
    not judge routes (option 121) of which some are on the link, through 0.0.0.0: they may lead to
    the router.
    """
    reported: set[tuple[KeyPath, int]] = set()
    links: defaultdict[KeyPath, list[Subnet]] = defaultdict(list)
    for subnet in config.subnets:
        links[subnet.link].append(subnet)
    for subnet, option in _given_routers(config):
        on_link = option.code == ROUTES and any(not router for _, router in option.routes)
        for number in option.routers if subnet.network and not on_link else ():
            if (option.path, number) in reported:
                continue
            if number in subnet:
                end = _end(subnet, number)
                if end:
                    reported.add((option.path, number))
                    message = f"the router {dotted_quad(number)} is the {end} of {subnet.name}"
                    yield Finding(message, (*option.path, "data"), "Write the router's address.")
                continue
            if not any(number in neighbour for neighbour in links[subnet.link]):
                reported.add((option.path, number))
                message = f"the router {dotted_quad(number)} is not in {subnet.name}"
                hint = "Give the subnet a router of its own."
                where = (*option.path, "data")
                yield Finding(f"{message}: clients cannot reach it", where, hint)


def _end(subnet: Subnet, number: int) -> str:
    """Return what an address of a subnet is that no host has; "" for any other."""
    if subnet.network is None or subnet.network.prefixlen > 30:
        return ""
    ends = {subnet.first: "network address", subnet.last: "broadcast address"}
    return ends.get(number, "")


@error("KP415", stricter=True)
def reserved(config: Config) -> Iterator[Finding]:
    """The address of a server, router or relay, of a network or a broadcast is reserved for nobody.

    Kea accepts such a reservation and gives the address to its client, who then has the address of
    another host.
    """
    owners: dict[int, str] = {}
    for subnet in config.subnets:
        if subnet.network is not None and subnet.network.prefixlen <= 30:
            owners[subnet.first] = f"the network address of {subnet.name}"
            owners[subnet.last] = f"the broadcast address of {subnet.name}"
    owners |= dict.fromkeys(_relays(config), "the address of a relay")
    owners |= dict.fromkeys(_routers(config), "the address of a router")
    owners |= {number: f"the address of {name}" for number, name in _servers(config).items()}
    for listed in host_lists(config):
        if owners.keys().isdisjoint(listed.numbers):
            continue
        for host in listed.hosts:
            if host.address in owners:
                message = f"{host.raw['ip-address']} is {owners[host.address]}"
                yield Finding(message, host.at("ip-address"), "Reserve another address.")


@warning("KP420")
def services_in_pools(config: Config) -> Iterator[Finding]:
    """A server that options name has no address in a dynamic pool, unless the address is reserved.

    These are DNS, NTP, time, log and NetBIOS servers, and boot servers: `next-server`, options 66
    and 150. If a client gets such an address, the service fails for all others.
    """
    kept = _routers(config).union(*(listed.numbers for listed in host_lists(config)))
    names: dict[int, str] = {}
    for scope in config.scopes:
        number = address(scope.raw["next-server"]) if "next-server" in scope.raw else None
        if number:
            names.setdefault(number, "boot server")
        if "option-data" in scope.raw:
            names |= _services(options_of(config, scope))
    for _, _, _, options in options_of_reservations(config):
        names |= _services(options)
    for listed in config.reservations if "next-server" in _keys(config) else ():
        for _, row in maps(listed.rows):
            number = address(row.get("next-server"))
            if number:
                names.setdefault(number, "boot server")
    for number in [number for number in names if number in kept]:
        del names[number]
    for number, pool in _in_pools(config, names):
        message = f"the {names[number]} {dotted_quad(number)} is inside the pool"
        message += ": a client could get its address"
        hint = "Leave it out of the pool, or reserve the address for it."
        yield Finding(message, (*pool.path, "pool"), hint)


def _keys(config: Config) -> set[str]:
    """Return the keys that some reservations have."""
    return set().union(*(listed.keys for listed in config.reservations))


def _services(options: Mapping[int, list[Option]]) -> dict[int, str]:
    names: dict[int, str] = {}
    for code, name in _SERVICES.items() if not _SERVICES.keys().isdisjoint(options) else ():
        for option in options.get(code, ()):
            names |= dict.fromkeys(option.addresses, name)
    return names


RULES = (
    routers_in_pools,
    servers_in_pools,
    routers_outside,
    reserved,
    services_in_pools,
)
