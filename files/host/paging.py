"""Read the leases of the running kea-dhcp4 page by page, so that Kea serves clients in between.

It runs on the host (Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import socket
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import kea_socket

PAGE = 1000
"""Leases of one answer: Kea's time for a page grows with its square (memfile_lease_mgr.cc)."""
INFINITE = 0xFFFFFFFF
"""The lifetime of a lease that does not expire."""

Lease = dict[str, Any]


def number(address: str) -> int:
    """Return an IPv4 address as an integer."""
    return int.from_bytes(socket.inet_aton(address), "big")


def leases(path: str, ranges: list[list[int]]) -> Iterator[Lease]:
    """Yield the leases of some ranges of addresses in their order, as Kea writes them.

    The ranges are in order, and both ends belong to a range. Raises kea_socket.Refused if Kea does
    not tell its leases.
    """
    after, end = -1, max((last for _, last in ranges), default=-1)
    firsts = [first for first, _ in ranges]
    for first, last in ranges:
        after = max(after, first - 1)
        while after < last:
            size = min(PAGE, end - after)
            page = _page(path, after, size)
            for lease in page:
                address = number(lease["ip-address"])
                at = bisect_right(firsts, address) - 1
                if at >= 0 and address <= ranges[at][1]:
                    yield lease
            if len(page) < size:
                return
            after = number(page[-1]["ip-address"])


def _page(path: str, after: int, size: int) -> list[Lease]:
    """Return the leases that follow an address; Kea's result 3 means that there are none."""
    start = socket.inet_ntoa(after.to_bytes(4, "big")) if after >= 0 else "start"
    command = {"command": "lease4-get-page", "arguments": {"from": start, "limit": size}}
    try:
        answer = kea_socket.ask(path, command)
    except kea_socket.Refused as refused:
        if refused.result != kea_socket.EMPTY:
            raise
        return []
    return list(answer.get("leases", []))
