"""A live change: the order of commands on both servers, and what Kea's refusal leaves behind."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from keaprov import paths
from keaprov.conductor.activation import renaming
from keaprov.conductor.living import Living
from keaprov.conductor.observing import STEP, Known
from keaprov.conductor.stopping import Stopped
from keaprov.conductor.views import Kind, Step, Views
from keaprov.errors import Unreachable
from keaprov.ha.commands import Command
from keaprov.ha.live import Live, removal_steps
from keaprov.ha.plan import Wanted
from tests.conductor.hosts import Hosts, Shown
from tests.conductor.world import CONF, Host, World, views

RUNNING = World(Host(scopes=True, staged=True), Host(staged=True), rolling=False)
DONE = World(Host(scopes=True, runs="new", file="new"), Host(runs="new", file="new"))
GROWS = Command({"command": "subnet4-add"}, ({"command": "subnet4-del"},), "add subnet 7")
SHRINKS = Command({"command": "reservation-del"}, ({"command": "reservation-add"},), "remove a")
CHANGE = Live((GROWS,), (SHRINKS,))
LOST = Unreachable("dhcp2: the connection is lost")


def changing(**changes: Any) -> Views:
    """Return the views of a pair that a live change brings to what is wanted."""
    by_name = views(RUNNING)
    changes = {"change": CHANGE, "as_file": True, **changes}
    return {name: replace(view, **changes) for name, view in by_name.items()}


def living(hosts: Hosts, *after: World | Views) -> tuple[Living, Shown]:
    """Return the live changes of a run, and its observer."""
    observer = Shown(hosts, *(after or (DONE,)))
    return Living("run", observer, hosts.tell), observer


def commands(*steps: Command) -> dict[str, Any]:
    """Return the request that sends these steps."""
    requests = [{"do": step.do, "undo": list(step.undo)} for step in steps]
    return {"run": "run", "socket": paths.CONTROL_SOCKET, "steps": requests}


def test_what_grows_is_on_the_standby_first_and_what_shrinks_on_the_primary_first() -> None:
    """So no lease update names what its receiver does not have."""
    hosts = Hosts()
    live, observer = living(hosts)
    after = live.change(changing())
    assert after == views(DONE)
    assert hosts.calls[:3] == [
        ("dhcp2", "command", commands(GROWS), 60.0),
        ("dhcp1", "command", commands(GROWS, SHRINKS), 60.0),
        ("dhcp2", "command", commands(SHRINKS), 60.0),
    ]
    assert observer.forgotten == ["dhcp2", "dhcp1", "dhcp2"], "it runs something else now"
    assert observer.parts == [STEP]
    need = changing()["dhcp1"].need
    renamed = renaming(need, "run", proven=True)
    assert sorted(hosts.calls[3:], key=lambda call: call[0]) == [
        (name, "turn", renamed, 60.0) for name in ("dhcp1", "dhcp2")
    ]
    words = "it runs what the site wants, and so says its file"
    assert hosts.sentences == [
        ("dhcp2", "live: add subnet 7, remove a", False),
        ("dhcp2", words, False),
        ("dhcp1", words, False),
    ]


def test_a_change_of_files_alone_sends_no_command() -> None:
    hosts = Hosts()
    live, observer = living(hosts)
    live.change(changing(change=None, as_file=False))
    assert {(program, request["proven"]) for _, program, request, _ in hosts.calls} == {
        ("turn", False)
    }
    assert hosts.sentences[0] == ("dhcp2", "live: the files only", False)
    assert observer.forgotten == []


def test_without_a_staged_file_none_is_renamed() -> None:
    hosts = Hosts()
    live, _ = living(hosts)
    by_name = changing()
    unstaged = {n: replace(v, need=replace(v.need, stage={})) for n, v in by_name.items()}
    live.change(unstaged)
    assert {program for _, program in hosts.programs} == {"command"}


def test_one_server_may_need_the_change_alone() -> None:
    hosts = Hosts()
    live, _ = living(hosts)
    by_name = changing()
    live.change({**by_name, "dhcp2": replace(by_name["dhcp2"], change=None)})
    assert [name for name, program in hosts.programs if program == "command"] == ["dhcp1"]
    assert hosts.sentences[0] == ("dhcp2", "live: add subnet 7, remove a", False)


def test_a_server_that_does_not_run_all_of_it_needs_a_rolling_restart() -> None:
    wanted = {"valid-lifetime": 60, "renew-timer": 1, "rebind-timer": 2, "t1-percent": 0.5}
    running = {**wanted, "valid-lifetime": 61, "renew-timer": 3, "rebind-timer": 4}
    answer = {"config-get": {"Dhcp4": {**running, "t1-percent": 0.6}}}
    packed = base64.b64encode(zlib.compress(json.dumps(answer).encode())).decode()
    hosts = Hosts({"dhcp1 command": [{}, {"packed": packed}]})
    after = dict(views(DONE))
    goal = Wanted("newer", {CONF: json.dumps({"Dhcp4": wanted})}, {})
    after["dhcp1"] = replace(after["dhcp1"], wanted=goal)
    live, _ = living(hosts, after)
    reason = live.change(changing())
    assert isinstance(reason, str)
    start, _, listed = reason.partition(": ")
    assert start == "dhcp1 does not run all of it"
    assert len(listed.split("; ")) == 3, "the first three places are enough"
    assert hosts.calls[-1][2]["queries"] == ["config-get"]


# refusals

REFUSAL = {"refused": "subnet4-add: no", "undone": True, "left": [], "partly": False}
REVERTED = "keaprov reverts the change and falls back to a rolling restart"


@pytest.mark.parametrize(
    ("report", "end"),
    [
        ({}, REVERTED),
        (
            {"partly": True},
            "(dhcp1: partly applied): the rolling restart loads what is wanted",
        ),
        (
            {"undone": False, "left": ["subnet4-del: no", "why"], "partly": True},
            "(dhcp1: subnet4-del: no; why): the rolling restart loads what is wanted",
        ),
        ({"undone": False}, "(dhcp1: partly applied): the rolling restart loads what is wanted"),
    ],
)
def test_if_kea_refuses_a_command_the_other_server_is_changed_back(
    report: Mapping[str, Any], end: str
) -> None:
    """Kea's result 5, `partly`: it could not restore what ran (Kea 3.0.4, ChangeLog 2399)."""
    hosts = Hosts({"dhcp1 command": {**REFUSAL, **report}})
    live, observer = living(hosts)
    assert live.change(changing()) == "dhcp1 refuses subnet4-add: no"
    back = Command({"command": "subnet4-del"}, (), "")
    assert hosts.calls[2:] == [("dhcp2", "command", commands(back), 60.0)]
    assert observer.parts == []
    name, words, error = hosts.sentences[-1]
    assert (name, error) == ("dhcp1", False)
    assert words.startswith("dhcp1 refuses subnet4-add: no. ")
    assert words.endswith(end)
    assert ("Changing it back failed" in words) is (end != REVERTED)


def test_a_change_that_cannot_be_changed_back_is_said() -> None:
    refusals = [{}, {**REFUSAL, "refused": "subnet4-del: no"}]
    hosts = Hosts({"dhcp1 command": REFUSAL, "dhcp2 command": refusals})
    live, _ = living(hosts)
    live.change(changing())
    assert "Changing it back failed (dhcp2: subnet4-del: no)" in hosts.sentences[-1][1]


def test_a_lost_connection_stops_the_run_because_what_runs_is_unknown() -> None:
    hosts = Hosts({"dhcp2 command": LOST})
    live, observer = living(hosts)
    with pytest.raises(Stopped, match=r"connection is lost\. What it runs is not known") as stopped:
        live.change(changing())
    assert stopped.value.server == "dhcp2"
    assert hosts.programs == [("dhcp2", "command")]
    assert observer.forgotten == ["dhcp2"]


def test_a_file_that_cannot_be_renamed_stops_the_run() -> None:
    hosts = Hosts({"dhcp2 turn": LOST})
    live, _ = living(hosts)
    with pytest.raises(Stopped, match=r"its file is behind: dhcp2: the connection") as stopped:
        live.change(changing())
    assert stopped.value.server == "dhcp2"


# subnets that go first

OLD: dict[str, Any] = {
    "subnet4": [{"id": 10, "subnet": "10.1.0.0/24"}, {"id": 60, "subnet": "10.6.0.0/24"}]
}
WITHOUT = {"subnet4": [{"id": 10, "subnet": "10.1.0.0/24"}]}


def removing(hosts: Hosts, *servers: str) -> None:
    """Remove the subnet that is not wanted from these servers."""
    live, observer = living(hosts)
    goal = Wanted("new", {CONF: json.dumps({"Dhcp4": WITHOUT})}, {})
    observer.known = {name: Known(bodies=(OLD, None)) for name in ("dhcp1", "dhcp2")}
    by_name = changing(wanted=goal)
    live.remove(Step(Kind.REMOVE, "live: remove subnet 60", servers), by_name)


def test_the_server_that_answers_clients_gives_a_subnet_up_first() -> None:
    hosts = Hosts()
    removing(hosts, "dhcp1", "dhcp2")
    steps = removal_steps(OLD, WITHOUT)
    assert [step.do["command"] for step in steps] == ["subnet4-del"]
    assert hosts.calls == [(name, "command", commands(*steps), 60.0) for name in ("dhcp1", "dhcp2")]
    words = f"live: {steps[0].words}"
    assert hosts.sentences == [(name, words, False) for name in ("dhcp1", "dhcp2")]
    only = Hosts()
    removing(only, "dhcp2")
    assert only.programs == [("dhcp2", "command")]


def test_a_subnet_that_the_second_server_keeps_comes_back_on_the_first() -> None:
    hosts = Hosts({"dhcp2 command": {**REFUSAL, "refused": "subnet4-del: no"}})
    with pytest.raises(Stopped, match=r"^dhcp2 refuses subnet4-del: no\. The subnets") as stopped:
        removing(hosts, "dhcp1", "dhcp2")
    assert stopped.value.server == "dhcp2"
    server, _, request, _ = hosts.calls[-1]
    assert (server, request["steps"][0]["do"]["command"]) == ("dhcp1", "subnet4-add")
    assert hosts.sentences[-1][1].endswith(REVERTED)
