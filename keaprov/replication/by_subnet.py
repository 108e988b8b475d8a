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
from keaprov.replication.reading import Ranges, differences, fresh
from keaprov.words import count

MOST = 100_000
"""Leases that are read to confirm that counts differ: some seconds."""
ROUGHLY = 0.001
"""The part of a subnet's leases by which counts may differ that nothing confirms."""


@dataclass(frozen=True, slots=True)
class SubnetDifference:
    """How the leases of a subnet differ.

    `lacking` is how many leases each server lacks that the other has, by its name, `differing` how
    many both have that differ. `counted` is set if only their numbers were compared.
    """

    subnet: int
    prefix: str
    lacking: Mapping[str, int] = field(default_factory=dict)
    differing: int = 0
    counted: bool = False

    def sentences(self, names: Iterable[str]) -> Iterator[str]:
        """Yield what differs; `names` are the two servers."""
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
    """Return the subnets whose leases differ by more than what was just given.

    `channels` and `statistics` are by server name, both servers'. Leases are read only of the
    subnets whose counts differ, and only if these are not too many; then the counts are what is
    known. A site without lease updates has no differences to report. Raises ControlError if a
    server does not answer.
    """
    if site.failover is None or site.failover.extra.get("send-lease-updates") is False:
        return ()
    first, second = (server.name for server in site.servers)
    ours, theirs = counts(statistics[first]), counts(statistics[second])
    suspects = differing_counts(ours, theirs)
    if not suspects:
        return ()
    number = sum(max(ours[subnet].used, theirs[subnet].used) for subnet in suspects)
    prefixes = _prefixes(site)
    if number > MOST:
        return tuple(by_counts(site, {first: ours, second: theirs}, suspects))
    ranges = ranges_of(prefixes[subnet] for subnet in suspects if subnet in prefixes)
    differing = differences(channels[first], channels[second], fresh(site), ranges)
    return summary(site, differing)


def differences_in_words(site: Site, channels: Mapping[str, Channel]) -> Iterator[str]:
    """Yield in words how the leases of the two servers differ; nothing if that is not known.

    A standby that serves in place of its primary must have its leases, or it gives their addresses
    to other clients.
    """
    command = "stat-lease4-get"
    request = {"socket": paths.CONTROL_SOCKET, "ask": [{"command": command}]}
    statistics: dict[str, Any] = {}
    differing: tuple[SubnetDifference, ...] = ()
    with suppress(ControlError):
        for name, channel in channels.items():
            (given,) = unpacked(channel.program("command", request)["packed"])["answers"]
            statistics[name] = given.get("arguments") or {}
        differing = subnet_differences(site, channels, statistics)
    for subnet in differing:
        yield from subnet.sentences(server.name for server in site.servers)


def by_counts(
    site: Site, both: Mapping[str, Mapping[int, Count]], suspects: Iterable[int]
) -> Iterator[SubnetDifference]:
    """Yield the subnets whose counts alone show that leases differ."""
    (first, ours), (second, theirs) = both.items()
    prefixes = _prefixes(site)
    for subnet in suspects:
        more = ours[subnet].used - theirs[subnet].used
        if abs(more) > ROUGHLY * max(ours[subnet].used, theirs[subnet].used):
            lacking = {second if more > 0 else first: abs(more)}
            yield SubnetDifference(subnet, prefixes.get(subnet, ""), lacking, counted=True)


def _prefixes(site: Site) -> dict[int, str]:
    """Return the prefixes of a site's subnets by subnet id."""
    return {subnet["id"]: str(subnet["subnet"]) for subnet in site.subnets}


def ranges_of(prefixes: Iterable[str]) -> Ranges:
    """Return the addresses of some subnets, in their order."""
    networks = sorted(IPv4Network(prefix, strict=False) for prefix in prefixes)
    made: list[tuple[int, int]] = []
    for network in networks:
        begin, end = int(network.network_address), int(network.broadcast_address)
        if made and begin <= made[-1][1]:  # Kea accepts subnets that overlap
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((begin, end))
    return made


def summary(
    site: Site,
    differing: Iterable[LeaseDifference],
    say: Callable[[LeaseDifference], object] = lambda _: None,
) -> tuple[SubnetDifference, ...]:
    """Return the differences of each subnet as numbers; `say` is called with each difference."""
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
