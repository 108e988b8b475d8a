"""A run locks and observes every server, or none; what it does with each step's result."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from keaprov.conductor import Conductor, Stopped
from keaprov.conductor.observing import FULL, STEP
from keaprov.conductor.views import Kind, Memory, Step, Views
from keaprov.errors import Refused, Unreachable
from keaprov.impact import Impact
from keaprov.model import Server
from tests.conductor.hosts import UNTOUCHED, Clock, Hosts, Shown
from tests.conductor.world import SITE, WANTED, Host, World, views

NEW = Host(runs="new", file="new")
DONE = World(replace(NEW, scopes=True), NEW)
GONE = Unreachable("dhcp1: the connection is lost")


class Asked(Shown):
    """Remembers what was observed of each server; some do not answer."""

    def __init__(self, hosts: Hosts, *worlds: World, missing: str = "") -> None:
        super().__init__(hosts, *worlds)
        self.missing = missing
        self.observed: list[tuple[str, Any, bool]] = []

    def observe(
        self, server: Server, parts: Any, *, updates: bool = False, secret: bool = True
    ) -> Any:
        """Remember what is observed, and show it."""
        self.observed.append((server.name, parts, updates))
        if server.name == self.missing:
            raise GONE
        return self.views()[server.name].observed

    def view(self, server: Server, parts: Any, updates: bool = False) -> Any:
        """Remember what is observed, and judge it."""
        return self.judge(server, self.observe(server, parts, updates=updates))

    def judge(self, server: Server, observed: Any) -> Any:
        """Return the view of what was observed."""
        view = self.views()[server.name]
        assert view.observed == observed
        return view


def conductor(hosts: Hosts, *worlds: World, missing: str = "") -> tuple[Conductor, Asked]:
    """Return a conductor that observes these worlds."""
    wanted = dict.fromkeys(hosts.channels, WANTED)
    made = Conductor(SITE, hosts.channels, wanted, hosts.tell)
    made.observer = observer = Asked(hosts, *(worlds or (UNTOUCHED,)), missing=missing)
    return made, observer


# locks


def test_every_server_is_locked_and_observed_in_full_with_its_updates() -> None:
    hosts = Hosts()
    made, observer = conductor(hosts)
    assert not made.locked
    assert made.begin() == {}
    assert made.locked
    assert hosts.locks == dict.fromkeys(("dhcp1", "dhcp2"), made.run)
    assert sorted(observer.observed) == [("dhcp1", FULL, True), ("dhcp2", FULL, True)]
    assert made.views == views(UNTOUCHED)
    assert observer.prove == made._actions.prove, "what runs may be proven under the lock"
    made.release()
    assert (hosts.locks, made.locked, observer.prove) == ({}, False, None)
    made.release()


def test_each_run_has_a_token_of_its_own() -> None:
    tokens = {conductor(Hosts())[0].run for _ in range(20)}
    assert {len(token) for token in tokens} == {16}
    assert len(tokens) == 20


def test_if_one_server_is_locked_by_another_run_none_stays_locked() -> None:
    hosts = Hosts({"dhcp2 lock": Refused("dhcp2: another run holds it")})
    made, observer = conductor(hosts)
    assert made.begin() == {"dhcp2": "dhcp2: another run holds it"}
    assert (hosts.locks, made.locked, observer.prove) == ({}, False, None)


def test_if_one_server_cannot_be_observed_none_stays_locked() -> None:
    hosts = Hosts()
    made, _ = conductor(hosts, missing="dhcp1")
    assert made.begin() == {"dhcp1": str(GONE)}
    assert (hosts.locks, made.locked) == ({}, False)


@pytest.mark.parametrize("updates", [True, False])
def test_an_observation_without_a_lock_says_who_does_not_answer(updates: bool) -> None:
    made, observer = conductor(Hosts(), missing="dhcp1")
    assert made.observe(updates=updates) == {"dhcp1": str(GONE)}
    assert list(made.views) == ["dhcp2"]
    assert sorted(observer.observed) == [("dhcp1", FULL, updates), ("dhcp2", FULL, updates)]
    assert not made.locked


def test_what_a_change_touches_is_asked_of_what_was_observed_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, observer = conductor(Hosts())
    made.observe()
    impact = Impact()
    given: list[tuple[Any, Any]] = []

    def touched(*values: Any) -> Impact:
        given.append(values)
        return impact

    monkeypatch.setattr("keaprov.conductor.touched", touched)
    assert made.touched() is impact
    assert given == [(observer, made.views)]


# steps


def test_a_server_that_is_gone_before_a_step_stops_the_run() -> None:
    made, observer = conductor(Hosts())
    made.refresh()
    assert (observer.parts, made.fresh) == ([STEP], True)

    def views_of(parts: Any) -> Views:
        raise GONE

    observer.views = views_of  # type: ignore[assignment, method-assign]
    with pytest.raises(Stopped, match=r"connection is lost\. Run the deploy again when"):
        made.refresh()


def test_kea_tests_the_new_configuration_once_in_a_run() -> None:
    hosts = Hosts()
    made, _ = conductor(hosts)
    made.observe()
    made.fresh = True
    made.stage()
    assert sorted(hosts.programs) == [("dhcp1", "write"), ("dhcp2", "write")]
    assert not made.fresh
    made.stage()
    assert len(hosts.calls) == 2
    done, _ = conductor(hosts, DONE)
    done.observe()
    done.stage()
    assert len(hosts.calls) == 2


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (Kind.CANCEL_MAINTENANCE, "cancel_maintenance"),
        (Kind.GIVE_BACK, "give_back"),
        (Kind.SERVE_AGAIN, "serve_again"),
        (Kind.REVIVE, "revive"),
        (Kind.RESET, "reset"),
        (Kind.FETCH, "fetch"),
        (Kind.CLOSE_PORTS, "close_ports"),
        (Kind.RENUMBER, "renumber"),
        (Kind.REMOVE, "remove_subnets"),
        (Kind.TURN, "turn"),
    ],
)
def test_each_step_is_taken_by_its_action_and_remembered(kind: Kind, method: str) -> None:
    made, _ = conductor(Hosts())
    made.observe()
    made.fresh = True
    taken: list[tuple[Any, Any]] = []
    setattr(made._actions, method, lambda *values: taken.append(values))
    step = Step(kind, "a reason", ("dhcp2",))
    made._take(step)
    assert taken == [(step, made.views)]
    assert not made.fresh
    if kind is Kind.TURN:
        assert made._memory == Memory(turned=frozenset({"dhcp2"}))
    else:
        assert made._memory == Memory(taken=frozenset({(kind, ("dhcp2",))}))
    made._take(replace(step, servers=("dhcp1",), moving=True))
    assert made._memory.turned == ({"dhcp1", "dhcp2"} if kind is Kind.TURN else set())
    made._take(step)
    assert made._memory.moved is (kind is Kind.TURN), "it is remembered to the end of the run"


@pytest.mark.parametrize("after", [views(DONE), "dhcp1 refuses subnet4-add: no"])
def test_a_live_change_that_kea_refuses_becomes_a_rolling_restart(after: Views | str) -> None:
    made, _ = conductor(Hosts())
    made.observe()
    before, given = made.views, []

    def live(by_name: Views) -> Views | str:
        given.append(by_name)
        return after

    made._actions.live = live
    made._take(Step(Kind.LIVE, "live: a subnet", ("dhcp1", "dhcp2")))
    assert given == [before]
    if isinstance(after, str):
        assert (made._memory, made.views, made.fresh) == (Memory(rolling=after), before, False)
    else:
        once = Memory(taken=frozenset({(Kind.LIVE, ("dhcp1", "dhcp2"))}))
        assert (made._memory, made.views, made.fresh) == (once, after, True)


def test_a_roll_out_that_goes_round_in_circles_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = conductor(Hosts())
    taken: list[Kind] = []
    monkeypatch.setattr(made, "next", lambda: Step(Kind.TURN, "again", ("dhcp2",)))
    monkeypatch.setattr(made, "_take", lambda step: taken.append(step.kind))
    with pytest.raises(Stopped, match="the roll-out did not end after 40 steps"):
        made.roll_out()
    assert len(taken) == 40


@pytest.mark.parametrize("servers", [("dhcp2",), ()])
def test_a_refusal_names_the_server_that_it_is_about(
    monkeypatch: pytest.MonkeyPatch, servers: tuple[str, ...]
) -> None:
    made, _ = conductor(Hosts())
    steps = [Step(Kind.REFUSE, "no", servers)]
    monkeypatch.setattr(made, "next", lambda: steps[0])
    with pytest.raises(Stopped, match=r"^no$") as stopped:
        made.roll_out()
    assert stopped.value.server == "".join(servers)


# waiting


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keaprov.conductor.time", Clock())
    monkeypatch.setattr("keaprov.conductor.POLL", 0.001)
    monkeypatch.setattr("keaprov.conductor.patience_of", lambda site, by_name: 30.0)


def wait(
    monkeypatch: pytest.MonkeyPatch, *steps: Step
) -> tuple[Step | Stopped, list[tuple[str, str, bool]]]:
    """Wait at the first step, while these are next; return how it ends, and what was said."""
    hosts = Hosts()
    made, observer = conductor(hosts)
    made.observe()
    observer.parts.clear()
    following = list(steps[1:])
    monkeypatch.setattr(
        made, "next", lambda: following.pop(0) if len(following) > 1 else following[0]
    )
    try:
        end: Step | Stopped = made._wait(steps[0])
    except Stopped as stopped:
        end = stopped
    assert set(observer.parts) <= {STEP}
    return end, hosts.sentences


SYNCING = Step(Kind.WAIT, "dhcp2 is in syncing", ("dhcp2",))
READY = Step(Kind.WAIT, "dhcp2 is in ready", ())
TURN = Step(Kind.TURN, "a global value", ("dhcp1",))


@pytest.mark.usefixtures("quick")
def test_it_waits_until_another_step_is_next_and_says_each_reason_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end, sentences = wait(monkeypatch, SYNCING, SYNCING, SYNCING, READY, TURN)
    assert end == TURN
    assert sentences == [
        ("dhcp2", "waiting: dhcp2 is in syncing", False),
        ("", "waiting: dhcp2 is in ready", False),
    ]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("soon", "seconds"), [(False, 32), (True, 12)])
def test_it_waits_no_longer_than_a_server_needs(
    monkeypatch: pytest.MonkeyPatch, soon: bool, seconds: int
) -> None:
    step = replace(SYNCING, soon=soon)
    end, _ = wait(monkeypatch, step, step)
    assert isinstance(end, Stopped)
    assert end.server == "dhcp2"
    words, _, waited = str(end).partition(" (waited ")
    assert words == "dhcp2 is in syncing"
    assert abs(int(waited.split()[0]) - seconds) <= 2


@pytest.mark.usefixtures("quick")
def test_what_ends_soon_has_its_own_time_after_a_longer_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    deaf = Step(Kind.WAIT, "a socket is closed", ("dhcp2",), soon=True)
    end, _ = wait(monkeypatch, *[SYNCING] * 8, deaf, deaf, TURN)
    assert end == TURN


@pytest.mark.usefixtures("quick")
def test_a_refusal_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    end, _ = wait(monkeypatch, SYNCING, Step(Kind.REFUSE, "terminated", ("dhcp1",)))
    assert isinstance(end, Stopped)
    assert (str(end), end.server) == ("terminated", "dhcp1")


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("steps", "observed"),
    [((SYNCING, SYNCING, READY, TURN), 3), ((SYNCING, TURN), 1), ((TURN,), 0)],
)
def test_what_is_only_waited_for_is_not_carried_out(
    monkeypatch: pytest.MonkeyPatch, steps: tuple[Step, ...], observed: int
) -> None:
    """It looks again before it waits: what was observed first may have passed."""
    hosts = Hosts()
    made, observer = conductor(hosts)
    made.observe()
    observer.parts.clear()
    monkeypatch.setattr(made, "next", lambda: steps[min(len(observer.parts), len(steps) - 1)])
    made.fresh = False
    made.await_recovery()
    assert made.next() == TURN
    assert observer.parts == [STEP] * observed
    waited = [words.removeprefix("waiting: ") for _, words, _ in hosts.sentences]
    assert waited == list(dict.fromkeys(step.reason for step in steps[1:-1]))
