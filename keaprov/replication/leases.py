"""What a difference between the leases of two servers is: pure."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

BLOCK = 256
"""Addresses of a block (files/host/leases.py)."""
STATES = {0: "active", 1: "declined"}
"""Kea's states of a lease that counts; others are reclaimed or released."""
INFINITE = 0xFFFFFFFF
"""The lifetime of a lease that does not expire."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease as one server has it; `address` is a number.

    `cltt` is when the client was heard last, in seconds since the epoch, `lifetime` is in seconds.
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
        """When it expires, in seconds since the epoch."""
        return float("inf") if self.lifetime == INFINITE else float(self.cltt + self.lifetime)

    @property
    def until(self) -> str:
        """When it expires, as people read it, in UTC."""
        if self.lifetime == INFINITE:
            return "for ever"
        return time.strftime("until %Y-%m-%d %H:%M:%SZ", time.gmtime(self.expires))

    @property
    def words(self) -> str:
        """The client, the state if it is not a usual one, and when it expires."""
        if self.state == 1:
            return f"declined {self.until}"
        identity = f", client-id {self.client}" if self.client else ""
        return f"{self.hardware or 'no hardware address'}{identity}, {self.until}"

    def counts(self, now: float) -> bool:
        """Whether a client has it, or the address is declined."""
        return self.state in STATES and self.expires > now


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
        """The address, as people read it."""
        return str(IPv4Address(self.lease.address))

    @property
    def what(self) -> tuple[str, ...]:
        """What differs, in Kea's words; () if one server lacks the lease."""
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
        return tuple(key for key, (ours, theirs) in pairs.items() if ours != theirs)

    def words(self, first: str, second: str) -> str:
        """Return it in words, with the names of the servers."""
        place = f"{self.address} (subnet {self.lease.subnet})"
        if self.first is None or self.second is None:
            has, lacks = (first, second) if self.first else (second, first)
            return f"{place}: {lacks} lacks the lease that {has} has: {self.lease.words}"
        what = ", ".join(self.what)
        ours, theirs = self.first.words, self.second.words
        return f"{place}: {what} differ: {first} has {ours}; {second} has {theirs}"


def leases_of(rows: Iterable[Sequence[Any]]) -> Iterator[Lease]:
    """Yield the leases of the rows that files/host/leases.py reports."""
    return (Lease(*row) for row in rows)


def compare(
    first: Iterable[Lease], second: Iterable[Lease], now: float, fresh: float
) -> Iterator[LeaseDifference]:
    """Yield every difference, by address.

    A lease that has expired or was released is like none: each server forgets it in its own time.
    An address whose client was heard within the last `fresh` seconds is left out: the lease was
    just given, and its update may be under way.
    """
    ours = {lease.address: lease for lease in first}
    theirs = {lease.address: lease for lease in second}
    for address in sorted(ours.keys() | theirs.keys()):
        pair = (ours.get(address), theirs.get(address))
        if any(lease and lease.cltt > now - fresh for lease in pair):
            continue
        left, right = (lease if lease and lease.counts(now) else None for lease in pair)
        if left != right:
            yield LeaseDifference(left, right)


Blocks = Mapping[str, Sequence[int]]
"""The number of leases and the digest, by the block's number."""


def differing_blocks(first: Blocks, second: Blocks, end: int) -> list[int]:
    """Return the numbers of the blocks below the address `end` that are not equal."""
    return sorted(
        int(block)
        for block in first.keys() | second.keys()
        if int(block) * BLOCK < end and first.get(block) != second.get(block)
    )
