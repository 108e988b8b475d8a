"""Send commands to kea-dhcp4 over its unix socket; the whole answer has a deadline."""

from __future__ import annotations

import os
import socket
import time
from typing import Any

import kea_json
import own_socket
import trusted

EMPTY, PARTLY = 3, 5
"""Kea's results for "there is no such thing" and, from 3.0.4 on, "failed and partly applied"."""


class Refused(Exception):  # noqa: N818 - Kea's word
    """Kea's answer is not 0, or there is none.

    `result` is Kea's number, None if kea-dhcp4 does not answer.
    """

    def __init__(self, text: str, result: int | None = None) -> None:
        super().__init__(text)
        self.result = result

    @property
    def certain(self) -> bool:
        """Whether Kea is known to have changed nothing."""
        return self.result is not None and self.result != PARTLY


def talk(path: str, command: dict[str, Any], seconds: float = 30) -> dict[str, Any]:
    """Return the whole answer as it came."""
    name = command["command"]
    try:
        answer = kea_json.value(_exchange(path, kea_json.sent(command), seconds))
    except socket.timeout:
        raise Refused(f"{name}: kea-dhcp4 did not answer within {seconds:g} s") from None
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise Refused(f"{name}: kea-dhcp4 does not answer ({reason})") from error
    except ValueError as error:
        raise Refused(f"{name}: kea-dhcp4's answer is incomplete or not JSON ({error})") from error
    if not isinstance(answer, dict):
        raise Refused(f"{name}: kea-dhcp4's answer is not a map")
    return answer


def ask(path: str, command: dict[str, Any], seconds: float = 30) -> Any:
    """Return the answer's arguments; Refused if Kea's result is not 0."""
    answer = talk(path, command, seconds)
    if answer.get("result") != 0:
        refusal = f"{command['command']}: {answer.get('text')}"
        result = answer.get("result")
        raise Refused(refusal, result if isinstance(result, int) else None)
    return answer.get("arguments")


def connect(channel: socket.socket, path: str) -> None:
    """Connect to kea-dhcp4: at this path, else where its process listens; OSError if nowhere."""
    try:
        _connect(channel, path)
    except (FileNotFoundError, ConnectionRefusedError):
        own = own_socket.path()
        if own in ("", path):
            raise
        _connect(channel, own)


def _connect(channel: socket.socket, path: str) -> None:
    """Connect to a socket; a link that user kea has put in its place is not followed."""
    flags = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
    with trusted.holder(path, follow=True) as (folder, name):
        handle = os.open(name, flags, dir_fd=folder)
    try:
        channel.connect(f"/proc/self/fd/{handle}")
    finally:
        os.close(handle)


def _exchange(path: str, data: bytes, seconds: float) -> bytes:
    deadline = time.monotonic() + seconds
    chunks: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as channel:
        channel.settimeout(seconds)
        connect(channel, path)
        channel.sendall(data)
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise socket.timeout
            channel.settimeout(left)
            chunk = channel.recv(1 << 20)
            if not chunk:
                return b"".join(chunks)
            chunks.append(chunk)
