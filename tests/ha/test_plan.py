from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from keaprov.ha.observed import File, Observed
from keaprov.ha.plan import Wanted, need, why_by_turns
from keaprov.ha.states import State
from keaprov.model import Failover, Site
from tests.ha.seen import DOWN, REVISION, UP, ha, kea, server

CONF, AGENT = "/etc/kea/kea-dhcp4.conf", "/etc/kea/kea-ctrl-agent.conf"
WANTED = Wanted(REVISION, {CONF: "{}"}, {AGENT: "[]"}, agent_files=(AGENT,))


def file(text: str, changed: float = 1.0) -> File:
    return File("640", "root", "kea", changed, sha256(text.encode()).hexdigest())


def as_wanted(**changes: object) -> Observed:
    return server(**{"files": {CONF: file("{}"), AGENT: file("[]")}, **changes})


def test_nothing_when_files_and_daemons_are_as_wanted() -> None:
    assert not need(as_wanted(), WANTED)


def test_a_first_installation_stages_and_starts_everything_agent_first() -> None:
    bare = server(files={}, units={}, kea=kea(None))
    todo = need(bare, WANTED)
    assert set(todo.stage) == {CONF, AGENT}
    assert todo.restart == ("kea-ctrl-agent", "kea-dhcp4")


def test_a_changed_configuration_is_staged_and_its_daemon_alone_restarted() -> None:
    before = as_wanted(files={CONF: file("old"), AGENT: file("[]")}, kea=kea("before"))
    todo = need(before, WANTED)
    assert set(todo.stage) == {CONF}
    assert todo.restart == ("kea-dhcp4",)


def test_a_file_behind_what_runs_is_put_right_without_a_restart() -> None:
    todo = need(as_wanted(files={CONF: file("old"), AGENT: file("[]")}), WANTED)
    assert set(todo.stage) == {CONF}
    assert not todo.restart


def test_what_has_to_be_changed_by_turns() -> None:
    site = Site("s", (), {}, failover=Failover())
    well = {"a": as_wanted(), "b": as_wanted()}
    nothing = dict.fromkeys(well, need(as_wanted(), WANTED))
    assert why_by_turns(site, well, nothing) is None
    assert "live: false" in str(why_by_turns(replace(site, live=False), well, nothing))
    alone = {**well, "b": as_wanted(kea=kea(relationship=ha(peer=State.UNAVAILABLE)))}
    assert "b does not hear" in str(why_by_turns(site, alone, nothing))
    stopped = {**well, "b": as_wanted(units={"kea-dhcp4": DOWN})}
    assert "kea-dhcp4 of b" in str(why_by_turns(site, stopped, nothing))
    upgrade = {**nothing, "a": need(as_wanted(), WANTED, "3.0.9")}
    assert "another version" in str(why_by_turns(site, well, upgrade))


def test_a_run_cut_off_between_rename_and_restart_still_restarts() -> None:
    todo = need(as_wanted(kea=kea("before")), WANTED)
    assert not todo.stage
    assert todo.restart == ("kea-dhcp4",)


def test_an_agent_older_than_its_configuration_is_restarted() -> None:
    todo = need(as_wanted(files={CONF: file("{}"), AGENT: file("[]", 2000.0)}), WANTED)
    assert todo.restart == ("kea-ctrl-agent",)


def test_a_stopped_daemon_is_started() -> None:
    todo = need(as_wanted(units={"kea-dhcp4": DOWN, "kea-ctrl-agent": UP}), WANTED)
    assert todo.restart == ("kea-dhcp4",)


def test_every_need_has_its_reason() -> None:
    for observed in (server(files={}), as_wanted(kea=kea(None)), as_wanted(kea=kea("other"))):
        assert need(observed, WANTED).reasons
