"""What must hold before anything is changed: each refusal names the cause and the way out."""

from __future__ import annotations

from collections.abc import Iterator

from keaprov import paths, series
from keaprov.ha import room, system, units
from keaprov.ha.observed import Firewalld, Observed
from keaprov.ha.serving import UNMASK
from keaprov.ha.states import State
from keaprov.ha.upgrade import any_kea_version, distributions_kea, kea_version
from keaprov.model import Server, Site
from keaprov.model.names import EVERY_INTERFACE

CLOCKS_APART = 30.0
"""Seconds; the HA hook warns from 30 s on and terminates at 60 s (Kea ARM, clock skew)."""
TERMINATES = 60
"""Seconds. A server that terminated for it terminates again after each ha-reset: it remembers."""


def refusals(site: Site, server: Server, observed: Observed) -> Iterator[str]:
    """Yield every reason not to touch this server."""
    if not observed.root:
        yield "root's rights are needed on this host: log in as root, or run pyinfra with --sudo"
        return
    yield from _system(observed)
    yield from links(observed)
    yield from _interfaces(server, observed)
    yield from _addresses(server, observed)
    for name in units.masked(site, observed):  # a turn would stop it
        yield f"{name} is masked: nothing can start it. {UNMASK} {name}"
    for name in units.fixed(site, observed):  # a turn in each deploy, and none for its peer
        words = f"{name} cannot be enabled: its unit file has no [Install] section"
        yield f"{words}. {units.install(name)}"
    yield from _of_others(server, observed)
    yield from _clocks(observed)
    yield from _room(observed)
    yield from _dnf(observed)
    yield from _zone(site, server, observed)
    yield from _series(site, observed)
    yield from unsafe(observed)


def unsafe(observed: Observed) -> Iterator[str]:
    """Yield why the pair must not be touched, as this server sees it; checked before every step."""
    ha = observed.kea.ha
    if ha is None or ha.skew is None:
        return
    if ha.state is State.TERMINATED:  # it sends no heartbeats: its clock difference is old
        if abs(ha.skew) > TERMINATES:
            yield (
                f"the pair is terminated, because the clocks were {abs(ha.skew)} s apart. Set both "
                "clocks right (chronyc makestep), then restart kea-dhcp4 on both servers within 10 "
                "minutes, standby first: clients wait meanwhile. Then run the deploy again"
            )
    elif abs(ha.skew) > CLOCKS_APART:
        yield (
            f"kea-dhcp4 reports that its peer's clock differs by {ha.skew} s; at 60 s it "
            "terminates the pair. Set both clocks right (chronyc makestep), restart kea-dhcp4 "
            "where it was started with the wrong time, and run the deploy again"
        )


def refusals_of_pair(site: Site, by_name: dict[str, Observed]) -> Iterator[str]:
    """Yield every reason not to touch the servers together, which are observed by server name."""
    if len(by_name) < 2:
        return
    versions = {
        name: version
        for name, observed in by_name.items()
        if (version := any_kea_version(observed))
    }
    if len(set(versions.values())) > 1 and not site.kea.version:
        listed = ", ".join(f"{name} has {version}" for name, version in sorted(versions.items()))
        yield (
            f"the servers' Kea versions differ: {listed}. A pair must run one version: pin it in "
            "kea.version of the site file, and the deploy brings both to it"
        )
    ahead = [observed.ahead for observed in by_name.values()]
    if ahead and max(ahead) - min(ahead) > CLOCKS_APART:
        yield (
            f"the servers' clocks are {max(ahead) - min(ahead):.0f} s apart; from 60 s on the HA "
            "hook terminates the pair. Set them right (chronyc makestep) and run the deploy again"
        )


def split_brain(by_name: dict[str, Observed]) -> str | None:
    """Return what to do about two servers that both serve, because they do not hear each other."""
    states = [observed.kea.ha.state if observed.kea.ha else None for observed in by_name.values()]
    if states != [State.PARTNER_DOWN] * 2:
        return None
    return (
        "split brain: both servers are in partner-down and serve the same pools, because neither "
        "hears the other. Their own firewalls are as the site needs them, so find what else blocks "
        "the HA port between them (a firewall on the way, a route, failover.port); once they hear "
        "each other they heal by themselves"
    )


def _series(site: Site, observed: Observed) -> Iterator[str]:
    version = any_kea_version(observed)
    installed, wanted = series.of_version(version or ""), site.kea.series
    others = ", ".join(f"{name} {has}" for name, has in distributions_kea(observed).items())
    if others and not site.kea.version:
        yield (
            f"Kea of the distribution or of EPEL is installed ({others}), and keaprov replaces it "
            "by ISC's packages of an exact version. Write it as kea.version in the site file"
        )
    if version is None or installed == wanted or wanted not in series.known():
        return
    reason = series.obstacle(installed, wanted)
    if reason:
        yield f"Kea {version} is installed, the site wants {wanted}: {reason}"
    elif not site.kea.version and not others:
        yield (
            f"Kea {version} is installed, the site wants {wanted}: an upgrade to another series "
            "needs an exact version. Write it as kea.version in the site file"
        )


def _system(observed: Observed) -> Iterator[str]:
    reason = system.refusal(observed)
    if reason:
        yield reason


def _interfaces(server: Server, observed: Observed) -> Iterator[str]:
    for name, exists in observed.interfaces.items():
        if not exists:
            yield (
                f"there is no interface {name} on this host; Kea would refuse to start. "
                f"Correct servers.{server.name}.interfaces in the site file"
            )


def _addresses(server: Server, observed: Observed) -> Iterator[str]:
    """Yield why the peer, or clients, would not hear this server.

    The peer's firewall lets one address in, and relays send to one address.
    """
    missing = [address for address, exists in observed.addresses.items() if not exists]
    if server.dhcp_address in missing:
        yield (
            f"this host does not have the address {server.dhcp_address}: the packets of relays do "
            f"not reach it. Add it to the host, or correct servers.{server.name}.dhcp-address in "
            "the site file"
        )
    if server.address in missing:
        yield (
            f"this host does not have the address {server.address}; kea-dhcp4 could not listen to "
            f"its peer there. Add it to the host, or correct servers.{server.name}.address in the "
            "site file"
        )
        return
    for peer, source in observed.towards.items():
        if not source:
            yield f"no route of this host leads to its peer {peer}. Add one (ip route get {peer})"
        elif source != server.address:
            yield (
                f"this host sends to its peer {peer} from {source}, and the peer's firewall lets "
                f"only {server.address} in. Make {server.address} the source of that route (ip "
                f"route get {peer} shows it), or set servers.{server.name}.address to {source}"
            )


def links(observed: Observed) -> Iterator[str]:
    """Yield what is wrong with links that another user than root could have put there."""
    for path, file in observed.files.items():
        if file.link:
            yield (
                f"{path} is, or leads through, a symbolic link that another user than root can "
                f"change, and keaprov does not follow it. Find out who made it (ls -l {path}), "
                "remove it, and run the deploy again"
            )


def _of_others(server: Server, observed: Observed) -> Iterator[str]:
    """Yield what stands in the way if somebody else has installed a DHCP server here."""
    others = {name: observed.unit(name) for name in paths.OTHER_DAEMONS}
    daemons = [name for name, unit in others.items() if unit.running or unit.enabled]
    if daemons and distributions_kea(observed):
        yield (
            f"{' and '.join(daemons)} of the distribution's or EPEL's packages runs on this host, "
            "and keaprov replaces these packages by ISC's, without it. Move it to another host, "
            f"or disable it: systemctl disable --now {' '.join(daemons)}"
        )
    unit = observed.unit("kea-dhcp4")
    if unit.config not in ("", paths.DHCP4_CONF):
        yield (
            f"the unit kea-dhcp4 reads {unit.config}, keaprov writes {paths.DHCP4_CONF}. Copy the "
            "file there, and remove the change of the unit (systemctl cat kea-dhcp4 shows it, "
            "systemctl revert kea-dhcp4 removes it)"
        )
    if not unit.running and _port_taken(server, observed):
        yield (
            "another program has UDP port 67 of this host: dhcpd, or a kea-dhcp4 that systemd did "
            "not start (ss -lnup 'sport = 67' shows it). Stop and disable it; its clients wait "
            "until the deploy has ended"
        )


def _clocks(observed: Observed) -> Iterator[str]:
    """Yield which programs besides chronyd set the clock, now or after the next boot."""
    clocks = {name: observed.unit(name) for name in paths.OTHER_CLOCKS}
    setting = [name for name, unit in clocks.items() if unit.running or unit.enabled]
    if setting:
        yield (
            f"{', '.join(setting)} sets the clock of this host, and keaprov uses chronyd: two "
            "programs must not set one clock. Stop it and keep it from starting: "
            f"systemctl disable --now {' '.join(setting)}"
        )


def _port_taken(server: Server, observed: Observed) -> bool:
    """Whether a socket has the port of DHCP; one that is bound to another interface does not."""
    for entry in observed.listening:
        protocol, _, address = entry.partition(" ")
        host, _, port = address.rpartition(":")
        device = host.strip("[]").partition("%")[2]
        if protocol == "udp" and port == "67" and (not device or device in server.devices):
            return True
    return False


def _room(observed: Observed) -> Iterator[str]:
    needed = room.ROOM if kea_version(observed) else {**room.ROOM, **room.TO_INSTALL}
    for trouble in room.lacking(observed, needed):
        yield f"{trouble.what}. {trouble.cure}, and run the deploy again"


READ_RPM = "Run rpm -qa on this host; rpm --rebuilddb mends a damaged database"
"""What to do if rpm cannot read what is installed."""


def _dnf(observed: Observed) -> Iterator[str]:
    if observed.dnf.holder:
        yield f"dnf is locked by {observed.dnf.holder}. Wait until it has ended, or end it"
    elif observed.rpm_error:
        yield f"{observed.rpm_error}. {READ_RPM}"
    elif observed.dnf.error:
        without = "; or deploy without updates meanwhile: update: false in the site file"
        yield (
            f"the enabled package repositories cannot be read:\n{observed.dnf.error}\n"
            f"Check the network and /etc/yum.repos.d on this host"
            f"{without if kea_version(observed) else ''}"
        )


def _zone(site: Site, server: Server, observed: Observed) -> Iterator[str]:
    wanted = site.firewall.zone
    if observed.firewalld.error:
        yield f"firewalld's zone cannot be read: {observed.firewalld.error}. Correct the file"
        return
    if EVERY_INTERFACE in server.interfaces and observed.firewalld.default not in ("", wanted):
        yield (
            f"the interfaces of {server.name} are *, and the site's zone {wanted} is not "
            f"firewalld's default zone {observed.firewalld.default}: keaprov does not know which "
            "interfaces to put into it. Name the interfaces, or make it the default zone"
        )
    for interface in server.devices:
        yield from _binding(interface, wanted, observed.firewalld)
    if "firewalld" in observed.packages and observed.firewalld.permanent is None:
        yield f"firewalld has no zone {wanted}. Correct firewall.zone in the site file"


def _binding(interface: str, wanted: str, firewalld: Firewalld) -> Iterator[str]:
    """Yield why an interface must not be moved to the wanted zone: somebody chose another one."""
    managed, zone = firewalld.managed.get(interface), firewalld.bound.get(interface, "")
    free_zones = ("", wanted, *firewalld.elsewhere)
    if managed and managed.zone not in free_zones:
        yield (
            f"{interface} is in firewalld's zone {managed.zone} by its connection in "
            f"NetworkManager, the site says {wanted}. Set firewall.zone in the site file, or move "
            f"it: nmcli connection modify {managed.connection} connection.zone {wanted}"
        )
        return
    if managed:
        movable = managed.zone == wanted or zone == firewalld.default
    else:
        movable = firewalld.permanent is not None and interface in firewalld.permanent.interfaces
    if zone not in free_zones and not movable:
        yield (
            f"{interface} is in firewalld's zone {zone}, the site says {wanted}. "
            "Set firewall.zone in the site file, or move the interface"
        )
