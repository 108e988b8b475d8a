"""What counts as a difference between the leases of two servers."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.replication.leases import INFINITE, Lease, differing_leases
from tests.replication.world import FRESH, NOW, lease

HELD = "172.20.10.130"


def words(first: Lease | None, second: Lease | None) -> list[str]:
    held_first, held_second = ([held] if held else [] for held in (first, second))
    differing = differing_leases(held_first, held_second, NOW, FRESH)
    return [difference.words("dhcp1", "dhcp2") for difference in differing]


def test_a_lease_that_one_server_lacks_is_named_with_its_client() -> None:
    held = lease(HELD, client="01:02", cltt=NOW - 3000)
    expected = (
        "172.20.10.130 (subnet 10): dhcp2 lacks the lease that dhcp1 has: 02:00:00:00:00:01, "
        "client-id 01:02, until 2027-01-15 08:10:00Z"
    )
    assert words(held, None) == [expected]
    (other,) = words(None, held)
    assert "dhcp1 lacks the lease that dhcp2 has" in other


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"hardware": "02:00:00:00:00:02"}, "hw-address differ: dhcp1 has 02:00:00:00:00:01, "),
        ({"client": "01:02"}, "client-id differ: dhcp1 has 02:00:00:00:00:01, until"),
        ({"state": 1, "hardware": ""}, "hw-address, state differ: "),
        ({"state": 1, "hardware": ""}, "; dhcp2 has declined until 2027-01-15 08:50:00Z"),
        ({"lifetime": 7200}, "valid-lft differ: "),
        ({"lifetime": INFINITE}, "dhcp2 has 02:00:00:00:00:01, for ever"),
        ({"cltt": NOW - 900}, "cltt differ: "),
        ({"subnet": 60}, "subnet-id differ: "),
    ],
)
def test_leases_that_differ_are_named_with_what_differs(
    changes: dict[str, Any], expected: str
) -> None:
    (sentence,) = words(lease(HELD), lease(HELD, **changes))
    assert sentence.startswith("172.20.10.130 (subnet 10): ")
    assert expected in sentence


@pytest.mark.parametrize(
    "other",
    [
        lease(HELD, state=2),
        lease(HELD, state=3),
        lease(HELD, cltt=NOW - 3600),
        lease(HELD, lifetime=0),
        None,
    ],
)
def test_a_lease_that_is_over_is_like_none(other: Lease | None) -> None:
    assert words(lease(HELD, cltt=NOW - 3601), other) == []
    assert len(words(lease(HELD), other)) == 1


def test_a_lease_that_was_just_given_is_no_difference_yet() -> None:
    assert words(lease(HELD, cltt=NOW - 4), None) == []
    assert words(lease(HELD), lease(HELD, cltt=NOW + 1)) == []
    assert len(words(lease(HELD, cltt=NOW - 5), None)) == 1
