"""The conductor over stand-ins for channels: what changes between two steps is seen in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from keaprov.conductor import Conductor, Kind, Stopped, acting
from keaprov.conductor.observing import Observer
from keaprov.conductor.steps import next_step
from keaprov.conductor.views import Memory, Step, Views
from keaprov.ha.plan import Need
from keaprov.ha.renumbering import Renumbering
from keaprov.ha.states import State
from tests.conductor.world import PRIMARY, SITE, STANDBY, WANTED, Host, World, taken, views


class Held:
    """A lock that is held."""

    lost = False

    def free(self) -> None:
        """Do nothing."""


class Scripted:
    """A stand-in for a channel that remembers the programs it was asked for."""

    def __init__(self, name: str, log: list[tuple[str, str]]) -> None:
        self.name = name
        self._log = log

    def hold(self, run: str) -> Held:
        return Held()

    def program(self, name: str, request: Mapping[str, Any], patience: float = 60.0) -> Any:
        self._log.append((self.name, name))
        return {}


class Watching(Observer):
    """Observes a world of the model, one after the other."""

    def __init__(self, worlds: list[World]) -> None:
        super().__init__(SITE, {}, {})
        self.worlds = worlds

    def views(self, parts: Any = (), *, updates: bool = False) -> Views:
        return views(self.worlds.pop(0) if len(self.worlds) > 1 else self.worlds[0])


NEW = Host(runs="new", file="new")
STAGED = Memory(staged=True)
HALFWAY = World(Host(scopes=True, staged=True), NEW)
"""The standby had its turn, and the primary's is next."""


def conductor(*worlds: World) -> tuple[Conductor, list[tuple[str, str]], list[str]]:
    log: list[tuple[str, str]] = []
    sentences: list[str] = []
    channels = {name: Scripted(name, log) for name in ("dhcp1", "dhcp2")}
    wanted = dict.fromkeys(channels, WANTED)
    made = Conductor(SITE, channels, wanted, lambda name, words, error: sentences.append(words))
    made.observer = Watching(list(worlds))
    made._memory = Memory(staged=True, turned=frozenset({"dhcp2"}))
    return made, log, sentences


@pytest.mark.fault(
    "the standby dies between the first gate and the second turn", "the primary is not restarted"
)
def test_a_standby_that_dies_after_its_gate_keeps_the_primary_up() -> None:
    dead = replace(HALFWAY, standby=replace(NEW, up=False))
    made, log, _ = conductor(dead)
    made.views = views(HALFWAY)
    assert made.next().kind is Kind.TURN, "what was seen before would have taken the primary away"
    with pytest.raises(Stopped, match="dhcp2 had its turn and needs it again: kea-dhcp4 is"):
        made.roll_out()
    assert not log


@pytest.mark.fault(
    "the standby falls back to syncing between the first gate and the second turn",
    "the run waits, then goes on",
)
def test_a_standby_that_falls_back_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    syncing = replace(HALFWAY, standby=replace(NEW, state=State.SYNCING))
    made, log, sentences = conductor(syncing, syncing, HALFWAY)
    monkeypatch.setattr(made._actions, "turn", lambda step, views: log.append(("turn", "dhcp1")))
    made.observer.worlds.append(World(replace(NEW, scopes=True), NEW))  # type: ignore[attr-defined]
    made.roll_out()
    assert log == [("turn", "dhcp1")]
    assert any(
        "dhcp1 alone answers clients; dhcp2: it is in syncing" in words for words in sentences
    )


def test_nothing_to_do_takes_no_step_and_observes_nothing_again() -> None:
    made, log, sentences = conductor(World(replace(NEW, scopes=True), NEW))
    made.views = views(World(replace(NEW, scopes=True), NEW))
    made.observer.worlds.clear()  # type: ignore[attr-defined]
    made.roll_out()
    assert not log
    assert not sentences


def test_a_step_that_does_not_help_is_not_taken_for_ever() -> None:
    beside = World(replace(NEW, scopes=True), replace(NEW, scopes=True))
    made, log, _ = conductor(beside)
    made._memory = Memory(staged=True)
    with pytest.raises(Stopped, match="this was done, and did not help"):
        made.roll_out()
    assert log == [("dhcp2", "command")]


@pytest.mark.parametrize("apart", [(), ("dhcp2 lacks 1 lease of subnet 10 that dhcp1 has",)])
def test_a_standby_that_lacks_leases_does_not_take_the_scopes(
    monkeypatch: pytest.MonkeyPatch, apart: tuple[str, ...]
) -> None:
    made, log, sentences = conductor(HALFWAY)
    monkeypatch.setattr(acting, "difference_sentences", lambda *_: apart)
    step = next_step(SITE, views(HALFWAY), made._memory)
    assert step.hand_over == "dhcp2"
    assert made._actions._take_scopes(step, 10.0) is not bool(apart)
    assert log == ([] if apart else [("dhcp2", "handover")])
    expected = f"it does not take the scopes: {apart[0]}" if apart else "it answers clients while"
    assert sentences[0].startswith(expected)


@pytest.mark.parametrize("apart", [(), ("dhcp2 lacks 60 leases of subnet 10 that dhcp1 has",)])
def test_the_standby_fetches_what_it_missed_while_the_servers_were_apart(
    monkeypatch: pytest.MonkeyPatch, apart: tuple[str, ...]
) -> None:
    done = World(replace(NEW, scopes=True), NEW)
    made, _, _ = conductor(done, done)
    made._memory = Memory(staged=True, turned=frozenset({"dhcp1", "dhcp2"}), moved=True)
    monkeypatch.setattr(acting, "lasting_differences", lambda *_: list(apart))
    turns: list[tuple[str, str, Need]] = []

    def turn(step: Step, given: Views) -> None:
        turns.append((step.servers[0], step.guard, given[step.servers[0]].need))

    monkeypatch.setattr(made._actions, "turn", turn)
    made.roll_out()
    assert [(name, guard) for name, guard, _ in turns] == ([("dhcp2", "dhcp1")] if apart else [])
    assert [need.restart for *_, need in turns] == ([("kea-dhcp4",)] if apart else [])


def test_a_standby_that_lacks_leases_fetches_them_whichever_run_left_it_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    apart = "dhcp2 lacks 60 leases of subnet 10 that dhcp1 has"
    pair = views(World(replace(NEW, scopes=True), NEW))
    lacking = {**pair, "dhcp2": replace(pair["dhcp2"], lacking=apart)}
    step = next_step(SITE, lacking, STAGED)
    assert (step.kind, step.servers, step.guard) == (Kind.FETCH, ("dhcp2",), "dhcp1")
    assert step.reason == apart
    made, _, _ = conductor(World(replace(NEW, scopes=True), NEW))
    made._memory = STAGED
    made.views, made.fresh = lacking, True
    restarted: list[str] = []
    monkeypatch.setattr(acting, "lasting_differences", lambda *_: [apart])
    monkeypatch.setattr(
        made._actions, "turn", lambda step, views: restarted.append(step.servers[0])
    )
    monkeypatch.setattr(made.observer, "views", lambda *_: lacking)
    made.roll_out()
    assert restarted == ["dhcp2"], "once in a run, whatever is observed after it"


def test_the_model_and_the_conductor_agree_on_a_rolling_change() -> None:
    world = HALFWAY
    step = next_step(SITE, views(world), Memory(staged=True, turned=frozenset({STANDBY.name})))
    assert (step.kind, step.servers, step.hand_over) == (Kind.TURN, (PRIMARY.name,), STANDBY.name)
    *_, world = taken(world, step)
    assert world.answering() == [PRIMARY.name]


TERMINATED = Host(scopes=True, state=State.TERMINATED)


@pytest.mark.parametrize(
    ("primary", "standby", "kind", "servers"),
    [
        (TERMINATED, Host(state=State.WAITING), Kind.REVIVE, ("dhcp1", "dhcp2")),
        (TERMINATED, Host(state=State.TERMINATED), Kind.REVIVE, ("dhcp1", "dhcp2")),
        (TERMINATED, Host(up=False), Kind.REVIVE, ("dhcp1", "dhcp2")),
        (TERMINATED, TERMINATED, Kind.REFUSE, ()),
        (Host(state=State.WAITING), Host(state=State.TERMINATED), Kind.RESET, ("dhcp2",)),
        (Host(up=False), Host(state=State.TERMINATED), Kind.RESET, ("dhcp2",)),
    ],
)
def test_a_terminated_pair(primary: Host, standby: Host, kind: Kind, servers: Any) -> None:
    step = next_step(SITE, views(World(primary, standby)), STAGED)
    assert (step.kind, step.servers) == (kind, servers), step


def test_a_terminated_pair_whose_peer_runs_another_configuration_is_brought_back() -> None:
    old = Host(state=State.WAITING)
    world = World(replace(TERMINATED, runs="new", file="new"), old)
    memory, kinds = STAGED, []
    while (step := next_step(SITE, views(world), memory)).kind is not Kind.DONE:
        kinds.append((step.kind, step.servers[0]))
        memory = replace(memory, turned=memory.turned | set(step.servers[:1]))
        *_, world = taken(world, step)
        assert world.answering() == ["dhcp1"]
    assert kinds == [(Kind.REVIVE, "dhcp1"), (Kind.TURN, "dhcp2")]


def removing(world: World, *names: str, commanded: bool = False) -> Views:
    """Return what is observed if these servers run a subnet that is not wanted."""
    return {
        name: replace(view, removed=(60,) if name in names else (), commanded=commanded)
        for name, view in views(world).items()
    }


HEALTHY = World(Host(scopes=True), Host())
ALONE = World(Host(scopes=True, state=State.PARTNER_DOWN), Host(up=False), stale=False)


def test_a_subnet_is_not_removed_by_turns_while_the_servers_replicate() -> None:
    step = next_step(SITE, removing(HEALTHY, "dhcp1", "dhcp2"), STAGED)
    assert step.kind is Kind.REFUSE
    assert step.reason.startswith("the change removes or renumbers subnet 60, and needs a rolling")
    live = removing(replace(HEALTHY, rolling=False), "dhcp1", "dhcp2")
    assert next_step(SITE, live, STAGED).kind is Kind.LIVE
    halfway = removing(replace(HEALTHY, standby=NEW), "dhcp1")
    assert next_step(SITE, halfway, STAGED).kind is Kind.TURN, "an interrupted run goes on"
    assert next_step(SITE, removing(ALONE, "dhcp1", "dhcp2"), STAGED).kind is not Kind.REFUSE


def test_a_subnet_goes_by_commands_before_a_rolling_restart() -> None:
    both = removing(HEALTHY, "dhcp1", "dhcp2", commanded=True)
    step = next_step(SITE, both, STAGED)
    assert (step.kind, step.servers) == (Kind.REMOVE, ("dhcp1", "dhcp2"))
    gone = removing(HEALTHY, commanded=True)
    assert next_step(SITE, gone, STAGED).kind is Kind.TURN
    again = replace(STAGED, taken=frozenset({(Kind.REMOVE, step.servers)}))
    assert next_step(SITE, both, again).kind is Kind.REFUSE


def test_a_subnet_goes_by_commands_first_also_if_the_peer_is_down_or_new() -> None:
    for world in (ALONE, replace(HEALTHY, standby=NEW)):
        step = next_step(SITE, removing(world, "dhcp1", commanded=True), STAGED)
        assert (step.kind, step.servers) == (Kind.REMOVE, ("dhcp1",)), world


def renumbering(world: World, obstacle: str = "") -> Views:
    """Return what is observed if the servers run a subnet that gets another id."""
    changed = Renumbering({60: 61}, {60: IPv4Network("172.20.60.0/24")}, obstacle)
    return {
        name: replace(view, renumbering=changed, commanded=True)
        for name, view in views(world).items()
    }


@pytest.mark.parametrize("rolling", [True, False])
def test_a_subnet_gets_another_id_while_the_peer_is_out_of_service(rolling: bool) -> None:
    step = next_step(SITE, renumbering(replace(HEALTHY, rolling=rolling)), STAGED)
    assert (step.kind, step.servers) == (Kind.RENUMBER, ("dhcp1", "dhcp2"))
    step = next_step(SITE, renumbering(replace(ALONE, rolling=rolling)), STAGED)
    assert (step.kind, step.servers) == (Kind.RENUMBER, ("dhcp1", "dhcp2")), "an interrupted run"
    only = {**renumbering(HEALTHY), "dhcp1": views(HEALTHY)["dhcp1"]}
    assert next_step(SITE, only, STAGED).kind is Kind.TURN, "its peer has the new id"
    apart = replace(ALONE, standby=Host(state=State.WAITING))
    assert next_step(SITE, renumbering(apart), STAGED).kind is Kind.WAIT


def test_a_maintenance_whose_peer_is_stopped_ends_by_itself() -> None:
    """Kea refuses to cancel it: the peer does not answer."""
    maintained = Host(scopes=True, state=State.PARTNER_IN_MAINTENANCE)
    both = replace(HEALTHY, primary=maintained, standby=Host(state=State.IN_MAINTENANCE))
    assert next_step(SITE, views(both), STAGED).kind is Kind.CANCEL_MAINTENANCE
    step = next_step(SITE, views(replace(both, standby=Host(up=False))), STAGED)
    assert (step.kind, step.servers) == (Kind.WAIT, ("dhcp1",))
    assert "because kea-dhcp4 of dhcp2 is stopped" in step.reason


def test_a_subnet_does_not_get_another_id_before_a_server_answers() -> None:
    nobody = replace(ALONE, primary=Host(state=State.WAITING))
    assert next_step(SITE, renumbering(nobody), STAGED).kind is Kind.WAIT
    down = replace(ALONE, primary=Host(up=False))
    assert next_step(SITE, renumbering(down), STAGED).kind is Kind.TURN, (
        "a start changes its leases"
    )


def test_leases_that_an_interrupted_program_left_behind_are_changed() -> None:
    world = World(Host(scopes=True, runs="new", file="old"), Host(runs="new", file="new"))
    step = next_step(SITE, {**views(world), "dhcp1": renumbering(world)["dhcp1"]}, STAGED)
    assert (step.kind, step.servers) == (Kind.RENUMBER, ("dhcp1", "dhcp2"))


def test_a_subnet_whose_leases_cannot_come_along_keeps_its_id() -> None:
    step = next_step(SITE, renumbering(HEALTHY, "the leases are in a database (mysql)"), STAGED)
    assert step.kind is Kind.REFUSE
    assert "the leases are in a database (mysql)" in step.reason


def test_a_subnet_with_clients_outside_its_new_prefix_is_not_cut_by_a_rolling_restart() -> None:
    smaller = {name: replace(view, cut=(60,), commanded=True) for name, view in
               views(HEALTHY).items()}  # fmt: skip
    step = next_step(SITE, smaller, STAGED)
    assert step.kind is Kind.REFUSE
    assert step.reason.startswith("subnet 60 gets a smaller prefix, and its pools or reservations")
    both = {name: replace(view, removed=(50,)) for name, view in smaller.items()}
    assert next_step(SITE, both, STAGED).kind is Kind.REFUSE
