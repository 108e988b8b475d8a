"""How the conductor waits at a gate: what both servers say, and for how long it polls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keaprov.conductor import gating
from keaprov.conductor.gating import Gates
from keaprov.conductor.observing import Observer
from keaprov.conductor.stopping import Stopped
from keaprov.conductor.views import Kind, Step, View
from keaprov.errors import ControlError, Unreachable
from keaprov.ha.observed import Observed
from keaprov.ha.states import State
from keaprov.model import Server
from tests.conductor.hosts import Clock
from tests.conductor.world import PRIMARY, SITE, STANDBY, Host, World, views

NEW = Host(runs="new", file="new")
SERVES = replace(NEW, scopes=True)
DONE = World(SERVES, NEW)
TURN = Step(Kind.TURN, "a global value", ("dhcp2",))


class Polled(Observer):
    """Shows one world at each poll of both servers; the last one stays."""

    def __init__(self, *worlds: World, missing: str = "") -> None:
        super().__init__(SITE, {}, {})
        self.worlds = list(worlds)
        self.missing = missing
        self.polled: list[str] = []

    def view(self, server: Server, parts: Any, updates: bool = False) -> View:
        self.polled.append(server.name)
        if server.name == self.missing:
            raise Unreachable(f"{server.name}: the connection is lost")
        world = self.worlds[min(self.polled.count(server.name), len(self.worlds)) - 1]
        return views(world)[server.name]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gating, "time", Clock())
    monkeypatch.setattr(gating, "POLL", 0.001)
    monkeypatch.setattr(gating, "MAINTENANCE_ENDS", 3.0)


def waited(
    observer: Polled, step: Step = TURN, server: Server = STANDBY, patience: float = 60
) -> tuple[str, list[str]]:
    """Return why the gate closed, "" if it opened, and what was sentences."""
    sentences: list[str] = []
    gates = Gates(SITE, observer, lambda name, words, error: sentences.append(f"{name}: {words}"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gating, "patience_of", lambda site, kept: patience)
        return gates.wait(server, views(DONE)[server.name], step), sentences


def test_it_opens_if_both_servers_are_in_hot_standby() -> None:
    reason, sentences = waited(Polled(DONE))
    assert reason == ""
    assert sentences == ["dhcp2: gate open: both servers are in hot-standby"]


def test_it_waits_and_says_each_reason_once() -> None:
    syncing = replace(DONE, standby=replace(NEW, state=State.SYNCING))
    observer = Polled(syncing, syncing, syncing, DONE)
    reason, sentences = waited(observer)
    assert reason == ""
    assert sentences == [
        "dhcp2: gate: this server is in syncing and sees hot-standby",
        "dhcp2: gate open: both servers are in hot-standby",
    ]
    assert observer.polled.count("dhcp2") == 4


def test_the_peers_own_view_counts_too() -> None:
    """A server may see a healthy pair before its peer does."""
    late = replace(DONE, primary=replace(SERVES, state=State.READY))
    reason, sentences = waited(Polled(late), patience=3)
    assert reason.startswith("the gate did not open within 4 s: ")
    assert any("in ready" in words or "sees ready" in words for words in sentences)


def test_the_first_of_two_turns_that_cannot_hear_each_other_needs_no_peer() -> None:
    apart = replace(DONE, apart=True, standby=replace(NEW, state=State.WAITING))
    observer = Polled(apart)
    reason, _ = waited(observer, replace(TURN, with_peer=False))
    assert reason == ""
    assert set(observer.polled) == {"dhcp2"}, "the peer is not asked"


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (replace(DONE, standby=replace(NEW, runs="old")), "runs revision old, not new"),
        (replace(DONE, primary=replace(SERVES, state=State.TERMINATED)), "terminated"),
        (
            World(
                replace(SERVES, state=State.PARTNER_DOWN),
                replace(NEW, state=State.PARTNER_DOWN, scopes=True),
                apart=True,
            ),
            "split brain",
        ),
    ],
)
def test_it_closes_at_once(world: World, words: str) -> None:
    observer = Polled(world, DONE)
    reason, _ = waited(observer)
    assert words in reason
    assert observer.polled.count("dhcp2") == 1


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("dhcp2", "dhcp2: the connection is lost"),
        ("dhcp1", "its peer: dhcp1: the connection is lost"),
    ],
)
def test_it_closes_if_a_server_does_not_answer(missing: str, words: str) -> None:
    assert waited(Polled(DONE, missing=missing))[0] == words


def test_a_socket_that_stays_closed_closes_it_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = replace(DONE, standby=replace(NEW, deaf=True))
    reason, _ = waited(Polled(deaf), patience=60)
    assert reason.startswith("the gate did not open within 12 s: ")
    assert "the interface ens18 is down" in reason
    assert waited(Polled(*[deaf] * 9, DONE), patience=60)[0] == ""
    monkeypatch.setattr(gating, "SOON", 5.0)
    syncing = replace(DONE, standby=replace(NEW, state=State.SYNCING))
    in_between = [deaf] * 4 + [syncing] + [deaf] * 4
    assert waited(Polled(*in_between, DONE), patience=60)[0] == "", "the time begins anew"


def test_the_reason_of_the_end_is_the_last_one() -> None:
    down = replace(DONE, standby=replace(NEW, up=False))
    syncing = replace(DONE, standby=replace(NEW, state=State.SYNCING))
    reason, _ = waited(Polled(down, syncing), patience=3)
    assert reason.endswith(": this server is in syncing and sees hot-standby")


def test_what_is_observed_of_a_server_that_is_gone_is_nothing() -> None:
    gates = Gates(SITE, Polled(DONE, missing="dhcp1"), lambda *_: None)
    own, peer = gates.observe(STANDBY)
    assert isinstance(own, Observed)
    assert peer is None
    own, peer = gates.observe(PRIMARY)
    assert isinstance(own, ControlError)
    assert peer is not None


@pytest.mark.parametrize("ends", [True, False])
def test_a_maintenance_is_waited_for_with_a_deadline(ends: bool) -> None:
    under = replace(DONE, primary=replace(SERVES, state=State.PARTNER_IN_MAINTENANCE))
    gates = Gates(SITE, Polled(under, *([DONE] if ends else [])), lambda *_: None)
    if ends:
        gates.await_end_of_maintenance()
    else:
        with pytest.raises(Stopped, match="the maintenance did not end within 3 s"):
            gates.await_end_of_maintenance()


DEAD = replace(NEW, up=False)


@pytest.mark.parametrize(
    ("worlds", "missing", "reason"),
    [
        ((World(SERVES, DEAD), DONE), "", ""),
        (
            (World(SERVES, DEAD),),
            "",
            "it did not come up within 12 s: kea-dhcp4 is inactive: systemctl status kea-dhcp4 "
            "shows why",
        ),
        ((DONE,), "dhcp2", "dhcp2: the connection is lost"),
    ],
)
def test_a_restored_server_is_waited_for(
    worlds: tuple[World, ...], missing: str, reason: str
) -> None:
    sentences: list[str] = []
    observer = Polled(*worlds, missing=missing)
    gates = Gates(SITE, observer, lambda name, words, error: sentences.append(words))
    assert gates.comes_up(STANDBY, ("kea-dhcp4",)) == reason
    assert sentences == []
    assert set(observer.polled) == {"dhcp2"}, "how its peer is does not matter"
