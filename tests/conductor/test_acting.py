"""What each step but a turn sends to the hosts, and what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keaprov import paths
from keaprov.conductor import acting
from keaprov.conductor.acting import Stopped
from keaprov.conductor.steps import next_step
from keaprov.conductor.views import Kind, Memory, Step
from keaprov.errors import ControlError, Refused, Unreachable
from keaprov.model import Server, Site
from keaprov.wanted import revision_of
from tests.conductor.hosts import UNTOUCHED, Hosts, acting_on
from tests.conductor.world import CONF, SITE, STANDBY, Host, World, views

NEW = Host(runs="new", file="new")
GONE = Unreachable("dhcp1: the connection is lost")


def test_kea_tests_the_new_file_on_every_server_before_anything_is_active() -> None:
    hosts = Hosts()
    actions, _ = acting_on(hosts)
    actions.stage(views(UNTOUCHED), ("dhcp1", "dhcp2"))
    assert sorted(hosts.programs) == [("dhcp1", "write"), ("dhcp2", "write")]
    _, _, request, patience = hosts.calls[0]
    assert patience == 300.0
    assert request == {
        "run": "run",
        "files": [
            {
                "path": f"{CONF}.staged",
                "content": "new",
                "mode": "640",
                "owner": "root",
                "group": "kea",
            }
        ],
        "checks": [
            {
                "argv": ["/usr/sbin/kea-dhcp4", "-T", f"{CONF}.staged.keaprov-new"],
                "user": "kea",
                "leases": ["/var/lib/kea/kea-leases4.csv"],
            }
        ],
    }


def test_kea_of_another_series_does_not_test_the_new_file() -> None:
    hosts = Hosts()
    actions, _ = acting_on(hosts)
    by_name = views(UNTOUCHED)
    later = {
        name: replace(view, need=replace(view.need, test_later=name == "dhcp2"))
        for name, view in by_name.items()
    }
    actions.stage(later, ("dhcp1", "dhcp2"))
    tested = {name: bool(request["checks"]) for name, _, request, _ in hosts.calls}
    assert tested == {"dhcp1": True, "dhcp2": False}


def test_the_agents_file_needs_no_leases_and_a_database_has_no_lease_file() -> None:
    hosts = Hosts()
    elsewhere = replace(SITE, dhcp4={"lease-database": {"type": "mysql", "name": "kea"}})
    actions, _ = acting_on(hosts, site=elsewhere)
    view = views(UNTOUCHED)["dhcp1"]
    need = replace(view.need, stage={CONF: "new", paths.AGENT_CONF: "agent"})
    actions.stage({"dhcp1": replace(view, need=need)}, ("dhcp1",))
    checks = hosts.calls[0][2]["checks"]
    assert [check["leases"] for check in checks] == [[], []]
    assert checks[1]["argv"][:2] == ["/usr/sbin/kea-ctrl-agent", "-t"]
    actions, _ = acting_on(hosts)
    actions.stage({"dhcp1": replace(view, need=need)}, ("dhcp1",))
    checks = hosts.calls[1][2]["checks"]
    assert [len(check["leases"]) for check in checks] == [1, 0]


@pytest.mark.parametrize("error", [Refused("dhcp1: Kea says no"), GONE])
def test_a_server_that_refuses_the_new_file_stops_the_run(error: ControlError) -> None:
    hosts = Hosts({"dhcp1 write": error})
    actions, _ = acting_on(hosts)
    with pytest.raises(Stopped, match="dhcp1 refused the new configuration; nothing active"):
        actions.stage(views(UNTOUCHED), ("dhcp1", "dhcp2"))
    assert hosts.sentences == [("dhcp1", f"Refused: {error}", True)]
    assert ("dhcp2", "write") in hosts.programs, "each server's own refusal is of use"


@pytest.mark.parametrize("own", [True, False])
def test_keas_refusal_is_shown_at_the_site_if_the_file_is_the_sites(
    monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    """The lines of an earlier configuration are not those of the site file."""

    def at_the_site(site: Site, server: Server, message: str) -> str:
        return f"{site.name}/{server.name}/{message}"

    monkeypatch.setattr(acting, "at_the_site", at_the_site)
    hosts = Hosts({"write": Refused("no")})
    actions, _ = acting_on(hosts)
    view = views(UNTOUCHED)["dhcp2"]
    revision = revision_of(SITE) if own else "earlier"
    wanted = replace(view.wanted, revision=revision)
    with pytest.raises(Stopped):
        actions.stage({"dhcp2": replace(view, wanted=wanted)}, ("dhcp2",))
    assert hosts.sentences == [("dhcp2", f"Refused: {'s/dhcp2/no' if own else 'no'}", True)]


@pytest.mark.parametrize("scope", ["", "server1"])
def test_a_primary_takes_its_own_scope_again_by_the_name_that_it_runs_with(scope: str) -> None:
    hosts = Hosts()
    actions, _ = acting_on(hosts)
    nobody = views(World(NEW, NEW))
    kea = replace(nobody["dhcp1"].observed.kea, this_server=scope)
    own = replace(nobody["dhcp1"], observed=replace(nobody["dhcp1"].observed, kea=kea))
    step = next_step(SITE, {**nobody, "dhcp1": own}, Memory(staged=True))
    actions.serve_again(step, {**nobody, "dhcp1": own})
    ((server, program, request, _),) = hosts.calls
    command = {"command": "ha-scopes", "arguments": {"scopes": [scope or "dhcp1"]}}
    assert (server, program) == ("dhcp1", "command")
    assert request["steps"] == [{"do": command, "undo": []}]


@pytest.mark.parametrize("own", [True, False])
def test_scopes_are_given_back_by_command_and_a_hand_over_of_keaprov_ends(own: bool) -> None:
    hosts = Hosts()
    actions, _ = acting_on(hosts)
    beside = World(replace(NEW, scopes=True), replace(NEW, scopes=True, handover=own))
    step = next_step(SITE, views(beside), Memory(staged=True))
    assert step.kind is Kind.GIVE_BACK
    actions.give_back(step, views(beside))
    command = {"command": "ha-scopes", "arguments": {"scopes": []}}
    request = {
        "run": "run",
        "socket": paths.CONTROL_SOCKET,
        "steps": [{"do": command, "undo": []}],
    }
    ends = [("dhcp2", "handover", {"run": "run", "end": True}, 30.0)] if own else []
    assert hosts.calls == [*ends, ("dhcp2", "command", request, 60.0)]
    assert hosts.sentences == [("dhcp2", step.reason, False)]


@pytest.mark.parametrize("refused", ["", "ha-maintenance-cancel: no"])
def test_a_maintenance_is_cancelled_and_its_end_is_waited_for(refused: str) -> None:
    hosts = Hosts({"command": {"refused": refused}})
    actions, gate = acting_on(hosts)
    step = Step(Kind.CANCEL_MAINTENANCE, "nobody ended it", ("dhcp1",))
    if refused:
        with pytest.raises(Stopped, match="kea-dhcp4 refuses ha-maintenance-cancel: no"):
            actions.cancel_maintenance(step, views(UNTOUCHED))
    else:
        actions.cancel_maintenance(step, views(UNTOUCHED))
    assert hosts.calls[0][2]["steps"][0]["do"] == {"command": "ha-maintenance-cancel"}
    assert hosts.sentences == [("dhcp1", "nobody ended it", False)]
    assert gate.maintenances == (not refused)


def test_the_firewall_is_brought_to_what_is_wanted_and_left_alone_if_it_is_so() -> None:
    hosts = Hosts()
    actions, _ = acting_on(hosts)
    by_name = dict(views(UNTOUCHED))
    step = Step(Kind.CLOSE_PORTS, "a port", ("dhcp2",))
    actions.close_ports(step, by_name)
    assert (hosts.calls, hosts.sentences) == ([], [])
    view = by_name["dhcp2"]
    by_name["dhcp2"] = replace(view, wanted=replace(view.wanted, ha_port=8123))
    actions.close_ports(step, by_name)
    ((server, program, request, patience),) = hosts.calls
    assert (server, program, request["run"], patience) == ("dhcp2", "write", "run", 120.0)
    assert 'port="8123"' in request["files"][0]["content"]
    assert hosts.sentences == [("dhcp2", "the firewall: a port", False)]


@pytest.mark.parametrize("as_file", [True, False])
def test_a_proof_is_kept_on_the_host_with_the_file_that_ran(as_file: bool) -> None:
    hosts = Hosts()
    actions, _ = acting_on(hosts)
    actions.prove(STANDBY, "hash", "new", as_file)
    assert [(server, program, dict(request)) for server, program, request, _ in hosts.calls] == [
        (
            "dhcp2",
            "turn",
            {
                "run": "run",
                "prove": {"hash": "hash", "revision": "new"},
                "files": [CONF, paths.AGENT_CONF] if as_file else [],
                "backup": "/etc/kea/bkp",
                "running": "/var/lib/keaprov/running.json",
            },
        )
    ]
