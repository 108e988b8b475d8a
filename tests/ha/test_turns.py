"""The model: in every state of a pair, no plan stops the only server that answers."""

from __future__ import annotations

from itertools import product

import pytest

from keaprov.ha.gate import Expected, Gate, after_turn, of_peer
from keaprov.ha.observed import Observed, Running
from keaprov.ha.states import Ha, State
from keaprov.ha.turns import may_put_back, order, serves
from keaprov.model import Role, Server
from tests.ha.seen import DOWN, server

PRIMARY = Server("dhcp1", "10.0.0.1", ("ens18",), Role.PRIMARY)
STANDBY = Server("dhcp2", "10.0.0.2", ("ens18",), Role.STANDBY)


def every() -> list[Observed]:
    """Return a server in every state: dead, alone without HA, and each HA state and scope."""
    found = [
        server(units={"kea-dhcp4": DOWN}, kea=Running(None, None, None, "gone")),
        server(kea=Running("3.0.3", "", None, None)),
        server(kea=Running(None, None, None, "no answer")),
    ]
    for state, scopes in product(State, ((), ("dhcp1",))):
        ha = Ha(state, scopes, State.UNKNOWN, in_touch=False, interrupted=True)
        found.append(server(kea=Running("3.0.3", "x", ha, None)))
    return found


def test_the_first_turn_is_never_that_of_the_only_server_that_answers() -> None:
    for one, two in product(every(), every()):
        seen = {"dhcp1": one, "dhcp2": two}
        first, second = order((PRIMARY, STANDBY), seen)
        assert {first, second} == {PRIMARY, STANDBY}
        answering = [name for name, which in seen.items() if serves(which)]
        assert answering != [first.name]


def test_nothing_is_put_back_on_the_only_server_that_answers() -> None:
    for one, two in product(every(), [*every(), None]):
        if serves(one) and (two is None or not serves(two)):
            assert not may_put_back(one, two)
        if not serves(one):
            assert may_put_back(one, two)


def test_the_standby_comes_first_in_a_healthy_pair() -> None:
    primary = server(kea=_in(State.HOT_STANDBY, ("dhcp1",)))
    standby = server(kea=_in(State.HOT_STANDBY, ()))
    for servers in ((PRIMARY, STANDBY), (STANDBY, PRIMARY)):
        assert order(servers, {"dhcp1": primary, "dhcp2": standby})[0] is STANDBY


def test_the_primary_comes_first_when_it_is_down() -> None:
    dead = server(units={"kea-dhcp4": DOWN}, kea=Running(None, None, None, "gone"))
    alone = server(kea=_in(State.PARTNER_DOWN, ("dhcp1",)))
    assert order((PRIMARY, STANDBY), {"dhcp1": dead, "dhcp2": alone})[0] is PRIMARY


def test_a_single_server() -> None:
    assert order((PRIMARY,), {"dhcp1": server()}) == (PRIMARY,)


@pytest.mark.parametrize(
    ("state", "scopes", "answers"),
    [
        (State.HOT_STANDBY, ("dhcp1",), True),
        (State.HOT_STANDBY, (), False),
        (State.PARTNER_DOWN, ("dhcp1",), True),
        (State.TERMINATED, ("dhcp1",), True),
        (State.WAITING, (), False),
        (State.SYNCING, ("dhcp1",), False),
    ],
)
def test_who_answers(state: State, scopes: tuple[str, ...], answers: bool) -> None:
    assert serves(server(kea=_in(state, scopes))) is answers


def _in(state: State, scopes: tuple[str, ...]) -> Running:
    return Running("3.0.3", "x", Ha(state, scopes, State.UNKNOWN, True, False), None)


def _gate(first: Observed, second: Observed) -> Gate:
    """Judge the first turn's gate as `keaprov.operations.turn` does in a pair."""
    expected = Expected("x", ("kea-dhcp4",), (), pair=True, with_peer=second.kea.ha is not None)
    verdict = after_turn(first, expected)
    if verdict.gate is Gate.OPEN and expected.with_peer:
        return of_peer(second).gate
    return verdict.gate


def pairs() -> list[tuple[Observed, Observed]]:
    """Return every pair of states and scopes, each seen by the other as it is, or not heard."""
    found = list(product(every(), every()))
    states = list(product(State, ((), ("dhcp1",)), (True, False)))
    for (one, scopes, hears), (two, others, heard) in product(states, repeat=2):
        mine = Ha(one, scopes, two, in_touch=hears, interrupted=not hears)
        theirs = Ha(two, others, one, in_touch=heard, interrupted=not heard)
        found.append(tuple(server(kea=Running("3.0.3", "x", ha, None)) for ha in (mine, theirs)))  # type: ignore[arg-type]
    return found


def test_wherever_a_run_was_cut_off_the_next_one_stops_nobody_alone() -> None:
    """Every pair of states, and either server changed already, or not, by the run before.

    The next run stops the first server of the order that still has its turn to come; the second
    one only behind the first one's open gate, which stands for a pair that is whole.
    """
    opened = 0
    for (one, two), before in product(pairs(), product((True, False), repeat=2)):
        seen = {"dhcp1": one, "dhcp2": two}
        done = dict(zip(seen, before, strict=True))
        first, second = order((PRIMARY, STANDBY), seen)
        mine, theirs = seen[first.name], seen[second.name]
        if not done[first.name]:
            assert [name for name in seen if serves(seen[name])] != [first.name]
        elif not done[second.name] and theirs.kea.ha and _gate(mine, theirs) is Gate.OPEN:
            opened += 1
            states = [which.kea.ha.state for which in seen.values() if which.kea.ha]
            assert states == [State.HOT_STANDBY] * 2
    assert opened
