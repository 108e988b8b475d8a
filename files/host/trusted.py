"""Open files without following a link that another user could have put there.

User kea owns its log and lease directories, and on some hosts /etc/kea too. A compromised kea must
not make root read or write elsewhere. So every path is walked by handles of its directories. A
symbolic link is followed only if root owns it and nobody else can replace it: then it is an
administrator's, such as /var/lib/kea on another disk. The kernel keeps users from hard links to
files that they cannot write (fs.protected_hardlinks, proc_sys_fs(5)).
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

OWN = frozenset({0, os.geteuid()})
"""Users whose links are followed: root, and the user who runs this."""
MOST_LINKS = 40
"""Links in one path, as in the kernel (path_resolution(7))."""
FOLDER = os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC


class LinkError(OSError):
    """A path goes through a link that another user can change."""

    def __init__(self, path: str) -> None:
        super().__init__(errno.ELOOP, "a symbolic link that another user can change", path)


@contextmanager
def holder(path: str, *, follow: bool = False) -> Iterator[tuple[int, str]]:
    """Yield the handle of the directory that holds a path, and the path's last name in it.

    With `follow`, also a link at the end is followed. Raises OSError with the whole path.
    """
    handle = os.open("/", FOLDER)
    parts = _parts(os.path.abspath(path))
    links = 0
    try:
        while len(parts) > 1 or (parts and follow):
            target = _link(handle, parts[0], path)
            if target is not None:
                links += 1
                if links > MOST_LINKS:
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
                parts[:1] = _parts(target)
                if target.startswith("/"):
                    handle = _instead(handle, os.open("/", FOLDER))
            elif len(parts) == 1:
                break
            else:
                inner = os.open(parts.pop(0), FOLDER | os.O_NOFOLLOW, dir_fd=handle)
                handle = _instead(handle, inner)
        yield handle, parts[0] if parts else "."
    except OSError as error:
        if not str(error.filename or "").startswith("/"):
            error.filename = path
        raise
    finally:
        os.close(handle)


def opened(path: str, flags: int = os.O_RDONLY, mode: int = 0o600) -> int:
    """Open a regular file and return its handle; OSError if it is anything else."""
    safe = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    with holder(path, follow=True) as (folder, name):
        handle = os.open(name, flags | safe, mode, dir_fd=folder)
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise OSError(errno.EINVAL, "not a regular file", path)


def status(path: str) -> os.stat_result | None:
    """Return the status of what is at a path, None if nothing is there.

    Raises LinkError if somebody else's link is there or on the way.
    """
    try:
        with holder(path, follow=True) as (folder, name):
            return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except LinkError:
        raise
    except OSError:
        return None


def exists(path: str) -> bool:
    """Return whether anything is at a path; raises LinkError like `status`."""
    return status(path) is not None


def _link(folder: int, name: str, path: str) -> str | None:
    """Return where a link leads, None if a name is not a link; LinkError if it is another user's.

    A link of root's stays what it is if only root can write its directory, or if the directory is
    sticky, as /tmp is.
    """
    try:
        target = os.readlink(name, dir_fd=folder)
    except OSError:
        return None
    link, place = os.stat(name, dir_fd=folder, follow_symlinks=False), os.fstat(folder)
    shared = place.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not place.st_mode & stat.S_ISVTX
    if link.st_uid not in OWN or place.st_uid not in OWN or shared:
        raise LinkError(path)
    return target


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _instead(old: int, new: int) -> int:
    os.close(old)
    return new
