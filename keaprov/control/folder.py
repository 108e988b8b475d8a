"""A folder of this process for files that pyinfra reads; what killed processes left is removed.

A process holds a lock on its folder until it ends, however it ends: the kernel frees the lock. So a
folder without a lock is of a process that is gone.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import stat
import tempfile
from functools import cache
from pathlib import Path

PREFIX = "keaprov-run-"
_READ = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@cache
def own() -> str:
    """Return the folder of this process; it is removed at the end."""
    _remove_left(Path(tempfile.gettempdir()))
    folder = _locked()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def remove() -> None:
    """Remove what this process has written, if its end comes without its exit functions."""
    if own.cache_info().currsize:
        shutil.rmtree(own(), ignore_errors=True)


def _locked() -> str:
    """Return a new folder with a lock that lives as long as this process.

    Another process may take a folder that has no lock yet for one that was left, and remove it.
    """
    while True:
        folder = tempfile.mkdtemp(prefix=PREFIX)
        try:
            held = os.open(folder, _READ)
        except FileNotFoundError:
            continue
        fcntl.flock(held, fcntl.LOCK_EX)
        if os.fstat(held).st_nlink and Path(folder).exists():
            return folder
        os.close(held)


def _remove_left(parent: Path) -> None:
    """Remove the folders of this user whose processes are gone.

    Where others may rename this user's folders, nothing is removed: it might be something else.
    """
    mode = parent.stat().st_mode
    if mode & (stat.S_IWGRP | stat.S_IWOTH) and not mode & stat.S_ISVTX:
        return
    for folder in parent.glob(f"{PREFIX}*"):
        try:
            held = os.open(folder, _READ)
        except OSError:
            continue  # of another user, not a folder, or removed meanwhile
        try:
            status = os.fstat(held)
            private = stat.S_IMODE(status.st_mode) == stat.S_IRWXU
            if status.st_uid == os.geteuid() and private:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # its process lives
        finally:
            os.close(held)
