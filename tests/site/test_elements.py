"""Elements of long lists: each has its own problems, whatever elements of its shape had before."""

from __future__ import annotations

from typing import Any

from keaprov.errors import Problem
from keaprov.schema import dhcp4_problems
from keaprov.words import Suggestions

GOOD = {"id": 1, "subnet": "10.0.0.0/24", "comment": "x"}


def problems(**body: Any) -> list[Problem]:
    return list(dhcp4_problems(body, ("Dhcp4",)))


def shown(**body: Any) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(problem.code, problem.path[1:]) for problem in problems(**body)]


def test_a_key_whose_value_is_good_does_not_make_an_element_good() -> None:
    assert shown(subnet4=[GOOD, {"comment": "x"}]) == [("KP202", ("subnet4", 1, "subnet"))]


def test_each_element_has_its_own_value_in_its_problem() -> None:
    servers = ("10.0.0.1", "n1", "10.0.0.2", "n2")
    hosts = [{"hostname": "a", "next-server": server} for server in servers]
    assert [(problem.path[-2], problem.message) for problem in problems(reservations=hosts)] == [
        (1, '"n1" is not an IPv4 address'),
        (3, '"n2" is not an IPv4 address'),
    ]


def test_problems_of_keys_and_of_values_stand_beside_each_other() -> None:
    network = GOOD | {"client-class": "a", "client-classes": ["b", 1], "colour": "red"}
    network |= {"interface-id": "x", "pools": [{"pool": 7}], "renew-timer": "1"}
    again = [("subnet4", at) for at in range(2)]
    assert shown(subnet4=[network, network]) == [
        entry
        for at in again
        for entry in (
            ("KP201", (*at, "colour")),
            ("KP201", (*at, "interface-id")),
            ("KP206", (*at, "client-classes")),
            ("KP204", (*at, "client-classes", 1)),
            ("KP204", (*at, "pools", 0, "pool")),
            ("KP204", (*at, "renew-timer")),
        )
    ]


def test_an_element_that_is_no_map() -> None:
    assert shown(shared_networks=[]) == [("KP201", ("shared_networks",))]
    assert shown(**{"shared-networks": ["a", {"name": "b"}, None]}) == [
        ("KP204", ("shared-networks", 0)),
        ("KP204", ("shared-networks", 2)),
    ]


def test_keys_that_look_like_an_unknown_one_are_named_for_the_first_keys() -> None:
    """Each comparison takes a while, and nobody reads thousands of them."""
    rows = [{"hostname": "a", f"hostnam{number}": "b"} for number in range(Suggestions.MOST + 2)]
    hints = [problem.hint for problem in problems(reservations=rows)]
    assert set(hints[: Suggestions.MOST]) == {"Did you mean hostname?"}
    assert set(hints[Suggestions.MOST :]) == {"`keaprov schema dhcp4` lists all keys."}


def test_other_tools_words_and_old_keys_are_named_for_every_key() -> None:
    rows = [{f"k{number}": 1} for number in range(Suggestions.MOST)]
    rows += [{"mac": 1}, {"reservation-mode": 1}, {"routers": 1}]
    *_, mac, mode, routers = (problem.hint for problem in problems(reservations=rows))
    assert mac == "Did you mean hw-address?"
    assert mode.startswith("Kea 2.5.8 removed it")
    assert routers == "It is an option: write `option-data: {routers: …}`."
