from __future__ import annotations

import pytest

from keaprov.ha.gate import Gate, after_turn
from keaprov.ha.observed import Observed, Unit
from keaprov.ha.states import SILENT, State
from tests.ha.seen import REVISION, ha, kea, server


def judge(seen: Observed, *, pair: bool = True, peer_answers: bool = True) -> Gate:
    return after_turn(seen, REVISION, pair=pair, peer_answers=peer_answers).gate


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
    verdict = after_turn(
        server(kea=kea(relationship=ha(mine, peers))), REVISION, pair=True, peer_answers=True
    )
    assert verdict.gate is Gate.CLOSED
    assert "terminated" in verdict.reason


def test_closes_when_the_daemon_dies() -> None:
    failed = Unit("failed", enabled=True, pid=0, started=1.0)
    assert judge(server(units={"kea-dhcp4": failed}, kea=kea(None))) is Gate.CLOSED


def test_waits_while_the_daemon_does_not_answer_yet() -> None:
    assert judge(server(kea=kea(None))) is Gate.WAIT


def test_closes_when_something_else_runs_than_was_put_there() -> None:
    assert judge(server(kea=kea("fedcba9876543210"))) is Gate.CLOSED


def test_a_first_server_needs_no_peer() -> None:
    alone = server(kea=kea(relationship=ha(State.WAITING, State.UNKNOWN, in_touch=False)))
    assert judge(alone, peer_answers=False) is Gate.OPEN
    assert judge(alone, peer_answers=True) is Gate.WAIT


def test_both_partner_down_is_never_open() -> None:
    split = server(kea=kea(relationship=ha(State.PARTNER_DOWN, State.PARTNER_DOWN, in_touch=False)))
    assert judge(split) is Gate.WAIT


def test_standalone_opens_when_the_wanted_configuration_runs() -> None:
    assert judge(server(), pair=False) is Gate.OPEN
