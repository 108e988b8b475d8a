"""Observe dnf: who keeps it locked, and which updates are pending."""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
import struct
import subprocess
from typing import Any

import held
import known_updates
import reading
import shell
import trusted


def holder() -> str | None:
    """Name the process that keeps dnf or rpm locked, None if nobody does."""
    for path in ["/var/lib/dnf/rpmdb_lock.pid", *glob.glob("/var/cache/dnf/*_lock.pid")]:
        try:
            pid = int(reading.text(path))
            return f"{reading.text(f'/proc/{pid}/comm').strip()} (pid {pid})"
        except ValueError:
            if held.busy(path):  # dnf has just begun, and has not written its pid yet
                return "dnf"
        except OSError:
            continue
    try:
        with os.fdopen(trusted.opened("/var/lib/rpm/.rpm.lock"), "rb") as lock:
            query = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
            answer = struct.unpack("hhqqi4x", fcntl.fcntl(lock, fcntl.F_GETLK, query))
    except OSError:
        return None
    return None if answer[0] == fcntl.F_UNLCK else f"rpm (pid {answer[4]})"


def dnf(wanted: dict[str, Any] | None, locked_by: str | None) -> dict[str, object]:
    """Return who holds dnf's lock, and the pending updates if they are wanted."""
    if not wanted or not shutil.which("dnf", path=shell.ENVIRONMENT["PATH"]):
        return {"holder": locked_by, "updates": [], "error": None}
    excluded = wanted["exclude"]
    facts = known_updates.facts(excluded)
    known = known_updates.pending(facts)
    if known is not None:
        return {"holder": locked_by, "updates": known, "error": None}
    # -y: dnf has to accept a repository's configured key again if the repository's address changes
    command = ["dnf", "-q", "-y", "--setopt=exit_on_lock=True", "check-update"]
    answer = shell.run(*command, *(f"--exclude={name}" for name in excluded))
    pending, error = updates(answer)
    if error is None:
        known_updates.keep(facts, excluded, pending)
    return {"holder": locked_by, "updates": pending, "error": error}


def updates(answer: subprocess.CompletedProcess[str]) -> tuple[list[str], str | None]:
    """Read `dnf check-update`: return the pending updates, and dnf's error.

    Exit code 0 says that nothing is pending, 100 that updates are, any other that dnf failed.
    """
    pending = []
    for line in answer.stdout.partition("Obsoleting Packages")[0].splitlines():
        fields = line.split()
        if len(fields) == 3 and "." in fields[0]:
            pending.append(f"{fields[0].rsplit('.', 1)[0]} {fields[1]}")
    if answer.returncode in (0, 100):
        return pending, None
    return [], shell.words(answer)[-2000:]
