"""A pair's health in words, and what is not fine about it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from keaprov import load_site, paths
from keaprov.cli.status import all_lines, lines
from keaprov.drill import Drilled, Event
from keaprov.ha.observed import File, Running
from keaprov.ha.states import State
from keaprov.health import Health, health
from keaprov.health.meanings import (
    ALONE,
    FOREIGN,
    HOT_STANDBY,
    MEANINGS,
    MUTE,
    NO_HA,
    SPLIT_BRAIN,
)
from keaprov.page import page
from tests.ha.seen import DOWN, REVISION, UP, ha, kea, server

SITE = load_site(Path(__file__).parents[1] / "inventories/lab/site.yaml")
ROWS = {
    "result-set": {
        "columns": ["subnet-id", "total-addresses", "assigned-addresses"],
        "rows": [[10, 124, 62], [60, 100, 0]],
    }
}
SERVES = kea(relationship=replace(ha(), scopes=("dhcp1",)))


def found(a: dict[str, Any] | None = None, b: dict[str, Any] | None = None, **more: Any) -> Health:
    seen = {"dhcp1": server(**{"kea": SERVES, **(a or {})}), "dhcp2": server(**(b or {}))}
    return health(SITE, seen, more.get("drift", {}), {"dhcp1": ROWS}, more.get("unreachable", {}))


def state(which: State, **more: Any) -> dict[str, Any]:
    return {"kea": kea(relationship=replace(ha(which), **more))}


def test_a_healthy_pair() -> None:
    told = found()
    assert told.healthy
    text = "\n".join(lines(told, explain=True))
    assert text.startswith("labo: healthy\n")
    assert "dhcp1  primary, hot-standby: serves" in text
    assert "stands by (empty scopes: as it should be)" in text
    assert "172.20.10.0/24  ##########..........  62/124  User" in text
    assert told.leases == 62
    assert "unknown, last changed" not in text
    after = "for max-response-delay (10 s)"
    assert (
        f"next: It answers every client; its standby takes over when it is silent {after}" in text
    )
    assert f"takes over when its primary is silent {after}" in text
    assert "do: Nothing" in text
    assert list(told.all_troubles()) == []


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ({}, {"kea": kea(None), "units": {"kea-dhcp4": DOWN}}, "kea-dhcp4 does not run"),
        (state(State.PARTNER_DOWN), state(State.PARTNER_DOWN), "split brain: both serve"),
        ({}, state(State.SYNCING), "fetching its peer's leases"),
        (state(State.TERMINATED), {}, "leases part ways"),
        ({}, state(State.HOT_STANDBY, scopes=("dhcp1",)), "somebody has given it scopes"),
        ({}, state(State.HOT_STANDBY, in_touch=False), "does not hear its peer"),
        ({}, state(State.HOT_STANDBY, age=30), "last heartbeat is 30 s old"),
        ({}, state(State.HOT_STANDBY, skew=-40), "clock is -40 s away"),
        ({}, {"kea": kea(None)}, "kea-dhcp4 runs, but does not answer on its control socket"),
        ({"kea": Running("3.0.3", REVISION, None, None)}, {}, "its HA hook is not loaded"),
        ({}, state(State.LOAD_BALANCING), "in a state that no hot-standby pair has"),
        ({}, {"ahead": -0.04, "kea": kea(None)}, "clock +0.0 s"),
        ({}, {"ahead": 5.0}, "the clocks are 5.0 s apart"),
        ({}, {"packages": {"isc-kea-dhcp4": "3.0.2"}}, "Kea's versions differ"),
        ({}, {"units": {"kea-dhcp4": UP, "kea-ctrl-agent": DOWN}}, "kea-ctrl-agent is inactive"),
    ],
)
def test_what_is_not_fine(a: dict[str, Any], b: dict[str, Any], said: str) -> None:
    told = found(a, b)
    assert not told.healthy
    text = "\n".join(lines(told, explain=True))
    assert "NOT HEALTHY" in text
    assert said in text


def test_drift_and_servers_that_cannot_be_looked_at() -> None:
    told = found(drift={"dhcp1": ("its file is not the site's",)})
    assert not told.healthy
    assert list(told.all_troubles()) == ["dhcp1: drift: its file is not the site's"]
    text = "\n".join(lines(told, explain=False))
    assert text.count("drifted from its site") == text.count("no drift") == 1
    told = found(unreachable={"dhcp2": "no route"})
    assert "dhcp2  cannot be looked at: no route" in "\n".join(lines(told, explain=False))
    assert not health(SITE, {}, {}, {}, {"dhcp1": "x", "dhcp2": "y"}).healthy


def test_when_it_was_started_and_last_changed() -> None:
    conf = File("640", "root", "kea", 86400.0)
    text = "\n".join(lines(found({"files": {paths.DHCP4_CONF: conf}}), explain=False))
    assert "unit active, since 1970-01-01 00:16:40Z" in text
    assert f"revision {REVISION}, last changed 1970-01-02 00:00:00Z, no drift" in text


def test_several_sites_end_in_one_line_about_all() -> None:
    well, sick = found(), replace(found(drift={"dhcp1": ("x",)}), site="branch")
    text = "\n".join(all_lines([well, sick], explain=False))
    assert text.startswith("labo: healthy\n")
    assert "\n\nbranch: NOT HEALTHY\n" in text
    assert text.endswith("\n\n2 sites, not healthy: branch")
    assert "\n".join(all_lines([well, well], explain=False)).endswith("2 sites, all healthy")
    assert "<title>2 sites, 1 not healthy</title>" in page([well, sick])


def test_a_drill_survives_its_json() -> None:
    drill = Drilled("labo", 0.5, [Event(0.5, "a & b")], silence=None, lost=1, failed="x")
    assert Drilled.from_json(json.loads(json.dumps(asdict(drill)))) == drill


def test_every_state_that_is_not_fine_says_what_to_do() -> None:
    for meaning in (
        *MEANINGS.values(),
        *HOT_STANDBY.values(),
        SPLIT_BRAIN,
        MUTE,
        ALONE,
        NO_HA,
        FOREIGN,
    ):
        assert meaning.words
        assert meaning.next
        assert meaning.do


def test_a_standalone_server() -> None:
    site = replace(SITE, servers=SITE.servers[:1], failover=None)
    alone = server(kea=Running("3.0.3", REVISION, None, None))
    told = health(site, {"dhcp1": alone}, {}, {}, {})
    assert told.healthy
    text = "\n".join(lines(told, explain=True))
    assert "dhcp1  standalone: serves" in text
    assert "the site has no second server" in text
    assert "172.20.10.0/24  ....................  no figures  User" in text


def test_the_page_is_whole_and_needs_no_network() -> None:
    told = replace(found(drift={"dhcp1": ("<script>",)}), unreachable={"dhcp9": "no <route>"})
    drill = Drilled("labo", 0.5, [Event(0.5, "a & b")], silence=1.25)
    text = page([told], {"labo": drill})
    seen, opened = [], []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attributes: Any) -> None:
            assert not {"src", "href"} & {name for name, _ in attributes}
            if tag not in ("meta",):
                opened.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

        def handle_data(self, data: str) -> None:
            seen.append(data)

    reader = Reader()
    reader.feed(text)
    reader.close()
    assert opened == []
    words = " ".join(seen)
    assert "labo:" in words
    assert "not healthy" in words
    assert "drift: <script>" in words
    assert "cannot be looked at: no <route>" in words
    assert "62/124" in words
    assert "Last drill, 1970-01-01 00:00:00Z: 1.2 s without an offer at the longest, 0 " in words
    assert "a & b" in words
    assert 'style="width: 50.0%"' in text
    assert "://" not in text
