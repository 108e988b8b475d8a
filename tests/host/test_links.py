"""look_links.py: whether packets reach the sockets of kea-dhcp4, interface by interface."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.host.loading import Host

INDEX = socket.if_nametoindex("lo")
PACKET = "sk RefCnt Type Proto Iface R Rmem User Inode\n"
UDP = "sl local_address rem_address st queues tr retrnsmt uid timeout inode\n"


@pytest.fixture
def look(host: Host, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module, and a process whose sockets have the inodes 1 to 3."""
    module = host.module("look_links")
    monkeypatch.setattr(host.module("own_socket"), "inodes", lambda process: {"1", "2", "3"})
    yield module


def links(look: Any, monkeypatch: pytest.MonkeyPatch, indexes: list[int], *opened: str) -> str:
    """Return the state of lo for a process with packet sockets and UDP sockets."""
    packet = "".join(f"0 3 3 0003 {at} 1 0 0 {n + 1}\n" for n, at in enumerate(indexes))
    other = f"0 3 3 0003 {INDEX} 1 0 0 99\n"
    numbers = (f"{int.from_bytes(socket.inet_aton(each), sys.byteorder):08X}" for each in opened)
    udp = "".join(f"1: {each}:0043 0:0 07 0:0 0:0 0 0 0 3 2 0 0\n" for each in numbers)
    tables = {"packet": PACKET + packet + other, "udp": UDP + udp}
    monkeypatch.setattr(look.reading, "text", lambda path: tables[path.rpartition("/")[2]])
    state: str = look.links(["lo"], 7)["lo"]
    return state


@pytest.mark.parametrize(
    ("indexes", "opened", "state"),
    [
        ([INDEX], ("127.0.0.1",), "up"),
        ([INDEX], ("10.9.9.9", "127.0.0.1"), "up"),
        ([INDEX], (), "up"),
        ([INDEX], ("10.9.9.9",), "moved"),
        ([INDEX + 900], (), "ready"),
        ([-1], ("127.0.0.1",), "anew"),
        ([INDEX + 900, -1], ("127.0.0.1",), "anew"),
        ([], ("10.9.9.9",), "up"),
    ],
)
def test_the_sockets_of_the_process_say_what_reaches_it(
    look: Any,
    monkeypatch: pytest.MonkeyPatch,
    indexes: list[int],
    opened: tuple[str, ...],
    state: str,
) -> None:
    assert links(look, monkeypatch, indexes, *opened) == state


@pytest.mark.parametrize(
    ("addresses", "indexes", "state"),
    [
        ({}, [INDEX], "bare"),
        ({}, [INDEX + 900], "closed"),
        ({}, [], "bare"),
        ({}, [-1], "gone"),
    ],
)
def test_an_interface_without_an_address(
    look: Any,
    monkeypatch: pytest.MonkeyPatch,
    addresses: dict[str, set[str]],
    indexes: list[int],
    state: str,
) -> None:
    monkeypatch.setattr(look, "own_addresses", lambda channel: addresses)
    assert links(look, monkeypatch, indexes) == state


def test_interfaces_of_a_kea_that_does_not_run(host: Host) -> None:
    look = host.module("look_links")
    assert look.links(["lo", "no-such"], 0) == {"lo": "up", "no-such": "gone"}
    assert look.links([], os.getpid()) == {}


def test_an_interface_that_was_not_opened_and_is_not_there(
    look: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    links(look, monkeypatch, [INDEX])
    assert look.links(["no-such"], 7) == {"no-such": "closed"}
    links(look, monkeypatch, [-1])
    assert look.links(["no-such"], 7) == {"no-such": "gone"}


def test_the_tables_of_the_kernel_are_read(host: Host) -> None:
    look = host.module("look_links")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        assert "127.0.0.1" in look.own_addresses(channel)["lo"]
        channel.bind(("127.0.0.1", 0))
        look.DHCP = channel.getsockname()[1]
        inodes = host.module("own_socket").inodes(os.getpid())
        assert list(look.udp_addresses(os.getpid(), inodes)) == ["127.0.0.1"]
    assert list(look.rows("/none")) == []
