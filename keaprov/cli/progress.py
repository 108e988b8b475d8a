"""What is under way, for who waits at a terminal; nothing elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SOON = 0.5
"""Seconds; what ends before needs no progress, nor the time to load what shows it."""
Update = Callable[[str], None]


@contextmanager
def progress(words: str) -> Iterator[Update]:
    """Show `words` on stderr as long as it lasts; what is given takes other words.

    Quiet when stderr is not a terminal.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    shown = _Shown(words)
    timer = threading.Timer(SOON, shown.start)
    timer.daemon = True
    timer.start()
    try:
        yield shown.update
    finally:
        timer.cancel()
        timer.join()
        shown.stop()


class _Shown:
    """A spinner with words, and the seconds since they were said."""

    def __init__(self, words: str) -> None:
        self._words = words
        self._end: Callable[[], None] = lambda: None
        self._update: Update = lambda _: None

    def start(self) -> None:
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        shown = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
        )
        task = shown.add_task(self._words, total=None)
        shown.start()
        self._end = shown.stop
        self._update = lambda words: shown.reset(task, description=words)

    def update(self, words: str) -> None:
        self._words = words
        self._update(words)

    def stop(self) -> None:
        self._end()
