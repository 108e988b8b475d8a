"""How a DHCP client's packets go out and come in: on an interface, or as a relay passes them on."""

from __future__ import annotations

import select
import socket
import struct
import time
from typing import Any

from dhcp_packet import checksum

Received = tuple[bytes, str, str]
"""A packet, the IP address that it came from, and the MAC address, "" if that is not seen."""


class Direct:
    """A client's way: Ethernet frames on an interface."""

    giaddr = "0.0.0.0"

    def __init__(self, interface: str, mac: bytes) -> None:
        self._mac = mac
        self._router = b"\xff" * 6
        self._channel = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        self._channel.bind((interface, 0))

    def close(self) -> None:
        self._channel.close()

    def send(self, packet: bytes, source: str = "0.0.0.0", to: str = "255.255.255.255") -> None:
        target = self._router if to != "255.255.255.255" else b"\xff" * 6
        ends = socket.inet_aton(source) + socket.inet_aton(to)
        udp = struct.pack("!HHHH", 68, 67, 8 + len(packet), 0)
        pseudo = ends + struct.pack("!BBH", 0, 17, 8 + len(packet))
        udp = udp[:6] + struct.pack("!H", checksum(pseudo + udp + packet) or 0xFFFF)
        size = 20 + 8 + len(packet)
        ip = struct.pack("!BBHHHBBH", 0x45, 0, size, 0, 0, 64, 17, 0) + ends
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        self._channel.send(target + self._mac + b"\x08\x00" + ip + udp + packet)

    def receive(self, until: float) -> Received | None:
        while (left := until - time.monotonic()) > 0:
            if not select.select([self._channel], [], [], left)[0]:
                return None
            frame = self._channel.recv(65535)
            if len(frame) < 42 or frame[12:14] != b"\x08\x00" or frame[23] != 17:
                continue
            start = 14 + (frame[14] & 15) * 4
            if frame[start + 2 : start + 4] == struct.pack("!H", 68):
                self._router = frame[6:12]
                return frame[start + 8 :], socket.inet_ntoa(frame[26:30]), frame[6:12].hex(":")
        return None


class Relayed:
    """A relay's way: UDP from an address of this machine to each server."""

    def __init__(self, giaddr: str, servers: list[str]) -> None:
        self.giaddr = giaddr
        self._servers = servers
        self._channel = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._channel.bind((giaddr, 67))

    def close(self) -> None:
        self._channel.close()

    def send(self, packet: bytes, source: str = "", to: str = "255.255.255.255") -> None:
        for server in self._servers if to == "255.255.255.255" else [to]:
            self._channel.sendto(packet, (server, 67))

    def receive(self, until: float) -> Received | None:
        left = until - time.monotonic()
        if left <= 0 or not select.select([self._channel], [], [], left)[0]:
            return None
        data, (source, _) = self._channel.recvfrom(65535)
        return data, source, ""


Way = Any  # Direct or Relayed
