"""One server serves alone: who is stopped, what Kea is sent, and what is waited for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keaprov import paths
from keaprov.conductor import alone as alone_module
from keaprov.conductor.activation import activation
from keaprov.conductor.alone import STOP, Alone
from keaprov.conductor.reviving import Reviving
from keaprov.conductor.stopping import Stopped
from keaprov.conductor.views import Kind, Step
from keaprov.errors import Unreachable
from keaprov.ha.plan import Need
from keaprov.ha.states import State
from tests.conductor.hosts import Hosts, Shown
from tests.conductor.world import PRIMARY, STANDBY, Host, World, views

ALONE = World(Host(scopes=True, state=State.PARTNER_DOWN), Host(up=False))
TERMINATED = World(Host(scopes=True, state=State.TERMINATED), Host(state=State.WAITING))
MAINTAINED = World(
    Host(scopes=True, state=State.PARTNER_IN_MAINTENANCE), Host(state=State.IN_MAINTENANCE)
)
DONE: dict[str, list[str]] = {"warnings": []}


class Clock:
    """A clock that goes on by a minute each time that somebody reads it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        self.now += 60
        return self.now


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alone_module, "time", Clock())
    monkeypatch.setattr(alone_module, "POLL", 0.001)


def commands(*sent: dict[str, Any]) -> dict[str, Any]:
    """Return the request by which Kea is sent these commands."""
    steps = [{"do": command, "undo": []} for command in sent]
    return {"run": "run", "socket": paths.CONTROL_SOCKET, "steps": steps}


RESET = {"command": "ha-reset"}
MAINTENANCE = {"command": "ha-maintenance-start"}
STOPPING = activation(Need({}, (), ("kea-dhcp4",), (), (), ()), "run", proven=False)


# a terminated pair


def revived(hosts: Hosts, before: World, *after: World) -> None:
    observer = Shown(hosts, *after)
    step = Step(Kind.REVIVE, "the pair is terminated", ("dhcp1", "dhcp2"))
    Reviving("run", observer, hosts.tell).serve_alone(step, views(before))


def test_the_peer_stops_and_the_server_that_serves_goes_on_alone() -> None:
    hosts = Hosts({"turn": DONE})
    revived(hosts, TERMINATED, TERMINATED, ALONE)
    scopes = {"command": "ha-scopes", "arguments": {"scopes": ["dhcp1"]}}
    assert hosts.calls == [
        ("dhcp2", "turn", STOPPING, STOP),
        ("dhcp1", "command", commands(RESET, MAINTENANCE, scopes), 60.0),
    ]
    assert hosts.sentences == [
        ("dhcp1", "the pair is terminated", False),
        ("dhcp2", "kea-dhcp4 is stopped and disabled", False),
        ("dhcp1", "it serves alone (partner-down)", False),
    ]


def test_a_peer_that_is_down_is_not_stopped() -> None:
    hosts = Hosts()
    revived(hosts, replace(TERMINATED, standby=Host(up=False)), ALONE)
    assert hosts.programs == [("dhcp1", "command")]


def test_a_peer_that_does_not_stop_ends_the_run_before_kea_is_sent_anything() -> None:
    hosts = Hosts({"turn": {"warnings": ["it goes on", "it is busy"]}})
    with pytest.raises(Stopped) as stopped:
        revived(hosts, TERMINATED, ALONE)
    assert (str(stopped.value), stopped.value.server) == ("it goes on; it is busy", "dhcp2")
    assert hosts.programs == [("dhcp2", "turn")]


def test_terminated_servers_that_answer_nobody_wait_again() -> None:
    hosts = Hosts()
    step = Step(Kind.RESET, "it is terminated", ("dhcp1", "dhcp2"))
    Reviving("run", Shown(hosts, TERMINATED), hosts.tell).wait_again(step, views(TERMINATED))
    assert hosts.calls == [(name, "command", commands(RESET), 60.0) for name in step.servers]
    assert hosts.sentences == [(name, "it is terminated", False) for name in step.servers]


# alone


def leaving(*worlds: World, **answers: Any) -> tuple[Alone, Hosts]:
    """Return what makes the primary serve without the standby."""
    hosts = Hosts({"turn": DONE, **answers})
    return Alone("run", Shown(hosts, *worlds), hosts.tell, PRIMARY, STANDBY), hosts


def test_the_server_that_stays_takes_the_clients_by_a_maintenance() -> None:
    solo, hosts = leaving(World(Host(scopes=True), Host()), MAINTAINED)
    solo.begin()
    assert hosts.calls == [("dhcp1", "command", commands(MAINTENANCE), 60.0)]
    words = "it answers the clients of dhcp2 too (maintenance)"
    assert hosts.sentences == [("dhcp1", words, False)]


def test_a_maintenance_that_kea_refuses_ends_the_run() -> None:
    solo, hosts = leaving(MAINTAINED, command={"refused": "ha-maintenance-start: not now"})
    with pytest.raises(Stopped, match="kea-dhcp4 refuses ha-maintenance-start: not now") as stopped:
        solo.begin()
    assert stopped.value.server == "dhcp1"
    assert hosts.sentences == []


def test_both_units_are_stopped_if_a_server_leaves_for_good() -> None:
    solo, hosts = leaving(MAINTAINED)
    solo.stop()
    assert hosts.calls[0][2]["retire"] == ["kea-dhcp4", "kea-ctrl-agent"]
    words = "kea-dhcp4 and kea-ctrl-agent are stopped and disabled"
    assert hosts.sentences == [("dhcp2", words, False)]


@pytest.mark.parametrize(
    ("primary", "words"),
    [
        (Host(scopes=True, state=State.PARTNER_IN_MAINTENANCE), "partner-in-maintenance"),
        (Host(scopes=False, state=State.PARTNER_DOWN), "partner-down"),
        (Host(up=False), "unknown"),
    ],
    ids=["another state", "no scopes", "no answer"],
)
def test_a_server_that_does_not_serve_alone_in_time_ends_the_run(primary: Host, words: str) -> None:
    solo, hosts = leaving(replace(ALONE, primary=primary))
    with pytest.raises(Stopped) as stopped:
        solo.end()
    assert stopped.value.server == "dhcp1"
    assert str(stopped.value).startswith(
        f"it is in state {words}; keaprov waited 80 s until dhcp2 is out of service"
    )
    assert hosts.sentences == []


def test_the_clients_are_waited_for_by_name() -> None:
    solo, _ = leaving(World(Host(scopes=True), Host()))
    with pytest.raises(Stopped, match="until it answers all clients"):
        solo.begin()


def test_a_lost_connection_is_not_waited_for() -> None:
    solo, _ = leaving(ALONE, command=Unreachable("dhcp1: the connection is lost"))
    with pytest.raises(Unreachable):
        solo.begin()
