"""Run commands of this machine, poll with a deadline, and say what happens."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

POLL = 0.1
"""Seconds between two looks: each is a process on one of two cores."""


class LabError(Exception):
    """The lab cannot go on; the message says why, in a line.

    A fixture may raise it, and pytest goes on with the next test.
    """


@contextmanager
def plainly() -> Iterator[None]:
    """End the program with a LabError's message, without a traceback."""
    try:
        yield
    except LabError as error:
        sys.exit(str(error))


def say(text: str) -> None:
    """Tell the person in front of it."""
    print(f"--> {text}", file=sys.stderr, flush=True)


def run(
    *argv: str | Path,
    check: bool = True,
    stdin: str | None = None,
    env: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command and return its output; LabError with the end of its output if it fails."""
    done = subprocess.run(
        [str(word) for word in argv],
        capture_output=True,
        text=True,
        input="" if stdin is None else stdin,
        env=env,
    )
    if check and done.returncode:
        output = (done.stderr or done.stdout).strip()[-2000:]
        raise LabError(f"lab: {' '.join(str(word) for word in argv[:6])} failed:\n{output}")
    return done


def until(true: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Poll until a condition is true; LabError if it is not in time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise LabError(f"lab: {what}: not within {seconds:.0f} s")
        time.sleep(POLL)


def mounts(below: Path) -> list[str]:
    """Return what is mounted below a directory, the innermost first."""
    lines = Path("/proc/self/mounts").read_text().splitlines()
    points = (line.split()[1] for line in lines)
    return sorted((point for point in points if point.startswith(f"{below}/")), reverse=True)
