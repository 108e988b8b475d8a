"""Which commands make a running configuration the wanted one, or why a restart does."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from keaprov.ha.commands import as_commanded, undo
from keaprov.ha.live import MOST, Live, live

HOST = {"hw-address": "00:11:22:33:44:55", "ip-address": "10.1.0.5"}
BODY: dict[str, Any] = {
    "valid-lifetime": 600,
    "user-context": {"keaprov": {"site": "s", "revision": "1"}},
    "client-classes": [{"name": "a", "test": "member('KNOWN')"}, {"name": "b"}],
    "subnet4": [
        {"id": 1, "subnet": "10.1.0.0/24", "reservations": [HOST]},
        {"id": 2, "subnet": "10.2.0.0/24"},
    ],
    "shared-networks": [{"name": "n", "subnet4": [{"id": 3, "subnet": "10.3.0.0/24"}]}],
}


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    body = deepcopy(BODY)
    change(body)
    return body


def names(change: Callable[[dict[str, Any]], object]) -> list[str]:
    """Return the names of the commands that a change takes."""
    way = live(BODY, changed(change))
    assert isinstance(way, Live), way
    return [step.do["command"] for step in (*way.grow, *way.shrink)]


@pytest.mark.parametrize(
    ("change", "commands"),
    [
        (lambda b: None, []),
        (lambda b: b["user-context"].update(keaprov={"revision": "2"}), []),
        (lambda b: b["subnet4"].append({"id": 9, "subnet": "10.9.0.0/24"}), ["subnet4-add"]),
        (
            lambda b: b["subnet4"].append(
                {"id": 9, "subnet": "10.9.0.0/24", "reservations": [{"duid": "01:02"}]}
            ),
            ["subnet4-add", "reservation-add"],
        ),
        (lambda b: b["subnet4"].pop(), ["subnet4-del"]),
        (lambda b: b["subnet4"][0].update({"valid-lifetime": 5}), ["subnet4-update"]),
        (lambda b: b["subnet4"][0].pop("reservations"), ["reservation-del"]),
        (
            lambda b: b["subnet4"][0].update(reservations=[{**HOST, "hostname": "x"}]),
            ["reservation-update"],
        ),
        (
            lambda b: b["subnet4"][0].update(
                reservations=[{**HOST, "hw-address": "00:11:22:33:44:66"}]
            ),
            ["reservation-del", "reservation-add"],
        ),
        (lambda b: b.update(reservations=[{"duid": "01:02"}]), ["reservation-add"]),
        (
            lambda b: b["shared-networks"][0]["subnet4"].append({"id": 9, "subnet": "10.9.0.0/24"}),
            ["subnet4-add", "network4-subnet-add"],
        ),
        (
            lambda b: b["shared-networks"].append(
                {"name": "m", "subnet4": [{"id": 9, "subnet": "10.9.0.0/24"}]}
            ),
            ["network4-add", "subnet4-add", "network4-subnet-add"],
        ),
        (lambda b: b["shared-networks"].clear(), ["subnet4-del", "network4-del"]),
        (lambda b: b["client-classes"].append({"name": "c"}), ["class-add"]),
        (lambda b: b["client-classes"][1].update(test="1 == 1"), ["class-update"]),
        (lambda b: b["client-classes"].pop(0), ["class-del"]),
    ],
)
def test_commands(change: Callable[[dict[str, Any]], object], commands: list[str]) -> None:
    assert names(change) == commands


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda b: b.update({"valid-lifetime": 5}), "valid-lifetime: Kea has no command"),
        (lambda b: b.update({"option-data": []}), "option-data: Kea has no command"),
        (lambda b: b["user-context"].update(mine=1), "user-context: Kea has no command"),
        (lambda b: b["subnet4"][0].update(subnet="10.8.0.0/24"), "another prefix"),
        (lambda b: b["subnet4"][0].update(id=8), "gets the id 8, and its leases keep the old"),
        (lambda b: b["client-classes"].reverse(), "order"),
        (lambda b: b["client-classes"].insert(0, {"name": "c"}), "order"),
        (lambda b: b["client-classes"][0].update({"offer-lifetime": 5}), "offer-lifetime"),
        (lambda b: b["shared-networks"][0].update({"renew-timer": 5}), "shared network n"),
        (lambda b: b["subnet4"].append(b["shared-networks"][0]["subnet4"].pop()), "moves"),
        (
            lambda b: b.update(reservations=[{"duid": f"01:{n:04x}"} for n in range(MOST + 1)]),
            "a restart is quicker",
        ),
    ],
)
def test_what_goes_by_turns(change: Callable[[dict[str, Any]], object], reason: str) -> None:
    assert reason in str(live(BODY, changed(change)))


def test_what_shrinks_comes_apart_from_what_grows_and_all_of_it_has_its_way_back() -> None:
    def change(body: dict[str, Any]) -> None:
        body["subnet4"].pop()
        body["subnet4"].append({"id": 9, "subnet": "10.9.0.0/24"})

    way = live(BODY, changed(change))
    assert isinstance(way, Live)
    assert [step.do["command"] for step in way.grow] == ["subnet4-add"]
    assert [step.do["command"] for step in way.shrink] == ["subnet4-del"]
    assert way.words == "add subnet 9 (10.9.0.0/24), remove subnet 2 (10.2.0.0/24)"
    assert [command["command"] for command in undo(way.grow)] == ["subnet4-del"]
    assert undo(way.shrink)[0]["arguments"]["subnet4"] == [BODY["subnet4"][1]]


def test_a_removed_subnet_goes_live_whatever_the_number_of_commands() -> None:
    def change(body: dict[str, Any]) -> None:
        body["subnet4"].pop()
        body.update(reservations=[{"duid": f"01:{n:04x}"} for n in range(MOST + 1)])

    assert isinstance(live(BODY, changed(change)), Live)


def test_a_comment_is_sent_in_the_user_context() -> None:
    """Kea's commands refuse a comment, or lose it."""
    assert as_commanded({"id": 1, "comment": "x"}) == {"id": 1, "user-context": {"comment": "x"}}
    kept = {"comment": "x", "user-context": {"a": 1}}
    assert as_commanded([kept]) == [{"user-context": {"a": 1, "comment": "x"}}]
