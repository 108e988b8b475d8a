"""What a shared network's clients may lose to its new form: computed once for all its subnets.

A client may have an address of any subnet of its shared network, so each of its subnets depends on
all of them. What one subnet adds to the common answer is looked up, not computed from all of them
again: the work grows with the subnets, not with their square.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from keaprov.impact import renewal
from keaprov.impact.configuration import Configuration, Network, Pool, Ranges, Subnet
from keaprov.impact.guards import looser

END = 1 << 32
"""The number after the last address."""
WHOLE: Ranges = [(0, END)]
"""All addresses, and the place behind them, which no pool has."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Addresses that pools had and pools have: all with the same pools around them."""

    first: int
    last: int
    before: Sequence[Pool]
    after: Sequence[Pool]

    @property
    def guarded(self) -> bool:
        """Whether a client that a pool admitted may be admitted by none now."""
        return not all(
            any(looser(old.guard, new.guard) for new in self.after) for old in self.before
        )


class NetworkChange:
    """A network that runs, and the wanted one in which some of its subnets are then."""

    def __init__(
        self,
        sides: tuple[Configuration, Configuration],
        networks: tuple[Network, Network],
        overlaps: Sequence[Overlap],
        leading: Sequence[tuple[str, Subnet]],
    ) -> None:
        self.before, self.after = networks
        self._sides = sides
        self._overlaps = overlaps
        self._leading = leading
        self._outside = _Search(self.before, self._is_outside)
        self._unselected = _Search(self.before, self._is_unselected)
        self._left_out = _Listed(without(self.before.given, self.after.given))
        self._not_given = _Listed(without(WHOLE, self.after.given))

    @cached_property
    def guarded(self) -> Ranges:
        """The addresses whose clients may be admitted by no pool any more."""
        return _joined((part.first, part.last) for part in self._overlaps if part.guarded)

    @cached_property
    def reserved_elsewhere(self) -> bool:
        """Whether reservations count in other subnets than before."""
        return (self.before.ids, self.before.at_large) != (self.after.ids, self.after.at_large)

    @cached_property
    def pool_options(self) -> Mapping[str, int]:
        """What differs where a pool gives other options than before, numbered from 0."""
        return {
            words: number
            for number, words in enumerate(dict.fromkeys(filter(None, self._differing)))
        }

    @property
    def pool_rows(self) -> list[list[int]]:
        """The ranges in which a pool gives other options, with the number of what differs."""
        rows = zip(self._overlaps, self._differing, strict=True)
        return [[part.first, part.last, self.pool_options[words]] for part, words in rows if words]

    @cached_property
    def _differing(self) -> Sequence[str]:
        """How the options of pools differ, by overlap, "" if not."""
        before, after = self._sides
        differences = (
            renewal.differing(
                renewal.of_pool(before, part.before[0]), renewal.of_pool(after, part.after[0])
            )
            for part in self._overlaps
        )
        return [f"{', '.join(names)} of a pool" if names else "" for names in differences]

    def left_out(self, outside: Ranges, *, given: bool) -> tuple[int | None, int | None]:
        """Return the first address that no pool has any more: one not `outside`, and one there.

        Only of those that a pool had, if `given`.
        """
        listed = self._left_out if given else self._not_given
        first = next((start for part in listed for start, _ in without([part], outside)), None)
        within = meeting(self.before.given, outside) if given else outside
        return first, next((start for start, _ in without(within, self.after.given)), None)

    def first_outside(self, subnet: Subnet) -> Subnet | None:
        """Return the first subnet that is in no wanted one, from a subnet on; None if all are."""
        return self._outside.first(subnet)

    def first_unselected(self, subnet: Subnet) -> Subnet | None:
        """Return the first subnet to which something does not lead any more; None if all does."""
        return self._unselected.first(subnet)

    @cached_property
    def led_away(self) -> tuple[str, Subnet] | None:
        """What led to the network, and leads elsewhere, with the subnet to which it leads."""
        elsewhere = (pair for pair in self._leading if pair[1].network is not self.after)
        return next(elsewhere, None)

    def _is_outside(self, subnet: Subnet) -> bool:
        return not any(self.after.prefixes.around(subnet.first, subnet.last))

    def _is_unselected(self, subnet: Subnet) -> bool:
        return not subnet.selectors <= self.after.selectors


class _Search:
    """The first subnet with a property, from any subnet on and around; each is tried once."""

    def __init__(self, network: Network, matches: Callable[[Subnet], bool]) -> None:
        self._network = network
        self._matches = matches
        self._known: dict[int, Subnet | None] = {}

    def first(self, subnet: Subnet) -> Subnet | None:
        around, start = self._network.around, self._network.places[subnet.id]
        tried: list[int] = []
        result: Subnet | None = None
        for step in range(len(around)):
            place = (start + step) % len(around)
            if place in self._known:
                result = self._known[place]
                break
            tried.append(place)
            if self._matches(around[place]):
                result = around[place]
                break
        self._known.update(dict.fromkeys(tried, result))
        return result


class _Listed:
    """Ranges that are computed as far as somebody reads them, and once."""

    def __init__(self, ranges: Iterator[tuple[int, int]]) -> None:
        self._ranges = ranges
        self._read: list[tuple[int, int]] = []

    def __iter__(self) -> Iterator[tuple[int, int]]:
        at = 0
        while True:
            if at == len(self._read):
                following = next(self._ranges, None)
                if following is None:
                    return
                self._read.append(following)
            yield self._read[at]
            at += 1


def without(ranges: Iterable[tuple[int, int]], others: Ranges) -> Iterator[tuple[int, int]]:
    """Yield what is left of ranges without others."""
    for first, last in ranges:
        start = first
        for begin, end in meeting(others, [(first, last)]):
            if start < begin:
                yield start, begin - 1
            start = end + 1
        if start <= last:
            yield start, last


def meeting(ranges: Ranges, others: Ranges) -> Iterator[tuple[int, int]]:
    """Yield what ranges and others have in common, by the others."""
    for first, last in others:
        for at in range(max(0, bisect_right(ranges, (first, 0)) - 1), len(ranges)):
            start, end = ranges[at]
            if start > last:
                break
            if first <= end:
                yield max(start, first), min(end, last)


def overlaps(
    before: Configuration, after: Configuration
) -> Mapping[tuple[Network, Network], Sequence[Overlap]]:
    """Return the addresses that pools had and have, by their networks, ascending."""
    sides = [
        sorted(
            ((pool, subnet.network) for subnet in side.subnets.values() for pool in subnet.pools),
            key=lambda owned: owned[0].first,
        )
        for side in (before, after)
    ]
    starts = {edge for side in sides for pool, _ in side for edge in (pool.first, pool.last + 1)}
    covering = [_Covering(side) for side in sides]
    parts: defaultdict[tuple[Network, Network], list[Overlap]] = defaultdict(list)
    for start, following in pairwise(sorted(starts)):
        old_pools, new_pools = (side.at(start) for side in covering)
        for old, earlier in old_pools.items():
            for new, later in new_pools.items():
                parts[old, new].append(Overlap(start, following - 1, earlier, later))
    return parts


class _Covering:
    """The pools that hold an address; `at` must be called with ascending addresses."""

    def __init__(self, pools: Sequence[tuple[Pool, Network]]) -> None:
        self._waiting = list(reversed(pools))
        self._open: list[tuple[Pool, Network]] = []

    def at(self, address: int) -> Mapping[Network, Sequence[Pool]]:
        while self._waiting and self._waiting[-1][0].first <= address:
            self._open.append(self._waiting.pop())
        self._open = [owned for owned in self._open if owned[0].last >= address]
        pools: defaultdict[Network, list[Pool]] = defaultdict(list)
        for pool, network in self._open:
            pools[network].append(pool)
        return pools


def _joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Return ascending ranges, those that touch each other as one."""
    joined: list[tuple[int, int]] = []
    for first, last in ranges:
        if joined and first == joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined
