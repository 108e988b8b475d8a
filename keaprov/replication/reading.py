"""Compare the leases of two servers over their channels: a million of them in bounded memory.

Both hosts compute digests of their leases in blocks, at the same time, one part of the table after
the other. Only blocks with different digests are read lease by lease (files/host/leases.py). So two
servers with equal leases send some bytes for each block, and keaprov keeps at most the leases of
one part in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from keaprov import paths
from keaprov.channel import Channel
from keaprov.control.decoding import expected, unpacked
from keaprov.model import Site
from keaprov.replication.leases import (
    BLOCK,
    LeaseDifference,
    differing_blocks,
    differing_leases,
    leases_of,
)

Ranges = Sequence[tuple[int, int]]
"""The first and the last address of each range, as numbers, in ascending order."""
END = 1 << 32
EVERYTHING: Ranges = ((0, END - 1),)
PART = 50_000
"""Leases in one report of a host: about a second of work."""
PATIENCE = 120.0
FRESH = 5.0
"""The least number of seconds for which a lease counts as just given."""


def fresh_seconds(site: Site) -> float:
    """Return the seconds for which a lease of a site counts as just given."""
    return max(FRESH, site.failover.heartbeat_delay / 1000 if site.failover else 0.0)


def compare_leases(
    first: Channel,
    second: Channel,
    fresh: float,
    ranges: Ranges = EVERYTHING,
    proceed: Callable[[int], object] = lambda _: None,
) -> Iterator[LeaseDifference]:
    """Yield every difference between the leases of two servers, by address.

    `proceed` is called before each part with the number of leases compared so far. Raises
    ControlError if a server does not answer.
    """
    start, compared = 0, 0
    while part := _from(ranges, start):
        proceed(compared)
        request = {"ranges": part, "fresh": fresh, "limit": PART}
        first_report, second_report = _both(first, second, request)
        with expected("the report of leases"):
            end = min(
                END if report["next"] is None else int(report["next"])
                for report in (first_report, second_report)
            )
            if end <= start:
                raise ValueError(f"the next address after {start} is {end}")
            differing = differing_blocks(first_report["blocks"], second_report["blocks"], end)
            compared += sum(
                number
                for block, (number, _) in first_report["blocks"].items()
                if int(block) * BLOCK < end
            )
        if differing:
            yield from _read(first, second, fresh, _within(differing, part))
        start = end


def _read(
    first: Channel, second: Channel, fresh: float, ranges: Ranges
) -> Iterator[LeaseDifference]:
    """Yield the differences of ranges that are known to differ, lease by lease."""
    reports = _both(first, second, {"ranges": ranges, "rows": True})
    with expected("the report of leases"):
        tables = [list(leases_of(unpacked(report["packed"]))) for report in reports]
        now = max(float(report["now"]) for report in reports)
        differences = list(differing_leases(tables[0], tables[1], now, fresh))
    yield from differences


def _both(first: Channel, second: Channel, changes: dict[str, Any]) -> tuple[Any, Any]:
    """Return the reports of both hosts, which read their leases at the same time."""
    request = {"socket": paths.CONTROL_SOCKET, "rows": False, **changes}
    with ThreadPoolExecutor(max_workers=2) as threads:
        reports = [
            threads.submit(channel.program, "leases", request, PATIENCE)
            for channel in (first, second)
        ]
    return reports[0].result(), reports[1].result()


def _from(ranges: Ranges, start: int) -> list[tuple[int, int]]:
    """Return the part of the ranges from an address on."""
    return [(max(first, start), last) for first, last in ranges if last >= start]


def _within(blocks: Sequence[int], ranges: Ranges) -> list[tuple[int, int]]:
    """Return the addresses of the blocks that are in the ranges; adjacent ones are joined."""
    within: list[tuple[int, int]] = []
    for block in blocks:
        for first, last in ranges:
            begin, end = max(first, block * BLOCK), min(last, block * BLOCK + BLOCK - 1)
            if begin > end:
                continue
            if within and within[-1][1] + 1 == begin:
                within[-1] = (within[-1][0], end)
            else:
                within.append((begin, end))
    return within
