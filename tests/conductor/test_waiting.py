"""How long a server may take to come up: it grows with what Kea has to load."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keaprov.conductor.waiting import MIB, patience_of
from keaprov.ha.plan import Wanted
from keaprov.model import Failover
from tests.conductor.hosts import UNTOUCHED, each
from tests.conductor.world import SITE, views


@pytest.mark.parametrize(
    ("leases", "text", "delay", "expected"),
    [
        (0, 0, None, 60.0),
        (0, 0, 60_000, 180.0),
        (0, 0, 10_000, 80.0),
        (100 * MIB, 0, None, 460.0),
        (0, 10 * MIB, None, 80.0),
        (3 * MIB, 2 * MIB, 500, 77.0),
    ],
)
def test_the_wait_grows_with_leases_configuration_and_delay(
    leases: int, text: int, delay: int | None, expected: float
) -> None:
    failover = None if delay is None else Failover(max_response_delay=delay)
    wanted = Wanted("new", {"/a": "x" * text, "/b": ""}, {})
    by_name = {
        name: replace(view, wanted=wanted)
        for name, view in each(views(UNTOUCHED), lease_bytes=leases).items()
    }
    site = replace(SITE, failover=failover)
    assert patience_of(site, by_name) == expected
    smaller = each(by_name, lease_bytes=0)["dhcp1"]
    assert patience_of(site, {**by_name, "dhcp1": smaller}) == expected, "the slower one counts"


def test_a_server_of_which_nothing_is_known_has_the_least_time() -> None:
    assert patience_of(replace(SITE, failover=None), {}) == 60.0
