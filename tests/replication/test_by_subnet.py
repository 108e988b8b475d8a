"""The subnets whose leases differ: counts first, leases only where the counts differ."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keaprov import load_site
from keaprov.replication import (
    Lease,
    SubnetDifference,
    by_subnet,
    difference_sentences,
    subnet_differences,
)
from keaprov.replication.by_subnet import by_counts, ranges_of
from keaprov.replication.counts import Count, counts, differing_counts
from tests.deploying import LAB
from tests.replication.world import NOW, Server, address, lease, statistics

SITE = load_site(LAB / "site.yaml")
HELD = [lease(f"172.20.10.{last}") for last in range(130, 160)]


def of(first: list[Lease], second: list[Lease], **more: int) -> tuple[SubnetDifference, ...]:
    servers = {"dhcp1": Server("dhcp1", first), "dhcp2": Server("dhcp2", second)}
    statistics_of = {
        "dhcp1": statistics(servers["dhcp1"], **more),
        "dhcp2": statistics(servers["dhcp2"]),
    }
    result = subnet_differences(SITE, servers, statistics_of)
    of.pages = sum(server.pages for server in servers.values())  # type: ignore[attr-defined]
    return result


def test_equal_counts_read_no_lease() -> None:
    assert of(HELD, HELD) == ()
    assert of.pages == 0  # type: ignore[attr-defined]


def test_a_lease_that_the_standby_lacks_is_counted_in_its_subnet() -> None:
    (subnet,) = of(HELD, HELD[3:])
    assert subnet == SubnetDifference(10, "172.20.10.0/24", {"dhcp2": 3})
    assert list(subnet.sentences(("dhcp1", "dhcp2"))) == [
        "dhcp2 lacks 3 leases of subnet 10 (172.20.10.0/24) that dhcp1 has"
    ]
    (subnet,) = of(HELD[1:], HELD)
    assert list(subnet.sentences(("dhcp1", "dhcp2"))) == [
        "dhcp1 lacks 1 lease of subnet 10 (172.20.10.0/24) that dhcp2 has"
    ]


def test_leases_that_were_just_given_or_have_expired_do_not_count() -> None:
    new = lease("172.20.10.200", cltt=NOW - 1)
    old = lease("172.20.10.201", cltt=NOW - 4000)
    assert of([*HELD, new, old], HELD) == ()
    assert of.pages > 0  # type: ignore[attr-defined]
    assert of(HELD, HELD, expired=2) == ()


def test_leases_that_differ_are_counted_apart() -> None:
    other = lease("172.20.10.130", hardware="02:00:00:00:00:09")
    (subnet,) = of(HELD, [other, *HELD[2:]])
    assert (subnet.lacking, subnet.differing) == ({"dhcp2": 1}, 1)
    assert list(subnet.sentences(("dhcp1", "dhcp2")))[1] == (
        "1 lease differs between dhcp1 and dhcp2 in subnet 10 (172.20.10.0/24)"
    )


def test_too_many_leases_are_compared_by_their_counts() -> None:
    first, second = {10: Count(200_000), 60: Count(50_000)}, {10: Count(199_000), 60: Count(50_010)}
    both = {"dhcp1": first, "dhcp2": second}
    (subnet,) = by_counts(SITE, both, (10, 60))
    assert subnet == SubnetDifference(10, "172.20.10.0/24", {"dhcp2": 1000}, counted=True)
    assert list(subnet.sentences(("dhcp1", "dhcp2"))) == [
        "dhcp2 lacks about 1000 leases of subnet 10 (172.20.10.0/24) that dhcp1 has"
    ]


def test_too_many_leases_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("keaprov.replication.by_subnet.MOST", 10)
    (subnet,) = of(HELD, HELD[3:])
    assert subnet.counted
    assert of.pages == 0  # type: ignore[attr-defined]


def test_a_pair_without_lease_updates_has_no_differences() -> None:
    assert SITE.failover
    failover = replace(SITE.failover, extra={"send-lease-updates": False})
    servers = {"dhcp1": Server("dhcp1", HELD), "dhcp2": Server("dhcp2", [])}
    statistics_of = {name: statistics(server) for name, server in servers.items()}
    assert subnet_differences(replace(SITE, failover=failover), servers, statistics_of) == ()
    assert len(subnet_differences(SITE, servers, statistics_of)) == 1


def test_counts_and_which_of_them_differ() -> None:
    table = {"columns": ["subnet-id", "assigned-addresses"], "rows": [[10, 5], [20, 6]]}
    known = counts({"result-set": table})
    assert known == {10: Count(5), 20: Count(6)}
    assert counts({}) == counts(None) == {}
    assert differing_counts(known, {10: Count(5), 20: Count(6, 1), 30: Count(9)}) == (20,)


def test_ranges_of_subnets_are_in_order_and_overlap_nowhere() -> None:
    prefixes = ("10.0.1.0/24", "10.0.0.0/25", "10.0.1.128/25", "10.0.0.0/24")
    assert ranges_of(prefixes) == [
        (address("10.0.0.0"), address("10.0.0.255")),
        (address("10.0.1.0"), address("10.0.1.255")),
    ]


def test_whether_a_standby_may_serve_is_asked_of_both_servers() -> None:
    servers = {"dhcp1": Server("dhcp1", HELD), "dhcp2": Server("dhcp2", HELD)}
    assert list(difference_sentences(SITE, servers)) == []
    del servers["dhcp2"].leases[HELD[0].address]
    assert list(difference_sentences(SITE, servers)) == [
        "dhcp2 lacks 1 lease of subnet 10 (172.20.10.0/24) that dhcp1 has"
    ]
    servers["dhcp2"].reachable = False
    assert list(difference_sentences(SITE, servers)) == []


def test_leases_that_were_just_given_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    servers = {"dhcp1": Server("dhcp1", HELD), "dhcp2": Server("dhcp2", HELD)}
    monkeypatch.setattr(by_subnet, "POLL", 0.001)
    assert by_subnet.lasting_differences(SITE, servers) == [], "the counts are equal: no wait"
    del servers["dhcp2"].leases[HELD[0].address]
    answers = iter(([], [], ["dhcp2 lacks 1 lease"]))
    monkeypatch.setattr(by_subnet, "difference_sentences", lambda *_: next(answers))
    assert by_subnet.lasting_differences(SITE, servers) == ["dhcp2 lacks 1 lease"]
    monkeypatch.setattr(by_subnet, "fresh_seconds", lambda site: 0.0)
    monkeypatch.setattr(by_subnet, "difference_sentences", lambda *_: [])
    assert by_subnet.lasting_differences(SITE, servers) == [], "it waits for some seconds at most"
    servers["dhcp2"].reachable = False
    assert by_subnet.lasting_differences(SITE, servers) == []
