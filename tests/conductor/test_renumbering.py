"""Renumbering: who is stopped and started, in which order, and what a refusal leaves behind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from keaprov.conductor import Kind, Stopped, renumbering
from keaprov.conductor.activation import renaming
from keaprov.conductor.observing import Known
from keaprov.conductor.renumbering import Renumbers
from keaprov.conductor.views import Step, Views
from keaprov.errors import ControlError
from keaprov.ha.live import Live, renumber_steps
from keaprov.ha.plan import Wanted
from keaprov.ha.renumbering import Renumbering
from keaprov.ha.states import State
from keaprov.model import Site
from tests.conductor.hosts import Hosts, Shown
from tests.conductor.test_conductor import ALONE, HEALTHY, Scripted, Watching
from tests.conductor.world import CONF, SITE, Host, World, views

MAINTAINED = World(
    Host(scopes=True, state=State.PARTNER_IN_MAINTENANCE), Host(state=State.IN_MAINTENANCE)
)
STOPPED = replace(MAINTAINED, standby=Host(up=False))
DONE = {"refused": "", "leases": 3, "silence": 0.1}
REFUSED = {"refused": "lease4-update: not today", "undone": True, "left": []}
STEP = Step(Kind.RENUMBER, "subnet 60 gets the id 61", ("dhcp1", "dhcp2"))


class Telling(Watching):
    """Observes worlds, and puts each state of the primary into the log that channels write."""

    def __init__(self, worlds: list[World], log: list[str]) -> None:
        super().__init__(worlds)
        self.log = log

    def views(self, parts: Any = (), *, updates: bool = False) -> Views:
        by_name = super().views(parts, updates=updates)
        ha = by_name["dhcp1"].observed.kea.ha
        self.log.append(ha.state.value if ha else "")
        return by_name

    def view(self, server: Any, parts: Any, updates: bool = False) -> Any:
        return views(self.worlds[0])[server.name]

    def forget(self, server: Any) -> None:
        """Do nothing."""


class Answering(Scripted):
    """Answers for a host; its log has the programs, and what `turn` is to do."""

    def __init__(self, name: str, log: list[str], answer: Any) -> None:
        super().__init__(name, [])
        self.log, self.answer = log, answer

    def program(self, name: str, request: Mapping[str, Any], patience: float = 60.0) -> Any:
        verb = {"turn": "stop" if request.get("retire") else "start"}.get(name, name)
        self.log.append(f"{self.name} {verb}")
        if name != "renumber":
            return {"warnings": []}
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def taken(monkeypatch: pytest.MonkeyPatch, answer: Any, *worlds: World) -> tuple[list[str], str]:
    """Take the step; return what happened in its order, and why it stopped."""
    log: list[str] = []
    observer = Telling(list(worlds), log)
    observer.channels = {name: Answering(name, log, answer) for name in ("dhcp1", "dhcp2")}
    observer.known = {name: Known() for name in ("dhcp1", "dhcp2")}
    observer.source = lambda *_: {"subnet4": []}  # type: ignore[method-assign]
    monkeypatch.setattr(renumbering, "wanted_body", lambda _: {})
    changed = Renumbering({60: 61}, {60: IPv4Network("172.20.60.0/24")})
    by_name = {
        name: replace(view, renumbering=changed, change=Live(), need=replace(view.need, stage={}))
        for name, view in views(worlds[0]).items()
    }
    reason = ""
    try:
        Renumbers("run", observer, lambda *_: None).take(STEP, by_name)
    except Stopped as stopped:
        reason = str(stopped)
    return log, reason


def test_the_peer_is_stopped_first_and_the_maintenance_has_ended_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log, reason = taken(monkeypatch, DONE, HEALTHY, MAINTAINED, STOPPED, ALONE)
    assert log == [
        "dhcp1 command",
        *("hot-standby", "partner-in-maintenance"),
        "dhcp2 stop",
        "dhcp1 renumber",
        *("partner-in-maintenance", "partner-down"),
    ]
    assert reason == ""


def test_a_refusal_starts_the_peer_again_when_the_maintenance_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log, reason = taken(monkeypatch, REFUSED, HEALTHY, MAINTAINED, STOPPED, ALONE)
    after = log[log.index("dhcp1 renumber") + 1 :]
    assert after == ["partner-in-maintenance", "partner-down", "dhcp2 start"]
    assert reason == "kea-dhcp4 refuses lease4-update: not today. It is changed back"


def test_a_lost_connection_leaves_the_peer_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have the new ids or not: the peer would reject the lease updates of one of them."""
    lost = ControlError("dhcp1: the connection is lost")
    log, reason = taken(monkeypatch, lost, HEALTHY, MAINTAINED, STOPPED)
    assert log[-1] == "dhcp1 renumber"
    assert reason.endswith("Run the deploy again: it compares what runs, and goes on from there")


@pytest.mark.parametrize("answer", [DONE, REFUSED])
def test_a_peer_that_is_out_of_service_stays_so(
    monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    """Its turn starts it. The other server need not know yet that it is alone."""
    unheard = World(Host(scopes=True), Host(up=False), stale=True)
    for world in (ALONE, unheard):
        log, _ = taken(monkeypatch, answer, world)
        assert log == ["dhcp1 renumber"]


OLD = {"subnet4": [{"id": 60, "subnet": "172.20.60.0/24"}]}
LIVE = Live()
NEW = {"subnet4": [{"id": 61, "subnet": "172.20.60.0/24"}]}


def renumbered(
    hosts: Hosts, world: World = ALONE, *, change: Any = LIVE, site: Site = SITE
) -> Shown:
    """Renumber a subnet on the primary; its peer is down unless the world says otherwise."""
    observer = Shown(hosts, world)
    observer.known["dhcp1"] = Known(bodies=(OLD, None))
    wanted = Wanted("new", {CONF: json.dumps({"Dhcp4": NEW})}, {})
    changed = Renumbering({60: 61}, {60: IPv4Network("172.20.60.0/24")})
    by_name = {
        name: replace(view, renumbering=changed, change=change, wanted=wanted, as_file=True)
        for name, view in views(world).items()
    }
    servers = tuple(server.name for server in site.servers)
    step = Step(Kind.RENUMBER, "subnet 60 gets the id 61", servers)
    Renumbers("run", observer, hosts.tell).take(step, by_name)
    return observer


@pytest.mark.parametrize(
    ("leases", "words"),
    [(1, "1 lease came along"), (1234, "1,234 leases came along"), (0, "0 leases came along")],
)
def test_the_leases_of_a_subnet_come_along_with_its_id(leases: int, words: str) -> None:
    hosts = Hosts({"renumber": {"refused": "", "leases": leases, "silence": 0.25}})
    observer = renumbered(hosts)
    first, second = hosts.calls
    steps = [step.request for step in renumber_steps(OLD, NEW)]
    request = {
        "run": "run",
        "socket": "/var/run/kea/kea4-ctrl-socket",
        "steps": steps,
        "subnets": [{"old": 60, "new": 61, "range": [0xAC143C00, 0xAC143CFF]}],
        "most": 10_000,
    }
    assert first == ("dhcp1", "renumber", request, renumbering.PATIENCE)
    need = views(ALONE)["dhcp1"].need
    assert second == ("dhcp1", "turn", renaming(need, "run", proven=True), 60.0)
    assert observer.forgotten == ["dhcp1"]
    assert hosts.sentences == [
        ("dhcp1", "renumber: subnet 60 gets the id 61", False),
        ("dhcp1", f"{words}; it answered no client for 0.2 s", False),
    ]


@pytest.mark.parametrize("change", [None, "a global value"])
def test_the_file_is_renamed_only_if_it_says_what_runs_then(change: str | None) -> None:
    hosts = Hosts({"renumber": DONE})
    renumbered(hosts, change=change)
    assert [program for _, program in hosts.programs] == [
        "renumber",
        *(["turn"] if change is None else []),
    ]


def test_if_only_leases_are_left_the_peer_stays_in_service() -> None:
    hosts = Hosts({"renumber": DONE})
    renumbered(hosts, HEALTHY, change=None)
    assert hosts.programs == [("dhcp1", "renumber"), ("dhcp1", "turn")]


def test_a_server_without_a_peer_stops_nobody() -> None:
    hosts = Hosts({"renumber": DONE})
    renumbered(hosts, HEALTHY, site=replace(SITE, servers=SITE.servers[:1]))
    assert hosts.programs == [("dhcp1", "renumber"), ("dhcp1", "turn")]


@pytest.mark.parametrize(
    ("report", "end"),
    [
        ({"undone": True, "left": []}, "It is changed back"),
        ({"undone": False, "left": ["subnet4-add: no", "why"]}, "subnet4-add: no; why"),
    ],
)
def test_a_refusal_says_what_is_left(report: Any, end: str) -> None:
    hosts = Hosts({"renumber": {"refused": "lease4-update: no", **report}})
    with pytest.raises(Stopped) as stopped:
        renumbered(hosts)
    assert str(stopped.value) == f"kea-dhcp4 refuses lease4-update: no. {end}"
    assert stopped.value.server == "dhcp1"
    assert len(hosts.calls) == 1, "no file is renamed"


def test_a_peer_that_cannot_be_started_again_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keaprov.conductor.alone.patience_of", lambda *_: 0.0)
    monkeypatch.setattr("keaprov.conductor.alone.POLL", 0.001)
    lost = ControlError("dhcp2: the connection is lost")
    hosts = Hosts({"renumber": REFUSED, "dhcp2 turn": [{"warnings": []}, lost]})
    with pytest.raises(Stopped, match="kea-dhcp4 refuses lease4-update: not today"):
        renumbered(hosts, MAINTAINED)
    start = hosts.calls[-1]
    assert (start[0], start[1], start[2]["units"]) == ("dhcp2", "turn", ["kea-dhcp4"])
    assert start[3] == renumbering.PATIENCE
    (late, failed) = [sentence for sentence in hosts.sentences if sentence[2]]
    assert late[0] == "dhcp2"
    assert late[1].startswith("it starts all the same: it is in state partner-in-maintenance")
    assert failed == (
        "dhcp2",
        "it could not be started again: dhcp2: the connection is lost",
        True,
    )
