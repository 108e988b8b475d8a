"""Observe the interfaces on which kea-dhcp4 receives DHCP, and its sockets there.

Kea opens its sockets when it starts, for the interfaces and addresses of that time, and does not
look again. An interface that was made anew has another index, and no packet of it reaches the old
socket. A raw socket passes broadcasts, and what is sent to the one address that the interface had
(pkt_filter_lpf.cc): relays and renewing clients send to the address that it has now.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import socket
import struct
import sys
from collections.abc import Iterator

import own_socket
import reading

SIOCGIFCONF, SIOCGIFFLAGS, IFF_UP, IFF_RUNNING = 0x8912, 0x8913, 0x1, 0x40  # netdevice(7)
ENTRY, NAME, ADDRESS = 40, 16, 20
"""Bytes of a struct ifreq, of the name that it begins with, and where its IPv4 address is."""
MOST = 1024
"""Addresses of a host that are read."""
DHCP = 67
REMOVED = -1
"""The interface of a packet socket whose interface was removed (packet(7), /proc/net/packet)."""


def links(names: list[str], process: int) -> dict[str, str]:
    """Return the state of each interface for a kea-dhcp4 that runs as a process, 0 for none.

    ``up``; or why no packet reaches the socket that Kea has opened there: ``gone``, ``down`` (also
    without a carrier), ``bare`` (no IPv4 address), ``anew`` (removed and made again), ``moved``
    (none of its addresses is one that Kea has opened). Kea has opened no socket on one that is
    ``closed``, nor on one that is ``ready``: it is up, with an address.
    """
    sockets = own_socket.inodes(process) if process and names else set()
    indexes = set(packet_indexes(process, sockets)) if sockets else set()
    opened = set(udp_addresses(process, sockets)) if sockets else set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        addresses = own_addresses(channel)
        return {
            name: state(channel, name, addresses.get(name, set()), indexes, opened)
            for name in names
        }


def state(
    channel: socket.socket, name: str, own: set[str], indexes: set[int], opened: set[str]
) -> str:
    """Return the state of an interface (`links`)."""
    removed, known = REMOVED in indexes, bool(indexes)
    try:
        answer = fcntl.ioctl(channel, SIOCGIFFLAGS, struct.pack("256s", name.encode()[:15]))
        index = socket.if_nametoindex(name)
    except OSError:
        return "closed" if known and not removed else "gone"
    (flags,) = struct.unpack_from("H", answer, NAME)
    up = bool(flags & IFF_UP and flags & IFF_RUNNING)
    if known and index not in indexes:
        return ("anew" if removed else "ready") if up and own else "gone" if removed else "closed"
    if not up:
        return "down"
    if not own:
        return "bare"
    return "moved" if index in indexes and opened and not own & opened else "up"


def own_addresses(channel: socket.socket) -> dict[str, set[str]]:
    """Return the IPv4 addresses of each interface of this host."""
    buffer = array.array("B", bytes(ENTRY * MOST))
    start, length = buffer.buffer_info()
    answer = fcntl.ioctl(channel, SIOCGIFCONF, struct.pack("iP", length, start))
    (length,) = struct.unpack_from("i", answer)
    addresses: dict[str, set[str]] = {}
    for at in range(0, length, ENTRY):
        label = bytes(buffer[at : at + NAME]).partition(b"\0")[0].decode(errors="replace")
        address = socket.inet_ntoa(bytes(buffer[at + ADDRESS : at + ADDRESS + 4]))
        addresses.setdefault(label.partition(":")[0], set()).add(address)
    return addresses


def packet_indexes(process: int, inodes: set[str]) -> Iterator[int]:
    """Yield the index of the interface of each packet socket of a process."""
    for fields in rows(f"/proc/{process}/net/packet"):
        if len(fields) == 9 and fields[8] in inodes:
            yield int(fields[4])


def udp_addresses(process: int, inodes: set[str]) -> Iterator[str]:
    """Yield the address of each UDP socket that a process has on the port of DHCP."""
    for fields in rows(f"/proc/{process}/net/udp"):
        if len(fields) > 9 and fields[9] in inodes:
            address, _, port = fields[1].partition(":")
            if int(port, 16) == DHCP:
                yield socket.inet_ntoa(int(address, 16).to_bytes(4, sys.byteorder))


def rows(path: str) -> Iterator[list[str]]:
    """Yield the fields of each line of a table of the kernel, but its heading."""
    with contextlib.suppress(OSError):
        yield from (line.split() for line in reading.text(path).splitlines()[1:])
