"""The gate after a turn: may the next server be touched? (see docs/architecture.md)

A gate is open, closed, or not yet either. `terminated` closes it at once: waiting never ends that
state (Kea ARM, High Availability hook); the next deploy does (`keaprov.conductor.reviving`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from keaprov.ha.observed import Observed
from keaprov.ha.serving import BRING_BACK, answers_clients, closed_sockets
from keaprov.ha.states import Ha, State


class Gate(str, Enum):
    """What may happen next."""

    OPEN = "open"
    WAIT = "wait"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A gate and the reason, in words for the operator.

    `soon` is set if waiting helps within seconds or not at all: a socket of a dead interface, or a
    unit that systemd has started and that is not there.
    """

    gate: Gate
    reason: str
    soon: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to hold after a turn.

    `listening` holds sockets as ``tcp 10.60.1.67:8005``. `with_peer` says whether the two have to
    be in hot-standby: always after the last turn, and after the first if the other server served
    as part of the pair before it; else this one only has to run what is wanted.
    """

    revision: str
    units: tuple[str, ...]
    listening: tuple[str, ...]
    pair: bool
    with_peer: bool


def after_turn(observed: Observed, expected: Expected) -> Verdict:
    """Judge the server whose turn it was."""
    verdict = runs(observed, expected.units)
    if verdict.gate is not Gate.OPEN:
        return verdict
    kea = observed.kea
    if kea.revision != expected.revision:
        return Verdict(
            Gate.CLOSED,
            f"kea-dhcp4 runs revision {kea.revision or 'unknown'}, not {expected.revision}",
        )
    for socket in expected.listening:
        if socket not in observed.listening:
            return Verdict(Gate.WAIT, f"nothing listens on {socket}")
    for trouble in closed_sockets(observed):
        return Verdict(Gate.WAIT, trouble.what, soon=True)
    if not expected.pair:
        return _service(observed, "kea-dhcp4 runs the wanted configuration")
    if kea.ha is None:
        return Verdict(Gate.CLOSED, "kea-dhcp4 runs without its HA hook")
    verdict = _relationship(kea.ha, "this server")
    if verdict.gate is Gate.OPEN:
        return _service(observed, verdict.reason)
    if verdict.gate is Gate.WAIT and not expected.with_peer:
        state = kea.ha.state.value
        return Verdict(Gate.OPEN, f"kea-dhcp4 is up ({state}); its peer comes next")
    return verdict


def runs(observed: Observed, units: Sequence[str]) -> Verdict:
    """Judge whether these units run and kea-dhcp4 answers, whatever it runs."""
    for name in units:
        unit = observed.unit(name)
        if unit.died:
            words = f". Its last words:\n{unit.words}" if unit.words else ""
            return Verdict(Gate.CLOSED, f"{name} died after it was started{words}")
        if unit.active == "inactive":  # systemd started it, and it is not there
            words = f"{name} is inactive: systemctl status {name} shows why"
            return Verdict(Gate.WAIT, words, soon=True)
        if not unit.running:
            return Verdict(Gate.WAIT, f"{name} is {unit.active}")
    kea = observed.kea
    if not kea.answers:
        return Verdict(Gate.WAIT, f"kea-dhcp4 does not answer yet: {kea.error or 'no answer'}")
    return Verdict(Gate.OPEN, "kea-dhcp4 answers")


def split(observed: Observed, peer: Observed) -> Verdict | None:
    """Judge a server that serves alone beside a peer that serves too, None if it does not.

    Neither hears the other, so both give addresses of the same pools. Waiting makes it worse.
    """
    ha = observed.kea.ha
    if ha is None or ha.state is not State.PARTNER_DOWN or ha.peer_now is not State.UNAVAILABLE:
        return None
    if not (answers_clients(observed) and answers_clients(peer)):
        return None
    return Verdict(
        Gate.CLOSED,
        "split brain: this server does not hear its peer, and both serve the same pools. Find what "
        "blocks the HA port between them (a firewall on the way, a route, failover.port)",
    )


def of_peer(peer: Observed) -> Verdict:
    """Judge how the other server sees the pair: replication has to work in both directions."""
    if peer.unit("kea-dhcp4").died:
        return Verdict(Gate.CLOSED, "the peer's kea-dhcp4 died meanwhile")
    if peer.kea.ha is None:
        return Verdict(Gate.WAIT, f"the peer's kea-dhcp4 gives {peer.kea.error or 'no HA state'}")
    return _relationship(peer.kea.ha, "the peer")


def _service(observed: Observed, reason: str) -> Verdict:
    if observed.kea.disabled:
        return Verdict(Gate.WAIT, f"the DHCP service is disabled {observed.kea.disabled}")
    return Verdict(Gate.OPEN, reason)


def _relationship(ha: Ha, who: str) -> Verdict:
    if State.TERMINATED in (ha.state, ha.peer_now):
        return Verdict(Gate.CLOSED, f"the pair is terminated. {BRING_BACK}")
    if ha.healthy:
        return Verdict(Gate.OPEN, "both servers are in hot-standby")
    if ha.state is State.PARTNER_DOWN and ha.peer_now is State.UNAVAILABLE:
        return Verdict(Gate.WAIT, f"{who} is in partner-down: it does not hear its peer")
    return Verdict(
        Gate.WAIT, f"{who} is in {ha.state.value} and sees {ha.peer_now.value or 'nothing yet'}"
    )
