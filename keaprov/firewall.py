"""What a site needs open on a server, and what a firewalld zone lacks of it.

What keaprov opens it names: services called ``keaprov-…`` and rules that name them. Whatever of
that name the site no longer needs is closed again; everything else is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from keaprov import files
from keaprov.ha.observed import Firewalld, Zone
from keaprov.model import Server, Site

OURS = "keaprov-"


@dataclass(frozen=True, slots=True)
class Openings:
    """Service definitions by name (XML), services open to all, and rules for single sources."""

    definitions: Mapping[str, str]
    services: tuple[str, ...]
    rules: tuple[str, ...]


def openings(site: Site, server: Server) -> Openings:
    """Return what the site needs open on a server.

    DHCP is open to all; the HA port to the peer only, for the hook's listener does no
    authentication (Kea ARM, High Availability hook); the agent's to the peer and `management`.
    """
    peer = site.peer(server)
    definitions = {"keaprov-dhcp": _definition("DHCP", 67, "udp", "Clients and relays of Kea.")}
    rules: list[str] = []
    if site.failover and peer:
        definitions["keaprov-ha"] = _definition(
            "Kea HA", site.failover.port, "tcp", "The peer of the hot-standby pair."
        )
        rules.append(_rule(peer.address, "keaprov-ha"))
    if site.control_agent:
        definitions["keaprov-agent"] = _definition(
            "Kea API", site.control_agent.port, "tcp", "Management of Kea."
        )
        sources = [*([peer.address] if peer else []), *site.firewall.management]
        rules += [_rule(source, "keaprov-agent") for source in sources]
    return Openings(definitions, ("keaprov-dhcp",), tuple(sorted(rules)))


def _definition(name: str, port: int, protocol: str, description: str) -> str:
    return files.fill(
        "firewalld/service.xml",
        name=name,
        port=str(port),
        protocol=protocol,
        description=description,
    )


def _rule(source: str, service: str) -> str:
    family = "ipv6" if ":" in source else "ipv4"
    return f'rule family="{family}" source address="{source}" service name="{service}" accept'


def ours(names: Iterable[str]) -> set[str]:
    """Return the services and rules among these that keaprov has made."""
    return {name for name in names if OURS in name}


def zone_changes(zone: Zone, wanted: Openings) -> Iterator[tuple[str, list[str]]]:
    """Yield what to change in a zone, as firewall-offline-cmd's option and its values."""
    services, rules = ours(zone.services), ours(zone.rules)
    yield "--remove-service", sorted(services - set(wanted.services))
    yield "--remove-rich-rule", sorted(rules - set(wanted.rules))
    yield "--add-service", sorted(set(wanted.services) - services)
    yield "--add-rich-rule", sorted(set(wanted.rules) - rules)


def settled(seen: Firewalld) -> bool:
    """Whether the running firewall is what is configured for good."""
    runtime, permanent = seen.runtime, seen.permanent
    return (
        runtime is not None
        and permanent is not None
        and set(runtime.services) == set(permanent.services)
        and set(runtime.ports) == set(permanent.ports)
        and set(runtime.rules) == set(permanent.rules)
    )


def as_needed(seen: Firewalld, wanted: Openings) -> bool:
    """Whether a server's firewall is, now and for good, as the site needs it."""
    changes = zone_changes(seen.permanent or Zone(), wanted)
    return settled(seen) and not any(values for _, values in changes)
