"""The two locks of a host: one for a whole run, one for the program of it that is at work.

`RUN` is held by lock.py as long as its run lives. `WORK` is held by a changing program while it
works, so that a run whose controller is gone keeps others out until its last program ends. A
program checks under `WORK` that its run still holds `RUN`; lock.py names a new run under `WORK`
too. So no program of an earlier run begins to work after a new run has begun.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import reading
import trusted

RUN = "/run/keaprov.lock"
WORK = "/run/keaprov-work.lock"
WAIT = 30.0
"""Seconds that a program waits for the program before it."""


def opened(path: str) -> int:
    """Return a lock file's handle; OSError if this is not root."""
    return trusted.opened(path, os.O_RDWR | os.O_CREAT, 0o600)


def taken(handle: int, seconds: float) -> bool:
    """Take a lock, waiting at most so long; return whether it is held now."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)
        else:
            return True


def busy(path: str) -> bool:
    """Return whether somebody holds a lock; this holds it for no longer than the question."""
    try:
        handle = trusted.opened(path)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def holder() -> dict[str, Any]:
    """Return the run that holds `RUN`, or held it last: its token, who runs it, since when."""
    return reading.mapping(RUN) or {"by": reading.quiet(RUN).strip()}


def name(run: dict[str, Any]) -> str:
    """Return who runs a run, and since when, in words."""
    since = f", since {run['since']}" if run.get("since") else ""
    return f"{run.get('by') or 'another run'}{since}"


def claim(handle: int, run: str, by: str) -> None:
    """Write into `RUN` whose it is; the OSError of a full file system names the file."""
    since = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"run": run, "by": by, "since": since}).encode(), 0)
    except OSError as error:
        raise OSError(error.errno, error.strerror, RUN) from error


def lost(run: str) -> str:
    """Return why a run does not hold this host any more, "" if it does."""
    if not busy(RUN):
        return "its connection to this host ended"
    current = holder()
    return "" if current.get("run") == run else f"{name(current)}, holds it now"


def alive(run: str) -> bool:
    """Return whether a run still holds this host; an operation without a run always does."""
    return not run or not lost(run)


@contextlib.contextmanager
def working(run: str | None) -> Iterator[None]:
    """Hold this host for a program that changes it; SystemExit if its run lost the host."""
    handle = opened(WORK)
    try:
        if not taken(handle, WAIT):
            sys.exit(
                f"another program of keaprov is still at work on this host after {WAIT:g} s; "
                "nothing was changed here. Run the deploy again when it has ended"
            )
        reason = lost(run) if run else ""
        if reason:
            sys.exit(
                f"this run no longer holds the lock of this host ({reason}); nothing was changed "
                "here. Run the deploy again"
            )
        yield
    finally:
        os.close(handle)
