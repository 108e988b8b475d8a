"""The subnets whose leases differ between the two servers of a pair."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

from keaprov import paths
from keaprov.channel import Channel
from keaprov.control.api import unpacked
from keaprov.errors import ControlError
from keaprov.model import Site
from keaprov.replication.counts import Count, counts, differing_counts
from keaprov.replication.leases import LeaseDifference
from keaprov.replication.reading import Ranges, compare_leases, fresh_seconds
from keaprov.words import count

MOST = 100_000
"""The most leases that keaprov reads to confirm that counts differ: some seconds."""
ROUGHLY = 0.001
"""The share of a subnet's leases by which unconfirmed counts may differ."""


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
    command = "stat-lease4-get"
    request = {"socket": paths.CONTROL_SOCKET, "ask": [{"command": command}]}
    statistics: dict[str, Any] = {}
    differing: tuple[SubnetDifference, ...] = ()
    with suppress(ControlError):
        for name, channel in channels.items():
            (reply,) = unpacked(channel.program("command", request)["packed"])["answers"]
            statistics[name] = reply.get("arguments") or {}
        differing = subnet_differences(site, channels, statistics)
    for subnet in differing:
        yield from subnet.sentences(server.name for server in site.servers)


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
