"""Each step of a live change, whole: the command, the commands that undo it, and its words."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from keaprov.ha.live import Live, live, renumber_steps

HOST = {"hw-address": "00:11:22:33:44:55", "ip-address": "10.1.0.5"}
CLASS = {"name": "a", "test": "member('KNOWN')"}
SUBNET = {"id": 3, "subnet": "10.3.0.0/24"}
WITHOUT: dict[str, Any] = {
    "client-classes": [],
    "subnet4": [{"id": 1, "subnet": "10.1.0.0/24"}],
    "shared-networks": [],
}


def body(**changes: Any) -> dict[str, Any]:
    """Return a configuration with these changes."""
    return {**deepcopy(WITHOUT), **changes}


def command(name: str, /, **arguments: Any) -> dict[str, Any]:
    """Return a command, with - for _ in its arguments' names."""
    return {
        "command": name,
        "arguments": {key.replace("_", "-"): value for key, value in arguments.items()},
    }


def steps(running: Any, wanted: Any) -> list[tuple[Any, list[Any], str]]:
    """Return each step as its command, what undoes it, and its words."""
    way = live(running, wanted)
    assert isinstance(way, Live), way
    return [(step.do, list(step.undo), step.words) for step in (*way.grow, *way.shrink)]


def reservation(name: str, **changes: Any) -> dict[str, Any]:
    """Return a command that adds or updates the reservation of the subnet 1."""
    there = {**HOST, **changes, "subnet-id": 1}
    return command(f"reservation-{name}", reservation=there, operation_target="memory")


NO_HOST = command(
    "reservation-del",
    subnet_id=1,
    identifier_type="hw-address",
    identifier=HOST["hw-address"],
    operation_target="memory",
)
WITH_HOST = body(subnet4=[{"id": 1, "subnet": "10.1.0.0/24", "reservations": [HOST]}])
RENAMED = body(
    subnet4=[{"id": 1, "subnet": "10.1.0.0/24", "reservations": [{**HOST, "hostname": "x"}]}]
)
LONGER = {"id": 1, "subnet": "10.1.0.0/24", "valid-lifetime": 9}
WORDS = "00:11:22:33:44:55"


@pytest.mark.parametrize(
    ("running", "wanted", "there", "back", "what"),
    [
        (
            body(),
            body(**{"client-classes": [CLASS]}),
            command("class-add", client_classes=[CLASS]),
            command("class-del", name="a"),
            "class a",
        ),
        (
            body(),
            WITH_HOST,
            reservation("add"),
            NO_HOST,
            f"reservation {WORDS}",
        ),
        (
            body(),
            body(subnet4=[*WITHOUT["subnet4"], SUBNET]),
            command("subnet4-add", subnet4=[SUBNET]),
            command("subnet4-del", id=3),
            "subnet 3 (10.3.0.0/24)",
        ),
        (
            body(),
            body(**{"shared-networks": [{"name": "n"}]}),
            command("network4-add", shared_networks=[{"name": "n"}]),
            command("network4-del", name="n", subnets_action="keep"),
            "shared network n",
        ),
    ],
    ids=["a class", "a reservation", "a subnet", "a shared network"],
)
def test_what_is_added_and_what_is_removed_undo_each_other(
    running: Any, wanted: Any, there: Any, back: Any, what: str
) -> None:
    assert steps(running, wanted) == [(there, [back], f"add {what}")]
    assert steps(wanted, running) == [(back, [there], f"remove {what}")]


def test_a_change_is_undone_by_what_ran() -> None:
    other = {**CLASS, "test": "1 == 1"}
    before, after = (body(**{"client-classes": [value]}) for value in (CLASS, other))
    assert steps(before, after) == [
        (
            command("class-update", client_classes=[other]),
            [command("class-update", client_classes=[CLASS])],
            "change class a",
        )
    ]
    assert steps(body(), body(subnet4=[LONGER])) == [
        (
            command("subnet4-update", subnet4=[LONGER]),
            [command("subnet4-update", subnet4=WITHOUT["subnet4"])],
            "change subnet 1 (10.1.0.0/24)",
        )
    ]
    assert steps(WITH_HOST, RENAMED) == [
        (
            reservation("update", hostname="x"),
            [reservation("update")],
            f"change reservation {WORDS}",
        )
    ]


def test_a_subnet_of_a_shared_network_is_undone_with_its_place_and_reservations() -> None:
    here = {**SUBNET, "reservations": [HOST]}
    wanted = body(**{"shared-networks": [{"name": "n", "subnet4": [here]}]})
    running = body(**{"shared-networks": [{"name": "n"}]})
    add = command("subnet4-add", subnet4=[SUBNET])
    place = command("network4-subnet-add", name="n", id=3)
    host = command(
        "reservation-add", reservation={**HOST, "subnet-id": 3}, operation_target="memory"
    )
    remove = command("subnet4-del", id=3)
    assert steps(running, wanted) == [
        (add, [remove], "add subnet 3 (10.3.0.0/24)"),
        (place, [], ""),
        (host, [], ""),
    ]
    assert steps(wanted, running) == [(remove, [add, place, host], "remove subnet 3 (10.3.0.0/24)")]


def test_another_id_is_undone_by_the_old_one() -> None:
    wanted = body(subnet4=[{"id": 2, "subnet": "10.1.0.0/24"}])
    removal, adding = renumber_steps(body(), wanted)
    new = command("subnet4-add", subnet4=wanted["subnet4"])
    old = command("subnet4-add", subnet4=WITHOUT["subnet4"])
    assert (removal.do, removal.undo) == (command("subnet4-del", id=1), (old,))
    assert (adding.do, adding.undo) == (new, (command("subnet4-del", id=2),))
    assert (removal.words, adding.words) == ("", "subnet 1 (10.1.0.0/24) gets the id 2")


def test_a_class_that_keas_commands_do_not_know_may_stay_as_it_is() -> None:
    offers = {**CLASS, "offer-lifetime": 5}
    same = body(**{"client-classes": [offers]})
    assert steps(same, body(**{"client-classes": [offers]})) == []
    assert "offer-lifetime" in str(live(same, body(**{"client-classes": [CLASS]})))
