"""A relationship as `status-get` reports it, and what it means for clients."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keaprov.ha.states import Ha, State
from tests.ha.observations import ha

LOCAL = {"state": "hot-standby", "scopes": ["dhcp1"]}
REMOTE = {
    "last-state": "ready",
    "in-touch": True,
    "communication-interrupted": True,
    "age": 3,
    "clock-skew": -2,
    "unacked-clients": 4,
    "unacked-clients-left": 5,
}
STATUS = {"high-availability": [{"ha-servers": {"local": LOCAL, "remote": REMOTE}}]}


def test_every_value_of_the_status_is_read() -> None:
    assert Ha.from_status(STATUS, {"state": "syncing"}) == Ha(
        State.HOT_STANDBY,
        ("dhcp1",),
        State.READY,
        in_touch=True,
        interrupted=True,
        age=3,
        skew=-2,
        unacked=4,
        unacked_left=5,
        direct=State.SYNCING,
    )


def test_a_status_with_no_word_of_the_peer() -> None:
    bare: dict[str, Any] = {"high-availability": [{"ha-servers": {"local": {}}}]}
    assert Ha.from_status(bare) == Ha(
        State.UNKNOWN, (), State.UNKNOWN, in_touch=False, interrupted=False
    )


@pytest.mark.parametrize("status", [{}, {"high-availability": []}])
def test_no_relationship_without_the_hook(status: dict[str, list[object]]) -> None:
    assert Ha.from_status(status) is None


def test_a_word_that_the_hook_does_not_have_is_an_unknown_state() -> None:
    assert State.of("partner-down") is State.PARTNER_DOWN
    assert State.of("asleep") is State.of(None) is State.UNKNOWN


@pytest.mark.parametrize(
    ("answer", "direct", "healing"),
    [
        (None, None, False),
        ({"error": "refused", "state": "ready"}, State.UNAVAILABLE, False),
        ({"state": "ready"}, State.READY, True),
    ],
)
def test_the_direct_heartbeat(
    answer: dict[str, str] | None, direct: State | None, healing: bool
) -> None:
    relationship = Ha.from_status(STATUS, answer)
    assert relationship is not None
    assert relationship.direct is direct
    assert relationship.healing is healing


def test_the_peers_own_answer_is_fresher_than_the_last_heartbeat() -> None:
    lost = ha(peer=State.HOT_STANDBY, in_touch=False)
    assert lost.peer_now is State.UNAVAILABLE
    assert replace(lost, direct=State.READY).peer_now is State.READY
    assert ha(peer=State.READY).peer_now is State.READY


@pytest.mark.parametrize(
    ("state", "scopes", "serves"),
    [
        (State.HOT_STANDBY, ("dhcp1",), True),
        (State.PARTNER_DOWN, ("dhcp1",), True),
        (State.HOT_STANDBY, (), False),
        (State.READY, ("dhcp1",), False),
        (State.UNKNOWN, ("dhcp1",), False),
    ],
)
def test_a_server_serves_its_scopes_in_a_serving_state(
    state: State, scopes: tuple[str, ...], serves: bool
) -> None:
    assert replace(ha(state), scopes=scopes).serves is serves


@pytest.mark.parametrize(
    ("own", "peer", "healthy"),
    [
        (State.HOT_STANDBY, State.HOT_STANDBY, True),
        (State.HOT_STANDBY, State.READY, False),
        (State.READY, State.HOT_STANDBY, False),
    ],
)
def test_a_pair_is_healthy_if_both_are_in_hot_standby(
    own: State, peer: State, healthy: bool
) -> None:
    assert ha(own, peer).healthy is healthy


@pytest.mark.parametrize(
    ("mode", "role", "scopes", "serves"),
    [
        ("hot-standby", "primary", ["a"], True),
        ("hot-standby", "primary", ["b"], False),
        ("hot-standby", "primary", [], False),
        ("hot-standby", "standby", ["b", "a"], True),
        ("hot-standby", "standby", ["a"], False),
        ("load-balancing", "primary", ["b"], True),
    ],
)
def test_all_clients_of_a_hot_standby_pair_are_in_the_scope_of_its_primary(
    mode: str, role: str, scopes: list[str], serves: bool
) -> None:
    other = "standby" if role == "primary" else "primary"
    local = {"role": role, "server-name": "a", "state": mode, "scopes": scopes}
    remote = {"role": other, "server-name": "b"}
    pair = {"ha-mode": mode, "ha-servers": {"local": local, "remote": remote}}
    own = Ha.from_status({"high-availability": [pair]})
    assert own is not None
    assert own.serves is serves
