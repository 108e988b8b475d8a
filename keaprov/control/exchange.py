"""One command over an SSH connection: all of its input, output and end within one deadline.

When the deadline passes, only this command's channel closes. The connection stays: the run's lock
is on it.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import paramiko

from keaprov.control import alive
from keaprov.errors import ControlError, Refused, Unreachable

LOST = (paramiko.SSHException, OSError, EOFError)
"""What paramiko raises if a connection is lost, and what `exchange` raises."""
_CHUNK = 1 << 20
_PIECE = 1 << 15


class OverdueError(TimeoutError):
    """A command did not end before its deadline."""


class LostError(ConnectionError):
    """The connection is gone; the message says why."""


def exchange(
    client: paramiko.SSHClient, command: str, stdin: str, patience: float
) -> tuple[int, str, str]:
    """Run a command and return its exit status, stdout and stderr.

    `patience` limits all of it, in seconds. The status is -1 if a signal ended the command. Raises
    OverdueError, LostError or another of `LOST`. Several exchanges may share a client.
    """
    with channel(client, patience) as opened:
        opened.exec_command(command)
        errors: list[bytes] = []
        # the program may print while it still has input to read, so that both run in threads
        writer = threading.Thread(target=_write, args=(opened, stdin.encode()), daemon=True)
        drainer = threading.Thread(target=_drain, args=(opened, errors), daemon=True)
        writer.start()
        drainer.start()
        output = list(iter(lambda: opened.recv(_CHUNK), b""))
        drainer.join()
        status = opened.recv_exit_status()
        if status < 0 and not opened.eof_received:
            raise EOFError
    return status, _text(output), _text(errors)


@contextmanager
def channel(
    client: paramiko.SSHClient, patience: float, *, keep: bool = False
) -> Iterator[paramiko.Channel]:
    """Open a channel that closes when the block ends, or when `patience` seconds have passed.

    A channel that closes ends whatever waits on it. Raises OverdueError or LostError in place of
    paramiko's errors. With `keep` the channel stays open after a block that raises nothing.
    """
    transport = client.get_transport()
    if transport is None or not transport.is_active():
        raise LostError(lost(transport))
    deadline = time.monotonic() + patience
    expired = threading.Event()
    opened: paramiko.Channel | None = None
    try:
        opened = transport.open_session(timeout=patience)
        guard = threading.Timer(deadline - time.monotonic(), _expire, (opened, expired))
        guard.daemon = True
        guard.start()
        try:
            yield opened
        finally:
            guard.cancel()
        if expired.is_set():
            raise TimeoutError
    except BaseException as error:
        keep = False
        if isinstance(error, LOST) and time.monotonic() >= deadline:
            raise OverdueError(f"no answer within {patience:.0f} s") from error
        if isinstance(error, LOST) and _gone(transport, opened):
            raise LostError(lost(transport, error)) from error
        raise
    finally:
        if opened is not None and not keep:
            _close(opened)


def lost(transport: paramiko.Transport | None, error: BaseException | None = None) -> str:
    """Return in words why a connection is gone."""
    why = alive.silence(transport)
    if why:
        return why
    detail = "" if error is None or isinstance(error, EOFError) else str(error)
    return f"the connection is lost ({detail})" if detail else "the connection is lost"


def report(program: str, status: int, output: str, errors: str) -> Any:
    """Return the JSON that a program of keaprov printed; raises Refused or Unreachable.

    A login shell may print a greeting before it.
    """
    check(program, status, errors)
    try:
        return json.loads(output.splitlines()[-1])
    except (IndexError, ValueError):
        raise Unreachable(f"the output is not the report of {program}") from None


def check(program: str, status: int, errors: str) -> None:
    """Raise Refused with a command's own sentence if it failed, Unreachable if it was killed."""
    if status < 0:
        raise Unreachable(f"a signal ended `{program}`: whether it did its work is unknown")
    if status:
        raise Refused(sentence(status, errors))


def sentence(status: int, errors: str) -> str:
    """Return what a command printed on stderr; of a traceback, the last line."""
    message = errors.strip() or f"exit status {status}"
    return message.splitlines()[-1] if "Traceback (most recent call last)" in message else message


def failure(name: str, program: str, patience: float, error: BaseException) -> ControlError:
    """Return the error to raise for what `exchange` raised, with the host's name."""
    if isinstance(error, OverdueError):
        return Unreachable(f"{name}: `{program}` did not end within {patience:.0f} s")
    return Unreachable(f"{name}: {str(error) or type(error).__name__}")


def _gone(transport: paramiko.Transport, opened: paramiko.Channel | None) -> bool:
    """Whether the connection has ended, and not only the channel."""
    if opened is not None and opened.closed and not opened.eof_received:
        transport.join(0.5)  # it closes its channels just before it ends
    return not transport.is_active()


def _expire(opened: paramiko.Channel, expired: threading.Event) -> None:
    expired.set()
    _close(opened)


def _close(opened: paramiko.Channel) -> None:
    with suppress(*LOST):
        opened.close()


def _write(opened: paramiko.Channel, data: bytes) -> None:
    with suppress(*LOST):  # the program may end before it has read all of its input
        for start in range(0, len(data), _PIECE):
            opened.sendall(data[start : start + _PIECE])
        opened.shutdown_write()


def _drain(opened: paramiko.Channel, errors: list[bytes]) -> None:
    with suppress(*LOST):
        errors.extend(iter(lambda: opened.recv_stderr(_CHUNK), b""))


def _text(parts: list[bytes]) -> str:
    return b"".join(parts).decode(errors="replace")
