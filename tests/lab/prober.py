"""prober INTERFACE ADDRESS SERVER…: ask for a lease every 100 ms as a relay would; read the wire.

It runs in a network namespace, on the port of a relay (67). Each of its DISCOVERs is a new client's
and goes to every server. What it counts are the packets of everybody on the interface, its own and
those of other clients there: how many DISCOVERs and REQUESTs were sent, how many of them had no
OFFER or ACK within a second, how many NAKs came, and the longest time without an OFFER, in seconds.
It ends a second after its input does, and prints one line of JSON; what was sent in that second
does not count.
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
RCVBUFFORCE = 33  # SO_RCVBUFFORCE, socket(7)
EVERYTHING = 3  # ETH_P_ALL: only this one sees what goes out, too
DISCOVER, OFFER, REQUEST, ACK, NAK = 1, 2, 3, 5, 6
ANSWERS = {OFFER: DISCOVER, ACK: REQUEST}
COOKIE = b"\x63\x82\x53\x63"
Exchange = tuple[int, bytes]
"""A DISCOVER or REQUEST, and the client's transaction: its xid and hardware address."""


def discover(number: int, giaddr: str) -> bytes:
    """Return a DISCOVER (RFC 2131) that a relay at `giaddr` has passed on."""
    hardware = b"\x02\x4b" + os.getpid().to_bytes(4, "big")[-2:] + struct.pack("!H", number % 65536)
    head = struct.pack("!BBBBIHH", 1, 1, 6, 1, number, 0, 0) + bytes(12) + socket.inet_aton(giaddr)
    return head + hardware + bytes(10 + 64 + 128) + COOKIE + b"\x35\x01\x01\xff"


def message_of(packet: bytes) -> tuple[int, bytes] | None:
    """Return the DHCP message type in an IPv4 packet and its transaction, or None."""
    start = (packet[0] & 15) * 4 + 8
    message = packet[start:]
    if packet[9] != socket.IPPROTO_UDP or message[236:240] != COOKIE:
        return None
    at = 240
    while at + 2 < len(message) and message[at] != 255:
        if message[at] == 53:
            return message[at + 2], message[4:8] + message[28:34]
        at += 2 + message[at + 1] if message[at] else 1
    return None


def main() -> None:
    interface, giaddr, servers = sys.argv[1], sys.argv[2], sys.argv[3:]
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(EVERYTHING))
    wire.setsockopt(socket.SOL_SOCKET, RCVBUFFORCE, 8 << 20)  # a busy machine drops nothing here
    wire.bind((interface, EVERYTHING))
    channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    channel.bind((giaddr, 67))
    sent: dict[Exchange, float] = {}
    answered: dict[Exchange, float] = {}
    refused = set()
    offers = [start := time.monotonic()]
    due, end, number = start, float("inf"), 0
    while (now := time.monotonic()) < end + PATIENCE:
        if now >= due:
            number, due = number + 1, max(due + EVERY, now)
            for server in servers:
                channel.sendto(discover(number, giaddr), (server, 67))
        inputs = [wire, channel, *([sys.stdin] if now < end else [])]
        ready, _, _ = select.select(inputs, [], [], 0.01)
        if channel in ready:
            channel.recv(2048)  # the packet socket receives it too
        if wire in ready and (message := message_of(wire.recv(2048))):
            kind, transaction = message
            if kind == NAK:
                refused.add(transaction)
            elif kind in ANSWERS:
                answered.setdefault((ANSWERS[kind], transaction), time.monotonic())
                offers += [time.monotonic()] if kind == OFFER and end > now else []
            elif end > now:
                sent.setdefault((kind, transaction), time.monotonic())
        if sys.stdin in ready:
            end = now
    silent = {
        exchange
        for exchange, at in sent.items()
        if answered.get(exchange, end + 2 * PATIENCE) - at > PATIENCE
    }
    kinds = [kind for kind, _ in sent]
    print(
        json.dumps({
            "discovers": kinds.count(DISCOVER),
            "unanswered": sum(kind == DISCOVER for kind, _ in silent),
            "requests": kinds.count(REQUEST),
            "requests_lost": sum(kind == REQUEST for kind, _ in silent),
            "losses": [
                f"{'NAK for' if transaction in refused else 'nothing for'} "
                f"{transaction[4:].hex(':')} at {time.time() + sent[kind, transaction] - now:.3f}"
                for kind, transaction in silent
                if kind == REQUEST
            ],
            "naks": len(refused),
            "silence": max(b - a for a, b in itertools.pairwise([*offers, end])),
        })
    )  # fmt: skip


if __name__ == "__main__":
    main()
