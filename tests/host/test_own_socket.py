"""own_socket.py: where kea-dhcp4 listens, if its socket is not at keaprov's place."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.host.loading import Host


@pytest.fixture
def listening(host: Host, tmp_path: Path) -> Iterator[Path]:
    """A socket on which this process answers as a kea-dhcp4 by hand does."""
    path = tmp_path / "ctrl-socket"
    host.command("systemctl", f"echo ActiveState=active; echo MainPID={os.getpid()}")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        thread = threading.Thread(target=_answer, args=(server,), daemon=True)
        thread.start()
        yield path


def _answer(server: socket.socket) -> None:
    near, _ = server.accept()
    name = json.loads(near.recv(1 << 16))["command"]
    near.sendall(json.dumps({"result": 0, "arguments": {"asked": name}}).encode())
    near.close()


def test_the_socket_of_the_process_is_asked(host: Host, listening: Path) -> None:
    assert host.module("own_socket").of_process(os.getpid()) == str(listening)
    kea = host.module("kea_socket")
    nowhere = str(listening.parent / "kea4-ctrl-socket")
    assert kea.ask(nowhere, {"command": "status-get"}) == {"asked": "status-get"}


def test_a_socket_at_its_place_needs_no_search(host: Host, listening: Path) -> None:
    assert host.module("kea_socket").ask(str(listening), {"command": "x"}) == {"asked": "x"}
    assert host.calls() == []


def test_a_process_without_a_socket(host: Host, tmp_path: Path) -> None:
    host.command("systemctl", "echo ActiveState=active; echo MainPID=1")
    kea = host.module("kea_socket")
    with pytest.raises(kea.Refused, match=r"does not answer \(No such file or directory\)"):
        kea.ask(str(tmp_path / "none"), {"command": "status-get"}, 1)


def test_a_connected_socket_is_none_that_listens(host: Host, tmp_path: Path) -> None:
    near, far = socket.socketpair()
    with near, far:
        assert host.module("own_socket").of_process(os.getpid()) == ""
