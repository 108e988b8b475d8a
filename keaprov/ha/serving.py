"""Serves: the one definition, for gates, verification, status, drills and the next step.

A server serves when its unit runs, a known configuration runs, its DHCP sockets are open on every
interface, its DHCP service is enabled, and its HA scopes are right. A standby beside its primary
serves in this sense too: it is ready, with no scopes (Kea ARM, High Availability hook).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keaprov import paths
from keaprov.ha.observed import Observed, Unit
from keaprov.ha.states import SILENT, Ha, State
from keaprov.model import Role, Server, Site
from keaprov.model.names import EVERY_INTERFACE

UNMASK = "Find out who masked it and why, then: systemctl unmask"
BRING_BACK = (
    "Remove the cause, then run the deploy: it brings the pair back, and clients are served"
)
LEAST = 64 << 10
"""Bytes that are free for the lease file at least: room for some hundred rows."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps a server from serving, and what to do.

    `passing` is set if waiting may end it, `soon` if it ends within seconds, or not by waiting.
    """

    what: str
    cure: str
    passing: bool = False
    soon: bool = False

    def __str__(self) -> str:
        return f"{self.what}. {self.cure}"


def answers_clients(observed: Observed) -> bool:
    """Whether this server answers all of its clients now: a standby beside its primary does not."""
    return not observed.kea.sockets and _in_service(observed)


def answers_some(server: Server, observed: Observed) -> bool:
    """Whether this server answers clients now, if only those of some of its interfaces.

    Kea reports an error for each interface, or for each address of one.
    """
    every = EVERY_INTERFACE not in server.interfaces
    closed = every and len(observed.kea.sockets) >= len(server.interfaces)
    return not closed and _in_service(observed)


def may_answer(server: Server, observed: Observed, peer: Observed | None) -> bool:
    """Whether this server must not stop before another one serves: it answers clients, or may.

    A kea-dhcp4 that runs without an answer on its control socket may serve. Its HA listener says
    whether it does, to the host of its peer.
    """
    if observed.kea.answers or peer is None or not observed.unit("kea-dhcp4").running:
        return answers_some(server, observed)
    if peer.kea.peer_serves is None:
        return peer.kea.answers or not peer.unit("kea-dhcp4").running
    return peer.kea.peer_serves


def _in_service(observed: Observed) -> bool:
    if not observed.unit("kea-dhcp4").running or not observed.kea.answers:
        return False
    return not observed.kea.disabled and (observed.kea.ha is None or observed.kea.ha.serves)


def troubles(site: Site, server: Server, observed: Observed) -> Iterator[Trouble]:
    """Yield everything that keeps a server from serving as its role wants it."""
    unit, kea = observed.unit("kea-dhcp4"), observed.kea
    if unit.died:
        words = f"; its last words:\n{unit.words}" if unit.words else ""
        yield Trouble(f"kea-dhcp4 ended unexpectedly{words}", "Run the deploy")
        return
    if not unit.running:
        yield down("kea-dhcp4", unit)
        return
    if not kea.answers:
        yield Trouble(
            f"kea-dhcp4 does not answer on its control socket ({kea.error or 'no answer'})",
            "Read its log (journalctl -u kea-dhcp4)",
            passing=True,
        )
        return
    if kea.revision == "":
        words = "kea-dhcp4 runs an unknown configuration"
        yield Trouble(words, "Run keaprov diff, then the deploy")
    yield from closed_sockets(observed)
    yield from _service(observed)
    yield from unwritable(site, server, observed)
    if site.failover is not None:
        yield from _relationship(server, observed)


def down(name: str, unit: Unit) -> Trouble:
    """Return that a unit does not run."""
    passing = unit.active == "activating"
    if unit.masked:
        return Trouble(
            f"{name} is {unit.active} and masked", f"{UNMASK} {name}, and run the deploy"
        )
    return Trouble(f"{name} is {unit.active}", "Run the deploy: it starts it", passing=passing)


def closed_sockets(observed: Observed) -> Iterator[Trouble]:
    """Yield the DHCP sockets that are not open: the server gets no packet there."""
    for error in observed.kea.sockets:
        if observed.kea.opens_again:
            cure = "Run the deploy: it restarts kea-dhcp4, which opens its sockets again"
            what = f"kea-dhcp4 receives nothing on a socket: {error}"
            yield Trouble(what, cure, passing=True, soon=True)
            continue
        yield Trouble(
            f"kea-dhcp4 receives no DHCP packets: {error}",
            "Bring the interface up with an IPv4 address, or correct `interfaces` in the site file",
            passing=True,
            soon=True,
        )


def unwritable(site: Site, server: Server, observed: Observed) -> Iterator[Trouble]:
    """Yield why kea-dhcp4 cannot write leases: it refuses each one then, also those of its peer.

    The peer acknowledges no lease that this server cannot write, so no client of the pair gets one
    (ha_service.cc, asyncSendLeaseUpdate). Kea's status says nothing of it.
    """
    database = site.dhcp4_of(server).get("lease-database") or {}
    if database.get("type", "memfile") != "memfile" or database.get("persist") is False:
        return
    if paths.LEASE_DIR in observed.read_only:
        yield Trouble(
            f"{paths.LEASE_DIR} is on a read-only file system: kea-dhcp4 gives no leases",
            "Remount it writable (dmesg shows why it is not)",
        )
    elif observed.disk.get(paths.LEASE_DIR, LEAST) < LEAST:
        yield Trouble(
            f"the disk of {paths.LEASE_DIR} is full: kea-dhcp4 gives no leases, and its peer none",
            "Make room on it; in a pair, stop kea-dhcp4 until then: its peer answers clients",
        )


def _service(observed: Observed) -> Iterator[Trouble]:
    ha = observed.kea.ha
    if observed.kea.disabled and (ha is None or ha.state not in SILENT):
        yield Trouble(
            f"the DHCP service is disabled {observed.kea.disabled}",
            "Send dhcp-enable, or restart kea-dhcp4",
            passing="peer" in observed.kea.disabled or "hook" in observed.kea.disabled,
        )


def _relationship(server: Server, observed: Observed) -> Iterator[Trouble]:
    ha = observed.kea.ha
    if ha is None:
        yield Trouble("kea-dhcp4 runs without its HA hook", "Run the deploy")
    elif State.TERMINATED in (ha.state, ha.peer_now):
        yield Trouble(
            "the pair is terminated: the clocks are more than 60 s apart, or too many lease "
            "updates were rejected",
            BRING_BACK,
        )
    elif ha.state is not State.HOT_STANDBY:
        yield Trouble(
            f"it is in {ha.state.value or 'an unknown state'}, not in hot-standby",
            "Wait, and check its peer",
            passing=True,
        )
    elif not ha.healthy:
        yield Trouble(
            f"its peer is {_peer_words(ha)}", "Check the peer and the HA port", passing=True
        )
    elif server.role is Role.PRIMARY and not ha.serves:
        has = f"scopes of nobody ({', '.join(ha.scopes)})" if ha.scopes else "no scopes"
        what = f"it has {has}: it answers no client"
        yield Trouble(what, "Run the deploy: it takes them again")
    elif server.role is Role.STANDBY and ha.serves:
        if observed.handover:
            what = "it serves in a hand-over while its primary restarts"
            yield Trouble(what, "Wait: the scopes go back when the primary is back", passing=True)
        else:
            what = "it serves beside its primary: somebody has given it scopes"
            yield Trouble(what, "Run the deploy: it takes them back")


def _peer_words(ha: Ha) -> str:
    return "not heard" if ha.peer_now is State.UNAVAILABLE else f"in {ha.peer_now.value}"
