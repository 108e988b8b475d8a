"""Compare the leases of two servers over their channels: a million of them in bounded memory.

Both hosts digest their leases in blocks, side by side and a part at a time; only blocks whose
digests differ are read lease by lease (files/host/leases.py). So two servers with equal leases send
some bytes for each block, and the leases of one part at most are in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from keaprov import paths
from keaprov.channel import Channel
from keaprov.control.api import unpacked
from keaprov.model import Site
from keaprov.replication.leases import BLOCK, LeaseDifference, compare, differing_blocks, leases_of

Ranges = Sequence[tuple[int, int]]
"""The first and the last address of each range, as numbers, in their order."""
END = 1 << 32
EVERYTHING: Ranges = ((0, END - 1),)
PART = 50_000
"""Leases that a host digests in one report: about a second."""
PATIENCE = 120.0
FRESH = 5.0
"""Seconds within which a lease counts as just given, at least."""


def fresh(site: Site) -> float:
    """Return within how many seconds a lease of a site counts as just given."""
    return max(FRESH, site.failover.heartbeat_delay / 1000 if site.failover else 0.0)


def differences(
    first: Channel,
    second: Channel,
    fresh: float,
    ranges: Ranges = EVERYTHING,
    proceed: Callable[[int], object] = lambda _: None,
) -> Iterator[LeaseDifference]:
    """Yield every difference between the leases of two servers, by address.

    `proceed` is called before each part with the number of leases that were compared. Raises
    ControlError if a server does not answer.
    """
    start, compared = 0, 0
    while part := _from(ranges, start):
        proceed(compared)
        asked = {"ranges": part, "fresh": fresh, "limit": PART}
        ours, theirs = _both(first, second, asked)
        end = min(END if report["next"] is None else report["next"] for report in (ours, theirs))
        differing = differing_blocks(ours["blocks"], theirs["blocks"], end)
        compared += sum(
            number for block, (number, _) in ours["blocks"].items() if int(block) * BLOCK < end
        )
        if differing:
            yield from _read(first, second, fresh, _within(differing, part))
        start = end


def _read(
    first: Channel, second: Channel, fresh: float, ranges: Ranges
) -> Iterator[LeaseDifference]:
    """Yield the differences of ranges that are known to differ, lease by lease."""
    reports = _both(first, second, {"ranges": ranges, "rows": True})
    ours, theirs = (leases_of(unpacked(report["packed"])) for report in reports)
    yield from compare(ours, theirs, max(report["now"] for report in reports), fresh)


def _both(first: Channel, second: Channel, asked: dict[str, Any]) -> tuple[Any, Any]:
    """Return the reports of both hosts, which look at the same time."""
    request = {"socket": paths.CONTROL_SOCKET, "rows": False, **asked}
    with ThreadPoolExecutor(max_workers=2) as threads:
        reports = [
            threads.submit(channel.program, "leases", request, PATIENCE)
            for channel in (first, second)
        ]
    return reports[0].result(), reports[1].result()


def _from(ranges: Ranges, start: int) -> list[tuple[int, int]]:
    """Return what is left of the ranges from an address on."""
    return [(max(first, start), last) for first, last in ranges if last >= start]


def _within(blocks: Sequence[int], ranges: Ranges) -> list[tuple[int, int]]:
    """Return the addresses of some blocks, as far as the ranges have them; neighbours are one."""
    made: list[tuple[int, int]] = []
    for block in blocks:
        for first, last in ranges:
            begin, end = max(first, block * BLOCK), min(last, block * BLOCK + BLOCK - 1)
            if begin > end:
                continue
            if made and made[-1][1] + 1 == begin:
                made[-1] = (made[-1][0], end)
            else:
                made.append((begin, end))
    return made
