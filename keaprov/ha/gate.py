"""The gate after a turn: may the next server be touched? (see docs/architecture.md)

A gate is open, closed, or not yet either. `terminated` closes it at once: that state never leaves
by waiting (Kea ARM, High Availability hook: only a restart of both servers does).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from keaprov.ha.observed import Observed
from keaprov.ha.states import State


class Gate(str, Enum):
    """What may happen next."""

    OPEN = "open"
    WAIT = "wait"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A gate and the reason, in words for the operator."""

    gate: Gate
    reason: str


def after_turn(seen: Observed, revision: str, *, pair: bool, peer_answers: bool) -> Verdict:
    """Judge the server whose turn it was.

    `peer_answers` says whether the other server of the pair ran before this turn: then both have
    to be in hot-standby; else this one only has to run what is wanted, for its peer comes next.
    """
    unit = seen.unit("kea-dhcp4")
    if unit.active == "failed":
        return Verdict(Gate.CLOSED, "kea-dhcp4 died after it was started")
    if not unit.running or not seen.kea.answers:
        return Verdict(
            Gate.WAIT, f"kea-dhcp4 is {unit.active}, {seen.kea.error or 'no answer yet'}"
        )
    if seen.kea.revision != revision:
        return Verdict(
            Gate.CLOSED,
            f"kea-dhcp4 runs revision {seen.kea.revision or 'unknown'}, not {revision}",
        )
    if not pair:
        return Verdict(Gate.OPEN, "kea-dhcp4 runs the wanted configuration")
    if seen.kea.ha is None:
        return Verdict(Gate.CLOSED, "kea-dhcp4 runs without its HA hook")
    ha = seen.kea.ha
    if State.TERMINATED in (ha.state, ha.peer):
        who = "this server" if ha.state is State.TERMINATED else "the peer"
        return Verdict(
            Gate.CLOSED,
            f"{who} is in state terminated: clocks more than 60 s apart, or too many rejected "
            "lease updates; it ends only when both servers are restarted within 10 minutes",
        )
    if not peer_answers:
        return Verdict(Gate.OPEN, f"kea-dhcp4 is up ({ha.state.value}); its peer comes next")
    if ha.state is State.HOT_STANDBY and ha.peer is State.HOT_STANDBY and ha.in_touch:
        return Verdict(Gate.OPEN, "both servers are in hot-standby")
    if ha.state is State.PARTNER_DOWN and ha.interrupted:
        return Verdict(Gate.WAIT, "partner-down: this server does not hear its peer's heartbeat")
    return Verdict(Gate.WAIT, f"{ha.state.value}, peer {ha.peer.value or 'not heard yet'}")
