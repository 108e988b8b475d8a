"""Put files in their place: whole or not at all, also after a power cut."""

from __future__ import annotations

import contextlib
import os
import shutil

import shell

NEW = ".keaprov-new"
"""Suffix of a file that is not complete yet."""


def sync_directory(path: str) -> None:
    """Make the names in a directory durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def copy(source: str, target: str) -> None:
    """Copy a file with its owner, mode and content."""
    part = target + NEW
    remove(part)
    shutil.copy2(source, part, follow_symlinks=True)
    info = os.stat(source)
    os.chown(part, info.st_uid, info.st_gid)
    with open(part, "rb") as data:
        os.fsync(data.fileno())
    os.replace(part, target)
    sync_directory(os.path.dirname(target))


def new(path: str, content: bytes, mode: int, uid: int = -1, gid: int = -1) -> None:
    """Write ``path + NEW`` with its final owner and mode; nobody else can read it meanwhile."""
    part = path + NEW
    remove(part)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as target:
        os.fchown(handle, uid, gid)
        os.fchmod(handle, mode)
        target.write(content)
        target.flush()
        os.fsync(handle)


def put(path: str, content: str, mode: int) -> None:
    """Write a file of root's own."""
    new(path, content.encode("utf-8", "surrogateescape"), mode)
    os.replace(path + NEW, path)
    sync_directory(os.path.dirname(path))


def remove(path: str) -> None:
    """Remove a file if it is there."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def restore_context(path: str) -> None:
    """Give a file the SELinux context of its place, where the host has SELinux."""
    if shutil.which("restorecon", path=shell.ENVIRONMENT["PATH"]):
        shell.run("restorecon", path)
