"""Which subnets get another id, by which commands, and why their leases may have to stay behind."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from keaprov.ha.commands import Command
from keaprov.ha.live import Live, live, removal_steps, renumber_steps
from keaprov.ha.renumbering import cut, removed, renumbered, renumbering, with_ids
from keaprov.model.names import LEASE_CMDS, LIVE_CMDS

HOOKS = [{"library": name} for name in (LEASE_CMDS, *LIVE_CMDS)]
HOST = {"hw-address": "00:11:22:33:44:55", "ip-address": "10.1.0.5"}
BODY: dict[str, Any] = {
    "hooks-libraries": HOOKS,
    "sanity-checks": {"lease-checks": "fix"},
    "subnet4": [
        {"id": 1, "subnet": "10.1.0.0/24", "reservations": [HOST]},
        {"id": 2, "subnet": "10.2.0.0/24"},
    ],
    "shared-networks": [{"name": "n", "subnet4": [{"id": 3, "subnet": "10.3.0.0/24"}]}],
}


def body(*ids: int, **more: Any) -> dict[str, Any]:
    """Return `BODY` with other ids, in the order of its subnets, and other keys."""
    made = deepcopy(BODY) | more
    subnets = [*made["subnet4"], *made["shared-networks"][0]["subnet4"]]
    for subnet, number in zip(subnets, ids, strict=False):
        subnet["id"] = number
    return made


def commands(steps: tuple[Command, ...]) -> list[tuple[str, int | None]]:
    """Return each command with the subnet's id that it names."""
    made = []
    for step in steps:
        arguments = step.do["arguments"]
        given = arguments.get("subnet4") or [arguments]
        reservation = arguments.get("reservation", {})
        number = given[0].get("id", reservation.get("subnet-id"))
        made.append((step.do["command"], number))
    return made


def test_equal_ids_are_no_change() -> None:
    assert renumbering(BODY, body()) is None
    assert renumber_steps(BODY, body()) == ()


def test_a_subnet_is_known_by_its_prefix() -> None:
    changed = renumbering(BODY, body(7, 2, 8))
    assert changed
    assert dict(changed.ids) == {1: 7, 3: 8}
    assert (changed.obstacle, str(changed.prefixes[1])) == ("", "10.1.0.0/24")
    assert changed.words == (
        "subnet 1 (10.1.0.0/24) gets the id 7, subnet 3 (10.3.0.0/24) gets the id 8"
    )


def test_all_go_before_one_comes_and_each_step_has_its_way_back() -> None:
    steps = renumber_steps(BODY, body(2, 1))
    assert commands(steps) == [
        ("subnet4-del", 1),
        ("subnet4-del", 2),
        ("subnet4-add", 2),
        ("reservation-add", 2),
        ("subnet4-add", 1),
    ]
    undo = [[command["command"] for command in step.undo] for step in steps]
    assert undo[:3] == [["subnet4-add", "reservation-add"], ["subnet4-add"], ["subnet4-del"]]


def test_a_subnet_that_goes_frees_its_id() -> None:
    wanted = body(2)
    del wanted["subnet4"][1]
    assert removed(BODY, wanted) == (2,)
    assert commands(renumber_steps(BODY, wanted)) == [
        ("subnet4-del", 2),
        ("subnet4-del", 1),
        ("subnet4-add", 2),
        ("reservation-add", 2),
    ]
    assert [subnet["id"] for subnet in renumbered(BODY, wanted)["subnet4"]] == [2]
    assert commands(removal_steps(BODY, wanted)) == [("subnet4-del", 2)]


def test_a_shared_network_takes_its_subnet_again() -> None:
    steps = renumber_steps(BODY, body(1, 2, 9))
    assert commands(steps) == [("subnet4-del", 3), ("subnet4-add", 9), ("network4-subnet-add", 9)]


def test_alone_it_goes_by_commands_with_other_changes_it_does_not() -> None:
    way = live(BODY, body(7))
    assert isinstance(way, Live)
    assert (way.grow, way.shrink) == ((), ())
    assert way.words == "subnet 1 (10.1.0.0/24) gets the id 7"
    mixed = body(7)
    mixed["subnet4"][1]["valid-lifetime"] = 600
    assert "together with other changes" in str(live(BODY, mixed))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"hooks-libraries": HOOKS[1:]}, "without the hooks for Kea's commands"),
        ({"lease-database": {"type": "mysql"}}, "the leases are in a database (mysql)"),
        ({"sanity-checks": {"lease-checks": "warn"}}, "lease-checks: warn"),
        ({"sanity-checks": {}}, "lease-checks: warn"),
    ],
)
def test_obstacles(more: dict[str, Any], reason: str) -> None:
    changed = renumbering(BODY | more, body(7, **more))
    assert changed
    assert reason in changed.obstacle
    assert "its leases keep the old one" in str(live(BODY | more, body(7, **more)))


def test_ids_there_and_back() -> None:
    there = with_ids(BODY, {1: 2, 2: 1, 3: 9})
    assert [subnet["id"] for subnet in there["subnet4"]] == [2, 1]
    assert there["shared-networks"][0]["subnet4"][0]["id"] == 9
    assert with_ids(there, {2: 1, 1: 2, 9: 3}) == BODY


def resized(prefix: str, **more: Any) -> dict[str, Any]:
    """Return `BODY` with another prefix of subnet 1."""
    made = body()
    made["subnet4"][0] = {**made["subnet4"][0], "subnet": prefix, **more}
    return made


POOL = {"pools": [{"pool": "10.1.0.100 - 10.1.0.200"}], "reservations": []}


@pytest.mark.parametrize(
    ("running", "prefix", "gone", "smaller"),
    [
        (POOL, "10.1.0.0/23", (), ()),
        (POOL, "10.1.0.0/25", (), (1,)),
        (POOL, "10.9.0.0/24", (1,), ()),
        ({"pools": [{"pool": "10.1.0.0/26"}], "reservations": []}, "10.1.0.0/25", (), ()),
        ({"pools": [{"pool": "10.1.0.64/26"}], "reservations": []}, "10.1.0.0/26", (), (1,)),
        ({"reservations": [{**HOST, "ip-address": "10.1.0.200"}]}, "10.1.0.0/25", (), (1,)),
    ],
)
def test_a_subnet_with_another_prefix(
    running: dict[str, Any], prefix: str, gone: tuple[int, ...], smaller: tuple[int, ...]
) -> None:
    before, after = resized("10.1.0.0/24", **running), resized(prefix, **running)
    assert (removed(before, after), cut(before, after)) == (gone, smaller)
    assert renumbering(before, after) is None
    assert "another prefix" in str(live(before, after))


def test_a_renumbered_subnet_beside_one_that_grows() -> None:
    wanted = resized("10.1.0.0/23")
    wanted["subnet4"][1]["id"] = 7
    assert [subnet["id"] for subnet in renumbered(BODY, wanted)["subnet4"]] == [1, 7]
    assert commands(renumber_steps(BODY, wanted)) == [("subnet4-del", 2), ("subnet4-add", 7)]
