"""Which of a file's subnets has an address."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from typing import Generic, TypeVar

T = TypeVar("T")


class Homes(Generic[T]):
    """Subnets by address: they do not overlap, so the last one that begins before it counts.

    + subnets: each prefix, with what is wanted of it
    """

    def __init__(self, subnets: Iterable[tuple[IPv4Network, T]]) -> None:
        self._sorted = sorted(subnets, key=lambda subnet: subnet[0])
        self._first = [int(prefix.network_address) for prefix, _ in self._sorted]

    def of(self, address: IPv4Address) -> T | None:
        """Return what the subnet that has an address stands for, None if no subnet has it."""
        at = bisect_right(self._first, int(address)) - 1
        if at < 0 or address not in self._sorted[at][0]:
            return None
        return self._sorted[at][1]
