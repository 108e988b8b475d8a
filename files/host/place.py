"""Put files in their place: whole or not at all, also after a power cut.

Everything goes by the handle of its directory (`trusted`), and nothing is readable by anybody it is
not for, at no time. Each file gets the SELinux context of its place.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat

import shell
import trusted

NEW = ".keaprov-new"
"""Suffix of a file that is not complete yet."""
ORIGINAL = ".original"
"""Suffix of the copy of a file that Kea ran before keaprov came; it is kept for ever."""


def copy(source: str, target: str) -> None:
    """Copy a regular file with its owner, mode, time and content."""
    with os.fdopen(trusted.opened(source), "rb") as data:
        info = os.fstat(data.fileno())
        mode = stat.S_IMODE(info.st_mode) & 0o777
        times = (info.st_atime_ns, info.st_mtime_ns)
        new(target, data.read(), mode, info.st_uid, info.st_gid, times)
    rename(target + NEW, target)


def new(
    path: str,
    content: bytes,
    mode: int,
    uid: int = -1,
    gid: int = -1,
    times: tuple[int, int] | None = None,
) -> None:
    """Write ``path + NEW`` with its final owner and mode; nobody else can read it meanwhile.

    `times` are those of its last access and change, in ns.
    """
    part = path + NEW
    remove(part)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with trusted.holder(part) as (folder, name):
        handle = os.open(name, flags, 0o600, dir_fd=folder)
    with os.fdopen(handle, "wb") as target:
        os.fchown(handle, uid, gid)
        os.fchmod(handle, mode)
        target.write(content)
        target.flush()
        if times:
            os.utime(handle, ns=times)
        os.fsync(handle)


def put(path: str, content: str, mode: int) -> None:
    """Write a file of root's own."""
    new(path, content.encode("utf-8", "surrogateescape"), mode)
    rename(path + NEW, path)


def rename(source: str, target: str) -> None:
    """Rename a file over another, durably; a link at the target is replaced, not followed."""
    with trusted.holder(source) as (from_folder, old), trusted.holder(target) as (folder, name):
        os.replace(old, name, src_dir_fd=from_folder, dst_dir_fd=folder)
        handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    restore_context(target)


def remove(path: str) -> None:
    """Remove a file or a link if it is there."""
    with contextlib.suppress(FileNotFoundError), trusted.holder(path) as (folder, name):
        os.unlink(name, dir_fd=folder)


def directory(path: str, mode: int, uid: int = -1, gid: int = -1) -> None:
    """Make a directory if it is missing, and give it its owner and mode."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    with trusted.holder(path, follow=True) as (folder, name):
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=folder)
        handle = os.open(name, flags, dir_fd=folder)
    _own(handle, mode, uid, gid)
    restore_context(path)


def own(path: str, mode: int, uid: int, gid: int) -> None:
    """Give a regular file its owner and mode; OSError if it has a second name."""
    handle = trusted.opened(path)
    if os.fstat(handle).st_nlink > 1:
        os.close(handle)
        raise OSError(errno.EMLINK, "a file with a second name (hard link)", path)
    _own(handle, mode, uid, gid)


def restore_context(path: str) -> None:
    """Give a file the SELinux context of its place, where the host has SELinux."""
    if shutil.which("restorecon", path=shell.ENVIRONMENT["PATH"]):
        shell.run("restorecon", path)


def _own(handle: int, mode: int, uid: int, gid: int) -> None:
    """Give an open file its owner and mode, then close it; the mode that is tighter comes first."""
    try:
        os.fchmod(handle, stat.S_IMODE(os.fstat(handle).st_mode) & mode)
        os.fchown(handle, uid, gid)
        os.fchmod(handle, mode)
    finally:
        os.close(handle)
