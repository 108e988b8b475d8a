"""The subnets whose leases differ between the two servers of a pair."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from threading import Event
from typing import Any

from keaprov import paths
from keaprov.channel import Channel
from keaprov.control.decoding import expected, unpacked
from keaprov.errors import ControlError
from keaprov.model import Site
from keaprov.replication.counts import STATISTICS, Count, counts, differing_counts
from keaprov.replication.leases import LeaseDifference
from keaprov.replication.reading import Ranges, compare_leases, fresh_seconds
from keaprov.words import count

MOST = 100_000
"""The most leases that keaprov reads to confirm that counts differ: some seconds."""
ROUGHLY = 0.001
"""The share of a subnet's leases by which unconfirmed counts may differ."""
POLL = 0.5
"""Seconds between two comparisons."""


@dataclass(frozen=True, slots=True)
class SubnetDifference:
    """How the leases of a subnet differ.

    `lacking` is the number of leases that a server lacks and its peer has, by server name;
    `differing` is the number of leases that both have and that differ. `counted` is set if only
    the numbers of leases were compared.
    """

    subnet: int
    prefix: str
    lacking: Mapping[str, int] = field(default_factory=dict)
    differing: int = 0
    counted: bool = False

    def sentences(self, names: Iterable[str]) -> Iterator[str]:
        """Yield the difference in words; `names` are those of the two servers."""
        first, second = names
        where = f"subnet {self.subnet} ({self.prefix})" if self.prefix else f"subnet {self.subnet}"
        for name, other in ((first, second), (second, first)):
            if number := self.lacking.get(name, 0):
                leases = count(number, "lease")
                about = "about " if self.counted else ""
                yield f"{name} lacks {about}{leases} of {where} that {other} has"
        if self.differing:
            verb = "differs" if self.differing == 1 else "differ"
            yield f"{count(self.differing, 'lease')} {verb} between {first} and {second} in {where}"


def subnet_differences(
    site: Site, channels: Mapping[str, Channel], statistics: Mapping[str, Any]
) -> tuple[SubnetDifference, ...]:
    """Return the subnets whose leases differ, apart from leases that were just given.

    `channels` and `statistics` are those of both servers, by name. keaprov reads the leases only of
    subnets whose counts differ; if these are too many, it compares the counts alone. A site without
    lease updates has no differences to report. Raises ControlError if a server does not answer.
    """
    if site.failover is None or site.failover.extra.get("send-lease-updates") is False:
        return ()
    first, second = (server.name for server in site.servers)
    first_counts, second_counts = counts(statistics[first]), counts(statistics[second])
    suspects = differing_counts(first_counts, second_counts)
    if not suspects:
        return ()
    number = sum(max(first_counts[subnet].used, second_counts[subnet].used) for subnet in suspects)
    prefixes = _prefixes(site)
    if number > MOST:
        return tuple(by_counts(site, {first: first_counts, second: second_counts}, suspects))
    ranges = ranges_of(prefixes[subnet] for subnet in suspects if subnet in prefixes)
    differing = compare_leases(channels[first], channels[second], fresh_seconds(site), ranges)
    return summary(site, differing)


def difference_sentences(site: Site, channels: Mapping[str, Channel]) -> Iterator[str]:
    """Yield in words how the leases of the two servers differ; nothing if that is not known.

    A standby that serves in place of its primary must have its leases; otherwise it gives their
    addresses to other clients.
    """
    differing: tuple[SubnetDifference, ...] = ()
    with suppress(ControlError):
        differing = subnet_differences(site, channels, _statistics(channels))
    for subnet in differing:
        yield from subnet.sentences(server.name for server in site.servers)


def lasting_differences(site: Site, channels: Mapping[str, Channel]) -> list[str]:
    """Return the same, also of leases that were given a moment ago: wait until these count too.

    It waits only while the counts differ, and some seconds at most (`fresh_seconds`).
    """
    deadline = time.monotonic() + fresh_seconds(site) + POLL
    while True:
        late = time.monotonic() > deadline
        with suppress(ControlError):
            first, second = (counts(each) for each in _statistics(channels).values())
            if not differing_counts(first, second):
                return []
        sentences = list(difference_sentences(site, channels))
        if sentences or late:
            return sentences
        Event().wait(POLL)


def _statistics(channels: Mapping[str, Channel]) -> dict[str, Any]:
    """Ask every server for its counts of leases, all at one time; ControlError if one is silent."""
    request = {"socket": paths.CONTROL_SOCKET, "ask": [{"command": STATISTICS}]}

    def ask(channel: Channel) -> Any:
        report = channel.program("command", request)
        with expected(f"{channel.name}: the report of command"):
            (reply,) = unpacked(report["packed"])["answers"]
            statistics = reply.get("arguments") or {}
            counts(statistics)
        return statistics

    with ThreadPoolExecutor(max_workers=len(channels)) as threads:
        answers = threads.map(ask, channels.values())
    return dict(zip(channels, answers, strict=True))


def by_counts(
    site: Site, counts_by_server: Mapping[str, Mapping[int, Count]], suspects: Iterable[int]
) -> Iterator[SubnetDifference]:
    """Yield the subnets whose counts differ by too much to be leases that were just given."""
    (first, first_counts), (second, second_counts) = counts_by_server.items()
    prefixes = _prefixes(site)
    for subnet in suspects:
        more = first_counts[subnet].used - second_counts[subnet].used
        if abs(more) > ROUGHLY * max(first_counts[subnet].used, second_counts[subnet].used):
            lacking = {second if more > 0 else first: abs(more)}
            yield SubnetDifference(subnet, prefixes.get(subnet, ""), lacking, counted=True)


def _prefixes(site: Site) -> dict[int, str]:
    """Return the prefixes of a site's subnets by subnet id."""
    return {subnet["id"]: str(subnet["subnet"]) for subnet in site.subnets}


def ranges_of(prefixes: Iterable[str]) -> Ranges:
    """Return the addresses of some subnets as ranges, in ascending order."""
    networks = sorted(IPv4Network(prefix, strict=False) for prefix in prefixes)
    ranges: list[tuple[int, int]] = []
    for network in networks:
        begin, end = int(network.network_address), int(network.broadcast_address)
        if ranges and begin <= ranges[-1][1]:  # Kea accepts subnets that overlap
            ranges[-1] = (ranges[-1][0], max(end, ranges[-1][1]))
        else:
            ranges.append((begin, end))
    return ranges


def summary(
    site: Site,
    differing: Iterable[LeaseDifference],
    say: Callable[[LeaseDifference], object] = lambda _: None,
) -> tuple[SubnetDifference, ...]:
    """Return the numbers of differences in each subnet; `say` is called with each difference."""
    first, second = (server.name for server in site.servers)
    prefixes = _prefixes(site)
    lacking: dict[int, Counter[str]] = {}
    both_have: Counter[int] = Counter()
    for difference in differing:
        say(difference)
        subnet = difference.lease.subnet
        numbers = lacking.setdefault(subnet, Counter())
        if difference.first and difference.second:
            both_have[subnet] += 1
        else:
            numbers[second if difference.first else first] += 1
    return tuple(
        SubnetDifference(subnet, prefixes.get(subnet, ""), dict(numbers), both_have[subnet])
        for subnet, numbers in sorted(lacking.items())
    )
