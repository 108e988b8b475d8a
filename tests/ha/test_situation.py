"""Every situation by its name, with its way or its refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from keaprov.ha.observed import Observed
from keaprov.ha.plan import Wanted, need
from keaprov.ha.situation import Case, Situation, situation
from keaprov.ha.states import State
from keaprov.model import Failover, Role, Server, Site
from tests.ha.observations import DOWN, REVISION, UP, ha, kea, server

SERVERS = (
    Server("a", "10.0.0.1", ("e",), Role.PRIMARY),
    Server("b", "10.0.0.2", ("e",), Role.STANDBY),
)
SITE = Site("s", SERVERS, {}, failover=Failover())
WANTED = Wanted(REVISION, {}, {})
PORTS = ("tcp 10.0.0.1:8005", "tcp 10.0.0.2:8005")
S = Situation


def situation_of_pair(
    a: Mapping[str, Any] = {},
    b: Mapping[str, Any] = {},
    *,
    site: Site = SITE,
    by_turns: str | None = "x",
    version: str | None = None,
) -> Case:
    """Name the situation of a healthy pair with these changes of its two servers."""
    agent = {"kea-dhcp4": UP, "kea-ctrl-agent": DOWN}
    by_name: dict[str, Observed] = {
        name: server(**{"listening": PORTS, "units": agent, **changes})
        for name, changes in (("a", a), ("b", b))
    }
    needs = {name: need(observed, WANTED, version) for name, observed in by_name.items()}
    return situation(site, by_name, needs, by_turns)


def state(own: State, peer: State = State.HOT_STANDBY, **more: Any) -> dict[str, Any]:
    return {"kea": kea(relationship=replace(ha(own, peer), **more))}


OLD = {"kea": kea("old")}
SILENT = {"kea": kea(None), "units": {"kea-dhcp4": DOWN}}
BARE = {**SILENT, "packages": {}}


@pytest.mark.parametrize(
    ("a", "b", "which", "refused"),
    [
        ({}, {}, S.NOTHING, False),
        (BARE, BARE, S.FIRST_INSTALLATION, False),
        ({}, BARE, S.REPLACED, False),
        (BARE, state(State.PARTNER_DOWN), S.REPLACED, False),
        (OLD, OLD, S.ROLLING, False),
        (OLD, {}, S.BEHIND, False),
        (OLD, {"kea": kea("older")}, S.DIFFER, False),
        (SILENT, SILENT, S.DOWN, False),
        (SILENT, state(State.PARTNER_DOWN), S.ONE_DOWN, False),
        (state(State.HOT_STANDBY), state(State.SYNCING), S.COMING, False),
        (state(State.HOT_STANDBY), state(State.WAITING), S.COMING, False),
        (state(State.PARTNER_DOWN), state(State.HOT_STANDBY), S.PARTNER_DOWN, False),
        (state(State.PARTNER_DOWN), state(State.PARTNER_DOWN), S.SPLIT_BRAIN, True),
        (state(State.IN_MAINTENANCE), state(State.PARTNER_IN_MAINTENANCE), S.MAINTENANCE, False),
        (state(State.TERMINATED), state(State.WAITING), S.TERMINATED, False),
        (
            {"kea": kea(relationship=replace(ha(State.TERMINATED), scopes=("a",)))},
            {"kea": kea(relationship=replace(ha(State.TERMINATED), scopes=("b",)))},
            S.TERMINATED,
            True,
        ),
        (state(State.TERMINATED, skew=90), {}, S.CLOCK_SKEW, True),
        (state(State.HOT_STANDBY, skew=45), {}, S.CLOCK_SKEW, True),
        ({"ahead": 45.0}, {}, S.CLOCK_SKEW, True),
        ({"packages": {"isc-kea-dhcp4": "3.0.2-isc1"}}, {}, S.VERSIONS_DIFFER, True),
        ({"listening": ()}, {}, S.ENDPOINTS, False),
        ({"kea": replace(kea(), ha=None)}, {}, S.TO_PAIR, False),
    ],
)
def test_situations(a: dict[str, Any], b: dict[str, Any], which: Situation, refused: bool) -> None:
    what = situation_of_pair(a, b)
    assert (what.situation, what.refused) == (which, refused), what
    assert what.reason
    assert what.way


def test_a_server_whose_packages_are_unknown_is_not_new() -> None:
    what = situation_of_pair(OLD, {**OLD, "packages": {}, "rpm_error": "rpm's database is damaged"})
    assert what.situation is S.ROLLING


def test_servers_that_change_roles_or_names() -> None:
    running = {"a": (Role.STANDBY, "a"), "b": (Role.PRIMARY, "b")}
    sides = [{"kea": replace(kea("old"), role=r, this_server=n)} for r, n in running.values()]
    what = situation_of_pair(*sides)
    assert what.situation is S.ROLES
    assert what.reason == "a becomes the primary, b the standby"
    half = situation_of_pair(
        sides[0], {"kea": replace(kea("old"), role=Role.STANDBY, this_server="b")}
    )
    assert half.situation is S.ROLLING, "one has its new role already: the run goes on"
    named = {"kea": replace(kea("old"), role=Role.STANDBY, this_server="c")}
    assert situation_of_pair(OLD, named).situation is S.NAMES
    assert situation_of_pair(OLD, named).reason == "c becomes b"


def test_servers_that_somebody_configured() -> None:
    by_hand = {"kea": replace(kea(""), foreign=True)}
    judged = situation_of_pair(by_hand, by_hand)
    assert (judged.situation, judged.refused) == (S.FOREIGN, False)
    assert judged.reason == "a and b run a configuration that keaprov did not write"
    assert judged.way.endswith("One server after the other: b and its gate, then a and its gate")
    assert situation_of_pair(by_hand).reason.startswith("a runs a configuration")
    renamed = {"kea": replace(kea(""), foreign=True, this_server="kea-a")}
    assert "The second turn follows at once" in situation_of_pair(renamed, by_hand).way
    ended = {"kea": replace(kea("", ha(State.TERMINATED, State.TERMINATED)), foreign=True)}
    assert situation_of_pair(ended, ended).situation is S.TERMINATED
    assert situation_of_pair(by_hand, SILENT).situation is S.ONE_DOWN
    assert situation_of_pair(by_hand, BARE).situation is S.FOREIGN


def test_a_subnet_that_gets_another_id() -> None:
    agent = {"kea-dhcp4": UP, "kea-ctrl-agent": DOWN}
    by_name = {name: server(listening=PORTS, units=agent, kea=kea("old")) for name in ("a", "b")}
    needs = {name: need(observed, WANTED) for name, observed in by_name.items()}
    live = situation(SITE, by_name, needs, None, "subnet 1 gets the id 2")
    assert (live.situation, live.reason) == (S.RENUMBER, "subnet 1 gets the id 2")
    assert live.way.startswith("b stops, a changes the id")
    assert "then a restarts: x" in situation(SITE, by_name, needs, "x", "subnet 1").way


def test_a_live_change_an_upgrade_a_server_alone_and_one_that_is_not_there() -> None:
    assert situation_of_pair(OLD, OLD, by_turns=None).situation is S.LIVE
    assert situation_of_pair(version="3.0.9").situation is S.UPGRADE
    alone = replace(SITE, servers=SERVERS[:1], failover=None)
    assert situation_of_pair(OLD, {}, site=alone).situation is S.BEHIND
    by_name = {"a": server(**OLD)}
    needs = {"a": need(by_name["a"], WANTED)}
    assert situation(alone, by_name, needs, "x").situation is S.STANDALONE
    assert situation(SITE, by_name, needs, "x").situation is S.UNREACHABLE


def test_every_pair_of_states_has_a_name() -> None:
    for own, peer in product(State, repeat=2):
        what = situation_of_pair(state(own, peer), state(peer, own))
        assert str(what)
        if State.TERMINATED in (own, peer):
            assert what.situation is S.TERMINATED
