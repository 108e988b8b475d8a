"""prober ADDRESS SERVER…: ask for a lease every 100 ms as a relay would; say how it went.

Runs in a network namespace, on the port of a relay (67). Each DISCOVER is a new client's and goes
to every server. It ends at the end of its input, and prints one line of JSON: how many were asked,
how many had no OFFER within a second, and the longest time without an OFFER, in seconds.
"""

from __future__ import annotations

import itertools
import json
import os
import select
import socket
import struct
import sys
import time

EVERY = 0.1
PATIENCE = 1.0


def discover(number: int, giaddr: str) -> bytes:
    """Return a DISCOVER (RFC 2131) that a relay at `giaddr` has passed on."""
    hardware = b"\x02\x4b" + os.getpid().to_bytes(4, "big")[-2:] + struct.pack("!H", number % 65536)
    head = struct.pack("!BBBBIHH", 1, 1, 6, 1, number, 0, 0) + bytes(12) + socket.inet_aton(giaddr)
    return head + hardware + bytes(10 + 64 + 128) + b"\x63\x82\x53\x63\x35\x01\x01\xff"


def main() -> None:
    giaddr, servers = sys.argv[1], sys.argv[2:]
    channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    channel.bind((giaddr, 67))
    asked: dict[int, float] = {}
    answered: dict[int, float] = {}
    start = due = time.monotonic()
    number, over = 0, False
    while not over or time.monotonic() < due + PATIENCE:
        now = time.monotonic()
        if not over and now >= due:
            number, due = number + 1, max(due + EVERY, now)
            asked[number] = now
            for server in servers:
                channel.sendto(discover(number, giaddr), (server, 67))
        inputs = [channel] if over else [channel, sys.stdin]
        ready, _, _ = select.select(inputs, [], [], 0.01)
        if channel in ready:
            packet = channel.recv(2048)
            answered.setdefault(struct.unpack_from("!I", packet, 4)[0], time.monotonic())
        if sys.stdin in ready:
            over, due = True, now
    moments = [start, *sorted(answered.values()), due]
    print(
        json.dumps({
            "asked": len(asked),
            "unanswered": sum(
                answered.get(one, now + PATIENCE) - at > PATIENCE for one, at in asked.items()
            ),
            "silence": max(b - a for a, b in itertools.pairwise(moments)),
        })
    )  # fmt: skip


if __name__ == "__main__":
    main()
