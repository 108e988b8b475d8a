"""Look for early signs of trouble that Kea's commands do not tell: logs, and its lease files."""

from __future__ import annotations

import contextlib
import os
import re
import time
from typing import Any

import look_audit
import reading
import trusted

LOG_DIRECTORY, LEASE_DIRECTORY = "/var/log/kea", "/var/lib/kea"
MOST = 16 << 20
"""Bytes at the end of a log file that are read: Kea's own limit for a file is 10 MiB."""
PID = 32
"""Bytes of a file with a process id that are read."""
RESET = (b"HA_STATE_TRANSITION ", b"HA_INIT_OK ")
"""After these Kea counts rejected lease updates anew (high_availability/ha_service.cc)."""
TERMINATED = b" to TERMINATED state"
CONFLICT = re.compile(rb"HA_LEASE_UPDATE_CONFLICT \S+ lease update (.*?), tid=")
REMEMBERED = 86400
"""Seconds for which Kea counts a client whose lease update was rejected."""
CLEANUP = re.compile(rb"DHCPSRV_MEMFILE_LFC_(\w+)[^\n]*")
FOR_GOOD = b"LFC_LEASE_FILE_REOPEN_FAIL"
LFC_FILES = (".1", ".output", ".completed")
"""What a cleanup of the lease file leaves behind only if it runs, or has failed."""


def signs(request: dict[str, Any]) -> dict[str, object]:
    """Return what Kea's log, the files beside the lease file, auditd's log and rpm say.

    `log` and `leases` are names without a directory, "" if there is no such file. `packages` is the
    vendor's key; None if Kea's packages are not to be verified, which reads all of their files.
    """
    return {
        "log": log(request["log"]),
        "leases": lease_files(request["leases"]),
        "denials": look_audit.denials(),
        "packages": packages(request.get("packages")),
    }


def packages(key: dict[str, str] | None) -> dict[str, object] | None:
    """Verify Kea's packages, None if nobody wants to know."""
    if not key:
        return None
    import look_packages

    return look_packages.verified(key)


def log(name: str) -> dict[str, object] | None:
    """Return what Kea has logged since its last change of HA state; None if it cannot be read.

    `rejected` is how many clients have had a lease update rejected, `failed` the last message of a
    cleanup of the lease file that failed. `whole` is unset if the log begins later.
    """
    path = os.path.join(LOG_DIRECTORY, name)
    text = end_of(path) if name else None
    if text is None:
        return None
    at = counted_from(text)
    if at < 0:  # it was rotated since
        text = (end_of(path + ".1") or b"") + text
        at = counted_from(text)
    clients = {
        match[1]
        for match in CONFLICT.finditer(text, max(at, 0))
        if age(text, match.start()) < REMEMBERED
    }
    return {"rejected": len(clients), "failed": failure(text), "whole": at >= 0}


def counted_from(text: bytes) -> int:
    """Return where Kea began to count rejected lease updates anew, -1 if the text has it not.

    If the pair was terminated last, this is where the count began that may be the reason.
    """
    at = max(map(text.rfind, RESET))
    if TERMINATED in text[at : max(text.find(b"\n", at), at)]:
        at = max(text.rfind(word, 0, at) for word in RESET)
    return at


def failure(text: bytes) -> str:
    """Return the message of the last cleanup of the lease file if it failed, else "".

    Kea sets its cleanup up anew when it is restarted. Without a restart it never opens a lease file
    again that it could not open once, though it goes on to begin cleanups.
    """
    failed = b""
    for match in CLEANUP.finditer(text):
        if match[1] == b"SETUP" or (match[1] == b"START" and FOR_GOOD not in failed):
            failed = b""
        elif match[1].endswith(b"_FAIL"):
            failed = match[0]
    return failed.decode("utf-8", "replace")


def age(text: bytes, at: int) -> float:
    """Return how many seconds ago a line was logged, 0 if it begins without a time."""
    line = text[text.rfind(b"\n", 0, at) + 1 :][:19].decode("ascii", "replace")
    try:
        return time.time() - time.mktime(time.strptime(line, "%Y-%m-%d %H:%M:%S"))
    except (ValueError, OverflowError):
        return 0.0


def end_of(path: str) -> bytes | None:
    """Return the end of a regular file; None for a link, which user kea may have put there."""
    try:
        return reading.end(path, MOST)
    except OSError:
        return None


def lease_files(name: str) -> dict[str, object] | None:
    """Return the size of the lease file, and how a cleanup of it stands; None without a file.

    `uncleaned` is how many seconds ago a cleanup began that has not ended, 0 if there is none, and
    `cleaning` whether kea-lfc is at work on it.
    """
    path = os.path.join(LEASE_DIRECTORY, name)
    try:
        info = trusted.status(path) if name else None
    except OSError:
        return None
    if info is None:
        return None
    begun = []
    for suffix in LFC_FILES:
        with contextlib.suppress(OSError):
            left = trusted.status(path + suffix)
            begun += [left.st_ctime] if left else []
    uncleaned = max(0.0, time.time() - min(begun)) if begun else 0.0
    return {"bytes": info.st_size, "uncleaned": uncleaned, "cleaning": cleaning(path + ".pid")}


def cleaning(path: str) -> bool:
    """Return whether the process runs that a file of kea-lfc names."""
    pid = reading.quiet(path, PID).strip()
    return pid.isdecimal() and trusted.exists(f"/proc/{pid}")
