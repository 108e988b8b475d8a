"""What must hold before anything is changed: each refusal names the cause and the way out."""

from __future__ import annotations

from collections.abc import Iterator

from keaprov import series
from keaprov.ha import system
from keaprov.ha.observed import Observed
from keaprov.ha.states import State
from keaprov.model import EVERY_INTERFACE, Server, Site

MIB = 1 << 20
ROOM = {"/etc/kea": 8 * MIB, "/var/lib/kea": 32 * MIB}
ROOM_TO_INSTALL = {"/usr": 256 * MIB, "/var/cache/dnf": 128 * MIB}
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
    yield from _interfaces(server, observed)
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
        name: kea_version(observed) for name, observed in by_name.items() if kea_version(observed)
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


def kea_version(observed: Observed) -> str | None:
    """Return the installed version-release of Kea, None when it is not installed."""
    return observed.packages.get("isc-kea-dhcp4")


def _series(site: Site, observed: Observed) -> Iterator[str]:
    installed, wanted = kea_version(observed), site.kea.version or f"{site.kea.series}."
    if site.failover and installed and series.of_version(installed) != series.of_version(wanted):
        known = series.known().get(series.of_version(installed))
        stay = "Set kea.series and kea.version to what is installed, or upgrade"
        yield (
            f"Kea {installed} is installed, the site wants {site.kea.version or site.kea.series}: "
            "peers of two series may not understand each other, so keaprov does not upgrade one "
            f"after the other. {stay if known and not known.not_yet else 'Upgrade'} "
            "both servers by hand in a maintenance window"
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


def _room(observed: Observed) -> Iterator[str]:
    room = ROOM if kea_version(observed) else {**ROOM, **ROOM_TO_INSTALL}
    for path, least in room.items():
        if observed.disk[path] < least:
            yield (
                f"the disk is full: {observed.disk[path] // MIB} MiB are free for {path}, "
                f"{least // MIB} MiB are needed. Make room and run the deploy again"
            )


def _dnf(observed: Observed) -> Iterator[str]:
    if observed.dnf.holder:
        yield f"dnf is locked by {observed.dnf.holder}. Wait until it has ended, or end it"
    elif observed.dnf.error:
        yield (
            f"the enabled package repositories cannot be read:\n{observed.dnf.error}\n"
            "Check the network and /etc/yum.repos.d on this host"
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
        zone = observed.firewalld.bound.get(interface, "")
        if zone not in ("", wanted):
            yield (
                f"{interface} is in firewalld's zone {zone}, the site says {wanted}. "
                "Set firewall.zone in the site file, or move the interface"
            )
    if "firewalld" in observed.packages and observed.firewalld.permanent is None:
        yield f"firewalld has no zone {wanted}. Correct firewall.zone in the site file"
