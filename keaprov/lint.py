"""What a site's parts must be to each other: one function per rule, a stable code each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from keaprov.errors import NOWHERE, Path, Problem, Severity
from keaprov.model import Site

Rule = Callable[[Site], Iterator[Problem]]


def lint_site(site: Site) -> Iterator[Problem]:
    """Yield the problems of every rule."""
    for rule in RULES:
        yield from rule(site)


def roles(site: Site) -> Iterator[Problem]:
    """KP301: a pair has one primary and one standby; a single server is the primary."""
    path: Path = ("servers",)
    found = Counter(server.role.value for server in site.servers)
    if len(site.servers) == 2 and found != {"primary": 1, "standby": 1}:
        role = next(iter(found))
        where = (*path, site.servers[1].name, "role")
        message = f"both servers are {role}: a hot-standby pair has one primary and one standby"
        yield Problem("KP301", message, NOWHERE, where, "Change one of the two.")
    if len(site.servers) == 1 and found["standby"]:
        where = (*path, site.servers[0].name, "role")
        yield Problem("KP301", "a single server is the primary", NOWHERE, where)


def failover(site: Site) -> Iterator[Problem]:
    """KP302: two servers need `failover`, one server must not have it."""
    if len(site.servers) == 2 and not site.failover:
        hint = "Add `failover: {}` for the defaults."
        yield Problem("KP302", "two servers and no failover", NOWHERE, ("failover",), hint)
    if len(site.servers) == 1 and site.failover:
        path = ("failover",)
        hint = "Add the second server, or leave failover out."
        yield Problem("KP302", "failover with one server", NOWHERE, path, hint)


def addresses(site: Site) -> Iterator[Problem]:
    """KP303: the two servers have addresses of their own."""
    if len({server.address for server in site.servers}) < len(site.servers):
        where = ("servers", site.servers[1].name, "address")
        yield Problem("KP303", "both servers have one address", NOWHERE, where)


def ports(site: Site) -> Iterator[Problem]:
    """KP304: the agent and the HA listener bind one address, so their ports differ."""
    if site.failover and site.control_agent and site.failover.port == site.control_agent.port:
        where = ("failover", "port")
        message = f"failover and the control agent share port {site.failover.port}"
        yield Problem("KP304", message, NOWHERE, where, "8005 and 8000 are usual.")


def delays(site: Site) -> Iterator[Problem]:
    """KP305: max-response-delay is a multiple of heartbeat-delay (Kea ARM, HA hook)."""
    ha = site.failover
    if ha and ha.max_response_delay % max(ha.heartbeat_delay, 1):
        where = ("failover", "max-response-delay")
        message = (
            f"{ha.max_response_delay} is not a multiple of heartbeat-delay {ha.heartbeat_delay}"
        )
        yield Problem("KP305", message, NOWHERE, where, severity=Severity.WARNING)


def subnets(site: Site) -> Iterator[Problem]:
    """KP401-KP404: ids, prefixes, and what lies inside the dynamic pools."""
    for path, subnet in subnets_of(site):
        if "id" not in subnet:
            hint = "Give each subnet an id and never change it: leases belong to the id."
            yield Problem("KP401", "the subnet has no id", NOWHERE, path, hint)
        network = _network(subnet.get("subnet"))
        if network is None:
            where = (*path, "subnet")
            message = f"{subnet.get('subnet')!r} is not an IPv4 prefix"
            yield Problem("KP402", message, NOWHERE, where)
            continue
        yield from _pools(path, subnet, network)
        yield from _reserved(path, subnet, network)


def subnets_of(site: Site) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield every subnet of the site with its path, those of shared networks too."""
    for index, subnet in enumerate(site.dhcp4.get("subnet4") or ()):
        if isinstance(subnet, dict):
            yield ("dhcp4", "subnet4", index), subnet
    for number, shared in enumerate(site.dhcp4.get("shared-networks") or ()):
        for index, subnet in enumerate(shared.get("subnet4") or ()):
            yield ("dhcp4", "shared-networks", number, "subnet4", index), subnet


def _network(text: Any) -> IPv4Network | None:
    try:
        return IPv4Network(text, strict=False) if isinstance(text, str) and "/" in text else None
    except ValueError:
        return None


def _pools(path: Path, subnet: dict[str, Any], network: IPv4Network) -> Iterator[Problem]:
    routers = [one for one in subnet.get("option-data") or () if one.get("name") == "routers"]
    gateways = [word.strip() for one in routers for word in str(one.get("data", "")).split(",")]
    for index, pool in enumerate(subnet.get("pools") or ()):
        where = (*path, "pools", index)
        ends = _range(pool.get("pool") if isinstance(pool, dict) else None)
        if ends is None:
            message = f"{pool.get('pool') if isinstance(pool, dict) else pool!r} is not a pool"
            hint = "Write `first - last`, or a prefix."
            yield Problem("KP403", message, NOWHERE, where, hint)
            continue
        first, last = ends
        if first not in network or last not in network:
            message = f"the pool {first} - {last} is not inside {network}"
            yield Problem("KP403", message, NOWHERE, where)
        for gateway in gateways:
            if _inside(gateway, first, last):
                message = f"the router {gateway} is inside the pool: a client could get its address"
                hint = "End the pool before the router, or start it after."
                yield Problem("KP404", message, NOWHERE, where, hint)


def _range(text: Any) -> tuple[IPv4Address, IPv4Address] | None:
    if not isinstance(text, str):
        return None
    try:
        if "/" in text:
            network = IPv4Network(text.replace(" ", ""))
            return network[0], network[-1]
        first, last = (IPv4Address(part.strip()) for part in text.split("-"))
    except ValueError:
        return None
    return (first, last) if first <= last else None


def _inside(address: str, first: IPv4Address, last: IPv4Address) -> bool:
    try:
        return first <= IPv4Address(address) <= last
    except ValueError:
        return False


def _reserved(path: Path, subnet: dict[str, Any], network: IPv4Network) -> Iterator[Problem]:
    for index, one in enumerate(subnet.get("reservations") or ()):
        address = one.get("ip-address") if isinstance(one, dict) else None
        if address is None:
            continue
        where = (*path, "reservations", index, "ip-address")
        try:
            inside = IPv4Address(address) in network
        except ValueError:
            inside = False
        if not inside:
            message = f"the reserved address {address} is not inside {network}"
            yield Problem("KP405", message, NOWHERE, where)


RULES: tuple[Rule, ...] = (roles, failover, addresses, ports, delays, subnets)
