"""Both ways of a drill on a pair without hosts, interrupted after every event."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

import keaprov.drill as drills
from keaprov.drill import Drill, DrillError, DrillReport, Event, watching
from keaprov.drill import pair as pairs
from keaprov.errors import KeaprovError, Refused, Unreachable
from tests.drill.world import ALONE, HOT, PRIMARY, SITE, STANDBY, World

WAYS = ("failover", "hand_over")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "INTERVAL", 0.001)
    monkeypatch.setattr(drills, "AGAIN", 0.001)
    monkeypatch.setattr(drills, "BY_ITSELF", 0.2)


@dataclass
class Rehearsal:
    """A drill of a world, and what it printed."""

    world: World = field(default_factory=World)
    hold: float = 0.0
    exchange: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    words: list[str] = field(default_factory=list)
    on_event: Callable[[str], None] = lambda _: None
    done: DrillReport | None = None

    def run(self, way: str) -> DrillReport:
        def say(event: Event) -> None:
            self.words.append(event.words)
            self.on_event(event.words)

        drill = Drill(self.world.pair(), say, lambda _: None, self.exchange, self.stop, self.hold)
        self.done = drill.report
        result: DrillReport = getattr(drill, way)()
        return result

    def fails(self, way: str) -> str:
        with pytest.raises(KeaprovError) as failure:
            self.run(way)
        return str(failure.value)

    def programs(self) -> list[str]:
        """Return what ran on the hosts, without the leases."""
        return [
            f"{host} {name}{' back' if request.get('cancel') or request.get('end') else ''}"
            for host, name, request in self.world.calls
            if name != "command"
        ]


def test_a_failover() -> None:
    rehearsal = Rehearsal()
    rehearsal.world.hosts[PRIMARY].leases = {"172.20.10.130": (0, 900)}
    rehearsal.world.hosts[STANDBY].leases = {"172.20.10.130": (0, 900)}
    done = rehearsal.run("failover")
    assert (done.lost, done.failed, done.uncompared, done.silence) == (0, "", "", None)
    assert done.words == "no client asked, 0 leases lost"
    assert rehearsal.world.whole()
    assert rehearsal.programs() == ["dhcp1 returns", "dhcp1 returns back"]
    steps = (
        "dhcp1: kea-dhcp4 is inactive",
        "dhcp2: partner-down",
        "the standby serves alone",
        "dhcp1: kea-dhcp4 is started",
        "both are in hot-standby",
    )
    at = [rehearsal.words.index(step) for step in steps]
    assert at == sorted(at)
    assert any(words.startswith("dhcp1: kea-dhcp4 is stopped (its") for words in rehearsal.words)


def test_the_primarys_host_starts_it_by_itself_after_the_plan_is_over() -> None:
    rehearsal = Rehearsal(hold=0.01)
    rehearsal.run("failover")
    stop = next(request for _, name, request in rehearsal.world.calls if name == "returns")
    assert stop["after"] == 90 + 20 + 0.01 + 60


def test_one_token_locks_both_hosts_and_names_every_change() -> None:
    rehearsal = Rehearsal()
    rehearsal.run("hand_over")
    first, second = rehearsal.world.locks
    assert first.run == second.run
    assert len(first.run) == 16
    assert first.freed and second.freed
    for _, name, request in rehearsal.world.calls:
        assert name == "command" or request["run"] == first.run


def test_a_hand_over_is_what_a_rolling_change_does() -> None:
    rehearsal = Rehearsal()
    done = rehearsal.run("hand_over")
    assert done.failed == ""
    assert rehearsal.world.whole()
    assert rehearsal.programs() == [
        "dhcp2 handover",
        "dhcp1 returns",
        "dhcp1 returns back",
        "dhcp2 handover back",
    ]
    assert rehearsal.world.states == {HOT}, "the standby never leaves hot-standby"
    assert "dhcp2: hot-standby, answers clients for its primary" in rehearsal.words
    assert "the standby has given the scopes back by itself" in rehearsal.words
    assert rehearsal.words[-1] == "both are in hot-standby"


def test_scopes_that_do_not_go_back_by_themselves_are_taken_back() -> None:
    rehearsal = Rehearsal()
    rehearsal.world.gives_back = False
    assert rehearsal.run("hand_over").failed == ""
    assert rehearsal.world.whole()
    words = "the standby has given the scopes back by itself: not within 0 s (dhcp2: hot-standby, "
    assert any(line.startswith(words) for line in rehearsal.words)


@pytest.mark.parametrize("way", WAYS)
def test_interrupted_after_any_event_it_puts_the_pair_back(way: str) -> None:
    whole = Rehearsal()
    whole.run(way)
    ends = set()
    for number in range(len(whole.words)):
        rehearsal = Rehearsal()

        def interrupt(_: str, rehearsal: Rehearsal = rehearsal, number: int = number) -> None:
            if len(rehearsal.words) == number + 1:
                rehearsal.stop.set()

        rehearsal.on_event = interrupt
        try:
            ends.add(f"{rehearsal.run(way).uncompared}, and nothing failed")
        except DrillError as error:
            ends.add(str(error))
        assert rehearsal.world.whole(), whole.words[number]
        assert all(lock.freed for lock in rehearsal.world.locks)
    assert ends == {
        "interrupted before anything was changed",
        "interrupted; the pair was restored",
        "interrupted, and nothing failed",  # the pair is back: only the comparison is left out
    }


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_ended_by_force_it_puts_the_pair_back(way: str, kind: type[BaseException]) -> None:
    rehearsal = Rehearsal()

    def force(words: str) -> None:
        if words.startswith("dhcp1: kea-dhcp4 is stopped ("):
            raise kind

    rehearsal.on_event = force
    with pytest.raises(kind):
        rehearsal.run(way)
    assert rehearsal.done is not None
    assert rehearsal.done.failed == "ended by force; the pair was restored"
    assert rehearsal.world.whole()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("program", ["returns", "handover"])
def test_a_program_that_fails_is_named_and_the_pair_is_put_back(way: str, program: str) -> None:
    rehearsal = Rehearsal()
    rehearsal.world.refuse[program] = Unreachable(f"dhcp1: `{program}` did not end within 240 s")
    if (way, program) == ("failover", "handover"):
        rehearsal.run(way)
        return
    words = f"dhcp1: `{program}` did not end within 240 s; the pair was restored"
    assert rehearsal.fails(way) == words
    assert rehearsal.world.whole()


def test_a_primary_that_cannot_be_reached_is_started_again_and_again() -> None:
    rehearsal, observations = Rehearsal(), [0]
    primary = rehearsal.world.hosts[PRIMARY]

    def before(_: str) -> None:
        observations[0] += 1
        primary.reachable = primary.up or observations[0] > 40

    def interrupt(words: str) -> None:
        if words == "the standby serves alone":
            rehearsal.stop.set()

    rehearsal.world.before, rehearsal.on_event = before, interrupt
    assert rehearsal.fails("failover") == "interrupted; the pair was restored"
    assert "dhcp1: unreachable" in rehearsal.words
    assert rehearsal.world.whole()


def test_a_lost_lock_ends_the_drill() -> None:
    rehearsal = Rehearsal()

    def lose(words: str) -> None:
        if words.startswith("dhcp1: kea-dhcp4 is stopped ("):
            rehearsal.world.locks[0].lost = True

    rehearsal.on_event = lose
    assert rehearsal.fails("failover") == (
        "dhcp1: the connection is lost, and with it the lock of this drill; the pair was restored"
    )
    assert rehearsal.world.whole()


@pytest.mark.parametrize("way", WAYS)
def test_a_pair_that_does_not_come_back_is_said_with_its_host(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairs, "LEAST", -29.9)  # 0.1 s with max-response-delay
    rehearsal = Rehearsal()
    rehearsal.world.comes_back = False
    words = rehearsal.fails(way)
    assert "not within 0 s (dhcp1: waiting" in words
    assert "; THE PAIR IS NOT RESTORED: dhcp1 is back in hot-standby: not within 0 s " in words
    assert words.endswith("Run keaprov status --explain, then run the deploy")


def test_a_standby_that_does_not_take_over_is_said_with_its_log(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pairs, "LEAST", -29.9)
    monkeypatch.setattr("tests.drill.world.STEPS", 10**9)
    words = Rehearsal().fails("failover")
    assert words.startswith(
        "the standby serves alone: not within 0 s (dhcp2: hot-standby). "
        "Read the log of dhcp2 (journalctl -u kea-dhcp4); "
    )


def test_a_terminated_pair_ends_it_at_once() -> None:
    rehearsal = Rehearsal()

    def terminate(words: str) -> None:
        if words == "the standby serves alone":
            rehearsal.world.hosts[STANDBY].state = "terminated"

    rehearsal.on_event = terminate
    words = rehearsal.fails("failover")
    assert words.startswith("dhcp1: the pair is terminated. Remove the cause, then run ")
    assert "; THE PAIR IS NOT RESTORED: dhcp1: the pair is terminated. " in words
    assert rehearsal.world.hosts[PRIMARY].up, "the primary was started all the same"


@pytest.mark.parametrize("way", WAYS)
def test_no_drill_on_a_pair_that_is_not_healthy_or_is_busy(way: str) -> None:
    rehearsal = Rehearsal()
    rehearsal.world.troubles = ("split brain",)
    assert rehearsal.fails(way) == "the pair is not healthy: split brain"
    assert rehearsal.world.calls == []
    assert all(lock.freed for lock in rehearsal.world.locks)
    rehearsal.world.refuse["lock"] = Refused("dhcp1: another run is at work on this host")
    assert rehearsal.fails(way) == "dhcp1: another run is at work on this host"


def test_interrupted_before_anything_was_changed() -> None:
    rehearsal = Rehearsal()
    rehearsal.stop.set()
    assert rehearsal.fails("failover") == "interrupted"
    assert rehearsal.programs() == []


def test_unacked_clients_are_said_if_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    failover = replace(SITE.failover or pytest.fail(), max_unacked_clients=5)
    monkeypatch.setattr("tests.drill.world.SITE", replace(SITE, failover=failover))
    rehearsal = Rehearsal()
    rehearsal.run("failover")
    words = "requests of more than 5 clients must go unanswered before failover"
    assert f"max-unacked-clients: {words}" in rehearsal.words


class TestLeases:
    """What is compared, and what counts as lost."""

    def test_one_that_only_the_standby_still_has_is_lost(self) -> None:
        rehearsal = Rehearsal()
        primary, standby = rehearsal.world.hosts[PRIMARY], rehearsal.world.hosts[STANDBY]
        primary.leases = {"172.20.10.130": (0, 900), "172.20.10.131": (0, 900)}
        standby.leases = dict(primary.leases)
        rehearsal.on_event = lambda _: primary.leases.pop("172.20.10.130", None) and None
        rehearsal.hold = 0.01
        done = rehearsal.run("failover")
        assert done.lost == 1
        assert done.words == "no client asked, 1 lease lost"

    def test_one_that_was_released_at_the_standby_is_not(self) -> None:
        """With hold-reclaimed-time 0 it is deleted there; its primary was down meanwhile."""
        rehearsal = Rehearsal()
        primary, standby = rehearsal.world.hosts[PRIMARY], rehearsal.world.hosts[STANDBY]
        primary.leases = {"172.20.10.130": (0, 900)}
        standby.leases = dict(primary.leases)
        rehearsal.on_event = lambda _: standby.leases.pop("172.20.10.130", None) and None
        assert rehearsal.run("failover").lost == 0

    def test_too_many_are_not_compared(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("keaprov.drill.leases.MOST", 1)
        rehearsal = Rehearsal()
        for host in rehearsal.world.hosts.values():
            host.leases = {f"10.0.0.{at}": (0, 900) for at in range(3)}
        done = rehearsal.run("failover")
        assert (done.lost, done.uncompared) == (0, "too many leases to compare: 3")
        words = "no client asked, leases not compared (too many leases to compare: 3)"
        assert done.words == words
        assert rehearsal.world.whole()

    def test_a_server_that_does_not_answer_afterwards_fails_nothing(self) -> None:
        rehearsal = Rehearsal()

        def deaf(words: str) -> None:
            if words == "both are in hot-standby":
                rehearsal.world.refuse["command"] = Refused("dhcp1: command: no")

        rehearsal.on_event = deaf
        done = rehearsal.run("failover")
        assert (done.failed, done.uncompared) == ("", "dhcp1: command: no")


class TestClients:
    """Clients ask throughout: of the world's own servers."""

    def exchange(self, world: World) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
        standby, primary = world.hosts[STANDBY], world.hosts[PRIMARY]

        def ask(request: Mapping[str, Any]) -> Mapping[str, Any]:
            serving = [host for host in (primary, standby) if host.up and host.scopes]
            address = "10.60.1.68" if standby in serving else "10.60.1.67"
            offer = {"server": address, "address": "172.20.10.130", "options": {}}
            acks = primary.up or standby.state == ALONE  # Kea: the peer takes the update first
            lease = {**offer, "ack": True, "message": ""} if acks and serving else None
            wanted = lease if request.get("lease") else None
            return {"mac": "02:00:00:00:00:01", "offers": [offer] * bool(serving), "lease": wanted}

        return ask

    @pytest.fixture(autouse=True)
    def anything_is_as_promised(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("keaprov.drill.clients.broken_promises", lambda *_: [])

    @pytest.mark.parametrize("way", WAYS)
    def test_a_client_has_a_lease_from_the_standby(
        self, way: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tests.drill.world.STEPS", 20)
        world = World()
        rehearsal = Rehearsal(world, exchange=self.exchange(world))
        done = rehearsal.run(way)
        assert "a client has 172.20.10.130 from 10.60.1.68, as promised" in rehearsal.words
        assert done.silence is not None
        assert done.silence < 2

    def test_no_lease_names_the_server_and_puts_the_pair_back(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("keaprov.drill.clients.LEASE", 0.05)
        nothing: dict[str, Any] = {"mac": "02:00:00:00:00:01", "offers": [], "lease": None}
        rehearsal = Rehearsal(exchange=lambda _: nothing)
        words = rehearsal.fails("failover")
        assert words.startswith("no client got a lease from dhcp2 within 0 s: no server offered")
        assert words.endswith("; the pair was restored")
        assert rehearsal.world.whole()


def test_what_a_drill_showed_survives_its_json() -> None:
    entry = {"site": "labo", "began": 1, "timeline": [], "silence": None, "lost": 0, "failed": ""}
    assert DrillReport.from_json(entry).uncompared == "", "an older version's"
    with pytest.raises(KeyError):
        DrillReport.from_json({"site": "labo"})
    assert issubclass(DrillError, KeaprovError)
