"""Rules about reservations that Kea does not look up (Kea ARM, "Host Reservations in DHCPv4").

Kea accepts all of them; their clients get an address, a name or options as if they had none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate

from keaprov.errors import KeyPath
from keaprov.lint.config import Config, Subnet, pools_of
from keaprov.lint.hosts import Host, host_lists
from keaprov.lint.inherited import chain, value
from keaprov.lint.rule import Finding, error
from keaprov.model.names import IDENTIFIERS, LOOKED_UP
from keaprov.words import and_more

_FLEX_ID = (
    "Add {library: libdhcp_flex_id.so, parameters: {identifier-expression: …}} to hooks-libraries."
)


def _holds(config: Config, subnet: Subnet, key: str, usual: bool) -> bool:
    return value(chain(config, subnet), key, usual) is True


@error("KP421", stricter=True)
def ignored(config: Config) -> Iterator[Finding]:
    """Reservations are where Kea looks for them.

    It uses global reservations only for subnets with ``reservations-global: true`` (false by
    default; ``early-global-reservations-lookup`` does it for all), and those of a subnet only if
    its ``reservations-in-subnet`` is true, as it is by default. Both keys are inherited. A global
    reservation's address counts only in a subnet that has it (AllocEngine::findReservation).
    """
    rows = config.dhcp4.get("reservations")
    early = config.dhcp4.get("early-global-reservations-lookup") is True
    if rows and isinstance(rows, (list, tuple)) and config.subnets and not early:
        users = (_holds(config, subnet, "reservations-global", False) for subnet in config.subnets)
        if not any(users):
            hint = "Set reservations-global: true, or move the reservations into their subnets."
            message = "Kea ignores the global reservations: no subnet has reservations-global: true"
            yield Finding(message, (*config.root, "reservations"), hint)
        elif "config-control" not in config.dhcp4:
            yield from _out_of_reach(config)
    for listed in config.reservations:
        subnet = listed.subnet
        if subnet is not None and not _holds(config, subnet, "reservations-in-subnet", True):
            message = f"Kea ignores the reservations of {subnet.name}"
            hint = "Set reservations-in-subnet: true, or move them to the global reservations."
            yield Finding(f"{message}: its reservations-in-subnet is false", listed.path, hint)


def _out_of_reach(config: Config) -> Iterator[Finding]:
    """Yield the first global reservation whose address is in no subnet that uses them."""
    users = [
        subnet for subnet in config.subnets if _holds(config, subnet, "reservations-global", False)
    ]
    if not all(subnet.network for subnet in users):
        return
    users.sort(key=lambda subnet: subnet.first)
    firsts = [subnet.first for subnet in users]
    lasts = list(accumulate((subnet.last for subnet in users), max))
    for listed in host_lists(config):
        if listed.subnet is None:
            lost = [host for host in listed.hosts if not _held(host, firsts, lasts)]
            for host in lost[:1]:
                others = and_more(len(lost) - 1)
                message = f"Kea ignores the global reservation of {host.raw['ip-address']}{others}"
                hint = (
                    "Reserve it in its subnet, or set reservations-global: true in the subnet "
                    "that has the address."
                )
                reason = "no subnet with reservations-global: true has the address"
                yield Finding(f"{message}: {reason}", host.at("ip-address"), hint)


def _held(host: Host, firsts: Sequence[int], lasts: Sequence[int]) -> bool:
    """Whether a subnet has the address, if there is one; `lasts` are the greatest ends so far."""
    if host.address is None:
        return True
    at = bisect_right(firsts, host.address)
    return at > 0 and host.address <= lasts[at - 1]


@error("KP422", stricter=True)
def unknown_identifiers(config: Config) -> Iterator[Finding]:
    """Kea looks for each kind of identifier that reservations use.

    These are the kinds in ``host-reservation-identifiers``: hw-address, duid, circuit-id and
    client-id if it is not set, so not flex-id. A flex-id also needs the hook library
    libdhcp_flex_id.so, which makes it. One message for each kind.
    """
    listed = config.dhcp4.get("host-reservation-identifiers")
    names = listed if isinstance(listed, (list, tuple)) and listed else LOOKED_UP
    first: dict[str, Host] = {}
    counts: defaultdict[str, int] = defaultdict(int)
    for listed in host_lists(config):
        for kind in filter(None, dict.fromkeys(listed.kinds)):
            counts[kind] += listed.kinds.count(kind)
            if kind not in first:
                first[kind] = listed.hosts[listed.kinds.index(kind)]
    for kind, host in first.items():
        others = f" (and {counts[kind] - 1} more)" if counts[kind] > 1 else ""
        if kind not in names and "auto" not in names:
            message = f"Kea does not look for reservations by {kind}{others}"
            wanted = [name for name in IDENTIFIERS if name in names or name in first]
            hint = f"Set host-reservation-identifiers: [{', '.join(wanted)}]."
            if kind == "flex-id" and not _makes_flex_ids(config):
                hint = f"{hint} {_FLEX_ID}"
            yield Finding(message, host.at(kind), hint)
        elif kind == "flex-id" and not _makes_flex_ids(config):
            message = f"nothing makes a flex-id to compare with this one{others}"
            yield Finding(message, host.at(kind), _FLEX_ID)


def _makes_flex_ids(config: Config) -> bool:
    """Whether a hook library makes flex-ids; one that is not ISC's may."""
    return any(
        "flex_id" in library or not library.startswith("libdhcp_") for _, _, library in config.hooks
    )


@error("KP423", stricter=True)
def in_pool_though_out_of_pool(config: Config) -> Iterator[Finding]:
    """With ``reservations-out-of-pool: true``, reserved addresses are outside the pools.

    Kea then does not look for reservations of addresses inside: it ignores the reserved address and
    may give it to any client. The key is inherited. One message for each pool.
    """
    by_pool: defaultdict[KeyPath, list[Host]] = defaultdict(list)
    for listed in host_lists(config):
        subnet = listed.subnet
        if subnet is not None and _holds(config, subnet, "reservations-out-of-pool", False):
            pools = pools_of(subnet.pools, listed.numbers)
            reserved = {host.address: host for host in reversed(listed.hosts)} if pools else {}
            for number, pool in pools.items():
                by_pool[pool.path].append(reserved[number])
    for path, members in by_pool.items():
        others = and_more(len(members) - 1)
        message = f"Kea ignores the reserved address {members[0].raw['ip-address']}{others}"
        inside = "it is" if len(members) == 1 else "they are"
        reason = f"{inside} inside the pool, and reservations-out-of-pool is true"
        hint = "Move it out of the pool, or set reservations-out-of-pool: false."
        yield Finding(f"{message}: {reason}", (*path, "pool"), hint)


RULES = (ignored, unknown_identifiers, in_pool_though_out_of_pool)
