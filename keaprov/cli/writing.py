"""Files that a verb writes on this machine: whole or not at all, readable by whom they are for."""

from __future__ import annotations

import codecs
import os
import stat
import tempfile
from pathlib import Path

import click


def folder(path: Path, mode: int = 0o777) -> None:
    """Make a directory and those above it; ends the verb with words if it cannot.

    `mode` is that of a directory that is new, less the umask.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _failed(path, error) from None


def write(path: Path, text: str, mode: int) -> None:
    """Put a text into a file of exactly this mode; ends the verb with words if it cannot.

    The file is written beside its place and renamed, so nobody reads half a file, or one that has
    the mode of an older one.
    """
    try:
        if path.exists() and not path.is_file():
            raise click.ClickException(f"cannot write {path}: it is not a regular file")
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                os.fchmod(file.fileno(), mode)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink()
            raise
    except (OSError, ValueError) as error:
        raise _failed(path, error) from None


def rewrite(path: Path, text: str) -> None:
    """Put another text into a file that is there: its mode and its byte-order mark stay."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        with path.open("rb") as file:
            marked = file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8
    except OSError as error:
        raise _failed(path, error) from None
    write(path, f"\ufeff{text}" if marked else text, mode)


def readers(path: Path) -> str:
    """Return who else than its owner may read a file or directory, "" if nobody."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return ""
    return "everybody" if mode & 0o004 else "its group" if mode & 0o040 else ""


def _failed(path: Path, error: Exception) -> click.ClickException:
    reason = error.strerror if isinstance(error, OSError) else str(error)
    return click.ClickException(f"cannot write {path}: {reason}")
