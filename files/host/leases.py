"""Report the leases of the running kea-dhcp4, so that two servers can be compared. Changes nothing.

A block is 256 addresses. For each block that has leases the report has their number and a digest:
where these are equal on two servers, so are the leases, and nobody has to send them. With `rows`
the leases themselves are reported, packed.

Only leases that a client has, and declined addresses, count: a lease that was released or has
expired may stay in a server's table for a while. Leases that were given within the last `fresh`
seconds are left out of the digests, for the peer may not have them yet.

Leases are read page by page, so that Kea serves clients between two pages, and a report ends after
`limit` leases: then `next` is the first address that it did not reach. It runs on the host (Python
>= 3.9, standard library only), as root.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from typing import Any

import packing
import paging

BLOCK = 256
KEPT = (0, 1)
"""Kea's states of a lease that a client has, and of a declined address."""
WORD = 1 << 64

Row = list[Any]
"""Address, subnet id, hardware address, client id, state, lifetime, time of the last exchange."""


def rows_of(path: str, ranges: list[list[int]]) -> Iterator[Row]:
    """Yield the leases of some ranges of addresses in their order."""
    return map(row_of, paging.leases(path, ranges))


def row_of(entry: dict[str, Any]) -> Row:
    """Return what is compared of a lease."""
    return [
        paging.number(entry["ip-address"]),
        entry["subnet-id"],
        entry.get("hw-address", ""),
        entry.get("client-id", ""),
        entry["state"],
        entry["valid-lft"],
        entry["cltt"],
    ]


def kept(row: Row, now: float) -> bool:
    """Return whether a client has the lease, or the address is declined."""
    *_, state, lifetime, cltt = row
    return state in KEPT and (lifetime == paging.INFINITE or cltt + lifetime > now)


def digest(row: Row) -> int:
    """Return a lease as a number; the sum of a block's numbers does not depend on their order."""
    text = json.dumps(row, separators=(",", ":")).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big")


def digests(path: str, request: dict[str, Any], now: float) -> dict[str, Any]:
    """Return the number of leases and the digest of each block, as far as the limit allows."""
    blocks: dict[int, list[int]] = {}
    number, current = 0, -1
    for row in rows_of(path, request["ranges"]):
        block = row[0] // BLOCK
        if block != current and number >= request["limit"]:
            return {"blocks": blocks, "next": block * BLOCK}
        number, current = number + 1, block
        if kept(row, now) and row[6] <= now - request["fresh"]:
            entry = blocks.setdefault(block, [0, 0])
            entry[:] = entry[0] + 1, (entry[1] + digest(row)) % WORD
    return {"blocks": blocks, "next": None}


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Return the digests or the leases of the ranges of addresses, and this host's clock."""
    path, now = request["socket"], time.time()
    if request["rows"]:
        rows = list(rows_of(path, request["ranges"]))
        return {"now": now, "packed": packing.packed(json.dumps(rows))}
    return {"now": now, **digests(path, request, now)}
