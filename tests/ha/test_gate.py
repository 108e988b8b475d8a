from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keaprov.ha.gate import Expected, Gate, Verdict, after_turn, of_peer, split
from keaprov.ha.observed import Observed, Unit
from keaprov.ha.states import SILENT, Ha, State
from tests.ha.observations import DOWN, REVISION, UP, ha, kea, server

SOCKETS = ("tcp 10.60.1.67:8005", "tcp 10.60.1.67:8000")
UNITS = ("kea-ctrl-agent", "kea-dhcp4")


def expected(*, pair: bool = True, with_peer: bool = True) -> Expected:
    return Expected(REVISION, UNITS, SOCKETS, pair=pair, with_peer=with_peer)


def judge(observed: Observed, *, pair: bool = True, with_peer: bool = True) -> Gate:
    return after_turn(observed, expected(pair=pair, with_peer=with_peer)).gate


def test_opens_when_both_are_in_hot_standby() -> None:
    assert judge(server()) is Gate.OPEN


@pytest.mark.parametrize("state", sorted(SILENT - {State.IN_MAINTENANCE}))
def test_waits_while_the_server_comes_up(state: State) -> None:
    assert judge(server(kea=kea(relationship=ha(state)))) is Gate.WAIT


@pytest.mark.parametrize(
    ("mine", "peers"),
    [(State.TERMINATED, State.HOT_STANDBY), (State.HOT_STANDBY, State.TERMINATED)],
)
def test_closes_at_once_on_terminated_whichever_side_it_is(mine: State, peers: State) -> None:
    verdict = after_turn(server(kea=kea(relationship=ha(mine, peers))), expected())
    assert verdict.gate is Gate.CLOSED
    assert "terminated" in verdict.reason


@pytest.mark.parametrize("name", UNITS)
def test_closes_when_a_daemon_dies_and_shows_its_last_words(name: str) -> None:
    failed = Unit("failed", enabled=True, pid=0, started=1.0, words="no such file")
    verdict = after_turn(server(units={**server().units, name: failed}), expected())
    assert verdict.gate is Gate.CLOSED
    assert "no such file" in verdict.reason


@pytest.mark.parametrize("socket", SOCKETS)
def test_waits_until_every_socket_listens(socket: str) -> None:
    others = tuple(other for other in SOCKETS if other != socket)
    assert judge(server(listening=others)) is Gate.WAIT


def test_waits_while_the_daemon_does_not_answer_yet() -> None:
    assert judge(server(kea=kea(None))) is Gate.WAIT


def test_closes_when_something_else_runs_than_was_put_there() -> None:
    assert judge(server(kea=kea("fedcba9876543210"))) is Gate.CLOSED


def test_a_first_server_needs_no_peer() -> None:
    alone = server(kea=kea(relationship=ha(State.WAITING, State.UNKNOWN, in_touch=False)))
    assert judge(alone, with_peer=False) is Gate.OPEN
    assert judge(alone, with_peer=True) is Gate.WAIT


def test_both_partner_down_is_never_open() -> None:
    split = server(kea=kea(relationship=ha(State.PARTNER_DOWN, State.PARTNER_DOWN, in_touch=False)))
    assert judge(split) is Gate.WAIT


def test_standalone_opens_when_the_wanted_configuration_runs() -> None:
    assert judge(server(), pair=False) is Gate.OPEN


def test_the_peer_has_to_see_it_too() -> None:
    assert of_peer(server()).gate is Gate.OPEN
    stale = server(kea=kea(relationship=ha(State.HOT_STANDBY, State.WAITING)))
    assert of_peer(stale).gate is Gate.WAIT
    assert of_peer(server(kea=kea(None))).gate is Gate.WAIT
    terminated = server(kea=kea(relationship=ha(State.TERMINATED, State.TERMINATED)))
    assert of_peer(terminated).gate is Gate.CLOSED


def test_closes_when_both_serve_without_hearing_each_other() -> None:
    def alone(peer: State) -> Observed:
        down = Ha(State.PARTNER_DOWN, ("dhcp1",), peer, peer is not State.UNAVAILABLE, False)
        return server(kea=kea(relationship=down))

    deaf, hears = alone(State.UNAVAILABLE), alone(State.PARTNER_DOWN)
    verdict = split(deaf, deaf)
    assert verdict is not None
    assert verdict.gate is Gate.CLOSED
    assert "split brain" in verdict.reason
    assert split(hears, deaf) is None, "it heals"
    assert split(deaf, server(kea=kea(None))) is None, "the peer serves nobody"
    assert split(server(), deaf) is None
    assert split(server(kea=kea(None)), deaf) is None, "this server serves nobody"
    assert split(server(kea=replace(kea(), ha=None)), deaf) is None, "it runs without the hook"


def running(**changes: Any) -> Observed:
    return server(kea=replace(kea(), **changes))


@pytest.mark.parametrize(
    ("observed", "verdict"),
    [
        (server(), Verdict(Gate.OPEN, "both servers are in hot-standby")),
        (
            server(units={"kea-ctrl-agent": UP, "kea-dhcp4": DOWN}),
            Verdict(
                Gate.WAIT, "kea-dhcp4 is inactive: systemctl status kea-dhcp4 shows why", soon=True
            ),
        ),
        (
            running(revision=None, error="refused"),
            Verdict(Gate.WAIT, "kea-dhcp4 does not answer yet: refused"),
        ),
        (
            running(revision=None),
            Verdict(Gate.WAIT, "kea-dhcp4 does not answer yet: no answer"),
        ),
        (
            running(revision="fedc"),
            Verdict(Gate.CLOSED, f"kea-dhcp4 runs revision fedc, not {REVISION}"),
        ),
        (
            running(revision=""),
            Verdict(Gate.CLOSED, f"kea-dhcp4 runs revision unknown, not {REVISION}"),
        ),
        (
            server(listening=SOCKETS[1:]),
            Verdict(Gate.WAIT, f"nothing listens on {SOCKETS[0]}"),
        ),
        (
            running(sockets=("ens18 is down",)),
            Verdict(Gate.WAIT, "kea-dhcp4 receives no DHCP packets: ens18 is down", soon=True),
        ),
        (
            running(disabled="by the peer"),
            Verdict(Gate.WAIT, "the DHCP service is disabled by the peer"),
        ),
        (running(ha=None), Verdict(Gate.CLOSED, "kea-dhcp4 runs without its HA hook")),
        (
            running(ha=ha(State.PARTNER_DOWN, in_touch=False)),
            Verdict(Gate.WAIT, "this server is in partner-down: it does not hear its peer"),
        ),
        (
            running(ha=ha(State.PARTNER_DOWN, State.READY)),
            Verdict(Gate.WAIT, "this server is in partner-down and sees ready"),
        ),
        (
            running(ha=ha(State.WAITING, in_touch=False)),
            Verdict(Gate.WAIT, "this server is in waiting and sees unavailable"),
        ),
        (
            running(ha=ha(State.WAITING, State.UNKNOWN)),
            Verdict(Gate.WAIT, "this server is in waiting and sees nothing yet"),
        ),
    ],
)
def test_the_gate_and_its_reason(observed: Observed, verdict: Verdict) -> None:
    assert after_turn(observed, expected()) == verdict


def test_the_gate_of_a_server_whose_peer_does_not_count() -> None:
    opened = "kea-dhcp4 runs the wanted configuration"
    assert after_turn(server(), expected(pair=False)) == Verdict(Gate.OPEN, opened)
    waiting = running(ha=ha(State.WAITING))
    assert after_turn(waiting, expected(with_peer=False)) == Verdict(
        Gate.OPEN, "kea-dhcp4 is up (waiting); its peer comes next"
    )


def test_a_daemon_that_died_without_a_word() -> None:
    silent = server(units={**server().units, "kea-dhcp4": replace(DOWN, active="failed")})
    died = Verdict(Gate.CLOSED, "kea-dhcp4 died after it was started")
    assert after_turn(silent, expected()) == died
    assert of_peer(silent) == Verdict(Gate.CLOSED, "the peer's kea-dhcp4 died meanwhile")


@pytest.mark.parametrize(
    ("peer", "reason"),
    [
        (running(ha=None), "the peer's kea-dhcp4 gives no HA state"),
        (running(ha=None, error="refused"), "the peer's kea-dhcp4 gives refused"),
        (running(ha=ha(State.READY)), "the peer is in ready and sees hot-standby"),
    ],
)
def test_the_gate_waits_for_the_peer_with_a_reason(peer: Observed, reason: str) -> None:
    assert of_peer(peer) == Verdict(Gate.WAIT, reason)
