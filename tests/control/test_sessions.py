"""An sshd that lets a connection have fewer sessions than keaprov needs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NoReturn

import paramiko
import pytest

from keaprov.control import exchange, lock
from keaprov.errors import Unreachable


def refusing() -> Any:
    """Return a client whose connection is well, and whose sshd opens no session."""

    def open_session(timeout: float) -> NoReturn:
        raise paramiko.ChannelException(2, "Connect failed")

    transport = SimpleNamespace(is_active=lambda: True, open_session=open_session)
    return SimpleNamespace(get_transport=lambda: transport)


def test_a_session_that_sshd_refuses_is_named_with_its_cure() -> None:
    with pytest.raises(exchange.SessionError) as raised:
        exchange.exchange(refusing(), "true", "", 5)
    failure = exchange.failure("dhcp1", "observe", 5, raised.value)
    assert str(failure) == f"dhcp1: {exchange.NO_SESSION}"
    with pytest.raises(Unreachable, match="cannot be locked for this run: sshd opens no further"):
        lock.hold(refusing(), "true", "run")
