"""What counts as a difference between the leases of two servers: pure."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

from keaprov import typed

BLOCK = 256
"""Addresses of a block (files/host/leases.py)."""
ACTIVE, DECLINED = 0, 1
"""Kea's states of leases that are compared; others are reclaimed or released."""
INFINITE = 0xFFFFFFFF
"""The lifetime of a lease that does not expire."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A server's record of a lease; `address` is a number.

    `cltt` is the time of the client's last packet, in seconds since the epoch; `lifetime` is in
    seconds.
    """

    address: int
    subnet: int
    hardware: str
    client: str
    state: int
    lifetime: int
    cltt: int

    @property
    def expires(self) -> float:
        """The time at which it expires, in seconds since the epoch."""
        return float("inf") if self.lifetime == INFINITE else float(self.cltt + self.lifetime)

    @property
    def until(self) -> str:
        """The time at which it expires, for people, in UTC."""
        if self.lifetime == INFINITE:
            return "for ever"
        return time.strftime("until %Y-%m-%d %H:%M:%SZ", time.gmtime(self.expires))

    @property
    def words(self) -> str:
        """The client, or that the address is declined, and when the lease expires."""
        if self.state == DECLINED:
            return f"declined {self.until}"
        identity = f", client-id {self.client}" if self.client else ""
        return f"{self.hardware or 'no hardware address'}{identity}, {self.until}"

    def counts(self, now: float) -> bool:
        """Whether a client has it, or the address is declined."""
        return self.state in (ACTIVE, DECLINED) and self.expires > now


@dataclass(frozen=True, slots=True)
class LeaseDifference:
    """An address whose lease differs; None for a server that has none."""

    first: Lease | None
    second: Lease | None

    @property
    def lease(self) -> Lease:
        """The lease of the first server that has it."""
        lease = self.first or self.second
        assert lease is not None
        return lease

    @property
    def address(self) -> str:
        """The address as text."""
        return str(IPv4Address(self.lease.address))

    @property
    def what(self) -> tuple[str, ...]:
        """The names of the values that differ, in Kea's terms; () if a server lacks the lease."""
        if self.first is None or self.second is None:
            return ()
        pairs = {
            "subnet-id": (self.first.subnet, self.second.subnet),
            "hw-address": (self.first.hardware, self.second.hardware),
            "client-id": (self.first.client, self.second.client),
            "state": (self.first.state, self.second.state),
            "valid-lft": (self.first.lifetime, self.second.lifetime),
            "cltt": (self.first.cltt, self.second.cltt),
        }
        return tuple(key for key, (value, other) in pairs.items() if value != other)

    def words(self, first: str, second: str) -> str:
        """Return the difference in words; `first` and `second` are the names of the servers."""
        place = f"{self.address} (subnet {self.lease.subnet})"
        if self.first is None or self.second is None:
            has, lacks = (first, second) if self.first else (second, first)
            return f"{place}: {lacks} lacks the lease that {has} has: {self.lease.words}"
        what = ", ".join(self.what)
        values = f"{first} has {self.first.words}; {second} has {self.second.words}"
        return f"{place}: {what} differ: {values}"


def leases_of(rows: Iterable[Sequence[Any]]) -> Iterator[Lease]:
    """Return the leases in the rows that files/host/leases.py reports."""
    for row in rows:
        lease = Lease(*row)
        typed.check(lease)
        yield lease


def differing_leases(
    first: Iterable[Lease], second: Iterable[Lease], now: float, fresh: float
) -> Iterator[LeaseDifference]:
    """Yield every difference, by address.

    An expired or released lease counts as none: each server deletes it in its own time. An address
    whose client sent a packet within the last `fresh` seconds is left out: the lease was just
    given, and its update may be under way.
    """
    first_by_address = {lease.address: lease for lease in first}
    second_by_address = {lease.address: lease for lease in second}
    for address in sorted(first_by_address.keys() | second_by_address.keys()):
        pair = (first_by_address.get(address), second_by_address.get(address))
        if any(lease and lease.cltt > now - fresh for lease in pair):
            continue
        first_lease, second_lease = (
            lease if lease and lease.counts(now) else None for lease in pair
        )
        if first_lease != second_lease:
            yield LeaseDifference(first_lease, second_lease)


Blocks = Mapping[str, Sequence[int]]
"""The number of leases and their digest, by the number of the block."""


def differing_blocks(first: Blocks, second: Blocks, end: int) -> list[int]:
    """Return the numbers of the blocks below the address `end` that are not equal."""
    return sorted(
        int(block)
        for block in first.keys() | second.keys()
        if int(block) * BLOCK < end and first.get(block) != second.get(block)
    )
