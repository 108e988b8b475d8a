"""A command whose input and output are an SSH connection (ProxyCommand of ssh_config(5))."""

from __future__ import annotations

import socket
import subprocess
import tempfile
from contextlib import suppress
from typing import IO

_LAST = 4096
"""Bytes of what the command printed that are read."""
_PATIENCE = 2.0
"""Seconds for the command to end after SIGTERM."""


class Proxy:
    """A command in a shell, as ssh starts it, until `close`.

    The command gets one end of a socket pair, so that its end is noticed at once. It is in a
    session of its own: Ctrl-C does not end it before keaprov has.
    """

    def __init__(self, command: str) -> None:
        self.socket, far_end = socket.socketpair()
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
        with far_end:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"],
                stdin=far_end.fileno(),
                stdout=far_end.fileno(),
                stderr=self._errors.fileno(),
                start_new_session=True,
            )

    def last_words(self) -> str:
        """Return the last line that the command printed on stderr, "" for none."""
        self._errors.seek(-min(self._errors.seek(0, 2), _LAST), 2)
        lines = self._errors.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def close(self) -> None:
        """End the command."""
        self.socket.close()
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE)
        if self._process.returncode is None:
            self._process.kill()
            self._process.wait(_PATIENCE)
        self._errors.close()
