"""A start that lasts longer than the peer waits: named before it happens."""

from __future__ import annotations

import pytest

from keaprov.ha.loading import MIB, peer_gives_up, seconds_to_load
from keaprov.model import Failover


@pytest.mark.parametrize(
    ("mebibytes", "delay", "seconds"),
    [(0, 10000, 0), (15, 10000, 0), (16, 10000, 11), (100, 60000, 65), (92, 60000, 0)],
)
def test_a_start_is_compared_with_max_response_delay(
    mebibytes: int, delay: int, seconds: int
) -> None:
    words = peer_gives_up(Failover(max_response_delay=delay), mebibytes * MIB)
    assert bool(words) is bool(seconds)
    if seconds:
        assert words == (
            f"{mebibytes} MiB of leases may take {seconds} s to load, longer than "
            f"max-response-delay ({delay // 1000} s)"
        )


def test_the_time_grows_with_the_leases() -> None:
    assert [seconds_to_load(size * MIB) for size in (1, 10, 1000)] == [1, 7, 650]
