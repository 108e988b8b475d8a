"""A running server's partner that the site does not have."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from keaprov.conductor.preflight import reasons_of_pair, warnings_of_pair
from keaprov.conductor.steps import next_step
from keaprov.conductor.views import Kind, Memory, View
from keaprov.ha.left_out import left_out
from keaprov.ha.observed import Observed, Partner
from keaprov.ha.plan import Wanted, need
from keaprov.ha.reading import from_report
from keaprov.ha.situation import Situation, situation
from keaprov.ha.states import State
from keaprov.model import Failover, Role, Server, Site
from tests.ha.observations import REVISION, ha, kea, server

DHCP1 = Server("dhcp1", "10.60.1.67", ("e",), Role.PRIMARY)
DHCP2 = Server("dhcp2", "10.60.1.68", ("e",), Role.STANDBY)
ALONE = Site("s", (DHCP1,), {})
PAIR = Site("s", (DHCP1, DHCP2), {}, failover=Failover())
REFUSED, SILENT = "Connection refused", "no answer within 1 s"


def paired(
    partner: Partner | None, *, name: str = "dhcp1", state: State = State.HOT_STANDBY, **more: Any
) -> Observed:
    """Return a server that runs as a pair with a partner."""
    running = kea(relationship=replace(ha(state), **more))
    return server(kea=replace(running, this_server=name, partner=partner))


def words(site: Site, **observed: Observed) -> list[tuple[str, bool]]:
    return [(partner.words, partner.gone) for partner in left_out(site, observed)]


def test_a_partner_that_answers_is_refused() -> None:
    ((sentence, gone),) = words(ALONE, dhcp1=paired(Partner("dhcp2", "10.60.1.68", "")))
    assert not gone
    assert sentence == (
        "dhcp1 runs as a pair with dhcp2 (10.60.1.68), which is not in the site and answers its "
        "heartbeats. Without dhcp1 it would serve the same pools alone: put it back into the site, "
        "and take it out of service first (keaprov retire SITE dhcp2; by hand, on dhcp2: systemctl "
        "disable --now kea-dhcp4)"
    )


@pytest.mark.parametrize(
    ("error", "more", "gone", "expected"),
    [
        (REFUSED, {}, True, "no kea-dhcp4 listens there. Keep it disabled"),
        (SILENT, {}, False, "but dhcp1 has heard it within max-response-delay. It may serve"),
        (SILENT, {"interrupted": True}, True, "for longer than max-response-delay (no answer"),
        (SILENT, {"state": State.PARTNER_DOWN}, True, "make sure that its kea-dhcp4 is disabled"),
    ],
)
def test_a_partner_that_does_not_answer(
    error: str, more: dict[str, Any], gone: bool, expected: str
) -> None:
    ((sentence, is_gone),) = words(
        ALONE, dhcp1=paired(Partner("dhcp2", "10.60.1.68", error), **more)
    )
    assert is_gone is gone
    assert expected in sentence


@pytest.mark.parametrize("error", ["", REFUSED, SILENT])
def test_the_servers_of_the_site_are_in_it(error: str) -> None:
    assert words(PAIR, dhcp1=paired(Partner("dhcp2", "10.60.1.68", error))) == []
    both = {
        "dhcp1": paired(Partner("dhcp2", "10.60.1.68", error)),
        "dhcp2": paired(Partner("dhcp1", "10.60.1.67", error), name="dhcp2"),
    }
    assert words(PAIR, **both) == []


@pytest.mark.parametrize(
    "observed",
    [
        {},
        {"dhcp1": server()},
        {"dhcp1": server(kea=kea(None))},
        {"dhcp1": paired(None)},
    ],
)
def test_a_server_without_a_partner(observed: dict[str, Observed]) -> None:
    assert words(ALONE, **observed) == []


def test_a_server_that_gets_another_name_is_known_by_its_address() -> None:
    assert words(PAIR, dhcp1=paired(Partner("kea-b", "10.60.1.68", ""))) == []


def test_a_server_that_gets_another_address_is_known_by_what_it_runs() -> None:
    before = Partner("dhcp2", "10.60.9.9", "")
    moved = paired(Partner("dhcp1", "10.60.1.67", ""), name="dhcp2")
    assert words(PAIR, dhcp1=paired(before), dhcp2=moved) == []
    down = server(kea=kea(None))
    assert words(PAIR, dhcp1=paired(replace(before, error=SILENT)), dhcp2=down) == []


def test_a_new_host_in_the_place_of_one_that_still_answers_is_refused() -> None:
    bare = server(kea=kea(None), packages={})
    for before in (Partner("dhcp9", "10.60.9.9", ""), Partner("dhcp2", "10.60.9.9", "")):
        ((sentence, gone),) = words(PAIR, dhcp1=paired(before), dhcp2=bare)
        assert not gone
        assert f"a pair with {before.name} (10.60.9.9), which is not in the site" in sentence


def view(observed: Observed) -> View:
    wanted = Wanted(REVISION, {}, {})
    return View(observed, wanted, need(observed, wanted, None))


def test_it_is_refused_before_a_step_is_taken_and_named_by_plan() -> None:
    views = {"dhcp1": view(paired(Partner("dhcp2", "10.60.1.68", "")))}
    (reason,) = reasons_of_pair(ALONE, views)
    assert "take it out of service first" in reason
    step = next_step(ALONE, views, Memory())
    assert (step.kind, step.reason, step.servers) == (Kind.REFUSE, reason, ("dhcp1",))
    needs = {"dhcp1": views["dhcp1"].need}
    named = situation(ALONE, {"dhcp1": views["dhcp1"].observed}, needs, "x")
    assert (named.situation, named.refused) == (Situation.LEFT_OUT, True)
    assert list(warnings_of_pair(ALONE, views)) == []


def test_one_that_is_gone_is_a_warning() -> None:
    views = {"dhcp1": view(paired(Partner("dhcp2", "10.60.1.68", REFUSED)))}
    assert list(reasons_of_pair(ALONE, views)) == []
    assert next_step(ALONE, views, Memory()).kind is not Kind.REFUSE
    (warning,) = warnings_of_pair(ALONE, views)
    assert warning.server == "dhcp1"


def test_the_partner_is_read_from_the_report() -> None:
    peers = [
        {"name": "dhcp1", "url": "http://10.60.1.67:8005/", "role": "primary"},
        {"name": "dhcp3", "url": "http://10.60.1.69:8005/", "role": "backup"},
        {"name": "dhcp2", "url": "http://10.60.1.68:8005/", "role": "standby"},
    ]
    running = {"version": "3.0.3", "revision": "x", "status": {}, "ha_peers": peers}
    report = {**running, "this_server": "dhcp1", "peer": {"state": "hot-standby", "error": ""}}
    read = from_report({"kea": report, "clock": time.time()}, time.time()).kea
    assert (read.this_server, read.partner) == ("dhcp1", Partner("dhcp2", "10.60.1.68", ""))
    report = {**report, "ha_peers": [], "this_server": ""}
    assert from_report({"kea": report, "clock": time.time()}, time.time()).kea.partner is None
