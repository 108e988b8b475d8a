"""Which server is asked about its leases, and when nobody is; when a run stops for them; what the
standby lacks.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from keaprov import load_site
from keaprov.conductor import Conductor, Stopped
from keaprov.conductor.leases import touched, with_lacking
from keaprov.conductor.observing import Known, Observer
from keaprov.conductor.views import Kind, Memory, Views
from keaprov.errors import Unreachable
from keaprov.ha.plan import Wanted, need
from keaprov.ha.renumbering import Renumbering
from keaprov.ha.states import State
from keaprov.impact import Acceptance
from keaprov.replication import by_subnet
from tests.conductor import world
from tests.conductor.test_conductor import Watching
from tests.conductor.world import CONF, SITE, Host, World
from tests.deploying import LAB
from tests.replication.world import Server, lease, statistics

SUBNET = {"id": 10, "subnet": "172.20.10.0/24", "pools": [{"pool": "172.20.10.0/24"}]}
OLD: dict[str, Any] = {"subnet4": [SUBNET]}
GONE: dict[str, Any] = {"subnet4": []}
LONGER = {"subnet4": [SUBNET], "valid-lifetime": 9}
LEASE = {"ip-address": "172.20.10.5", "hw-address": "02:00"}


class Channel:
    """Answers for a host: what it runs, what its file says, and its leases by question."""

    def __init__(self, name: str, log: list[tuple[str, str]], leases: int = 1) -> None:
        self.name = name
        self.log = log
        self.leases = leases
        self.file: Any = OLD

    def program(self, name: str, request: Mapping[str, Any], patience: float = 60.0) -> Any:
        self.log.append((self.name, name))
        if name == "impact":
            if self.leases < 0:
                raise Unreachable(f"{self.name}: the connection is lost")
            counts = [self.leases] * request["questions"]
            return {"unknown": "", "counts": counts, "clients": [[LEASE]] * len(counts)}
        answers = {"config-get": {"Dhcp4": OLD}, CONF: json.dumps({"Dhcp4": self.file})}
        return {"packed": base64.b64encode(zlib.compress(json.dumps(answers).encode())).decode()}

    def hold(self, run: str) -> Any:
        raise NotImplementedError


PRIMARY, STANDBY = Host(scopes=True), Host()
DEAD = Host(up=False)


def views(wanted: Mapping[str, Any], state: World, bytes_of_leases: int = 5000) -> Views:
    """Return what is observed of a pair that is to run something else."""
    text = json.dumps({"Dhcp4": wanted})
    goal = Wanted("new", {CONF: text}, {}, ha_port=8005)
    made = {}
    for name, view in world.views(state).items():
        observed = replace(view.observed, lease_bytes=bytes_of_leases)
        todo = need(observed, goal)
        change = None if observed.kea.revision == "new" else "a global value"
        made[name] = replace(
            view, observed=observed, wanted=goal, need=todo, change=change, as_file=True
        )
    return made


def observer(log: list[tuple[str, str]], **leases: int) -> Observer:
    channels = {name: Channel(name, log, leases.get(name, 1)) for name in ("dhcp1", "dhcp2")}
    made = Observer(SITE, channels, {})
    made.known = {name: Known(bodies=(OLD, OLD)) for name in channels}
    return made


def test_the_server_that_answers_clients_is_asked() -> None:
    log: list[tuple[str, str]] = []
    impact = touched(observer(log), views(GONE, World(PRIMARY, STANDBY)))
    assert (impact.lost, impact.server, log) == (1, "dhcp1", [("dhcp1", "impact")])
    log.clear()
    alone = World(DEAD, Host(state=State.PARTNER_DOWN, scopes=True))
    impact = touched(observer(log), views(GONE, alone))
    assert (impact.server, log) == ("dhcp2", [("dhcp2", "impact")])


def test_without_a_change_nobody_is_asked() -> None:
    log: list[tuple[str, str]] = []
    new = Host(runs="new", file="new")
    done = World(replace(new, scopes=True), STANDBY)
    assert touched(observer(log), views(GONE, done)).answers == ()
    assert touched(observer(log), views(OLD, World(PRIMARY, STANDBY))).answers == ()
    assert log == []


def test_a_change_that_costs_nothing_is_asked_once() -> None:
    log: list[tuple[str, str]] = []
    given = observer(log), views(LONGER, World(PRIMARY, STANDBY))
    assert touched(*given, losses_only=True).answers == ()
    assert log == []
    assert touched(*given).lost == 0
    assert log == [("dhcp1", "impact")]


def test_leases_whose_subnet_gets_another_id_are_not_lost() -> None:
    moved: dict[str, Any] = {"subnet4": [{**SUBNET, "id": 11}]}
    change = Renumbering({10: 11}, {10: IPv4Network("172.20.10.0/24")})
    kept = views(moved, World(PRIMARY, STANDBY))

    def impact(renumbering: Renumbering) -> int:
        changed = {name: replace(view, renumbering=renumbering) for name, view in kept.items()}
        return touched(observer([]), changed).lost

    assert impact(change) == 0
    assert impact(replace(change, obstacle="no hook")) == 1


def test_leases_are_not_known_if_nobody_knows_what_runs() -> None:
    watching = observer([])
    watching.known["dhcp1"] = Known(bodies=(None, None))
    assert touched(watching, views(GONE, World(PRIMARY, STANDBY))).unclear


def test_bare_hosts_have_no_leases() -> None:
    log: list[tuple[str, str]] = []
    impact = touched(observer(log), views(GONE, World(DEAD, DEAD), bytes_of_leases=0))
    assert (impact.answers, impact.unknown, log) == ((), "", [])


def test_leases_that_no_server_tells_are_not_known() -> None:
    log: list[tuple[str, str]] = []
    dead = World(DEAD, DEAD)
    impact = touched(observer(log), views(GONE, dead))
    assert impact.unclear
    assert impact.unknown == "kea-dhcp4 does not answer on dhcp1 and dhcp2"
    assert not touched(observer(log), views(LONGER, dead)).unclear, "no lease can be lost"
    unreadable = observer(log)
    unreadable.channels["dhcp1"].file = None  # type: ignore[attr-defined]
    assert touched(unreadable, views(GONE, dead)).unclear


def conductor(
    monkeypatch: pytest.MonkeyPatch, wanted: Mapping[str, Any], leases: int
) -> tuple[Conductor, list[str]]:
    """Return a conductor before its first step, and the steps that it takes."""
    made = Conductor(SITE, {}, {}, lambda *_: None)
    watching = Watching([World(PRIMARY, STANDBY)])
    watching.channels = {name: Channel(name, [], leases) for name in ("dhcp1", "dhcp2")}
    watching.known = {name: Known(bodies=(OLD, OLD)) for name in watching.channels}
    monkeypatch.setattr(watching, "views", lambda *_: views(wanted, World(PRIMARY, STANDBY)))
    made.observer = watching
    made._memory = Memory(staged=True)
    steps: list[str] = []

    def take(step: Any) -> None:
        steps.append(step.kind.value)
        raise Stopped("that is enough")

    monkeypatch.setattr(made, "_take", take)
    return made, steps


@pytest.mark.parametrize(
    ("wanted", "leases", "accepted", "taken"),
    [
        (GONE, 1, "0", False),
        (GONE, 1, "1", True),
        (GONE, 0, "0", True),
        (GONE, 3, "2", False),
        (LONGER, 50, "0", True),
    ],
)
def test_leases_are_counted_again_before_the_first_change(
    monkeypatch: pytest.MonkeyPatch,
    wanted: Mapping[str, Any],
    leases: int,
    accepted: str,
    taken: bool,
) -> None:
    made, steps = conductor(monkeypatch, wanted, leases)
    made.accepted = Acceptance("new", accepted)
    words = "that is enough" if taken else rf"since the preflight: {leases} active lease"
    with pytest.raises(Stopped, match=words):
        made.roll_out()
    assert steps == ([Kind.TURN.value] if taken else [])


def test_a_server_that_is_gone_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    made, steps = conductor(monkeypatch, GONE, -1)
    made.accepted = Acceptance("new", "0")
    with pytest.raises(Stopped, match="dhcp1: the connection is lost"):
        made.roll_out()
    assert steps == []


def test_a_run_that_goes_on_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    made, steps = conductor(monkeypatch, GONE, 1)
    with pytest.raises(Stopped, match="that is enough"):
        made.roll_out()
    assert steps == [Kind.TURN.value]


HELD = [lease(f"172.20.10.{last}") for last in range(130, 160)]
IN_STEP = World(Host(runs="new", file="new", scopes=True), Host(runs="new", file="new"))


def lacking(first: list[Any], second: list[Any], state: World = IN_STEP) -> dict[str, str]:
    """Return what the views say that each server lacks of its peer's leases."""
    servers = {"dhcp1": Server("dhcp1", first), "dhcp2": Server("dhcp2", second)}
    observer = Observer(load_site(LAB / "site.yaml"), servers, {})
    for name, server in servers.items():
        observer.known[name] = Known(statistics=statistics(server))
    judged = with_lacking(observer, world.views(state))
    assert {name: observer.known[name].lacking for name in judged} == {
        name: view.lacking for name, view in judged.items()
    }, "the next views of this run say the same"
    return {name: view.lacking for name, view in judged.items()}


def test_what_the_standby_lacks_is_in_its_view() -> None:
    assert lacking(HELD, HELD) == {"dhcp1": "", "dhcp2": ""}
    words = "dhcp2 lacks 2 leases of subnet 10 (172.20.10.0/24) that dhcp1 has"
    assert lacking(HELD, HELD[2:]) == {"dhcp1": "", "dhcp2": words}


def test_what_the_primary_lacks_is_not_fetched_by_its_standby() -> None:
    assert lacking(HELD[2:], HELD) == {"dhcp1": "", "dhcp2": ""}


def test_a_difference_in_numbers_alone_restarts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_subnet, "MOST", 10)
    assert lacking(HELD, HELD[2:]) == {"dhcp1": "", "dhcp2": ""}


def test_leases_of_a_pair_that_does_not_replicate_are_not_compared() -> None:
    alone = replace(IN_STEP, standby=replace(IN_STEP.standby, state=State.SYNCING))
    assert lacking(HELD, [], alone) == {"dhcp1": "", "dhcp2": ""}


def test_a_server_that_gives_no_counts_is_not_compared() -> None:
    observer = Observer(SITE, {}, {})
    observer.known = {"dhcp1": Known(statistics={}), "dhcp2": Known(statistics={})}
    pair = world.views(IN_STEP)
    assert with_lacking(observer, pair) == pair
