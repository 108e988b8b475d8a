"""Subnets that go or get another id: in which order, when not at all, and what the operator reads.

The steps among others are in test_conductor.py.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from keaprov.conductor import subnets
from keaprov.conductor.views import Kind, Memory, Step, Views
from keaprov.ha.renumbering import Renumbering
from keaprov.ha.states import State
from tests.conductor.hosts import UNTOUCHED
from tests.conductor.world import SITE, Host, World, views

STAGED = Memory(staged=True)
ALONE = World(Host(scopes=True, state=State.PARTNER_DOWN), Host(up=False))
APART = World(Host(scopes=True, state=State.PARTNER_DOWN), Host(state=State.WAITING))
SUBNETS = {60: IPv4Network("172.20.60.0/24"), 70: IPv4Network("172.20.70.0/24")}


def pair(world: World = UNTOUCHED, only: str = "", **changes: Any) -> Views:
    """Return what is observed, with changes of every view or of that of one server."""
    return {
        name: replace(view, **changes) if only in ("", name) else view
        for name, view in views(world).items()
    }


def renumbers(*ids: int, obstacle: str = "") -> Renumbering:
    """Return the change by which each id grows by one."""
    return Renumbering({n: n + 1 for n in ids}, {n: SUBNETS[n] for n in ids}, obstacle)


# what is refused


@pytest.mark.parametrize(
    ("numbers", "start", "end"),
    [
        ((60,), "subnet 60 gets a smaller prefix, and its pools", "out of its pools and"),
        ((70, 60), "subnets 60, 70 get a smaller prefix, and their pools", "out of their pools"),
    ],
)
def test_a_prefix_that_leaves_clients_outside_is_refused(
    numbers: tuple[int, ...], start: str, end: str
) -> None:
    reason = subnets.rejection(SITE, pair(cut=numbers))
    assert reason.startswith(start)
    assert end in reason


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"removed": (60,)}, "the change removes or renumbers subnet 60, and needs a rolling"),
        ({"removed": (70, 60)}, "the change removes or renumbers subnets 60, 70, and needs a"),
        ({"renumbering": renumbers(60)}, "the change removes or renumbers subnet 60, and"),
    ],
)
def test_a_rolling_restart_must_not_take_a_subnet_from_the_pair(
    changes: dict[str, Any], start: str
) -> None:
    reason = subnets.rejection(SITE, pair(**changes))
    assert reason.startswith(start)
    assert "(a global value)" in reason
    kept = "subnets and their ids" if "subnets" in start else "subnet and its id"
    after = "run the deploy: it loads Kea's commands for subnets. Then change them"
    assert reason.endswith(f". Keep the {kept} as now, {after}")
    by_hand = subnets.rejection(replace(SITE, live=False), pair(**changes))
    assert by_hand.endswith(f" as now, set live: true, and {after}")
    assert subnets.rejection(SITE, pair(commanded=True, **changes)) == "", "commands do it first"
    both = pair(**changes)
    half = {**both, "dhcp1": replace(both["dhcp1"], commanded=True)}
    assert subnets.rejection(SITE, half) == reason, "both servers have to take commands"


def test_each_reason_for_a_rolling_restart_is_said_once() -> None:
    obstacle = "the leases are in a database (mysql)"
    both = pair(renumbering=renumbers(60, obstacle=obstacle), commanded=True)
    reason = subnets.rejection(SITE, both)
    assert f"(a global value; {obstacle})" in reason
    assert reason.endswith(". Keep the subnet and its id as now"), "nothing comes first"
    remembered = Memory(rolling="dhcp1 refuses subnet4-del")
    assert "(dhcp1 refuses subnet4-del; the" in subnets.rejection(SITE, both, remembered)


@pytest.mark.parametrize(
    "by_name",
    [
        pair(),
        pair(only="dhcp1", removed=(60,)),
        pair(replace(UNTOUCHED, rolling=False), removed=(60,)),
        pair(ALONE, removed=(60,)),
        pair(APART, removed=(60,)),
        {"dhcp1": pair(removed=(60,))["dhcp1"]},
    ],
    ids=["nothing goes", "the peer has done it", "live", "alone", "apart", "one server"],
)
def test_what_no_standby_would_reject_is_no_reason(by_name: Views) -> None:
    assert subnets.rejection(SITE, by_name) == ""


def test_without_failover_nobody_rejects_lease_updates() -> None:
    assert subnets.rejection(replace(SITE, failover=None), pair(removed=(60,))) == ""


# another id


def steps(by_name: Views, site: Any = SITE) -> list[Step]:
    """Return the steps for subnets that get another id."""
    return list(subnets.renumber(site, by_name))


WORDS = "subnet 60 (172.20.60.0/24) gets the id 61"


def test_the_server_that_answers_clients_changes_its_ids() -> None:
    step = Step(Kind.RENUMBER, WORDS, ("dhcp1", "dhcp2"))
    assert steps(pair(renumbering=renumbers(60))) == [step]
    assert steps(pair(ALONE, renumbering=renumbers(60))) == [step]
    assert steps(pair(only="dhcp1", renumbering=renumbers(60))) == [step]
    assert steps(pair(only="dhcp2", renumbering=renumbers(60))) == [], "its own turn does it"
    swapped = World(ALONE.standby, ALONE.primary)
    step = replace(step, servers=("dhcp2", "dhcp1"))
    assert steps(pair(swapped, renumbering=renumbers(60))) == [step]


def test_a_single_server_changes_its_ids_alone() -> None:
    single = replace(SITE, servers=SITE.servers[:1], failover=None)
    by_name = {"dhcp1": pair(renumbering=renumbers(60))["dhcp1"]}
    assert steps(by_name, single) == [Step(Kind.RENUMBER, WORDS, ("dhcp1",))]


def test_ids_wait_until_the_servers_are_in_hot_standby() -> None:
    words = f"{WORDS}: this begins when both servers are in hot-standby"
    assert steps(pair(APART, renumbering=renumbers(60))) == [Step(Kind.WAIT, words, ("dhcp1",))]


def test_ids_wait_until_a_server_answers_clients() -> None:
    silent = World(Host(state=State.WAITING), Host(state=State.WAITING))
    words = f"{WORDS}: this begins when a server answers clients"
    assert steps(pair(silent, renumbering=renumbers(60))) == [Step(Kind.WAIT, words, ("dhcp1",))]
    down = World(Host(up=False), Host(up=False))
    assert steps(pair(down, renumbering=renumbers(60))) == []


def test_an_obstacle_leaves_the_ids() -> None:
    assert steps(pair(renumbering=renumbers(60, obstacle="no hook"))) == []


# removed


def removed(by_name: Views, site: Any = SITE) -> list[Step]:
    """Return the steps for subnets that go."""
    return list(subnets.remove(site, by_name, STAGED))


def test_subnets_go_by_commands_before_a_rolling_restart() -> None:
    words = "live: remove subnet 60, before the rolling restart"
    both = pair(removed=(60,), commanded=True)
    assert removed(both) == [Step(Kind.REMOVE, words, ("dhcp1", "dhcp2"))]
    several = "live: remove subnets 60, 70, before the rolling restart"
    assert removed(pair(removed=(70, 60), commanded=True))[0].reason == several
    only = pair(only="dhcp1", removed=(60,), commanded=True)
    assert removed(only) == [Step(Kind.REMOVE, words, ("dhcp1",))]


@pytest.mark.parametrize(
    "by_name",
    [
        pair(removed=(60,)),
        pair(commanded=True),
        pair(only="dhcp2", removed=(60,), commanded=True),
        pair(replace(UNTOUCHED, rolling=False), removed=(60,), commanded=True),
    ],
    ids=["no commands", "nothing goes", "it answers nobody", "live"],
)
def test_otherwise_none_goes_first(by_name: Views) -> None:
    assert removed(by_name) == []


def test_without_failover_a_restart_takes_them() -> None:
    both = pair(removed=(60,), commanded=True)
    assert removed(both, replace(SITE, failover=None)) == []
