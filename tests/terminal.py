"""Run a program as at a terminal, and read what a person would see."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress


class Terminal:
    """A program whose three streams are a terminal; `output` is all that it wrote."""

    def __init__(self, words: Sequence[str]) -> None:
        self._end, other = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"}
        self.process = subprocess.Popen(
            words, stdin=other, stdout=other, stderr=other, env=environment, start_new_session=True
        )
        os.close(other)
        self.output = ""
        self._read = 0

    def read_until(self, text: str, patience: float = 60) -> None:
        """Read on until `text` comes, after what was read before."""
        deadline = time.monotonic() + patience
        while text not in self.output[self._read :]:
            left = deadline - time.monotonic()
            assert left > 0 and select.select([self._end], [], [], left)[0], self.output
            self.output += os.read(self._end, 65536).decode(errors="replace")
        self._read = self.output.index(text, self._read) + len(text)

    def write(self, text: str) -> None:
        """Type a text."""
        os.write(self._end, text.encode())

    def read_all(self, patience: float = 60) -> str:
        """Read until the program has ended; return all that it wrote."""
        deadline = time.monotonic() + patience
        with suppress(OSError):  # EIO: the other end is closed
            while select.select([self._end], [], [], max(0.0, deadline - time.monotonic()))[0]:
                self.output += os.read(self._end, 65536).decode(errors="replace")
        return self.output

    def close(self) -> None:
        """End the program if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._end)


@contextmanager
def at_a_terminal(words: Sequence[str]) -> Iterator[Terminal]:
    """Run a program at a terminal of its own."""
    terminal = Terminal(words)
    try:
        yield terminal
    finally:
        terminal.close()
