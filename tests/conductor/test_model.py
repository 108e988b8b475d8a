"""Every pair of states, every step, every interruption: nobody is left without a server.

From each state of a pair the steps are taken to the end, and each world that a step goes through
is a state that the next run may find. No step takes away the only server that serves; every run
ends in "nothing to do", or stops with a reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from keaprov.conductor.outlook import outlook
from keaprov.conductor.steps import next_step
from keaprov.conductor.views import Kind, Memory, Views
from keaprov.ha.serving import troubles
from keaprov.ha.states import State
from tests.conductor.world import (
    PRIMARY,
    SITE,
    STANDBY,
    Host,
    World,
    settled,
    taken,
    views,
)

STATES = (
    State.HOT_STANDBY,
    State.WAITING,
    State.SYNCING,
    State.READY,
    State.PARTNER_DOWN,
    State.COMMUNICATION_RECOVERY,
    State.PARTNER_IN_MAINTENANCE,
    State.IN_MAINTENANCE,
    State.TERMINATED,
)
MOST = 30


def hosts(*, flags: bool) -> list[Host]:
    """Return a server in every state.

    With `flags` also deaf, wholly or partly, mute, and with its service disabled.
    """
    configurations = (("old", "old"), ("old", "new"), ("new", "new"), ("", "old"))
    kept = [Host(up=False), Host(up=False, file="new")]
    for state, scopes, (runs, file) in product(STATES, (True, False), configurations):
        host = Host(state=state, scopes=scopes, runs=runs, file=file)
        kept.append(host)
        if flags and runs == "old" and file == "old":
            kept += [replace(host, deaf=True), replace(host, partly=True)]
            kept += [replace(host, mute=True), replace(host, disabled=True)]
    return kept


def worlds() -> Iterator[World]:
    """Yield every pair, with each way that the two may hear each other."""
    for primary, standby in product(hosts(flags=True), repeat=2):
        yield World(primary, standby)
    for primary, standby in product(hosts(flags=False), repeat=2):
        yield World(primary, standby, apart=True)
        yield World(primary, standby, stale=True)


def nobody_is_left(world: World, by_name: Views, name: str) -> None:
    """Hold that a server may be taken out of service: another one serves, or it answers nobody."""
    if world.answering() != [name]:
        return
    peer = STANDBY if name == PRIMARY.name else PRIMARY
    assert not list(troubles(SITE, peer, by_name[peer.name].observed)), world


def run(world: World) -> Iterator[World]:
    """Take steps to the end of a run; yield every world that an interruption would leave."""
    memory = Memory()
    for _ in range(MOST):
        by_name = views(world)
        step = next_step(SITE, by_name, memory)
        assert step.reason
        if step.kind in (Kind.DONE, Kind.REFUSE):
            if step.kind is Kind.DONE:
                assert world.answering(), world
            return
        if step.kind is Kind.WAIT:
            later = settled(world)
            if later == world:
                return  # the deadline passes, and the run stops with the reason
            world = later
            continue
        if step.kind is Kind.TURN:
            (name,) = step.servers
            if by_name[name].need.interrupts:
                nobody_is_left(world, by_name, name)
            memory = replace(memory, turned=memory.turned | {name})
        elif step.kind is Kind.STAGE:
            memory = replace(memory, staged=True)
        else:
            memory = replace(memory, taken=memory.taken | {(step.kind, step.servers)})
        for reached in taken(world, step):
            world = reached
            yield world
        if step.kind is Kind.TURN and world.bad:
            return  # the gate closed, the previous configuration was restored
    pytest.fail(f"the run does not end: {world}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rolling", "bad"),
    [(True, False), (True, True), (False, False)],
    ids=["rolling", "a configuration that kills Kea", "live"],
)
def test_no_step_takes_away_the_only_server_and_every_interruption_can_be_gone_on_from(
    rolling: bool, bad: bool
) -> None:
    known = {replace(world, rolling=rolling, bad=bad) for world in worlds()}
    waiting, runs = list(known), 0
    while waiting:
        runs += 1
        for world in run(waiting.pop()):
            for reached in (world, settled(world)):
                if reached not in known:
                    known.add(reached)
                    waiting.append(reached)
    assert runs > 10000


def test_a_healthy_pair_is_changed_standby_first_with_a_hand_over() -> None:
    world = World(Host(scopes=True), Host())
    turns = []
    memory = Memory(staged=True)
    for _ in range(10):
        step = next_step(SITE, views(world), memory)
        if step.kind is Kind.DONE:
            break
        assert step.kind is Kind.TURN, step
        turns.append((step.servers[0], step.hand_over, step.cost))
        memory = replace(memory, turned=memory.turned | set(step.servers))
        *_, world = taken(world, step)
    assert turns == [("dhcp2", "", ""), ("dhcp1", "dhcp2", "")]


def test_a_turn_says_what_a_long_start_costs_clients() -> None:
    def large(world: World) -> Views:
        return {
            name: replace(view, observed=replace(view.observed, lease_bytes=100 << 20))
            for name, view in views(world).items()
        }

    first = next_step(SITE, large(World(Host(scopes=True), Host())), Memory(staged=True))
    assert (first.servers, first.guard) == (("dhcp2",), "dhcp1")
    assert first.cost == (
        "100 MiB of leases may take 65 s to load, longer than max-response-delay (10 s): then "
        "dhcp1 goes to partner-down, and clients wait while dhcp2 fetches the leases"
    )
    halfway = World(Host(scopes=True), Host(runs="new", file="new"))
    second = next_step(SITE, large(halfway), Memory(staged=True, turned=frozenset({"dhcp2"})))
    assert (second.servers, second.hand_over) == (("dhcp1",), "dhcp2")
    assert "then dhcp2 goes to partner-down" in second.cost
    (line,) = outlook(SITE, large(World(Host(scopes=True), Host()))).changes["dhcp2"]
    assert line.endswith("clients wait while dhcp2 fetches the leases)")


def test_a_good_change_of_a_healthy_pair_ends_with_nothing_to_do() -> None:
    for rolling in (True, False):
        *_, world = run(World(Host(scopes=True), Host(), rolling=rolling))
        assert next_step(SITE, views(settled(world)), Memory()).kind is Kind.DONE
