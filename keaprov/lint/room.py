"""Rules about the room that reservations and pools leave each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from keaprov.errors import KeyPath
from keaprov.lint.config import Config, Pool, Subnet, pools_of
from keaprov.lint.hosts import Host, HostList, host_lists
from keaprov.lint.inherited import chain, value
from keaprov.lint.rule import Finding, error, warning
from keaprov.words import and_more


@warning("KP416", "Reserve an address outside the pool, or end the pool before it.")
def in_pools(config: Config) -> Iterator[Finding]:
    """A reserved address is outside the dynamic pools.

    Kea takes it inside, and looks every dynamic address up among the reservations for it; outside,
    ``reservations-out-of-pool: true`` spares that. One message for each pool. If
    ``reservations-out-of-pool`` is true already, this is an error: see KP423.
    """
    by_pool: defaultdict[KeyPath, list[Host]] = defaultdict(list)
    for subnet, hosts in _of_subnets(config):
        if value(chain(config, subnet), "reservations-out-of-pool") is True:
            continue
        pools = pools_of(subnet.pools, hosts.numbers)
        for host in hosts.hosts if pools else ():
            if host.address is not None and host.address in pools:
                by_pool[pools[host.address].path].append(host)
    for path, members in by_pool.items():
        first = members[0]
        others, are = and_more(len(members) - 1), "is" if len(members) == 1 else "are"
        message = f"the reserved address {first.raw['ip-address']}{others} {are} inside the pool"
        yield Finding(message, (*path, "pool"))


def _of_subnets(config: Config) -> Iterator[tuple[Subnet, HostList]]:
    for hosts in host_lists(config):
        if hosts.subnet is not None:
            yield hosts.subnet, hosts


@error("KP417", stricter=True)
def room(config: Config) -> Iterator[Finding]:
    """A subnet has room for its reservations, and its pools for others.

    In a shared network another subnet's pools may have the room for others.
    """
    lists = list(_of_subnets(config))
    links: defaultdict[KeyPath, list[Pool]] = defaultdict(list)
    reserved: defaultdict[KeyPath, set[int]] = defaultdict(set)
    for subnet in config.subnets if lists else ():
        links[subnet.link] += (pool for pool in subnet.pools if pool.good)
    for subnet, hosts in lists:
        reserved[subnet.link].update(hosts.numbers)
    for subnet, hosts in lists:
        rows = sum(raw.get("ip-address") is not None for raw in hosts.raws)
        size = subnet.last - subnet.first + 1 - (2 if subnet.last - subnet.first > 1 else 0)
        where = (*subnet.path, "subnet")
        if subnet.network and rows > size:
            message = f"{rows} reservations for the {size} addresses of {subnet.name}"
            yield Finding(message, where, "Make the subnet larger.")
        own = any(pool.good for pool in subnet.pools)
        good, taken = links[subnet.link], reserved[subnet.link]
        if own and hosts.numbers and all(_taken(pool.first, pool.last, taken) for pool in good):
            message = f"every address in the pools of {subnet.name} is reserved"
            yield Finding(message, where, "Clients without a reservation get none: widen a pool.")


def _taken(first: int, last: int, taken: set[int]) -> bool:
    return last - first < len(taken) and all(n in taken for n in range(first, last + 1))


@warning("KP429")
def room_for_unnamed(config: Config) -> Iterator[Finding]:
    """The pools have an address for each reservation without one.

    Such a reservation is for a name, options or classes: its client gets an address from a pool of
    its subnet, or of another subnet of the shared network. Clients of the class DROP get none. The
    rule is silent where there is no pool at all.
    """
    waiting: defaultdict[KeyPath, list[Host]] = defaultdict(list)
    reserved: defaultdict[KeyPath, set[int]] = defaultdict(set)
    for subnet, hosts in _of_subnets(config):
        reserved[subnet.link].update(hosts.numbers)
        for host in hosts.hosts if len(hosts.numbers) < len(hosts.rows) else ():
            if "ip-address" not in host.raw and "DROP" not in _classes(host):
                waiting[subnet.link].append(host)
    pools: defaultdict[KeyPath, list[Pool]] = defaultdict(list)
    for subnet in config.subnets if waiting else ():
        pools[subnet.link] += (pool for pool in subnet.pools if pool.good)
    for link, members in waiting.items():
        size = sum(pool.last - pool.first + 1 for pool in pools[link])
        free = size - len(pools_of(pools[link], reserved[link]))
        if pools[link] and free < len(members):
            message = f"{len(members)} reservations without an address, and the pools have {free}"
            hint = "Widen a pool, or give the reservations addresses."
            yield Finding(message, members[0].at(), hint)


def _classes(host: Host) -> Sequence[str]:
    classes = host.raw.get("client-classes")
    return classes if isinstance(classes, (list, tuple)) else ()


RULES = (in_pools, room, room_for_unnamed)
