"""Read and write DHCP packets (RFC 2131, RFC 2132).

It is sent with the programs that are DHCP clients (Python >= 3.9, standard library only).
"""

from __future__ import annotations

import socket
import struct
from typing import Any

DISCOVER, OFFER, REQUEST, ACK, NAK, RELEASE = 1, 2, 3, 5, 6, 7
COOKIE = b"\x63\x82\x53\x63"
SUBNET_MASK, OVERLOAD, MESSAGE_TYPE, SERVER_ID, PARAMETERS, MESSAGE = 1, 52, 53, 54, 55, 56
REQUESTED_ADDRESS, CLIENT_ID = 50, 61


class PacketError(ValueError):
    """Bytes that are not a DHCP packet."""


def encode(
    kind: int,
    xid: int,
    mac: bytes,
    options: list[tuple[int, bytes]],
    giaddr: str = "0.0.0.0",
    ciaddr: str = "0.0.0.0",
    secs: int = 0,
) -> bytes:
    """Return a client's packet; direct ones ask for an answer by broadcast.

    `secs` is how long the client has asked already, in seconds.
    """
    hops, flags = (1, 0) if giaddr != "0.0.0.0" else (0, 0x8000)
    head = struct.pack("!BBBBIHH", 1, 1, 6, hops, xid, min(secs, 0xFFFF), flags)
    addresses = socket.inet_aton(ciaddr) + bytes(8) + socket.inet_aton(giaddr)
    body = b"".join(
        bytes((code, len(value))) + value
        for code, value in [(MESSAGE_TYPE, bytes((kind,))), *options]
    )
    packet = head + addresses + mac.ljust(16, b"\0") + bytes(192) + COOKIE + body + b"\xff"
    return packet.ljust(300, b"\0")


def decode(data: bytes) -> dict[str, Any]:
    """Return a packet's fields and options; PacketError when it is none.

    Options that come in parts are joined (RFC 3396), also from `file` and `sname` (option 52).
    """
    if len(data) < 240 or data[236:240] != COOKIE:
        raise PacketError("no DHCP packet: too short, or without its cookie")
    op, htype, hlen, _ = data[:4]
    if htype != 1 or hlen != 6:
        raise PacketError(f"hardware of type {htype}, length {hlen}: not Ethernet")
    options: dict[int, bytes] = {}
    _options(data[240:], options)
    overload = options.get(OVERLOAD, b"\0")[:1]
    if overload in (b"\x01", b"\x03"):
        _options(data[108:236], options)
    if overload in (b"\x02", b"\x03"):
        _options(data[44:108], options)
    return {
        "op": op,
        "xid": struct.unpack_from("!I", data, 4)[0],
        "yiaddr": socket.inet_ntoa(data[16:20]),
        "siaddr": socket.inet_ntoa(data[20:24]),
        "giaddr": socket.inet_ntoa(data[24:28]),
        "mac": data[28:34],
        "kind": options.get(MESSAGE_TYPE, b"\0")[0] if options.get(MESSAGE_TYPE) else 0,
        "options": options,
    }


def _options(data: bytes, options: dict[int, bytes]) -> None:
    at = 0
    while at < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        if at + 1 >= len(data) or at + 2 + data[at + 1] > len(data):
            raise PacketError(f"option {data[at]} is incomplete")
        length = data[at + 1]
        options[data[at]] = options.get(data[at], b"") + data[at + 2 : at + 2 + length]
        at += 2 + length


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    total: int = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
