"""One command over an SSH connection: all of its input, output and end within one deadline.

When the deadline passes, only this command's channel closes. The connection stays: the run's lock
is on it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import paramiko

from keaprov.control import alive, sudo
from keaprov.control.decoding import MOST, BoundError, value_of
from keaprov.errors import ControlError, Refused, Unreachable
from keaprov.words import shortened

LOST = (paramiko.SSHException, OSError, EOFError)
"""What paramiko raises if a connection is lost, and what `exchange` raises."""
MOST_ERRORS = 1 << 20
"""Bytes that a command may print on stderr."""
NO_SESSION = (
    "sshd opens no further session on this connection, and keaprov needs several: set MaxSessions "
    "in its sshd_config to 10, sshd's own default, and reload sshd"
)
_LONGEST_SENTENCE = 4000
_CHUNK = 1 << 20
_PIECE = 1 << 15


class OverdueError(TimeoutError):
    """A command did not end before its deadline."""


class FloodError(OSError):
    """A command printed more than any answer has."""


class SessionError(OSError):
    """The connection is there, and its sshd opens no further session on it."""


class LostError(ConnectionError):
    """The connection is gone; the message says why."""


def exchange(
    client: paramiko.SSHClient, command: str, stdin: str, patience: float
) -> tuple[int, str, str]:
    """Run a command and return its exit status, stdout and stderr.

    `patience` limits all of it, in seconds. The status is -1 if a signal ended the command. Raises
    OverdueError, SessionError, LostError, FloodError or another of `LOST`. Several exchanges may
    share a client.
    """
    with channel(client, patience) as opened:
        opened.exec_command(command)
        errors: list[bytes] = []
        # the program may print while it still has input to read, so that both run in threads
        writer = threading.Thread(target=_write, args=(opened, stdin.encode()), daemon=True)
        drainer = threading.Thread(target=_drain, args=(opened, errors), daemon=True)
        writer.start()
        drainer.start()
        output = list(_pieces(opened.recv, MOST))
        if sum(map(len, output)) > MOST:
            raise FloodError("it printed more than any answer has: nothing of it is used")
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

    A channel that closes ends whatever waits on it. Raises OverdueError, SessionError or LostError
    in place of paramiko's errors. With `keep` the channel stays open after a block that raises
    nothing.
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
        if isinstance(error, paramiko.ChannelException):
            raise SessionError(NO_SESSION) from error
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
        return value_of(output.rstrip("\n").rsplit("\n", 1)[-1])
    except BoundError as error:
        raise Unreachable(f"the report of {program} is too large: {error}") from None
    except ValueError:
        raise Unreachable(f"the output is not the report of {program}") from None


def check(program: str, status: int, errors: str) -> None:
    """Raise Refused with a command's own sentence if it failed, Unreachable if it was killed."""
    if status < 0:
        raise Unreachable(f"a signal ended `{program}`: whether it did its work is unknown")
    if status:
        raise Refused(sentence(status, errors))


def sentence(status: int, errors: str) -> str:
    """Return what a command printed on stderr; of a traceback, the last line."""
    if refusal := sudo.sentence(errors):
        return refusal
    message = errors.strip() or f"exit status {status}"
    if "Traceback (most recent call last)" in message:
        message = message.splitlines()[-1]
    return shortened(message, _LONGEST_SENTENCE)


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
    """Read all of stderr and keep its end: a command whose stderr nobody reads does not end."""
    with suppress(*LOST):
        while piece := opened.recv_stderr(_CHUNK):
            errors[:] = [b"".join((*errors, piece))[-MOST_ERRORS:]]


def _pieces(receive: Callable[[int], bytes], most: int) -> Iterator[bytes]:
    """Yield what comes until it ends, or is more than `most` bytes."""
    size = 0
    while size <= most and (piece := receive(_CHUNK)):
        size += len(piece)
        yield piece


def _text(parts: list[bytes]) -> str:
    return b"".join(parts).decode(errors="replace")
