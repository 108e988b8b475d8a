"""The next step, whole: its servers, what the operator reads, and whether it waits or refuses.

What steps may never do is in test_model.py: it goes through every pair of states.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keaprov.conductor.steps import next_step
from keaprov.conductor.views import Kind, Memory, Step, Views
from keaprov.ha.commands import Command
from keaprov.ha.live import Live
from keaprov.ha.observed import Firewalld, Partner, Zone
from keaprov.ha.serving import UNMASK
from keaprov.ha.states import State
from keaprov.model import Failover, Role
from tests.conductor.hosts import UNTOUCHED, each
from tests.conductor.world import FIREWALLS, SITE, STANDBY, Host, World, views
from tests.ha.observations import UP, ha

NEW = Host(runs="new", file="new")
DONE = World(replace(NEW, scopes=True), NEW)
HALFWAY = World(Host(scopes=True, staged=True), NEW)
STAGED = Memory(staged=True)
ALONE = Host(scopes=True, state=State.PARTNER_DOWN)


def step_of(world: World | Views, memory: Memory = STAGED, **changes: Any) -> Step:
    """Return the next step; `changes` are of what is observed of every server."""
    by_name = views(world) if isinstance(world, World) else world
    return next_step(SITE, each(by_name, **changes), memory)


def of_kea(name: str, by_name: Views, **changes: Any) -> Views:
    """Return views with changes of one server's kea-dhcp4."""
    view = by_name[name]
    kea = replace(view.observed.kea, **changes)
    return {**by_name, name: replace(view, observed=replace(view.observed, kea=kea))}


# refusals


def test_nothing_is_done_without_all_servers() -> None:
    (kept,) = [view for name, view in views(DONE).items() if name == "dhcp2"]
    words = "dhcp1 is not in this run, or did not answer"
    assert next_step(SITE, {"dhcp2": kept}, STAGED) == Step(Kind.REFUSE, words)
    assert next_step(SITE, {}, STAGED).reason.startswith("dhcp1, dhcp2 is not in this run")


def test_clocks_that_are_apart_refuse_before_anything() -> None:
    skewed = of_kea("dhcp2", views(UNTOUCHED), ha=replace(ha(), skew=45))
    step = step_of(skewed)
    assert (step.kind, step.servers) == (Kind.REFUSE, ("dhcp2",))
    assert "clock differs by 45 s" in step.reason
    apart = {**views(UNTOUCHED), "dhcp2": each(views(UNTOUCHED), ahead=45.0)["dhcp2"]}
    step = step_of(apart)
    assert (step.kind, step.servers) == (Kind.REFUSE, ())
    assert "clocks are 45 s apart" in step.reason


def test_a_partner_that_is_not_in_the_site_refuses_as_long_as_it_answers() -> None:
    answers = of_kea("dhcp1", views(UNTOUCHED), partner=Partner("old", "10.60.1.9", ""))
    step = step_of(answers)
    assert (step.kind, step.servers) == (Kind.REFUSE, ("dhcp1",))
    assert "old (10.60.1.9)" in step.reason
    gone = Partner("old", "10.60.1.9", "Connection refused")
    assert step_of(of_kea("dhcp1", views(UNTOUCHED), partner=gone)).kind is Kind.TURN


def test_a_split_brain_is_waited_for() -> None:
    split = World(ALONE, ALONE, apart=True)
    step = step_of(split)
    assert step.kind is Kind.WAIT
    assert step.reason.startswith("split brain: both servers are in partner-down")
    assert step_of(split, listening=()).kind is not Kind.WAIT, "the HA port changes: go on"


# repairs


def test_a_maintenance_is_cancelled_by_the_server_that_answers_for_both() -> None:
    both = World(
        Host(state=State.IN_MAINTENANCE), Host(scopes=True, state=State.PARTNER_IN_MAINTENANCE)
    )
    reason = "a maintenance was started and not ended: it is cancelled"
    assert step_of(both) == Step(Kind.CANCEL_MAINTENANCE, reason, ("dhcp2",))
    about_to_end = replace(both, standby=Host(scopes=True))
    assert step_of(about_to_end) == Step(Kind.WAIT, "a maintenance is about to end")


@pytest.mark.parametrize(
    ("handover", "role", "words"),
    [
        (True, Role.STANDBY, "dhcp2 has scopes of an earlier hand-over: it gives them back"),
        (False, Role.STANDBY, "dhcp2 has scopes that somebody gave it: it gives them back"),
        (False, Role.PRIMARY, "dhcp2 becomes the standby: it gives its scopes up"),
    ],
)
def test_a_standby_that_serves_beside_its_primary_gives_its_scopes_back(
    handover: bool, role: Role, words: str
) -> None:
    beside = views(replace(DONE, standby=replace(NEW, scopes=True, handover=handover)))
    step = step_of(of_kea("dhcp2", beside, role=role))
    assert step == Step(Kind.GIVE_BACK, words, ("dhcp2",))


@pytest.mark.parametrize(("handover", "kind"), [(True, Kind.WAIT), (False, Kind.REFUSE)])
def test_a_run_that_gave_scopes_back_waits_for_the_end_of_its_own_hand_over(
    handover: bool, kind: Kind
) -> None:
    beside = views(replace(DONE, standby=replace(NEW, scopes=True, handover=handover)))
    memory = replace(STAGED, taken=frozenset({(Kind.GIVE_BACK, ("dhcp2",))}))
    step = step_of(beside, memory)
    assert (step.kind, step.servers) == (kind, ("dhcp2",))


@pytest.mark.parametrize(
    "world",
    [
        replace(DONE, standby=NEW),
        World(replace(NEW, scopes=False), replace(NEW, scopes=True)),
        World(replace(NEW, scopes=True, state=State.READY), replace(NEW, scopes=True)),
        World(replace(NEW, scopes=True), replace(NEW, scopes=True, state=State.PARTNER_DOWN)),
        World(Host(up=False), replace(NEW, scopes=True)),
        World(replace(NEW, scopes=True), Host(up=False)),
    ],
    ids=["no scopes", "the primary has none", "it starts", "it is alone", "no primary", "down"],
)
def test_scopes_are_given_back_only_beside_a_primary_that_serves(world: World) -> None:
    assert step_of(world).kind is not Kind.GIVE_BACK


def test_a_standby_without_its_primary_keeps_its_scopes() -> None:
    single = replace(SITE, servers=(STANDBY,))
    serves = views(replace(DONE, standby=replace(NEW, scopes=True)))["dhcp2"]
    assert next_step(single, {"dhcp2": serves}, STAGED).kind is not Kind.GIVE_BACK


def test_without_failover_nobody_gives_scopes_back() -> None:
    beside = views(replace(DONE, standby=replace(NEW, scopes=True)))
    alone = replace(SITE, failover=None, servers=SITE.servers)
    assert next_step(alone, beside, STAGED).kind is not Kind.GIVE_BACK


def test_a_primary_without_scopes_takes_them_again_if_nobody_serves() -> None:
    nobody = World(NEW, NEW)
    words = "dhcp1 does not have its scope: somebody has taken it, and it takes it again"
    assert step_of(views(nobody)) == Step(Kind.SERVE_AGAIN, words, ("dhcp1",))
    running = of_kea("dhcp1", of_kea("dhcp2", views(nobody), role=Role.PRIMARY), role=Role.STANDBY)
    assert step_of(running).servers == ("dhcp2",), "who is the primary in what runs"
    alone = replace(SITE, failover=None, servers=SITE.servers)
    assert next_step(alone, views(nobody), STAGED).kind is not Kind.SERVE_AGAIN


@pytest.mark.parametrize(
    "world",
    [
        DONE,
        World(NEW, replace(NEW, scopes=True)),
        World(NEW, replace(NEW, state=State.READY)),
        World(replace(NEW, state=State.WAITING), NEW),
        World(NEW, Host(up=False)),
        World(NEW, replace(NEW, mute=True)),
    ],
    ids=["it serves", "the other serves", "it starts", "both start", "one is down", "mute"],
)
def test_scopes_are_taken_again_only_in_hot_standby_and_if_nobody_serves(world: World) -> None:
    assert step_of(views(world)).kind is not Kind.SERVE_AGAIN


def test_a_step_that_did_not_help_is_not_taken_again() -> None:
    beside = replace(DONE, standby=replace(NEW, scopes=True))
    first = step_of(beside)
    again = step_of(beside, replace(STAGED, taken=frozenset({(first.kind, first.servers)})))
    words = f"{first.reason}: this was done, and did not help"
    assert again == Step(Kind.REFUSE, words, first.servers)


# the way to what is wanted


def test_every_server_that_lacks_a_file_is_staged_once() -> None:
    words = "Kea tests the new configuration on every server"
    assert step_of(UNTOUCHED, Memory()) == Step(Kind.STAGE, words, ("dhcp1", "dhcp2"))
    assert step_of(HALFWAY, Memory()) == Step(Kind.STAGE, words, ("dhcp1",))


TERMINATED = Host(scopes=True, state=State.TERMINATED)


def test_a_terminated_pair_says_who_serves() -> None:
    step = step_of(World(TERMINATED, Host(state=State.WAITING)))
    words = "the pair is terminated: dhcp1 serves alone, dhcp2 joins it again"
    assert step == Step(Kind.REVIVE, words, ("dhcp1", "dhcp2"))
    step = step_of(World(Host(state=State.WAITING), TERMINATED))
    assert step.servers == ("dhcp2", "dhcp1")
    waits = "it is terminated, and waits for its peer again"
    silent = Host(state=State.TERMINATED)
    assert step_of(World(silent, silent)) == Step(Kind.RESET, waits, ("dhcp1", "dhcp2"))
    assert step_of(World(ALONE, silent)) == Step(Kind.RESET, waits, ("dhcp2",))
    both = "the pair is terminated, and both servers answer clients: stop kea-dhcp4 on one"
    assert step_of(World(TERMINATED, TERMINATED)) == Step(Kind.REFUSE, both)


def test_a_terminated_pair_that_cannot_hear_each_other_is_not_brought_back() -> None:
    silent = Host(state=State.TERMINATED)
    blocked = World(TERMINATED, silent, apart=True)
    step = step_of(blocked)
    assert (step.kind, step.servers) == (Kind.WAIT, ("dhcp1",))
    assert "dhcp1 does not answer on its HA port" in step.reason
    stopped = World(TERMINATED, Host(up=False), apart=True)
    assert step_of(stopped).kind is Kind.REVIVE
    moves = step_of(blocked, listening=("tcp 10.60.1.67:8006", "tcp 10.60.1.68:8006"))
    assert moves.kind is Kind.REVIVE


def test_a_terminated_server_that_answers_some_clients_is_not_silenced() -> None:
    half = World(replace(TERMINATED, partly=True), Host(state=State.TERMINATED))
    step = step_of(half)
    assert (step.kind, step.servers, step.soon) == (Kind.WAIT, ("dhcp1",), True)
    assert "receives no DHCP packets: the interface ens18 is down" in step.reason


def test_a_live_change_names_what_changes() -> None:
    live = replace(UNTOUCHED, rolling=False)
    assert step_of(live) == Step(Kind.LIVE, "live: the files only", ("dhcp1", "dhcp2"))
    by_name = dict(views(live))
    change = Live((Command({}, (), "add subnet 7"),))
    by_name["dhcp2"] = replace(by_name["dhcp2"], change=change)
    assert step_of(by_name).reason == "live: add subnet 7"
    assert step_of(by_name, replace(STAGED, rolling="Kea refused it")).kind is Kind.TURN


def test_a_file_alone_that_is_behind_is_a_live_change() -> None:
    behind = World(replace(NEW, scopes=True, file="old"), NEW)
    assert step_of(behind).kind is Kind.LIVE
    assert step_of(DONE).kind is Kind.DONE


def test_a_subnet_that_kea_does_not_remove_live_is_not_removed_by_turns() -> None:
    live = views(replace(UNTOUCHED, rolling=False))
    going = {name: replace(view, removed=(60,)) for name, view in live.items()}
    assert step_of(going).kind is Kind.LIVE
    step = step_of(going, replace(STAGED, rolling="dhcp1 refuses subnet4-del"))
    assert step.kind is Kind.REFUSE
    assert "needs a rolling restart (dhcp1 refuses subnet4-del)" in step.reason


# turns


def test_the_standbys_turn_is_guarded_by_the_primary() -> None:
    step = step_of(UNTOUCHED)
    assert (step.kind, step.servers, step.guard) == (Kind.TURN, ("dhcp2",), "dhcp1")
    assert (step.hand_over, step.cost, step.with_peer, step.moving) == ("", "", True, False)
    assert step.reason == "; ".join(views(UNTOUCHED)["dhcp2"].need.reasons)
    assert "the site wants new" in step.reason


def test_the_primarys_turn_is_a_hand_over() -> None:
    step = step_of(HALFWAY)
    assert (step.servers, step.hand_over, step.guard) == (("dhcp1",), "dhcp2", "")


def test_a_turn_is_not_taken_twice() -> None:
    step = step_of(UNTOUCHED, replace(STAGED, turned=frozenset({"dhcp2"})))
    why = "; ".join(views(UNTOUCHED)["dhcp2"].need.reasons)
    words = f"dhcp2 had its turn and needs it again: {why}. Find out who or what changes it"
    words += " meanwhile (journalctl -u 'kea*'), and run the deploy again"
    assert step == Step(Kind.REFUSE, words)


def test_a_server_without_a_peer_interrupts_its_clients() -> None:
    single = replace(SITE, servers=SITE.servers[:1], failover=None)
    view = views(UNTOUCHED)["dhcp1"]
    kea = replace(view.observed.kea, ha=None)
    view = replace(view, observed=replace(view.observed, kea=kea))
    step = next_step(single, {"dhcp1": view}, STAGED)
    assert (step.kind, step.with_peer) == (Kind.TURN, False)
    assert step.cost == "clients wait while kea-dhcp4 restarts"
    agent = replace(view, need=replace(view.need, restart=("kea-ctrl-agent",)))
    assert next_step(single, {"dhcp1": agent}, STAGED).cost == ""


def test_two_servers_that_do_not_hear_each_other_follow_at_once() -> None:
    step = step_of(UNTOUCHED, listening=())
    assert (step.kind, step.servers, step.guard) == (Kind.TURN, ("dhcp2",), "")
    assert (step.moving, step.with_peer) == (True, False)
    half = {**views(HALFWAY), "dhcp1": each(views(HALFWAY), listening=())["dhcp1"]}
    step = step_of(half)
    assert step.servers == ("dhcp1",)
    assert (step.moving, step.with_peer, step.hand_over) == (True, False, "")
    assert step.cost == "clients wait until both servers hear each other"


@pytest.mark.parametrize("unit", ["kea-dhcp4", "firewalld"])
def test_no_server_has_a_turn_while_a_unit_is_masked(unit: str) -> None:
    """Somebody masked it during the run: the preflight did not see it."""

    def masked_on_primary(world: World, **changes: Any) -> Views:
        by_name = each(views(world), **changes)
        observed = by_name["dhcp1"].observed
        units = {**observed.units, unit: replace(UP, masked=True, enabled=False)}
        observed = replace(observed, units=units)
        return {**by_name, "dhcp1": replace(by_name["dhcp1"], observed=observed)}

    words = f"dhcp1: {unit} is masked: nothing can start it. {UNMASK} {unit}"
    refused = Step(Kind.REFUSE, words, ("dhcp1",))
    assert step_of(masked_on_primary(UNTOUCHED)) == refused, "and the standby is not touched"
    assert step_of(masked_on_primary(DONE)).kind is Kind.DONE, "a run with nothing to do says no"
    apart = masked_on_primary(UNTOUCHED, listening=())
    assert step_of(apart) == refused
    turned = replace(STAGED, turned=frozenset({"dhcp2"}))
    half = {**masked_on_primary(HALFWAY, listening=()), "dhcp2": views(HALFWAY)["dhcp2"]}
    assert step_of(half, turned).kind is Kind.TURN, "it fails, and both servers are restored"


def test_a_server_that_served_without_failover_gets_a_peer() -> None:
    single = of_kea("dhcp1", views(replace(HALFWAY, standby=Host(up=False))), ha=None)
    step = step_of(single)
    assert (step.servers, step.moving, step.with_peer) == (("dhcp1",), False, False)
    assert step.cost == "clients wait until both servers hear each other"


def test_the_only_server_that_answers_is_not_restarted() -> None:
    syncing = step_of(replace(HALFWAY, standby=replace(NEW, state=State.SYNCING)))
    assert (syncing.kind, syncing.servers) == (Kind.WAIT, ("dhcp2",))
    assert syncing.reason.startswith("dhcp1 alone answers clients; dhcp2: it is in syncing")
    assert not syncing.soon
    deaf = step_of(replace(HALFWAY, standby=replace(NEW, deaf=True)))
    assert (deaf.kind, deaf.soon) == (Kind.WAIT, True)
    disabled = step_of(replace(HALFWAY, standby=replace(NEW, disabled=True)))
    assert (disabled.kind, disabled.servers) == (Kind.REFUSE, ("dhcp2",))
    both = step_of(replace(HALFWAY, standby=replace(NEW, disabled=True, deaf=True)))
    assert both.kind is Kind.REFUSE, "one of the two does not pass by itself"


def test_updates_alone_take_no_scopes() -> None:
    by_name = dict(views(DONE))
    view = by_name["dhcp1"]
    by_name["dhcp1"] = replace(view, need=replace(view.need, update=("bash",)))
    step = step_of(by_name)
    assert (step.kind, step.servers, step.hand_over) == (Kind.TURN, ("dhcp1",), "")
    assert step.cost == ""
    by_name["dhcp2"] = replace(
        by_name["dhcp2"], need=replace(by_name["dhcp2"].need, update=("bash",))
    )
    step = step_of(by_name)
    assert (step.servers, step.guard) == (("dhcp2",), ""), "it does not start: nothing to fetch"


def test_a_hand_over_needs_a_primary_that_hears_its_standby() -> None:
    """An observation by its hook alone: the heartbeat is late."""
    unheard = replace(ha(), scopes=("dhcp1",), in_touch=False)
    step = step_of(of_kea("dhcp1", views(HALFWAY), ha=unheard))
    assert (step.kind, step.servers, step.hand_over) == (Kind.TURN, ("dhcp1",), "")
    assert step.cost == "clients wait for one heartbeat-delay (2 s)"
    slow = replace(SITE, failover=Failover(heartbeat_delay=500))
    step = next_step(slow, of_kea("dhcp1", views(HALFWAY), ha=unheard), STAGED)
    assert step.cost.endswith("(0.5 s)")


def test_what_a_long_load_costs_is_said() -> None:
    million = 100 << 20
    step = step_of(UNTOUCHED, lease_bytes=million)
    assert "then dhcp1 goes to partner-down, and clients wait while dhcp2 fetches" in step.cost
    assert step_of(UNTOUCHED, lease_bytes=million, listening=()).cost == ""
    assert step_of(UNTOUCHED).cost == ""


# the end


def test_a_pair_that_is_not_healthy_yet_is_waited_for() -> None:
    late = step_of(World(replace(NEW, scopes=True), replace(NEW, state=State.READY)))
    assert (late.kind, late.servers) == (Kind.WAIT, ("dhcp1",))
    assert late.reason.startswith("dhcp1: its peer is in ready")
    deaf = step_of(replace(DONE, standby=replace(NEW, deaf=True)))
    assert (deaf.kind, deaf.servers, deaf.soon) == (Kind.WAIT, ("dhcp2",), True)
    tried = replace(STAGED, taken=frozenset({(Kind.SERVE_AGAIN, ("dhcp1",))}))
    none = step_of(World(NEW, NEW), tried)
    assert (none.kind, none.servers) == (Kind.REFUSE, ("dhcp1",))
    assert none.reason.startswith("dhcp1 does not have its scope")
    unknown = step_of(of_kea("dhcp1", views(World(NEW, NEW)), role=None))
    assert (unknown.kind, unknown.servers) == (Kind.REFUSE, ("dhcp1",))
    assert unknown.reason.startswith("dhcp1: it has no scopes")


def test_a_standby_that_did_not_hear_its_primary_fetches_leases_once() -> None:
    moved = replace(STAGED, moved=True)
    words = "leases of the time in which the servers did not hear each other"
    step = Step(Kind.FETCH, words, ("dhcp2",), guard="dhcp1")
    assert step_of(DONE, moved) == step
    once = replace(moved, taken=frozenset({(Kind.FETCH, ("dhcp2",))}))
    assert step_of(DONE, once).kind is Kind.DONE


def test_ports_are_closed_after_the_last_turn() -> None:
    closed = Firewalld({}, Zone(), Zone(), {}, "public")
    by_name = views(DONE)
    bare = {**by_name, "dhcp2": each(by_name, firewalld=closed)["dhcp2"]}
    assert step_of(bare) == Step(Kind.CLOSE_PORTS, "dhcp2: the firewall", ("dhcp2",))
    other = {
        name: replace(v, wanted=replace(v.wanted, ha_port=9000)) for name, v in by_name.items()
    }
    assert step_of(other, listening=("tcp 10.60.1.67:9000", "tcp 10.60.1.68:9000")).servers == (
        "dhcp1",
    )
    wider = replace(FIREWALLS["dhcp2"], elsewhere={"dmz": Zone(services=("keaprov-dhcp",))})
    more = {**by_name, "dhcp2": each(by_name, firewalld=wider)["dhcp2"]}
    words = "dhcp2: ports that are no longer needed"
    assert step_of(more) == Step(Kind.CLOSE_PORTS, words, ("dhcp2",))


def test_a_pair_as_wanted_needs_nothing() -> None:
    assert step_of(DONE) == Step(Kind.DONE, "every server runs what the site wants")
