"""Equal reservations are set aside; whatever differs, or may differ, is compared in full."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.diff import differences
from keaprov.diff.reservations import without_equal_reservations

FIRST = {"hw-address": "02:00:00:00:00:01", "ip-address": "10.1.0.5"}
FILLED = {"hostname": "", "client-classes": [], "option-data": [], "next-server": "0.0.0.0"}
DEFAULTS = {"next-server": "0.0.0.0"}


def body(*reservations: dict[str, Any], at_large: tuple[dict[str, Any], ...] = ()) -> Any:
    subnet = {"id": 1, "subnet": "10.1.0.0/24", "reservations": list(reservations)}
    network = {"name": "n", "subnet4": [{"id": 2, "subnet": "10.2.0.0/24", "reservations": []}]}
    return {"subnet4": [subnet], "shared-networks": [network], "reservations": list(at_large)}


def left(wanted: Any, running: Any) -> list[int]:
    """Return how many reservations of a subnet are compared in full, on each side."""
    bodies = without_equal_reservations(wanted, running, DEFAULTS)
    return [len(side["subnet4"][0]["reservations"]) for side in bodies]


def test_what_kea_fills_in_makes_no_difference() -> None:
    assert left(body(FIRST), body({**FIRST, **FILLED})) == [0, 0]
    wanted = body(FIRST, at_large=(FIRST,))
    bodies = without_equal_reservations(wanted, wanted, DEFAULTS)
    assert [side["reservations"] for side in bodies] == [[], []]
    assert wanted == body(FIRST, at_large=(FIRST,)), "what was given stays as it was"


@pytest.mark.parametrize(
    "other",
    [
        {**FIRST, "ip-address": "10.1.0.6"},
        {**FIRST, "hostname": "a"},
        {**FIRST, "user-context": {"a": 1}},
        {**FIRST, "comment": "a"},
        {**FIRST, "next-server": "10.0.0.1"},
        {"duid": "01:02", "ip-address": "10.1.0.5"},
    ],
)
def test_what_differs_is_compared(other: dict[str, Any]) -> None:
    assert left(body(FIRST), body(other)) == [1, 1]
    assert left(body(other), body(FIRST)) == [1, 1]


def test_a_client_with_two_reservations_is_compared() -> None:
    second = {**FIRST, "ip-address": "10.1.0.6"}
    assert left(body(FIRST, second), body(FIRST, second)) == [2, 2]


def test_another_spelling_is_compared_and_is_the_same() -> None:
    spelled = {**FIRST, "hw-address": "02-00-00-00-00-01"}
    assert left(body(spelled), body(FIRST)) == [1, 1]
    assert list(differences(body(spelled), body({**FIRST, **FILLED}))) == []


def test_one_that_is_missing_is_a_difference() -> None:
    (difference,) = differences(body(FIRST), body())
    assert "reservations" in difference.path
    (difference,) = differences(body(), body({**FIRST, **FILLED}))
    assert "reservations" in difference.path
