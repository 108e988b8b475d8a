from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from keaprov.ha.observed import Dnf, File, Observed, Unit
from keaprov.ha.plan import Need, Wanted, need, why_by_turns
from keaprov.ha.states import State
from keaprov.ha.upgrade import is_version
from keaprov.model import Failover, Site
from tests.ha.observations import DOWN, REVISION, UP, ha, kea, server

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


def test_sockets_that_a_restart_opens_again_need_one() -> None:
    moved = ("the interface e has another IPv4 address",)
    assert not need(as_wanted(kea=replace(kea(), sockets=moved)), WANTED)
    todo = need(as_wanted(kea=replace(kea(), sockets=moved, opens_again=True)), WANTED)
    assert todo.restart == ("kea-dhcp4",)
    assert todo.reasons == (f"kea-dhcp4 receives no DHCP packets: {moved[0]}",)


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


BY_DAEMON = Wanted(REVISION, {CONF: "{}"}, {}, dhcp4_files=("/etc/kea/kea-api-password",))
STOPPED = {"kea-dhcp4": UP, "kea-ctrl-agent": DOWN}


def test_the_agent_ends_where_kea_dhcp4_serves_the_api() -> None:
    todo = need(as_wanted(kea=kea("before"), files={CONF: file("old")}), BY_DAEMON)
    assert (todo.retire, todo.restart) == (("kea-ctrl-agent",), ("kea-dhcp4",))
    assert not need(as_wanted(units=STOPPED), BY_DAEMON)


def test_another_password_of_the_api_needs_a_restart() -> None:
    files = {CONF: file("{}"), "/etc/kea/kea-api-password": file("new", 2000.0)}
    assert need(as_wanted(units=STOPPED, files=files), BY_DAEMON).restart == ("kea-dhcp4",)


def test_the_agent_starts_after_kea_dhcp4_which_may_have_its_port() -> None:
    todo = need(as_wanted(units=STOPPED, kea=kea("before")), WANTED)
    assert todo.restart == ("kea-dhcp4", "kea-ctrl-agent")
    assert todo.fresh == ("kea-ctrl-agent",)
    assert not need(as_wanted(kea=kea("before")), WANTED).fresh


def test_a_series_without_agent_erases_its_package() -> None:
    names = [f"isc-kea-{name}" for name in ("dhcp4", "hooks", "admin", "ctrl-agent")]
    packages = dict.fromkeys(names, "3.0.3-isc1")
    todo = need(as_wanted(packages=packages), BY_DAEMON, "3.2.0")
    assert todo.upgrade == tuple(f"{name}-3.2.0" for name in names[:3])
    assert todo.erase == ("isc-kea-ctrl-agent",)
    assert todo.installed == tuple(f"{name}-3.0.3-isc1" for name in names)
    assert not need(as_wanted(packages=packages), WANTED, "3.0.4").erase


def test_a_stopped_daemon_is_started() -> None:
    todo = need(as_wanted(units={"kea-dhcp4": DOWN, "kea-ctrl-agent": UP}), WANTED)
    assert todo.restart == ("kea-dhcp4",)


def test_every_need_has_its_reason() -> None:
    for observed in (server(files={}), as_wanted(kea=kea(None)), as_wanted(kea=kea("other"))):
        assert need(observed, WANTED).reasons


DROP_IN = "/etc/systemd/system/kea-dhcp4.service.d/keaprov.conf"
HARD, SOFT = "[Service]\nNoNewPrivileges=yes\n", "# nothing\n"


def hardened(text: str, changed: float = 1.0) -> Observed:
    return as_wanted(
        files={CONF: file("{}"), AGENT: file("[]"), DROP_IN: file(text, changed)},
    )


def test_another_hardening_needs_a_restart_and_a_missing_one_without_settings_does_not() -> None:
    hard = replace(WANTED, drop_ins={"kea-dhcp4": HARD})
    soft = replace(WANTED, drop_ins={"kea-dhcp4": SOFT})
    assert not need(as_wanted(), soft)
    assert not need(hardened(HARD), hard)
    for observed, wanted in ((as_wanted(), hard), (hardened(HARD), soft)):
        todo = need(observed, wanted)
        assert (todo.restart, todo.reasons) == (
            ("kea-dhcp4",),
            (f"{DROP_IN} is not as the site wants it",),
        )
    late = need(hardened(HARD, 2000.0), hard)
    assert late.restart == ("kea-dhcp4",)
    assert late.unproven == (DROP_IN,), "no process has run with it: an undo removes it"
    assert not need(hardened(HARD), hard).unproven


NOTHING = Need(stage={}, restart=(), retire=(), upgrade=(), installed=(), reasons=())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"units": {"kea-dhcp4": DOWN, "kea-ctrl-agent": UP}}, "kea-dhcp4 is inactive"),
        (
            {"units": {"kea-dhcp4": replace(UP, enabled=False), "kea-ctrl-agent": UP}},
            "kea-dhcp4 is not enabled",
        ),
        ({"kea": kea("before")}, f"kea-dhcp4 runs revision before, the site wants {REVISION}"),
        ({"kea": kea("")}, f"kea-dhcp4 runs revision unknown, the site wants {REVISION}"),
        (
            {"kea": replace(kea(""), foreign=True)},
            f"kea-dhcp4 runs a configuration that keaprov did not write, the site wants {REVISION}",
        ),
        (
            {"units": {"kea-dhcp4": UP, "kea-ctrl-agent": DOWN}},
            "kea-ctrl-agent is inactive, not enabled",
        ),
        (
            {"units": {"kea-dhcp4": UP, "kea-ctrl-agent": replace(UP, enabled=False)}},
            "kea-ctrl-agent is active, not enabled",
        ),
        (
            {"units": {"kea-dhcp4": UP, "kea-ctrl-agent": replace(DOWN, enabled=True)}},
            "kea-ctrl-agent is inactive, enabled",
        ),
        (
            {"files": {CONF: file("{}"), AGENT: file("[]", 2000.0)}},
            "kea-ctrl-agent runs since before its configuration was changed",
        ),
    ],
)
def test_why_a_daemon_restarts(changes: dict[str, Any], reason: str) -> None:
    todo = need(as_wanted(**changes), WANTED)
    assert reason in todo.reasons
    assert todo.restart == (reason.split(maxsplit=1)[0],)


def test_a_certificate_that_came_after_the_start_needs_a_restart() -> None:
    wanted = replace(WANTED, tls_files=("/etc/kea/tls/cert.pem",))
    files = {**as_wanted().files, "/etc/kea/tls/cert.pem": file("new", 2000.0)}
    todo = need(as_wanted(files=files), wanted)
    assert todo.restart == ("kea-dhcp4",)
    assert todo.reasons == ("kea-dhcp4 runs since before its certificate was placed",)


def test_pending_updates_are_part_of_a_turn_only_where_kea_dhcp4_runs() -> None:
    pending = Dnf(("bash", "openssl"), None, None)
    todo = need(as_wanted(dnf=pending), WANTED)
    assert todo.update == ("bash", "openssl")
    assert "2 updates are pending: bash, openssl" in todo.reasons
    stopped = {"kea-dhcp4": DOWN, "kea-ctrl-agent": UP}
    assert not need(as_wanted(dnf=pending, units=stopped), WANTED).update


def test_an_upgrade_restarts_both_daemons_and_names_what_is_installed() -> None:
    todo = need(as_wanted(), WANTED, "3.0.9")
    assert todo.upgrade
    assert todo.restart == ("kea-ctrl-agent", "kea-dhcp4")
    assert todo.installed == ("isc-kea-dhcp4-3.0.3-isc1",)
    assert need(as_wanted(units=STOPPED), BY_DAEMON, "3.0.9").restart == ("kea-dhcp4",)


@pytest.mark.parametrize(
    ("installed", "wanted", "same"),
    [
        ("3.0.3", "3.0.3", True),
        ("3.0.3-isc1", "3.0.3", True),
        ("3.0.3-isc1", "3.0", True),
        ("3.0.31", "3.0.3", False),
        ("3.0.3", "3.0.31", False),
    ],
)
def test_a_version_names_its_builds(installed: str, wanted: str, same: bool) -> None:
    assert is_version(installed, wanted) is same


@pytest.mark.parametrize("half", [replace(UP, enabled=False), replace(DOWN, enabled=True)])
def test_an_agent_that_runs_or_is_enabled_is_not_fresh_and_has_to_end(half: Unit) -> None:
    units = {"kea-dhcp4": UP, "kea-ctrl-agent": half}
    assert not need(as_wanted(units=units), WANTED).fresh
    assert need(as_wanted(units=units), BY_DAEMON).retire == ("kea-ctrl-agent",)


def test_every_state_but_hot_standby_is_by_turns() -> None:
    site = Site("s", (), {}, failover=Failover())

    def why(**changes: Any) -> str:
        by_name = {"a": as_wanted(), "b": as_wanted(**changes)}
        return str(why_by_turns(site, by_name, dict.fromkeys(by_name, NOTHING)))

    assert "b is in partner-down, not hot-standby" in why(
        kea=kea(relationship=ha(State.PARTNER_DOWN))
    )
    assert "b is in no HA state, not hot-standby" in why(kea=replace(kea(), ha=None))
    assert "kea-dhcp4 of b" in why(units={"kea-dhcp4": replace(UP, enabled=False)})
    assert "kea-dhcp4 of b" in why(units={"kea-dhcp4": replace(DOWN, enabled=True)})


@pytest.mark.parametrize(
    "agent", [{"retire": ("kea-ctrl-agent",)}, {"restart": ("kea-ctrl-agent",)}]
)
def test_a_change_of_the_agent_is_by_turns(agent: dict[str, Any]) -> None:
    site = Site("s", (), {}, failover=Failover())
    assert why_by_turns(site, {"a": as_wanted()}, {"a": replace(NOTHING, **agent)})


@pytest.mark.parametrize(
    ("todo", "interrupts"),
    [
        (NOTHING, False),
        (replace(NOTHING, stage={CONF: "{}"}), False),
        (replace(NOTHING, restart=("kea-ctrl-agent",)), False),
        (replace(NOTHING, restart=("kea-dhcp4",)), True),
        (replace(NOTHING, retire=("kea-ctrl-agent",)), False),
        (replace(NOTHING, upgrade=("isc-kea-3.0.9",)), True),
        (replace(NOTHING, update=("bash",)), True),
    ],
)
def test_a_need_and_whether_it_interrupts_clients(todo: Need, interrupts: bool) -> None:
    assert bool(todo) is (todo != NOTHING)
    assert todo.interrupts is interrupts
