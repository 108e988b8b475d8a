"""A pair's health in words, and what is not fine about it."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from keaprov import load_site
from keaprov.cli.status import lines
from keaprov.ha.states import State
from keaprov.health import MEANINGS, Health, health
from keaprov.page import page
from tests.ha.seen import DOWN, UP, ha, kea, server

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
    assert "do:" not in text


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
    assert not found(drift={"dhcp1": ("its file is not the site's",)}).healthy
    told = found(unreachable={"dhcp2": "no route"})
    assert "dhcp2  cannot be looked at: no route" in "\n".join(lines(told, explain=False))
    assert not health(SITE, {}, {}, {}, {"dhcp1": "x", "dhcp2": "y"}).healthy


def test_every_state_that_is_not_fine_says_what_to_do() -> None:
    for meaning in MEANINGS.values():
        assert meaning.words
        assert meaning.next
        assert meaning.do


def test_the_page_is_whole_and_needs_no_network() -> None:
    told = replace(found(drift={"dhcp1": ("<script>",)}), unreachable={"dhcp9": "no <route>"})
    text = page(told, {"silence": 1.25, "lost": 0, "timeline": [{"at": 0.5, "words": "a & b"}]})
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
    assert "1.2 s without an offer" in words
    assert "a & b" in words
    assert 'style="width: 50.0%"' in text
    assert "://" not in text
