"""Observe the network: NetworkManager's connections and their firewalld zones, own addresses."""

from __future__ import annotations

import contextlib
import socket

import shell

DISCARD = 9
"""A port (RFC 863): a UDP socket that connects to it sends nothing."""


def addresses(request: dict[str, list[str]]) -> dict[str, dict[str, object]]:
    """Return which of the addresses `own` this host has, and its own address towards each `peers`.

    "" stands for a peer that no route leads to.
    """
    return {
        "own": {address: _has(address) for address in request["own"]},
        "towards": {address: _source(address) for address in request["peers"]},
    }


def _has(address: str) -> bool:
    with contextlib.suppress(OSError), _udp(address) as probe:
        probe.bind((address, 0))
        return True
    return False


def _source(address: str) -> str:
    with contextlib.suppress(OSError), _udp(address) as probe:
        probe.connect((address, DISCARD))
        return str(probe.getsockname()[0])
    return ""


def _udp(address: str) -> socket.socket:
    return socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)


def managed(interfaces: list[str]) -> dict[str, dict[str, str]]:
    """Return the connection of each interface that NetworkManager manages; `zone` may be "".

    NetworkManager tells firewalld the zone of such an interface, and tells it again. A connection
    that it has only found (``connected (externally)``) it leaves alone, and so do we.
    """
    done = shell.run("nmcli", "-t", "-f", "DEVICE,STATE,CON-UUID", "device", "status")
    if done.returncode:  # it is not installed, or does not run
        return {}
    fields = (line.split(":") for line in done.stdout.splitlines())
    connections = {
        words[0]: words[2]
        for words in fields
        if len(words) == 3 and words[0] in interfaces and words[1] == "connected" and words[2]
    }
    return {name: {"connection": uuid, "zone": zone_of(uuid)} for name, uuid in connections.items()}


def zone_of(connection: str) -> str:
    """Return the firewalld zone of a connection, "" if it is the default zone."""
    return shell.run(
        "nmcli", "-g", "connection.zone", "connection", "show", connection
    ).stdout.strip()
