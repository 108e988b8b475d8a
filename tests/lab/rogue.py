"""A small DHCP server of the tests' own, on a client network of the lab: nobody asked for it.

It answers each DISCOVER on the network with an OFFER, in Ethernet frames of its own MAC address,
and each REQUEST with an ACK. It stands for the router that somebody plugged in the wrong way.
"""

from __future__ import annotations

import importlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from keaprov.dhcp_client import packets
from tests.lab import network
from tests.lab.topology import SWITCH

MAC = bytes.fromhex("026600000001")
ADDRESS = "172.20.10.66"
OFFERED = "172.20.10.200"
PACKETS = packets()
CHECKSUM = importlib.import_module("dhcp_packet").checksum


@contextmanager
def serving(vlan: str, identifier: str = ADDRESS, *options: tuple[int, bytes]) -> Iterator[None]:
    """Answer the clients of a network for a time; an empty identifier leaves option 54 out."""
    with network.within(Path("/run/netns") / f"{SWITCH}"):
        channel = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
    with closing(channel):
        channel.bind((f"br-{vlan}", 0))
        channel.settimeout(0.2)
        over = threading.Event()
        named = [(54, socket.inet_aton(identifier))] if identifier else []
        words = (channel, over, [*named, (51, struct.pack("!I", 600)), *options])
        thread = threading.Thread(target=_serve, args=words, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def _serve(channel: socket.socket, over: threading.Event, options: list[tuple[int, bytes]]) -> None:
    answers = {PACKETS.DISCOVER: PACKETS.OFFER, PACKETS.REQUEST: PACKETS.ACK}
    while not over.is_set():
        with suppress(TimeoutError, PACKETS.PacketError):
            frame = channel.recv(65535)
            if frame[12:14] == b"\x08\x00" and frame[23] == 17 and frame[36:38] == b"\0\x43":
                question = PACKETS.decode(frame[42:])
                if question["op"] == 1 and question["kind"] in answers:
                    channel.send(_frame(question, answers[question["kind"]], options))


def _frame(question: dict[str, object], kind: int, options: list[tuple[int, bytes]]) -> bytes:
    packet = bytearray(PACKETS.encode(kind, question["xid"], question["mac"], options))
    packet[0] = 2
    packet[16:20] = socket.inet_aton(OFFERED)
    ends = socket.inet_aton(ADDRESS) + b"\xff" * 4
    udp = struct.pack("!HHHH", 67, 68, 8 + len(packet), 0)
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 28 + len(packet), 0, 0, 64, 17, 0) + ends
    ip = ip[:10] + struct.pack("!H", CHECKSUM(ip)) + ip[12:]
    return b"\xff" * 6 + MAC + b"\x08\x00" + ip + udp + bytes(packet)
