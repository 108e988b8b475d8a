"""What a site needs open on a server, and how a firewalld zone differs from it.

keaprov names what it opens: services called ``keaprov-…``, and rules that name these services. It
closes those that the site no longer needs, and leaves everything else alone: a host reports nothing
else. If firewalld runs, both its configurations are changed, without a reload: a reload loses what
others have added to the running one only (fail2ban's bans). firewalld reads the definition of a
service at a reload only, so a new port needs one; the host then restores what others had added.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from keaprov import files, paths
from keaprov.ha.observed import Firewalld, Observed, Zone
from keaprov.model import Server, Site


@dataclass(frozen=True, slots=True)
class Openings:
    """Service definitions by name (XML), services open to all, and rules for single sources.

    `interfaces` are to be in the site's zone. `elsewhere` has the other zones in which what keaprov
    opened stays open for now.
    """

    definitions: Mapping[str, str]
    services: tuple[str, ...]
    rules: tuple[str, ...]
    zone: str = ""
    interfaces: tuple[str, ...] = ()
    elsewhere: frozenset[str] = frozenset()


def openings(site: Site, server: Server, ha_port: int | None = None) -> Openings:
    """Return what the site needs open on a server; `ha_port` is the site's if None.

    DHCP is open to all. The HA port is open to the peer only, because the hook's listener does not
    authenticate (Kea ARM, High Availability hook). The API's is open to the peer and to
    `management`; its service has the same name whichever program serves it.
    """
    peer = site.peer(server)
    definitions = {"keaprov-dhcp": _definition("DHCP", 67, "udp", "Clients and relays of Kea.")}
    rules: list[str] = []
    if site.failover and peer:
        definitions["keaprov-ha"] = _definition(
            "Kea HA", ha_port or site.failover.port, "tcp", "The peer of the hot-standby pair."
        )
        rules.append(_rule(peer.address, "keaprov-ha"))
    if site.api:
        definitions["keaprov-agent"] = _definition(
            "Kea API", site.api.port, "tcp", "Management of Kea."
        )
        sources = [*([peer.address] if peer else []), *site.firewall.management]
        rules += [_rule(source, "keaprov-agent") for source in sources]
    services, zone = ("keaprov-dhcp",), site.firewall.zone
    return Openings(definitions, services, tuple(sorted(rules)), zone, server.devices)


def _definition(name: str, port: int, protocol: str, description: str) -> str:
    return files.fill(
        "firewalld/service.xml",
        name=name,
        port=str(port),
        protocol=protocol,
        description=description,
    )


PORT = re.compile(r'^.*<port port="(?P<port>\d+)" protocol="(?P<protocol>\w+)"/>.*$\n', re.M)


def ports_of(definition: str) -> set[str]:
    """Return the ports of a service's definition: ``8005/tcp``."""
    return {f"{match['port']}/{match['protocol']}" for match in PORT.finditer(definition)}


def without_closing(firewall: Firewalld, wanted: Openings) -> Openings:
    """Return what is wanted and what keaprov opened before, so that no port in use closes yet.

    A service whose port changes has both ports until the roll-out has ended. If the site has
    another zone now, the zone from before stays open as long.
    """
    zone = firewall.permanent or Zone()
    definitions = {**firewall.services}
    for name, text in wanted.definitions.items():
        old_ports = [match.group() for match in PORT.finditer(definitions.get(name, ""))]
        ports = [match.group() for match in PORT.finditer(text)]
        kept = "".join(line for line in old_ports if line not in ports)
        definitions[name] = text.replace(ports[-1], ports[-1] + kept) if kept else text
    return replace(
        wanted,
        definitions=definitions,
        services=tuple(sorted({*wanted.services, *zone.services})),
        rules=tuple(sorted({*wanted.rules, *zone.rules})),
        elsewhere=frozenset(firewall.elsewhere),
    )


def _rule(source: str, service: str) -> str:
    family = "ipv6" if ":" in source else "ipv4"
    return f'rule family="{family}" source address="{source}" service name="{service}" accept'


def zone_changes(zone: Zone, wanted: Openings) -> Iterator[tuple[str, list[str]]]:
    """Yield what to change in a zone, as firewall-cmd's option and its values; what opens first."""
    services, rules = set(zone.services), set(zone.rules)
    yield "--add-service", sorted(set(wanted.services) - services)
    yield "--add-rich-rule", sorted(set(wanted.rules) - rules)
    yield "--remove-rich-rule", sorted(rules - set(wanted.rules))
    yield "--remove-service", sorted(services - set(wanted.services))


OFFLINE = {"--remove-service": "--remove-service-from-zone"}
"""Options that firewall-offline-cmd calls otherwise."""


def _differs(zone: Zone | None, wanted: Openings) -> bool:
    return zone is None or any(values for _, values in zone_changes(zone, wanted))


def _unread(firewall: Firewalld, wanted: Openings) -> bool:
    """Whether the running firewalld has yet to read a definition: it knows other ports, or none."""
    return any(
        set(firewall.loaded.get(name, ())) != ports_of(text)
        for name, text in wanted.definitions.items()
    )


def _unbound(firewall: Firewalld, wanted: Openings) -> list[str]:
    """Return the interfaces that are not in the wanted zone for good, whoever keeps that.

    NetworkManager tells firewalld the zones of its interfaces, and none means the default zone
    (nm-device.c, fw_change_zone): a zone's file says nothing about them.
    """
    zones = {name: managed.zone for name, managed in firewall.managed.items()}
    files = {wanted.zone: firewall.permanent or Zone(), **firewall.elsewhere}
    by_file = {name: zone for zone, opened in files.items() for name in opened.interfaces}
    zones = {**by_file, **zones}
    right = _right(firewall, wanted)
    return [name for name in wanted.interfaces if zones.get(name, "") not in right]


def _right(firewall: Firewalld, wanted: Openings) -> set[str]:
    """Return the zones that an interface may be bound to; "" is none, and means the default."""
    return {wanted.zone, *([""] if firewall.default == wanted.zone else [])}


def _misplaced(firewall: Firewalld, wanted: Openings) -> list[str]:
    """Return the interfaces that the running firewalld has in another zone."""
    if firewall.runtime is None:
        return []
    right = _right(firewall, wanted)
    return [name for name in wanted.interfaces if firewall.bound.get(name, "") not in right]


def as_needed(firewall: Firewalld, wanted: Openings) -> bool:
    """Whether a server's firewall is as the site needs it: the running and the permanent one."""
    return (
        all(firewall.services.get(name) == text for name, text in wanted.definitions.items())
        and not _unread(firewall, wanted)
        and not _differs(firewall.permanent, wanted)
        and not _differs(firewall.runtime, wanted)
        and not _unbound(firewall, wanted)
        and not _misplaced(firewall, wanted)
        and wanted.elsewhere.issuperset(firewall.elsewhere)
    )


RELOAD = ["firewall-cmd", "--reload"]
"""files/host/write.py restores after it what others have added to the running configuration."""


def zone_request(
    site: Site, server: Server, observed: Observed, wanted: Openings
) -> dict[str, Any] | None:
    """Return the request to files/host/write.py that opens what is wanted; None if it is open.

    The ports are in the permanent configuration before firewalld starts: if it started first on a
    running pair, the peers could not reach each other, and both would serve the same pools. For the
    same reason an interface goes into a zone after the zone is open.
    """
    firewall, unit, zone = observed.firewalld, observed.unit("firewalld"), site.firewall.zone
    written = [
        {"path": f"{paths.FIREWALLD_SERVICES}/{name}.xml", "content": text}
        for name, text in wanted.definitions.items()
        if firewall.services.get(name) != text
    ]
    reload = unit.running and (
        bool(written) or firewall.runtime is None or _unread(firewall, wanted)
    )
    live = ["firewall-cmd", f"--zone={zone}"]
    edit = [*live, "--permanent"]
    if not unit.running or reload:
        edit = ["firewall-offline-cmd", f"--zone={zone}"]
    then = [*_edits(edit, firewall.permanent or Zone(), wanted)]
    if unit.running and not reload:
        then += _edits(live, firewall.runtime or Zone(), wanted)
    unbound = _unbound(firewall, wanted)
    own = [name for name in unbound if name not in firewall.managed]
    then += ([*edit, f"--change-interface={name}"] for name in own)
    then += [RELOAD] if reload else []
    then += _managed_edits(firewall, unbound, zone)
    if unit.running:
        moved = dict.fromkeys([*unbound, *_misplaced(firewall, wanted)])
        then += ([*live, f"--change-interface={name}"] for name in moved)
    then += _closing(firewall, wanted, running=unit.running)
    for name in sorted(set(firewall.services) - set(wanted.definitions)):
        then.append(["rm", "-f", f"{paths.FIREWALLD_SERVICES}/{name}.xml"])
    if not unit.enabled:
        then.append(["systemctl", "enable", "firewalld"])
    if not unit.running:
        then.append(["systemctl", "start", "firewalld"])
    if not written and not then:
        return None
    directory = {"path": paths.FIREWALLD_SERVICES, "mode": "750", "owner": "root", "group": "root"}
    return {"directories": [directory], "files": written, "then": then}


def _edits(edit: list[str], zone: Zone, wanted: Openings) -> Iterator[list[str]]:
    offline = edit[0] == "firewall-offline-cmd"
    for option, values in zone_changes(zone, wanted):
        if values:
            word = OFFLINE.get(option, option) if offline else option
            yield [*edit, *(f"{word}={value}" for value in values)]


def _closing(firewall: Firewalld, wanted: Openings, *, running: bool) -> Iterator[list[str]]:
    """Yield the commands that close what keaprov opened in zones that the site has no longer.

    The permanent configuration comes last: an interrupted run leaves it to say what to close.
    """
    for name in sorted(set(firewall.elsewhere) - wanted.elsewhere):
        live = ["firewall-cmd", f"--zone={name}"]
        offline = [["firewall-offline-cmd", f"--zone={name}"]]
        for edit in [live, [*live, "--permanent"]] if running else offline:
            yield from _edits(edit, firewall.elsewhere[name], CLOSED)


CLOSED = Openings({}, (), ())
"""What a server that is not in service needs open."""


def _managed_edits(firewall: Firewalld, interfaces: list[str], zone: str) -> Iterator[list[str]]:
    for name in interfaces:
        if name in firewall.managed:
            connection = firewall.managed[name].connection
            yield ["nmcli", "connection", "modify", connection, "connection.zone", zone]


def lockout(site: Site, server: Server, firewall: Firewalld) -> str | None:
    """Return why SSH would be shut out by what keaprov does to firewalld, None if it is not.

    What decides is the zone that the run's own connection is in, once firewalld runs with the
    server's interfaces in the site's zone.
    """
    ssh, managed = firewall.ssh, firewall.managed.get(firewall.ssh.interface)
    moves = ssh.interface in _unbound(firewall, openings(site, server)) and not ssh.by_source
    if firewall.runtime is not None and not moves:
        return None
    chosen = ssh.zone or (managed.zone if managed else "") or firewall.default
    zone = site.firewall.zone if moves else chosen
    if zone in ssh.admitting:
        return None
    source = f" from {ssh.source}" if ssh.source else ""
    why = f"{ssh.interface} would be in it" if moves else "starting firewalld would lock you out"
    return (
        f"firewalld's zone {zone} does not allow SSH on port {ssh.port}{source}; {why}. "
        f"Allow it: firewall-offline-cmd --zone={zone} --add-port={ssh.port}/tcp, or set "
        "firewall.zone in the site file to a zone that allows it"
    )
