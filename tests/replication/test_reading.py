"""Two servers' leases compared by the real host program: exactly the differing ones are named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from keaprov import load_site
from keaprov.errors import Unreachable
from keaprov.replication import Lease, LeaseDifference, compare_leases, fresh_seconds, reading
from keaprov.replication.reading import END, EVERYTHING, Ranges
from tests.deploying import LAB
from tests.replication.world import FRESH, NOW, Server, address, lease

ADDRESSES = some.one_of(
    some.integers(address("10.0.0.250"), address("10.0.1.5")),
    some.integers(1, END - 1),  # Kea's first page begins after 0.0.0.0
)
LEASES = some.builds(
    Lease,
    ADDRESSES,
    some.sampled_from((10, 60)),
    some.sampled_from(("02:00:00:00:00:01", "02:00:00:00:00:02", "")),
    some.sampled_from(("", "01:02")),
    some.sampled_from((0, 0, 0, 1, 2, 3)),
    some.sampled_from((600, 3600, 0, 0xFFFFFFFF)),
    some.sampled_from((NOW - 4000, NOW - 700, NOW - 50, NOW - 2)),
)
TABLES = some.lists(LEASES, max_size=30, unique_by=lambda held: held.address)


def compared(
    first: list[Lease], second: list[Lease], ranges: Ranges = EVERYTHING
) -> list[LeaseDifference]:
    return list(compare_leases(Server("a", first), Server("b", second), FRESH, ranges))


def expected(first: list[Lease], second: list[Lease]) -> dict[int, tuple[object, object]]:
    """Return the differences by the simplest code."""
    first_by_address, second_by_address = (
        {held.address: held for held in table} for table in (first, second)
    )
    differing: dict[int, tuple[object, object]] = {}
    for number in {*first_by_address, *second_by_address}:
        pair = first_by_address.get(number), second_by_address.get(number)
        if any(held and held.cltt >= NOW - FRESH for held in pair):
            continue
        first_lease, second_lease = (
            held if held and held.state < 2 and (held.expires > NOW) else None for held in pair
        )
        if first_lease != second_lease:
            differing[number] = (first_lease, second_lease)
    return differing


@settings(max_examples=200)
@given(shared=TABLES, first=TABLES, second=TABLES, part=some.integers(1, 20))
def test_exactly_the_differing_leases_are_named(
    shared: list[Lease], first: list[Lease], second: list[Lease], part: int
) -> None:
    first_table, second_table = (
        list({held.address: held for held in (*shared, *own)}.values()) for own in (first, second)
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(reading, "PART", part)
        differing = compared(first_table, second_table)
    assert {
        difference.lease.address: (difference.first, difference.second) for difference in differing
    } == expected(first_table, second_table)
    assert [difference.lease.address for difference in differing] == sorted(
        expected(first_table, second_table)
    )


def test_equal_servers_send_some_bytes_for_each_block_and_no_lease() -> None:
    held = [lease(f"10.0.{third}.{last}") for third in range(40) for last in range(250)]
    first, second = Server("a", held), Server("b", held)
    assert list(compare_leases(first, second, FRESH)) == []
    assert (len(first.sent), first.pages) == (1, 11)
    assert sum(map(len, first.sent)) < 40 * 60
    assert "packed" not in "".join(first.sent)


def test_only_blocks_that_differ_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PART", 2000)
    held = [lease(f"10.0.{third}.{last}") for third in range(40) for last in range(250)]
    first, second = Server("a", held), Server("b", held)
    del second.leases[address("10.0.7.9")], first.leases[address("10.0.39.249")]
    progress: list[int] = []
    differing = list(compare_leases(first, second, FRESH, proceed=progress.append))
    assert [difference.address for difference in differing] == ["10.0.7.9", "10.0.39.249"]
    assert (differing[0].second, differing[1].first) == (None, None)
    assert sum("packed" in text for text in first.sent) == 2
    assert max(map(len, first.sent)) < 8000
    assert progress == sorted(progress)
    assert (progress[0], len(progress)) == (0, 5)


def test_a_range_is_not_left() -> None:
    held = [lease("10.0.0.1"), lease("10.0.0.130"), lease("10.0.1.1")]
    half = [(address("10.0.0.128"), address("10.0.0.255"))]
    assert [difference.address for difference in compared(held, [], half)] == ["10.0.0.130"]
    assert compared(held, [], [(address("10.0.2.0"), address("10.0.2.255"))]) == []


def test_the_last_address_of_all_ends_the_comparison() -> None:
    held = [lease("255.255.255.255")]
    assert [difference.address for difference in compared(held, [])] == ["255.255.255.255"]
    assert compared(held, held) == []


def test_two_clocks_are_one_for_a_lease_that_is_about_to_expire() -> None:
    held = [lease("10.0.0.1", cltt=NOW - 600, lifetime=601)]
    late = Server("b", held, at=NOW + 2)
    assert list(compare_leases(Server("a", held), late, FRESH)) == []


def test_a_server_that_is_gone_ends_it() -> None:
    gone = Server("dhcp2", [])
    gone.reachable = False
    with pytest.raises(Unreachable, match="dhcp2: no route"):
        list(compare_leases(Server("dhcp1", []), gone, FRESH))


def test_what_is_just_given_depends_on_the_heartbeat() -> None:
    site = load_site(LAB / "site.yaml")
    assert site.failover
    assert fresh_seconds(site) == 5.0
    object.__setattr__(site.failover, "heartbeat_delay", 10_000)
    assert fresh_seconds(site) == 10.0
