"""One run at a time: a lock on a host, freed by the host's kernel when the run ends or dies.

The lock is a process on the host (files/host/lock.py) that lives as long as its SSH channel does.
"""

from __future__ import annotations

import getpass
import json
import socket
import threading
from contextlib import suppress
from typing import Any

import paramiko

from keaprov import files
from keaprov.errors import Refused, Unreachable

PATIENCE = 60
"""Seconds without a sign of life after which a host frees the lock of a run that is gone."""


class Lock:
    """A lock that is held, until `free` or the end of this process."""

    def __init__(self, stdin: Any, *others: Any) -> None:
        self._stdin = stdin
        self._others = others  # paramiko closes the channel of files that nobody keeps
        self._over = threading.Event()
        threading.Thread(target=self._beat, daemon=True).start()

    def free(self) -> None:
        """Let others go on."""
        self._over.set()
        with suppress(OSError):  # the connection is gone, and the lock with it
            self._stdin.channel.close()

    def _beat(self) -> None:
        """Tell the host, again and again, that the run is alive."""
        with suppress(OSError):
            while not self._over.wait(PATIENCE / 6):
                self._stdin.write("\n")
                self._stdin.flush()


def hold(client: paramiko.SSHClient, command: str) -> Lock:
    """Hold a host for this run; `command` starts `files.interpreter("lock")` there, as root.

    Raises Refused when another run holds it, Unreachable when the host says nothing.
    """
    request = {"by": f"{getpass.getuser()} on {socket.gethostname()}", "patience": PATIENCE}
    try:
        stdin, stdout, stderr = client.exec_command(command, timeout=PATIENCE)
        stdin.write(files.program("lock", request) + "\n")
        stdin.flush()
        answer = next(filter(None, map(_answer, iter(stdout.readline, ""))), None)
        why = "" if answer else stderr.read().decode(errors="replace").strip()
    except (paramiko.SSHException, OSError, EOFError) as error:
        why, answer = str(error) or type(error).__name__, None
    if answer is None:
        raise Unreachable(f"the host cannot be locked for this run: {why}")
    if not answer["held"]:
        raise Refused(
            f"another run is at work on this host ({answer['by']}). Wait until it has ended; the "
            "lock of a run that is gone frees itself"
        )
    return Lock(stdin, stdout, stderr)


def _answer(line: str) -> dict[str, Any] | None:
    """Return what the lock says, None for a line that is a shell's greeting."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said if isinstance(said, dict) and "held" in said else None
