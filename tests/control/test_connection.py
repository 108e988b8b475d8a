"""One connection for each server, also for threads that use it at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from keaprov.control import Shell, ssh

MANY = 8


class Client:
    """A stand-in for paramiko's client whose connection lives."""

    def get_transport(self) -> Client:
        return self

    def is_active(self) -> bool:
        return True


def test_threads_share_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Client] = []
    crowd = Barrier(2)

    def connect(*_: Any) -> Client:
        try:
            crowd.wait(0.3)  # a second thread that connects meanwhile would meet this one
        except BrokenBarrierError:
            crowd.reset()
        made.append(Client())
        return made[-1]

    monkeypatch.setattr(ssh, "_connect", connect)
    monkeypatch.setattr(Shell, "_route", lambda shell: None)
    shell = Shell("dhcp1", "192.0.2.1")
    with ThreadPoolExecutor(MANY) as pool:
        clients = list(pool.map(lambda _: shell._connected(), range(MANY)))
    assert len(made) == 1
    assert set(map(id, clients)) == {id(made[0])}
