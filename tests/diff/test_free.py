"""Lists in maps with any keys are not Kea's lists of these names."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.diff import Difference, differences

OPTION = {"name": "routers", "data": "10.0.0.1"}


@pytest.mark.parametrize("free", [{"option-data": [OPTION]}, {"pools": [{"pool": "a"}, {}]}])
def test_a_free_map_is_compared_as_it_is(free: Any) -> None:
    for body in (
        {"user-context": free},
        {"hooks-libraries": [{"library": "a", "parameters": free}]},
    ):
        assert list(differences(body, body)) == []


def test_a_list_of_a_user_context_differs_as_a_whole() -> None:
    first, other = [OPTION, {}], [{}, OPTION]
    wanted, running = ({"user-context": {"option-data": value}} for value in (first, other))
    difference = Difference(("user-context", "option-data"), first, other)
    assert list(differences(wanted, running)) == [difference]
