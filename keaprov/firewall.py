"""What a site needs open on a server, and how a firewalld zone differs from it.

keaprov names what it opens: services called ``keaprov-…``, and rules that name these services. It
closes those that the site no longer needs, and leaves everything else alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from keaprov import files, paths
from keaprov.ha.observed import Firewalld, Observed, Zone
from keaprov.model import Server, Site

MARK = "keaprov-"


@dataclass(frozen=True, slots=True)
class Openings:
    """Service definitions by name (XML), services open to all, and rules for single sources."""

    definitions: Mapping[str, str]
    services: tuple[str, ...]
    rules: tuple[str, ...]


def openings(site: Site, server: Server, ha_port: int | None = None) -> Openings:
    """Return what the site needs open on a server; `ha_port` is the site's if None.

    DHCP is open to all. The HA port is open to the peer only, because the hook's listener does not
    authenticate (Kea ARM, High Availability hook). The agent's is open to the peer and to
    `management`.
    """
    peer = site.peer(server)
    definitions = {"keaprov-dhcp": _definition("DHCP", 67, "udp", "Clients and relays of Kea.")}
    rules: list[str] = []
    if site.failover and peer:
        definitions["keaprov-ha"] = _definition(
            "Kea HA", ha_port or site.failover.port, "tcp", "The peer of the hot-standby pair."
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


PORT = re.compile(r'^.*<port port="\d+" protocol="\w+"/>.*$\n', re.M)


def without_closing(firewall: Firewalld, wanted: Openings) -> Openings:
    """Return what is wanted and what keaprov opened before, so that no port in use closes yet.

    A service whose port changes has both ports until the roll-out has ended.
    """
    zone = firewall.permanent or Zone()
    definitions = {**firewall.services}
    for name, text in wanted.definitions.items():
        old_ports = PORT.findall(definitions.get(name, ""))
        ports = PORT.findall(text)
        kept = "".join(line for line in old_ports if line not in ports)
        definitions[name] = text.replace(ports[-1], ports[-1] + kept) if kept else text
    return Openings(
        definitions,
        tuple(sorted({*wanted.services, *of_keaprov(zone.services)})),
        tuple(sorted({*wanted.rules, *of_keaprov(zone.rules)})),
    )


def _rule(source: str, service: str) -> str:
    family = "ipv6" if ":" in source else "ipv4"
    return f'rule family="{family}" source address="{source}" service name="{service}" accept'


def of_keaprov(names: Iterable[str]) -> set[str]:
    """Return the services and rules that keaprov has made."""
    return {name for name in names if MARK in name}


def zone_changes(zone: Zone, wanted: Openings) -> Iterator[tuple[str, list[str]]]:
    """Yield what to change in a zone, as firewall-offline-cmd's option and its values."""
    services, rules = of_keaprov(zone.services), of_keaprov(zone.rules)
    yield "--remove-service-from-zone", sorted(services - set(wanted.services))
    yield "--remove-rich-rule", sorted(rules - set(wanted.rules))
    yield "--add-service", sorted(set(wanted.services) - services)
    yield "--add-rich-rule", sorted(set(wanted.rules) - rules)


def settled(firewall: Firewalld) -> bool:
    """Whether keaprov's runtime rules are those of the permanent configuration.

    Runtime rules of others (fail2ban) do not count: a reload would lose them.
    """
    runtime, permanent = firewall.runtime, firewall.permanent
    return (
        runtime is not None
        and permanent is not None
        and of_keaprov(runtime.services) == of_keaprov(permanent.services)
        and of_keaprov(runtime.rules) == of_keaprov(permanent.rules)
    )


def as_needed(firewall: Firewalld, wanted: Openings) -> bool:
    """Whether a server's firewall is as the site needs it: the running and the permanent one."""
    changes = zone_changes(firewall.permanent or Zone(), wanted)
    same = all(firewall.services.get(name) == text for name, text in wanted.definitions.items())
    return same and settled(firewall) and not any(values for _, values in changes)


def zone_request(
    site: Site, server: Server, observed: Observed, wanted: Openings
) -> dict[str, Any] | None:
    """Return the request to files/host/write.py that opens what is wanted; None if it is open.

    The ports are in the permanent configuration before firewalld starts: if it started first on a
    running pair, the peers could not reach each other, and both would serve the same pools.
    """
    firewall, unit = observed.firewalld, observed.unit("firewalld")
    current = firewall.permanent or Zone()
    written = [
        {"path": f"{paths.FIREWALLD_SERVICES}/{name}.xml", "content": text}
        for name, text in wanted.definitions.items()
        if firewall.services.get(name) != text
    ]
    edit = ["firewall-offline-cmd", f"--zone={site.firewall.zone}"]
    then = [
        [*edit, *(f"{option}={value}" for value in values)]
        for option, values in zone_changes(current, wanted)
        if values
    ]
    if firewall.default != site.firewall.zone:
        bound = {*current.interfaces, *(name for name, zone in firewall.bound.items() if zone)}
        unbound = (name for name in server.devices if name not in bound)
        then += [[*edit, f"--add-interface={name}"] for name in unbound]
    for name in sorted(set(firewall.services) - set(wanted.definitions)):
        then.append(["rm", "-f", f"{paths.FIREWALLD_SERVICES}/{name}.xml"])
    if not unit.enabled:
        then.append(["systemctl", "enable", "firewalld"])
    if not unit.running:
        then.append(["systemctl", "start", "firewalld"])
    elif written or then or not settled(firewall):
        then.append(["firewall-cmd", "--reload"])
    if not written and not then:
        return None
    directory = {"path": paths.FIREWALLD_SERVICES, "mode": "750", "owner": "root", "group": "root"}
    return {"directories": [directory], "files": written, "then": then}
