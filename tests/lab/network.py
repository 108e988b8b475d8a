"""Namespaces, bridges and cables: all of it in the lab's own namespaces, nothing outside."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab.shell import run
from tests.lab.topology import BRIDGES, PREFIX, SPACES, SWITCH, Space


def up() -> None:
    """Make every namespace, a bridge for each network, and the cables between them."""
    _namespace(SWITCH)
    for bridge in BRIDGES:
        _in(SWITCH, "link", "add", f"br-{bridge}", "type", "bridge")
        _in(SWITCH, "link", "set", f"br-{bridge}", "up")
    for space in SPACES:
        _namespace(space.netns)
        _cable(space)


def down() -> None:
    """Remove every namespace of the lab, and with them their interfaces."""
    for name in namespaces():
        run("ip", "netns", "delete", name)


def namespaces() -> list[str]:
    """List the lab's namespaces that exist."""
    listed = json.loads(run("ip", "-json", "netns", "list").stdout or "[]")
    return [space["name"] for space in listed if space["name"].startswith(PREFIX)]


@contextmanager
def within(namespace: Path) -> Iterator[None]:
    """Have this thread's sockets in a network namespace, given by where it is mounted."""
    with Path("/proc/thread-self/ns/net").open() as here, namespace.open() as there:
        _set_network(there.fileno())
        try:
            yield
        finally:
            _set_network(here.fileno())


def _set_network(handle: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(handle, 0x40000000):  # CLONE_NEWNET
        raise OSError(ctypes.get_errno(), "setns")


def _namespace(name: str) -> None:
    run("ip", "netns", "add", name)
    _in(name, "link", "set", "lo", "up")


def _cable(space: Space) -> None:
    for link in space.links:
        far = f"{space.name}-{link.name}"[:15]
        peer = ("peer", "name", far, "netns", SWITCH)
        _in(space.netns, "link", "add", link.name, "type", "veth", *peer)
        _in(SWITCH, "link", "set", far, "master", f"br-{link.bridge}", "up")
    _configure(space)
    if space.forward:
        run("ip", "netns", "exec", space.netns, "sysctl", "-qw", "net.ipv4.ip_forward=1")


def configure_again(space: Space) -> None:
    """Give a space's interfaces the addresses and routes that the lab gave them at first.

    They outlive the host in it: a host with NetworkManager leaves other routes behind.
    """
    for link in space.links:
        _in(space.netns, "link", "set", link.name, "down")
        _in(space.netns, "address", "flush", "dev", link.name)
        _in(space.netns, "route", "flush", "dev", link.name)
    _configure(space)


def _configure(space: Space) -> None:
    for link in space.links:
        if link.address:
            _in(space.netns, "address", "add", link.address, "dev", link.name)
        if link.ipv6:  # nodad: without the seconds that the kernel looks for a duplicate
            _in(space.netns, "address", "add", link.ipv6, "dev", link.name, "nodad")
        _in(space.netns, "link", "set", link.name, "up")
    for to, via in space.routes:
        _in(space.netns, "route", "add", to, "via", via)


def _in(namespace: str, *words: str) -> None:
    run("ip", "-n", namespace, *words)
