"""What is under way, for who waits at a terminal; nothing elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from keaprov import visible
from keaprov.cli import terminal

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

SOON = 0.5
"""Seconds; what ends before needs no progress, nor the time to load what shows it."""


@contextmanager
def progress(words: str) -> Iterator[Shown]:
    """Show `words` on stderr as long as it lasts; what is yielded takes other words.

    Quiet when stderr is not a terminal.
    """
    shown = Shown(words)
    if not sys.stderr.isatty():
        yield shown
        return
    timer = threading.Timer(SOON, shown.start)
    timer.daemon = True
    timer.start()
    try:
        yield shown
    finally:
        timer.cancel()
        timer.join()
        shown.stop()


class Shown:
    """A spinner with words, and the seconds since they were said; nothing until it is started."""

    def __init__(self, words: str) -> None:
        self._words = visible.line(words)
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def start(self) -> None:
        """Begin to spin, on stderr."""
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task(self._words, total=None)
        self._progress.start()

    def update(self, words: str) -> None:
        """Show other words, and begin to count anew."""
        self._words = visible.line(words)
        if self._progress is not None and self._task is not None:
            self._progress.reset(self._task, description=self._words)

    def echo(self, line: str) -> None:
        """Print a line on stdout: above the spinner, when both are at one terminal."""
        if self._progress is not None and sys.stdout.isatty():
            text = visible.block(line)
            self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            terminal.echo(line)

    def stop(self) -> None:
        """Leave no trace of it."""
        if self._progress is not None:
            self._progress.stop()
