"""Close an SSH connection whose host no longer answers.

The kernel notices a host that has vanished only while something is sent, and never a host whose
sshd is frozen: its kernel goes on acknowledging. So a watcher asks a silent host for a reply, as
``ServerAliveInterval`` of ssh(1) does. When the connection closes, everything that waits on it
ends, pyinfra's own commands too.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from weakref import WeakKeyDictionary

import paramiko
from paramiko.common import cMSG_GLOBAL_REQUEST

INTERVAL = 5.0
"""Seconds of silence after which the watcher asks the host for a reply, again and again."""
LIMIT = 15.0
"""Seconds of silence after which the connection is closed."""
TICK = 0.5
ACKNOWLEDGED = 10.0
"""Seconds for the host's kernel to acknowledge what was sent to it."""

_watchers: WeakKeyDictionary[paramiko.Transport, Watcher] = WeakKeyDictionary()
_starting = threading.Lock()


def watch(transport: paramiko.Transport | None) -> None:
    """Watch a connection until it ends; does nothing the second time."""
    if transport is None or not transport.is_active():
        return
    with _starting:
        if transport in _watchers:
            return
        watcher = _watchers[transport] = Watcher()
    _limit_unacknowledged(transport)
    threading.Thread(
        target=watcher.run, args=(transport,), name="keaprov-alive", daemon=True
    ).start()


def silence(transport: paramiko.Transport | None) -> str:
    """Return in words how long the host of an ended connection was silent, "" if it was not."""
    watcher = None if transport is None else _watchers.get(transport)
    # the kernel may close the connection just before the watcher does
    if watcher is None or watcher.silent < LIMIT - 2 * TICK:
        return ""
    return f"the host has not answered for {watcher.silent:.0f} s"


class Watcher:
    """Counts how long a host has been silent."""

    def __init__(self) -> None:
        self.silent = 0.0

    def run(self, transport: paramiko.Transport) -> None:
        """Ask for signs of life; close the connection if none comes."""
        received, before, last_request = _received(transport), time.monotonic(), 0.0
        while transport.is_active() and self.silent < LIMIT:
            time.sleep(TICK)
            now, newest = time.monotonic(), _received(transport)
            # a stopped process receives nothing, nor does gevent's hub while something computes
            self.silent += min(now - before, 2 * TICK)
            before = now
            if newest != received:
                received, self.silent, last_request = newest, 0.0, 0.0
            elif self.silent >= last_request + INTERVAL:
                last_request = self.silent
                threading.Thread(target=_request_reply, args=(transport,), daemon=True).start()
        transport.close()


def _request_reply(transport: paramiko.Transport) -> None:
    """Send a request that wants a reply; in a thread, because a full buffer blocks the sender.

    Any reply is a sign of life; OpenSSH's sshd replies that it does not know the request.
    """
    request = paramiko.Message()
    request.add_byte(cMSG_GLOBAL_REQUEST)
    request.add_string("keepalive@openssh.com")
    request.add_boolean(True)
    with suppress(paramiko.SSHException, OSError, EOFError):
        transport._send_user_message(request)  # type: ignore[attr-defined]


def _received(transport: paramiko.Transport) -> int:
    """Return the number of the last received packet: any packet is a sign of life."""
    return int(vars(transport.packetizer)["_Packetizer__sequence_number_in"])


def _limit_unacknowledged(transport: paramiko.Transport) -> None:
    """Have the kernel close a connection whose host does not acknowledge (RFC 5482)."""
    if isinstance(transport.sock, socket.socket):
        with suppress(AttributeError, OSError):  # Linux has the option, other systems may not
            milliseconds = int(ACKNOWLEDGED * 1000)
            transport.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
