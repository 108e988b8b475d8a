"""A server's turn: who watches or answers meanwhile, and what a closed gate restores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keaprov import paths
from keaprov.conductor import acting
from keaprov.conductor.acting import INSTALLS, RESTARTS, Stopped
from keaprov.conductor.activation import activation
from keaprov.conductor.views import Kind, Step, Views
from keaprov.errors import Refused, Unreachable
from keaprov.model import Site
from tests.conductor.hosts import UNTOUCHED, Hosts, acting_on
from tests.conductor.world import CONF, SITE, STANDBY, Host, World, views

NEW = Host(runs="new", file="new")
HALFWAY = World(Host(scopes=True, staged=True), NEW)
"""The standby had its turn, and the primary's is next."""
PRIMARYS = Step(Kind.TURN, "a global value", ("dhcp1",), hand_over="dhcp2")
STANDBYS = Step(Kind.TURN, "a global value", ("dhcp2",), guard="dhcp1")
GONE = Unreachable("dhcp1: the connection is lost")
RESTORED = {"failed": [], "put_back": [CONF], "packages": [], "stopped": False, "up": True}


@pytest.fixture(autouse=True)
def replicated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both servers have the same leases, unless a test says otherwise."""
    monkeypatch.setattr(acting, "difference_sentences", lambda site, channels: ())


def test_a_turn_sends_what_the_server_needs_and_waits_at_the_gate() -> None:
    hosts = Hosts()
    actions, _ = acting_on(hosts)
    by_name = views(UNTOUCHED)
    view = replace(by_name["dhcp2"], as_file=True)
    actions.turn(replace(STANDBYS, guard=""), {**by_name, "dhcp2": view})
    request = activation(view.need, "run", proven=True)
    assert hosts.calls == [("dhcp2", "turn", request, RESTARTS)]
    assert hosts.sentences == [("dhcp2", "turn: a global value", False)]


def test_a_turn_of_what_keaprov_did_not_write_keeps_it_as_the_original() -> None:
    hosts = Hosts()
    actions, _ = acting_on(hosts)
    view = views(UNTOUCHED)["dhcp2"]
    kea = replace(view.observed.kea, foreign=True)
    view = replace(view, observed=replace(view.observed, kea=kea))
    actions.turn(replace(STANDBYS, guard=""), {"dhcp2": view})
    assert hosts.calls[0][2]["foreign"] == CONF


@pytest.mark.parametrize("more", [{"upgrade": ("isc-kea-dhcp4-3.0.4",)}, {"update": ("bash",)}])
def test_a_turn_that_installs_packages_has_more_time(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, Any]
) -> None:
    hosts = Hosts()
    actions, _ = acting_on(hosts)
    updated: list[str] = []
    monkeypatch.setattr(actions._observer, "updated", updated.append)
    view = views(UNTOUCHED)["dhcp2"]
    view = replace(view, need=replace(view.need, **more))
    actions.turn(STANDBYS, {"dhcp2": view})
    assert {call[3] for call in hosts.calls if call[1] == "turn"} == {INSTALLS}
    watch = next(call for call in hosts.calls if call[1] == "handover")
    assert watch[2]["patience"] == INSTALLS
    assert updated == (["dhcp2"] if "update" in more else [])


def test_a_turn_takes_updates_along_although_the_daemon_died_before_it() -> None:
    hosts = Hosts()
    actions, _ = acting_on(hosts)
    view = views(UNTOUCHED)["dhcp2"]
    dnf = replace(view.observed.dnf, updates=("bash",))
    view = replace(view, observed=replace(view.observed, dnf=dnf))
    assert not view.need.update
    actions.turn(replace(STANDBYS, guard=""), {"dhcp2": view})
    assert hosts.calls[0][2]["update"] == {"exclude": ["kea", "kea-*", "isc-kea*"]}


def test_the_server_that_serves_stays_enabled_while_its_peer_starts() -> None:
    hosts = Hosts()
    actions, _ = acting_on(hosts)
    actions.turn(STANDBYS, views(UNTOUCHED))
    assert sorted(hosts.programs) == [("dhcp1", "handover"), ("dhcp2", "turn")]
    request = next(call[2] for call in hosts.calls if call[1] == "handover")
    assert request == {
        "run": "run",
        "socket": paths.CONTROL_SOCKET,
        "scopes": [],
        "peer": {
            "name": "dhcp2", "url": SITE.ha_url(STANDBY),
            **dict.fromkeys(("trust-anchor", "cert-file", "key-file"), ""),
        },
        "patience": RESTARTS,
    }  # fmt: skip


def test_a_guard_that_fails_does_not_stop_the_turn() -> None:
    hosts = Hosts({"handover": GONE})
    actions, _ = acting_on(hosts)
    actions.turn(STANDBYS, views(UNTOUCHED))
    assert ("dhcp2", "turn") in hosts.programs
    words = "clients wait while dhcp2 fetches its leases: dhcp1: the connection is lost"
    assert ("dhcp1", words, False) in hosts.sentences


def test_the_standby_answers_while_the_primary_restarts() -> None:
    hosts = Hosts()
    actions, _ = acting_on(hosts, HALFWAY)
    actions.turn(PRIMARYS, views(HALFWAY))
    assert hosts.programs == [("dhcp2", "handover"), ("dhcp1", "turn")]
    _, _, request, patience = hosts.calls[0]
    assert (request["scopes"], request["patience"], patience) == (["dhcp1"], RESTARTS, 30.0)
    assert hosts.sentences == [
        ("dhcp2", "it answers clients while dhcp1 restarts", False),
        ("dhcp1", "turn: a global value", False),
    ]


@pytest.mark.parametrize("replicates", [True, False])
def test_without_a_hand_over_the_operator_hears_what_clients_notice(
    monkeypatch: pytest.MonkeyPatch, replicates: bool
) -> None:
    hosts = Hosts({"dhcp2 handover": Refused("dhcp2: not now")})
    actions, _ = acting_on(hosts, HALFWAY)
    if not replicates:
        monkeypatch.setattr(acting, "difference_sentences", lambda *_: ("1 lease", "2 leases"))
    actions.turn(PRIMARYS, views(HALFWAY))
    first, second = hosts.sentences
    why = "cannot take the scopes: dhcp2: not now"
    if not replicates:
        why = "does not take the scopes: 1 lease; 2 leases"
    assert first == ("dhcp2", f"it {why}", False)
    cost = "no hand-over: clients wait for one heartbeat-delay (2 s)"
    assert second == ("dhcp1", f"turn: a global value ({cost})", False)


def test_the_cost_of_a_turn_is_what_its_step_says() -> None:
    hosts = Hosts()
    actions, _ = acting_on(hosts)
    actions.turn(Step(Kind.TURN, "a file", ("dhcp2",), cost="clients wait"), views(UNTOUCHED))
    assert hosts.sentences == [("dhcp2", "turn: a file (clients wait)", False)]


def test_the_leases_are_compared_on_the_servers_of_this_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hosts = Hosts()
    actions, _ = acting_on(hosts, HALFWAY)
    compared: list[tuple[Site, Any]] = []

    def same(site: Site, channels: Any) -> tuple[str, ...]:
        compared.append((site, channels))
        return ()

    monkeypatch.setattr(acting, "difference_sentences", same)
    monkeypatch.setattr(acting, "lasting_differences", same)
    actions.turn(PRIMARYS, views(HALFWAY))
    actions.fetch(Step(Kind.FETCH, "leases", ("dhcp2",), guard="dhcp1"), views(HALFWAY))
    assert compared == [(SITE, hosts.channels)] * 2
    assert len(hosts.calls) == 2, "no lease is missing: nothing is restarted"


def test_a_standby_that_lacks_leases_restarts_and_fetches_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(acting, "lasting_differences", lambda *_: ["2 leases", "1 lease"])
    hosts = Hosts()
    actions, _ = acting_on(hosts)
    done = World(replace(NEW, scopes=True), NEW)
    actions.fetch(Step(Kind.FETCH, "leases", ("dhcp2",), guard="dhcp1"), views(done))
    request = next(call[2] for call in hosts.calls if call[1] == "turn")
    assert request["units"] == ["kea-dhcp4"]
    assert ("dhcp1", "handover") in hosts.programs
    assert hosts.sentences == [("dhcp2", "turn: 2 leases; 1 lease", False)]


def test_a_lost_connection_stops_the_run_and_says_what_became_of_the_other_server() -> None:
    hosts = Hosts({"dhcp1 turn": GONE})
    actions, _ = acting_on(hosts)
    actions.turn(STANDBYS, views(UNTOUCHED))
    with pytest.raises(Stopped) as stopped:
        actions.turn(PRIMARYS, views(HALFWAY))
    words = "dhcp1: the connection is lost. dhcp2 had its turn before and goes on"
    assert (str(stopped.value), stopped.value.server) == (words, "dhcp1")
    assert hosts.programs[-1] == ("dhcp1", "turn"), "the other server is left alone"


def closed(
    hosts: Hosts, by_name: Views, step: Step, *after: World | None, down: str = ""
) -> tuple[str, list[tuple[str, str, bool]]]:
    """Close the gate of a turn; return why the run stopped, and what was said after the turn.

    `after` is what is observed of this server and of its peer then, None if it does not answer.
    `down` is why a restored server does not run.
    """
    (name,) = step.servers
    peer = "dhcp2" if name == "dhcp1" else "dhcp1"
    actions, gate = acting_on(hosts)
    gate.reason, gate.down = "it is in syncing", down
    own, other = (
        views(world)[server].observed if world else None
        for world, server in zip(after, (name, peer), strict=True)
    )
    gate.after = own or Unreachable(f"{name}: no answer"), other
    with pytest.raises(Stopped) as stopped:
        actions.turn(step, by_name)
    assert stopped.value.server == name
    sentences = [sentence for sentence in hosts.sentences if "turn:" not in sentence[1]]
    return str(stopped.value), sentences


SILENT = World(Host(up=False), replace(NEW, up=False))
"""Neither server answers clients."""
SERVED = World(Host(scopes=True), replace(NEW, up=False))
"""The primary answers clients."""
ALONE = replace(STANDBYS, guard="")


def test_a_closed_gate_restores_what_ran_before() -> None:
    hosts = Hosts({"turn": [{}, RESTORED]})
    reason, sentences = closed(hosts, views(UNTOUCHED), ALONE, SERVED, SERVED)
    assert reason == "the gate of its turn closed. No other server was touched"
    assert sentences == [
        ("dhcp2", "Gate closed: it is in syncing", True),
        ("dhcp2", "the previous configuration is active again on this host", False),
    ]
    turn, undo = hosts.calls
    assert undo[:2] == ("dhcp2", "turn")
    assert undo[3] == INSTALLS
    changes = {"files": [CONF, paths.AGENT_CONF], "update": None, "undo": True}
    assert undo[2] == {**turn[2], **changes, "stop_unproven": True}


@pytest.mark.parametrize("after", [(SILENT, SILENT), (SILENT, None)])
def test_a_server_whose_peer_does_not_answer_clients_starts_again(after: Any) -> None:
    hosts = Hosts({"turn": [{}, RESTORED]})
    closed(hosts, views(UNTOUCHED), ALONE, *after)
    assert hosts.calls[1][2]["stop_unproven"] is False


def test_a_restored_server_that_does_not_run_either_is_not_called_active() -> None:
    hosts = Hosts({"turn": [{}, RESTORED]})
    _, sentences = closed(hosts, views(UNTOUCHED), ALONE, SERVED, SERVED, down="it died")
    name, words, error = sentences[-1]
    assert (name, error) == ("dhcp2", True)
    assert words.startswith("the configuration that ran before is in place, and does not run")
    assert "the cause is not this change. Check the unit" in words
    assert words.endswith("Now it died")


def test_the_only_server_that_answers_stays_as_it_is() -> None:
    hosts = Hosts()
    alone = World(Host(up=False), replace(NEW, scopes=True))
    _, sentences = closed(hosts, views(UNTOUCHED), ALONE, alone, alone)
    assert sentences[-1] == ("dhcp2", "this server alone answers clients: it stays as it is", True)
    assert hosts.programs == [("dhcp2", "turn")]


def test_nothing_is_restored_on_a_server_that_is_gone() -> None:
    hosts = Hosts()
    _, sentences = closed(hosts, views(UNTOUCHED), ALONE, None, SERVED)
    words = "its state is unknown, and nothing was restored there: dhcp2: no answer"
    assert sentences[-1] == ("dhcp2", words, True)
    assert hosts.programs == [("dhcp2", "turn")]


@pytest.mark.parametrize(
    ("changes", "words", "error"),
    [
        ({"put_back": []}, "no earlier configuration that ran: nothing was restored", True),
        ({"put_back": [], "proven": True}, "the previous configuration is active again", False),
        ({"put_back": [], "proven": True, "up": False}, "the one that ran, but the daemon", True),
        ({"up": False, "packages": ["p"]}, f"{CONF}, p were restored, but the daemon does", True),
        ({"stopped": True}, "this server is new: kea-dhcp4 is stopped again", False),
        ({"failed": ["dnf failed"]}, "restoring: dnf failed", True),
        ({"removed": ["/x.conf"]}, "/x.conf is removed: what ran before had no such", False),
        ({"removed": ["/x"], "put_back": []}, "the previous configuration is active", False),
    ],
)
def test_what_was_restored_is_said(changes: dict[str, Any], words: str, error: bool) -> None:
    hosts = Hosts({"turn": [{}, {**RESTORED, **changes}]})
    _, sentences = closed(hosts, views(UNTOUCHED), ALONE, SERVED, SERVED)
    sentence = next(sentence for sentence in sentences if words in sentence[1])
    assert (sentence[0], sentence[2]) == ("dhcp2", error)
    assert len(sentences) == (3 if changes.keys() & {"failed", "removed"} else 2)


def test_a_restore_that_fails_is_an_error() -> None:
    hosts = Hosts({"turn": [{}, Refused("dhcp2: not now")]})
    _, sentences = closed(hosts, views(UNTOUCHED), ALONE, SERVED, SERVED)
    words = "restoring the previous configuration failed: dhcp2: not now"
    assert sentences[-1] == ("dhcp2", words, True)


@pytest.mark.parametrize("moving", [True, False])
@pytest.mark.parametrize("lost", [True, False])
def test_two_servers_that_would_not_hear_each_other_are_both_restored(
    moving: bool, lost: bool
) -> None:
    """They would have two HA ports: both would go to partner-down, and serve the same pools."""
    turns = {"dhcp2 turn": [{}, RESTORED], "dhcp1 turn": [GONE] if lost else [{}, RESTORED]}
    hosts = Hosts(turns)
    actions, gate = acting_on(hosts)
    actions.turn(replace(ALONE, moving=moving), views(UNTOUCHED))
    gate.reason = "it does not answer"
    gate.after = views(SILENT)["dhcp1"].observed, views(SILENT)["dhcp2"].observed
    with pytest.raises(Stopped):
        actions.turn(replace(PRIMARYS, hand_over="", moving=moving), views(HALFWAY))
    undone = [server for server, _, request, _ in hosts.calls if request.get("undo")]
    assert undone == [name for name, was in (("dhcp1", not lost), ("dhcp2", moving)) if was]
    if moving:
        assert hosts.calls[-1][2]["stop_unproven"] is False
