"""One run at a time: a lock on a host, freed by the host's kernel when the run ends or dies.

The lock is a process on the host (files/host/lock.py) that lives as long as its SSH channel does,
and receives a sign of life from the run every few seconds.
"""

from __future__ import annotations

import getpass
import socket
import threading
from contextlib import suppress
from typing import Any

import paramiko

from keaprov import files
from keaprov.control import exchange, sudo
from keaprov.control.decoding import value_of
from keaprov.errors import ControlError, Refused, Unreachable

PATIENCE = 15
"""Seconds without a sign of life after which a host frees the lock of a run that is gone."""
ANSWER = 15.0
"""Seconds for the host to say whether the run holds the lock."""
_LONGEST = 1 << 18
"""Bytes of a greeting and the answer."""
BEAT = 3.0
"""Seconds between two signs of life."""


class Lock:
    """A lock that is held until `free`, the end of this process or the loss of the connection."""

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel
        self._over = threading.Event()
        threading.Thread(target=self._beat, name="keaprov-lock", daemon=True).start()

    @property
    def lost(self) -> bool:
        """Whether the lock ended without `free`: the connection or the holder is gone."""
        if self._over.is_set():
            return False
        return self._ended()

    def free(self) -> None:
        """Let other runs use the host; does nothing the second time."""
        if self._over.is_set():
            return
        self._over.set()
        with suppress(*exchange.LOST):  # if the connection is gone, so is the lock
            self._channel.shutdown_write()
            self._channel.status_event.wait(1)  # the next run may begin at once
            self._channel.close()

    def _ended(self) -> bool:
        if self._channel.closed or self._channel.eof_received:
            return True
        return not self._channel.get_transport().is_active()

    def _beat(self) -> None:
        """Tell the host, again and again, that the run is alive."""
        with suppress(*exchange.LOST):
            while not self._over.wait(BEAT) and not self._ended():
                self._channel.sendall(b"\n")


def hold(client: paramiko.SSHClient, command: str, run: str, line: str = "") -> Lock:
    """Hold a host for a run; `command` starts `files.interpreter("lock")` there, as root.

    `run` is the run's token, `line` what goes to standard input first. Raises Refused if another
    run holds the host or sudo refuses, Unreachable if the host does not answer in time. The
    messages do not name the host.
    """
    by = f"{getpass.getuser()} on {socket.gethostname()}"
    request = {"run": run, "by": by, "patience": PATIENCE}
    try:
        with exchange.channel(client, ANSWER, keep=True) as channel:
            channel.exec_command(command)
            channel.sendall((line + files.program("lock", request) + "\n").encode())
            answer = _first_answer(channel)
            if answer is None:
                raise _without_answer(channel)
            if not answer["held"]:
                raise Refused(
                    f"another run is at work on this host ({answer.get('by')}). Wait until it has "
                    "ended; the lock of a run that is gone frees itself"
                )
            return Lock(channel)
    except exchange.LOST as error:
        raise Unreachable(_cannot(str(error) or type(error).__name__)) from error


def _cannot(why: str) -> str:
    return f"the host cannot be locked for this run: {why}"


def _first_answer(channel: paramiko.Channel) -> dict[str, Any] | None:
    """Return the lock's answer, None if it ends without one.

    Other lines are a login shell's greeting.
    """
    text, size = b"", 0
    while data := channel.recv(4096):
        size += len(data)
        if size > _LONGEST:
            raise Unreachable("it printed more than any answer has")
        *lines, text = (text + data).split(b"\n")
        for line in lines:
            with suppress(ValueError):
                answer = value_of(line)
                if isinstance(answer, dict) and "held" in answer:
                    return answer
    if not channel.eof_received:
        raise EOFError
    return None


def _without_answer(channel: paramiko.Channel) -> ControlError:
    """Return the error for a lock that ended without an answer: what it printed says why."""
    data = b""
    while len(data) < _LONGEST and (piece := channel.recv_stderr(4096)):
        data += piece
    errors = data.decode(errors="replace")
    if refusal := sudo.sentence(errors):
        return Refused(refusal)
    return Unreachable(_cannot(exchange.sentence(channel.recv_exit_status(), errors)))
