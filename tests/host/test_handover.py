"""handover.py and returns.py: watchers that outlive their run, as real processes."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.host.kea import Kea, Peer
from tests.host.loading import Host
from tests.host.test_lock import holding

SYSTEMD_RUN = """while [ "${1#--}" != "$1" ]; do shift; done
"$@" >$(dirname $0)/said 2>&1 &
echo $! >$(dirname $0)/pid"""
SYSTEMCTL = """[ "$1" = stop ] && [ "${2#keaprov-}" != "$2" ] && [ -e $(dirname $0)/pid ] || exit 0
pid=$(cat $(dirname $0)/pid); rm $(dirname $0)/pid
kill $pid 2>/dev/null
while kill -0 $pid 2>/dev/null; do sleep 0.02; done
exit 0"""
PATIENCE = 20.0
LOOKS = 4
"""Looks of the watcher after which it has noticed a change: more than handover.BLIPS."""


@pytest.fixture
def systemd(host: Host) -> Iterator[Host]:
    """A host whose systemd starts a watcher as a process and stops it."""
    host.command("systemd-run", SYSTEMD_RUN)
    host.command("systemctl", SYSTEMCTL)
    yield host
    subprocess.run([host.bin / "systemctl", "stop", "keaprov-x"], check=True)


def answer_of(host: Host, name: str, request: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        host.words(name), input=host.payload(name, request), capture_output=True, text=True
    )
    return {"error": done.stderr.strip()} if done.returncode else dict(json.loads(done.stdout))


def wait_for(what: Callable[[], object]) -> None:
    """Wait until it holds; a machine that is busy with other tests needs its time."""
    deadline = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < deadline, f"not within {PATIENCE:.0f} s"
        time.sleep(0.02)


class Standby:
    """A standby in hot-standby, its primary, and the run that hands over."""

    def __init__(self, host: Host, kea: Kea, peer: Peer) -> None:
        self.host, self.kea, self.peer = host, kea, peer
        self.mark = host.root / "keaprov-handover.json"
        kea.pair("hot-standby", [], "hot-standby")
        kea.answers["ha-scopes"] = {"result": 0, "text": "done"}

    def take(self, **more: Any) -> dict[str, Any]:
        request = {
            "run": "r1",
            "socket": self.kea.path,
            "scopes": ["dhcp1"],
            "peer": self.peer.entry,
            "patience": 60,
        }
        return answer_of(self.host, "handover", {**request, **more})

    def scopes(self) -> list[Any]:
        return [c["arguments"]["scopes"] for c in self.kea.sent if c["command"] == "ha-scopes"]

    def over(self) -> bool:
        return not self.mark.exists()

    def peer_becomes(self, state: str, looks: int = LOOKS) -> None:
        """Have the peer answer with another state, and wait until the watcher has noticed."""
        self.peer.state = state
        before = len(self.peer.requests)
        wait_for(lambda: len(self.peer.requests) >= before + looks)

    def sees(self, peer_state: str) -> None:
        """Have the standby's Kea say how its peer stands; wait until the watcher has noticed."""
        self.kea.pair("hot-standby", ["dhcp1"], peer_state)
        before = len(self.kea.sent)
        wait_for(lambda: len(self.kea.sent) >= before + LOOKS)


@pytest.fixture
def standby(systemd: Host, kea: Kea) -> Iterator[Standby]:
    with Peer() as peer, holding(systemd, "r1"):
        yield Standby(systemd, kea, peer)


def test_the_standby_serves_while_the_primary_restarts(standby: Standby) -> None:
    assert standby.take() == {"taken": True}
    mark = json.loads(standby.mark.read_text())
    assert (mark["scopes"], mark["by_run"]) == (["dhcp1"], "r1")
    assert standby.mark.stat().st_mode & 0o777 == 0o600
    assert not standby.host.module("held").busy(str(standby.host.root / "keaprov-work.lock"))
    for state in ("", "waiting", "syncing"):
        standby.peer_becomes(state)
        assert standby.scopes() == [["dhcp1"]]
    standby.peer.state = "hot-standby"
    wait_for(standby.over)
    assert standby.scopes() == [["dhcp1"], []]
    assert not list(standby.host.root.glob("*.request"))


def test_a_primary_that_never_goes_away_gets_its_scopes_back(standby: Standby) -> None:
    assert standby.take(patience=0.5) == {"taken": True}
    wait_for(standby.over)
    assert standby.scopes() == [["dhcp1"], []]


def test_a_run_that_is_gone_gives_back_only_to_a_primary_that_serves(
    systemd: Host, kea: Kea
) -> None:
    with Peer() as peer:
        standby = Standby(systemd, kea, peer)
        with holding(systemd, "r1"):
            assert standby.take() == {"taken": True}
        wait_for(standby.over)
        assert standby.scopes() == [["dhcp1"], []]
        with holding(systemd, "r1"):
            assert standby.take() == {"taken": True}
            standby.peer_becomes("")
        standby.peer_becomes("", looks=30)  # more than one second: it notices that the run is gone
        assert standby.scopes()[2:] == [["dhcp1"]]
        peer.state = "hot-standby"
        wait_for(standby.over)
        assert standby.scopes()[2:] == [["dhcp1"], []]


@pytest.mark.parametrize("change", [("partner-down", 7), ("waiting", 7), ("hot-standby", 8)])
def test_nothing_is_given_back_if_kea_has_set_its_scopes_itself(
    standby: Standby, change: tuple[str, int]
) -> None:
    assert standby.take() == {"taken": True}
    standby.peer.state = ""
    state, pid = change
    standby.kea.pair(state, ["dhcp1"], "", pid)
    wait_for(standby.over)
    assert standby.scopes() == [["dhcp1"]]


def test_giving_back_is_repeated_until_kea_takes_it(standby: Standby) -> None:
    refusals = [3]

    def answer(command: dict[str, Any]) -> dict[str, Any]:
        if command["arguments"]["scopes"] or not refusals[0]:
            return {"result": 0}
        refusals[0] -= 1
        return {"result": 1, "text": "busy"}

    standby.kea.answers["ha-scopes"] = answer
    assert standby.take(patience=0.1) == {"taken": True}
    wait_for(standby.over)
    assert standby.scopes() == [["dhcp1"], [], [], [], []]


def test_the_run_can_end_it_at_once(standby: Standby) -> None:
    assert standby.take() == {"taken": True}
    end = {"run": "r1", "end": True}
    assert answer_of(standby.host, "handover", end) == {"given_back": True}
    assert standby.over()
    assert standby.scopes() == [["dhcp1"], []]
    assert answer_of(standby.host, "handover", end) == {"given_back": True}
    assert len(standby.scopes()) == 2


def test_what_a_dead_watcher_left_is_given_back(standby: Standby) -> None:
    assert standby.take() == {"taken": True}
    subprocess.run(["kill", "-9", (standby.host.bin / "pid").read_text().strip()], check=True)
    assert answer_of(standby.host, "handover", {"run": "r1", "end": True}) == {"given_back": True}
    assert standby.over()
    assert standby.scopes() == [["dhcp1"], []]


def test_kea_says_why_it_cannot_be(standby: Standby) -> None:
    standby.kea.answers["ha-scopes"] = {"result": 1, "text": "not that one"}
    assert standby.take() == {"error": "ha-scopes: not that one"}
    assert standby.over()
    standby.kea.pair("waiting", [], "hot-standby")
    words = "this server is in waiting, not in hot-standby: it cannot serve for its primary"
    assert standby.take() == {"error": words}


def test_without_a_direct_heartbeat_the_standbys_own_view_counts(standby: Standby) -> None:
    nowhere = {"name": "dhcp1", "url": "http://127.0.0.1:1/"}
    assert standby.take(peer=nowhere) == {"taken": True}
    standby.sees("hot-standby")
    assert standby.scopes() == [["dhcp1"]]
    standby.sees("")
    standby.kea.pair("hot-standby", ["dhcp1"], "hot-standby")
    wait_for(standby.over)
    assert standby.scopes() == [["dhcp1"], []]


@contextmanager
def drill(host: Host, after: float) -> Iterator[Any]:
    with holding(host, "r1") as (process, _):
        request = {"run": "r1", "unit": "kea-dhcp4", "after": after}
        assert answer_of(host, "returns", request) == {"stopped": True}
        yield process


def started(host: Host) -> bool:
    return "systemctl start kea-dhcp4" in host.calls()


def test_a_stopped_unit_returns_in_time(systemd: Host) -> None:
    with drill(systemd, 2):
        assert "systemctl stop kea-dhcp4" in systemd.calls()
        assert not started(systemd)
        wait_for(lambda: started(systemd))
    wait_for(lambda: not (systemd.root / "keaprov-return.json").exists())


def test_a_stopped_unit_returns_when_the_run_is_gone(systemd: Host) -> None:
    with drill(systemd, 60) as process:
        time.sleep(0.4)
        assert not started(systemd)
        process.kill()
        wait_for(lambda: started(systemd))


def test_a_drill_has_the_unit_return_at_once(systemd: Host) -> None:
    with drill(systemd, 60):
        assert answer_of(systemd, "returns", {"run": "r1", "cancel": True}) == {"started": True}
        at = systemd.calls().index("systemctl start kea-dhcp4")
        assert systemd.calls()[at - 1] == "systemctl reset-failed kea-dhcp4"
        assert not (systemd.root / "keaprov-return.json").exists()
        assert not list(systemd.root.glob("*.request"))


def test_a_unit_that_cannot_be_stopped_leaves_no_watcher(systemd: Host) -> None:
    request = {"unit": "kea-dhcp4", "after": 60}
    refuses = '[ "$*" = "stop kea-dhcp4" ] && { echo no >&2; exit 1; }'
    systemd.command("systemctl", f"{refuses}\n{SYSTEMCTL}")
    words = "kea-dhcp4 cannot be stopped: no; it runs"
    assert answer_of(systemd, "returns", request) == {"error": words}
    assert not (systemd.root / "keaprov-return.json").exists()
    systemd.command("systemctl", "echo not-found")
    words = "kea-dhcp4 is not installed on this host"
    assert answer_of(systemd, "returns", request) == {"error": words}


def test_a_watcher_that_does_not_begin_is_reported(systemd: Host, kea: Kea) -> None:
    systemd.command("systemd-run", "echo Unit exists >&2; exit 1")
    with Peer() as peer, holding(systemd, "r1"):
        standby = Standby(systemd, kea, peer)
        assert standby.take() == {"error": "systemd cannot start keaprov-handover: Unit exists"}
