"""What a server is proven to run, and what it needs: the observer's judgement of a report."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from keaprov import paths
from keaprov.conductor.observing import STEP, Known, Observer
from keaprov.ha.live import Live
from keaprov.ha.observed import Observed, Running
from keaprov.ha.plan import Wanted
from tests.conductor.hosts import Hosts
from tests.conductor.world import CONF, PRIMARY, SITE, UNIT
from tests.ha.observations import DOWN, ha, server

SUBNET = {"id": 10, "subnet": "172.20.10.0/24"}
HOOKS = [
    {"library": f"/usr/lib64/kea/hooks/libdhcp_{name}.so"}
    for name in ("lease_cmds", "subnet_cmds", "class_cmds", "host_cmds")
]


def body(revision: str = "old", *subnets: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return a ``Dhcp4`` map that keaprov wrote."""
    return {
        "user-context": {"keaprov": {"site": "s", "revision": revision}},
        "hooks-libraries": HOOKS,
        "sanity-checks": {"lease-checks": "fix"},
        "subnet4": list(subnets) or [SUBNET],
        **more,
    }


def packed(running: Any, file: Any) -> dict[str, Any]:
    """Return the report of files/host/command.py: what runs, and what the file says."""
    text = file if isinstance(file, str) else json.dumps({"Dhcp4": file})
    answers = {"config-get": {"Dhcp4": running} if running else None, CONF: text}
    return {"packed": base64.b64encode(zlib.compress(json.dumps(answers).encode())).decode()}


def judging(
    wanted: Mapping[str, Any], running: Any = None, file: Any = None, **answers: Any
) -> tuple[Observer, Hosts]:
    """Return an observer that wants a configuration, of hosts that run one and have a file."""
    hosts = Hosts({"command": packed(running, file), **answers})
    goal = Wanted("new", {CONF: json.dumps({"Dhcp4": wanted})}, {}, ha_port=8005)
    made = Observer(SITE, hosts.channels, dict.fromkeys(hosts.channels, goal))
    made.known = {name: Known() for name in hosts.channels}
    return made, hosts


def serving(revision: str | None = "old", **kea: Any) -> Observed:
    """Return what is observed of a primary that serves: this revision was loaded at its start."""
    scoped = replace(ha(), scopes=("dhcp1",))
    running = Running("3.0.3", revision, scoped, None, hash="hash", pid=7, proven=False)
    return server(kea=replace(running, **kea), units=UNIT)


@pytest.mark.parametrize(
    ("running", "file", "revision", "as_file"),
    [
        (body("new"), body("new"), "new", True),
        (body("new"), body("old"), "new", True),
        (body("new"), body("old", {**SUBNET, "valid-lifetime": 9}), "new", False),
        (body("new", {**SUBNET, "valid-lifetime": 9}), body("new"), "", False),
        (body("old", SUBNET, {"id": 2, "subnet": "10.2.0.0/24"}), None, "", False),
        (
            body("old", {**SUBNET, "valid-lifetime": 9}),
            body("old", {**SUBNET, "valid-lifetime": 9}),
            "old",
            True,
        ),
        (
            body("new", {**SUBNET, "valid-lifetime": 9}),
            body("new", {**SUBNET, "valid-lifetime": 9}),
            "",
            True,
        ),
        ({"subnet4": []}, {"subnet4": []}, "", True),
    ],
)
def test_the_revision_is_what_all_that_runs_is_compared_with(
    running: Any, file: Any, revision: str, as_file: bool
) -> None:
    made, hosts = judging(body("new"), running, file if file is not None else "no JSON")
    observed = made.proven(PRIMARY, serving("old"))
    known = made.known["dhcp1"]
    assert (observed.kea.revision, observed.kea.proven) == (revision, True)
    assert (known.as_file, known.revision, known.pid) == (as_file, revision, 7)
    assert known.proof == (("hash", revision, as_file) if revision else None)
    assert known.observed == observed
    request = {"socket": paths.CONTROL_SOCKET, "queries": ["config-get"], "files": [CONF]}
    assert hosts.calls == [("dhcp1", "command", request, 60.0)]


@pytest.mark.parametrize("proven", [False, True])
def test_what_came_with_the_observation_is_not_asked_for_again(proven: bool) -> None:
    kea = {
        "version": "3.0.3",
        "revision": "old",
        "hash": "h",
        "pid": 7,
        "status": {},
        "config": True,
        "proven": proven,
        "this_server": "dhcp1",
        "ha_peers": [],
        **packed(body("old"), body("old")),
    }
    reports = [{"clock": 0.0, "user": 0, "kea": kea}]
    made, hosts = judging(body("new", SUBNET, {"id": 2, "subnet": "10.2.0.0/24"}), observe=reports)
    view = made.judge(PRIMARY, made.observe(PRIMARY, STEP))
    assert isinstance(view.change, Live)
    assert view.change.words == "add subnet 2 (10.2.0.0/24)"
    assert hosts.programs == [("dhcp1", "observe")]


def test_a_known_hash_is_not_compared() -> None:
    made, hosts = judging(body("new"))
    observed = made.proven(PRIMARY, serving("old", proven=True))
    known = made.known["dhcp1"]
    assert (observed.kea.revision, known.revision, known.pid) == ("old", "old", 7)
    assert (hosts.calls, known.proof) == ([], None)


@pytest.mark.parametrize(
    "observed",
    [serving(None), serving("old", config_read=False), replace(serving("old"), root=False)],
    ids=["no answer", "the process is known", "no rights"],
)
def test_nothing_is_proven_if_nothing_was_read(observed: Observed) -> None:
    made, hosts = judging(body("new"))
    assert made.proven(PRIMARY, observed) is observed
    assert (hosts.calls, made.known["dhcp1"].pid) == ([], 0)


def test_a_server_that_ends_while_it_is_observed_does_not_answer() -> None:
    made, _ = judging(body("new"), None, body("old"))
    kea = made.proven(PRIMARY, serving("old")).kea
    assert (kea.answers, kea.error) == (False, "it ended while it was observed")
    assert made.known["dhcp1"].observed is not None
    assert made.known["dhcp1"].pid == 0


@pytest.mark.parametrize("serves", [True, False])
def test_a_proof_is_kept_when_the_server_serves_and_once(serves: bool) -> None:
    made, _ = judging(body("new"), body("new"), body("new"))
    kept: list[Any] = []
    made.prove = lambda *proof: kept.append(proof)
    observed = serving("old", **({} if serves else {"disabled": "by the command dhcp-disable"}))
    made.judge(PRIMARY, observed)
    assert kept == ([(PRIMARY, "hash", "new", True)] if serves else [])
    assert (made.known["dhcp1"].proof is None) is serves
    made.judge(PRIMARY, serving("new", proven=True))
    assert len(kept) == 1, "as soon as it serves"


def judged(made: Observer, observed: Observed) -> Any:
    """Return the view of the primary."""
    return made.judge(PRIMARY, observed)


def test_every_server_is_observed_and_judged() -> None:
    status = {"high-availability": [{"ha-servers": {"local": {"state": "hot-standby"}}}]}
    kea = {"version": "3.0.3", "revision": "new", "status": status, "hash": "h", "pid": 7}
    report = {"clock": 0.0, "kea": kea, "user": 0}
    made, hosts = judging(body("new"), body("new"), body("new"), observe=report)
    made.known["dhcp1"].lacking = "1 lease"
    by_name = made.views(STEP)
    assert {name: view.lacking for name, view in by_name.items()} == {"dhcp1": "", "dhcp2": ""}
    observed_of = [server for server, program in hosts.programs if program == "observe"]
    assert sorted(observed_of) == ["dhcp1", "dhcp2"]
    made.known["dhcp1"].lacking = "1 lease"
    assert made.views(STEP)["dhcp1"].lacking == "1 lease", "a partial report leaves it so"


def test_a_server_that_runs_what_is_wanted_has_no_change() -> None:
    made, hosts = judging(body("new"))
    view = judged(made, serving("new", proven=True))
    assert view.change is None
    assert not view.as_file, "its file is staged"
    assert view.need.stage
    assert [program for _, program in hosts.programs] == ["command"], "its ids may be left behind"
    made.known["dhcp1"].bodies = None
    down = replace(serving(None), units={**UNIT, "kea-dhcp4": DOWN})
    assert judged(made, down).change == "kea-dhcp4 of dhcp1 does not answer"


@pytest.mark.parametrize("updates", [True, False])
def test_pending_updates_are_asked_for_if_they_are_wanted(updates: bool) -> None:
    report = {"clock": 0.0, "kea": {"version": None, "revision": None, "status": {}}, "user": 0}
    made, hosts = judging(body("new"), observe=report)
    made.view(PRIMARY, (), updates)
    assert (hosts.calls[0][2]["dnf"] is not None) is updates


def test_ids_that_an_interrupted_run_left_in_the_leases_are_renumbered() -> None:
    made, _ = judging(body("new"), body("new"), body("old", {**SUBNET, "id": 11}))
    view = judged(made, serving("new", proven=True))
    assert view.change is None
    assert dict(view.renumbering.ids) == {11: 10}
    made, _ = judging(body("new"), body("new"), "no JSON")
    assert judged(made, serving("new", proven=True)).renumbering is None


MORE = {"id": 20, "subnet": "172.20.20.0/24"}


def test_the_way_to_what_is_wanted_is_judged_by_the_file_that_runs() -> None:
    made, _ = judging(body("new", SUBNET, MORE), body("old"), body("old"))
    view = judged(made, serving("old", proven=True))
    assert view.change.words == "add subnet 172.20.20.0/24" or "172.20.20.0/24" in view.change.words
    assert view.as_file
    assert (view.removed, view.renumbering, view.cut, view.commanded) == ((), None, (), True)
    assert view.differing == ()


def test_without_the_file_that_runs_a_rolling_restart_is_needed() -> None:
    made, _ = judging(body("new", MORE), body("old"), body("old", MORE))
    view = judged(made, serving("old", proven=True))
    assert view.change == "dhcp1 does not run what its file says"
    assert not view.as_file
    assert view.removed == (10,)
    made, _ = judging(body("new", MORE), body("old"), "no JSON")
    assert (
        judged(made, serving("old", proven=True)).change == "dhcp1 does not run what its file says"
    )


def test_a_subnet_gets_another_id_only_if_the_file_says_what_runs() -> None:
    wanted = body("new", {**SUBNET, "id": 11})
    made, _ = judging(wanted, body("old"), body("old"))
    view = judged(made, serving("old", proven=True))
    assert (dict(view.renumbering.ids), view.renumbering.obstacle) == ({10: 11}, "")
    made, _ = judging(wanted, body("old"), body("old", MORE))
    view = judged(made, serving("old", proven=True))
    assert view.renumbering.obstacle == "dhcp1 does not run what its file says"


def test_a_subnet_whose_prefix_gets_smaller_is_cut() -> None:
    pool = {"pools": [{"pool": "172.20.10.200 - 172.20.10.210"}]}
    running = body("old", {**SUBNET, **pool})
    made, _ = judging(body("new", {"id": 10, "subnet": "172.20.10.0/25"}), running, running)
    assert judged(made, serving("old", proven=True)).cut == (10,)


def test_what_keaprov_did_not_write_is_compared_in_full() -> None:
    running = {**body("old"), "valid-lifetime": 60}
    made, hosts = judging(body("new", **{"valid-lifetime": 4000}), running, running)
    view = judged(made, serving("old", proven=True, foreign=True))
    assert [difference.path for difference in view.differing] == [("valid-lifetime",)]
    assert (view.differing[0].wanted, view.differing[0].actual) == (4000, 60)
    assert len(hosts.calls) == 1, "what runs is read once"


def test_a_server_of_which_nothing_is_known_loses_nothing() -> None:
    made, _ = judging(body("new", MORE))
    view = judged(made, serving(None))
    assert (view.removed, view.cut, view.renumbering, view.as_file) == ((), (), None, False)
