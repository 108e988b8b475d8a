"""Capture what crosses the lab's switch on some TCP ports, and look for clear text in it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.lab.topology import SWITCH

CAPTURE = """
import json, select, socket, sys
ports, marks = set(map(int, sys.argv[1].split(","))), [m.encode() for m in json.loads(sys.argv[2])]
every, ipv4, statistics, forced = 0x0003, 0x0800, (263, 6), 33  # linux/if_packet.h, socket.h
wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(every))
wire.setsockopt(socket.SOL_SOCKET, forced, 1 << 24)
report = {"packets": 0, "tls": 0, "clear": []}
print("ready", flush=True)
while True:
    readable, _, _ = select.select([wire, sys.stdin], [], [])
    if wire not in readable:
        break
    packet, where = wire.recvfrom(1 << 16)
    head = (packet[0] & 15) * 4
    if where[1] != ipv4 or where[0] == "lo" or packet[9] != 6 or len(packet) < head + 20:
        continue
    source, target = (int.from_bytes(packet[head + n : head + n + 2], "big") for n in (0, 2))
    if not ports & {source, target}:
        continue
    payload = packet[head + (packet[head + 12] >> 4) * 4 : int.from_bytes(packet[2:4], "big")]
    if not payload:
        continue
    report["packets"] += 1
    report["tls"] += payload[:2] in (b"\\x14\\x03", b"\\x15\\x03", b"\\x16\\x03", b"\\x17\\x03")
    if any(mark in payload for mark in marks) and len(report["clear"]) < 5:
        report["clear"].append(payload[:80].decode("latin-1"))
report["lost"] = int.from_bytes(wire.getsockopt(*statistics, 8)[4:], sys.byteorder)
print(json.dumps(report), flush=True)
"""
HTTP = ("POST /", "HTTP/1.", "Authorization", '"command"', '"arguments"')
"""What an HA message or a command to the API has, if it can be read on the wire."""


@dataclass
class Captured:
    """What was on the wire: packets with a payload, those that begin a TLS record, clear ones.

    `lost` are packets that the kernel had no room for: their content is unknown.
    """

    packets: int = 0
    tls: int = 0
    lost: int = 0
    clear: list[str] = field(default_factory=list)


@contextmanager
def capturing(*marks: str, ports: Sequence[int] = (8005, 8000)) -> Iterator[Captured]:
    """Capture on the switch, which every packet between two hosts passes, as long as it lasts.

    `marks` are further texts that nobody may read there. A packet is seen at each port it passes.
    """
    captured = Captured()
    words = (
        "/usr/bin/python3",
        "-c",
        CAPTURE,
        ",".join(map(str, ports)),
        json.dumps([*HTTP, *marks]),
    )
    process = subprocess.Popen(
        ["ip", "netns", "exec", SWITCH, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    assert process.stdout.readline() == "ready\n"
    try:
        yield captured
    finally:
        process.stdin.write("end\n")
        process.stdin.close()
        report = json.loads(process.stdout.readline())
        process.wait(10)
        process.stdout.close()
        captured.packets, captured.tls = report["packets"], report["tls"]
        captured.lost, captured.clear = report["lost"], report["clear"]
