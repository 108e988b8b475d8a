"""Rules about how a packet finds its network: relays, and what a shared network has in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from keaprov.errors import KeyPath
from keaprov.lint.config import Config, Subnet, relay_addresses
from keaprov.lint.forms import address, dotted_quad
from keaprov.lint.inherited import Chain, chain
from keaprov.lint.rule import Finding, error


@error("KP424", stricter=True)
def relay_of_two_networks(config: Config) -> Iterator[Finding]:
    """A relay's address belongs to one network, unless client classes tell the networks apart.

    Kea takes the first subnet with the address, in the order of ids, whose classes the client is in
    (CfgSubnets4::selectSubnet). Behind one without classes no other network is reached. The subnets
    of a shared network are one network; one without relays has those of its shared network.
    """
    subnets = [subnet for subnet in config.subnets if isinstance(subnet.raw.get("id"), int)]
    takers: dict[int, Subnet] = {}
    reported: set[KeyPath] = set()
    for subnet in sorted(subnets, key=lambda subnet: int(subnet.raw["id"])):
        scopes = chain(config, subnet)[:-1]
        for number, where in _relays(scopes):
            taker = takers.get(number)
            if taker is None:
                if not _guarded(scopes):
                    takers[number] = subnet
                continue
            if taker.link != subnet.link and where not in reported:
                reported.add(where)
                message = f"the relay {dotted_quad(number)} belongs to {taker.name} already"
                reason = f"its clients never get to {subnet.name}"
                hint = "Keep it in one of them, or let client-classes tell the clients apart."
                yield Finding(f"{message}: {reason}", where, hint)


def _relays(scopes: Chain) -> Iterator[tuple[int, KeyPath]]:
    """Yield the relays of a subnet: its own if it has any, else those of its shared network."""
    for scope in scopes:
        relays = list(relay_addresses(scope)) if "relay" in scope.raw else []
        if relays:
            numbers = ((address(text), where) for where, text in relays)
            yield from ((number, where) for number, where in numbers if number)
            return


def _guarded(scopes: Chain) -> bool:
    keys = ("client-class", "client-classes")
    return any(scope.raw.get(key) for scope in scopes for key in keys)


@error("KP425")
def common_values(config: Config) -> Iterator[Finding]:
    """The subnets of a shared network have one interface, and one ``authoritative``.

    Kea refuses others (sharedNetworksSanityChecks). A subnet that sets neither has those of its
    shared network. The global ``authoritative`` does not count here: if it is true and a subnet
    says so too, its shared network has to.
    """
    members: defaultdict[KeyPath, list[Subnet]] = defaultdict(list)
    for subnet in config.subnets:
        if subnet.shared is not None:
            members[subnet.shared].append(subnet)
    for path, network in config.shared_networks:
        whole = network.get("authoritative", False)
        interface = network.get("interface")
        for subnet in members[path]:
            if subnet.raw.get("authoritative", whole) != whole:
                message = f"{subnet.name} and its shared network differ in authoritative"
                hint = "Set it in the shared network alone."
                yield Finding(message, (*subnet.path, "authoritative"), hint)
            own = subnet.raw.get("interface")
            interface = interface or own
            if own and own != interface:
                message = f"{subnet.name} has the interface {own}, its shared network {interface}"
                hint = "Set one interface, in the shared network alone."
                yield Finding(message, (*subnet.path, "interface"), hint)


RULES = (relay_of_two_networks, common_values)
