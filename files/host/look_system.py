"""Observe the operating system: release, packages, files, clock, disk, sockets."""

from __future__ import annotations

import glob
import grp
import hashlib
import os
import pwd
import shutil
import stat
import time
from collections.abc import Callable
from typing import Any

import reading
import rpms
import shell
import trusted

REBOOTED_IN = (
    "kernel-core",
    "kernel-rt-core",
    "glibc",
    "linux-firmware",
    "systemd",
    "dbus-broker",
    "dbus-daemon",
    "microcode_ctl",
)
"""Packages whose update only a reboot brings in (dnf needs-restarting's list)."""


def operating_system() -> dict[str, str]:
    """Return what /etc/os-release says, and the machine."""
    release = {}
    for line in reading.quiet("/etc/os-release").splitlines():
        key, equals, value = line.strip().partition("=")
        if equals:
            release[key] = value.strip("\"'")
    return {
        "id": release.get("ID", ""),
        "like": release.get("ID_LIKE", ""),
        "version": release.get("VERSION_ID", ""),
        "name": release.get("PRETTY_NAME", ""),
        "machine": os.uname().machine,
    }


def packages(names: list[str]) -> dict[str, object]:
    """Return the version of each of these packages that is installed, or why it is not known."""
    try:
        return {"versions": rpms.versions(names), "error": None}
    except rpms.DatabaseError as error:
        return {"versions": {}, "error": str(error)}


def file(path: str) -> dict[str, object] | None:
    """Return a file's owner, mode and hash; None if it is not there.

    `link` says that another user's link is there or on the way: nothing else is known then.
    """
    try:
        info = trusted.status(path)
    except trusted.LinkError:
        return {"mode": "", "owner": "", "group": "", "changed": 0.0, "link": True}
    if info is None:
        return None
    entry: dict[str, object] = {
        "mode": format(stat.S_IMODE(info.st_mode), "o"),
        "owner": name_of(pwd.getpwuid, info.st_uid),
        "group": name_of(grp.getgrgid, info.st_gid),
        "changed": info.st_ctime,
    }
    if stat.S_ISREG(info.st_mode):
        entry["sha256"] = hashlib.sha256(reading.data(path)).hexdigest()
    return entry


def name_of(lookup: Callable[[int], Any], number: int) -> str:
    """Return a user's or group's name, its number if it has none."""
    try:
        return str(lookup(number)[0])
    except KeyError:
        return str(number)


def texts(patterns: list[str]) -> dict[str, str]:
    """Return the text of each file that matches a pattern."""
    paths = (path for pattern in patterns for path in sorted(glob.glob(pattern)))
    return {path: reading.text(path) for path in paths}


def secret(wanted: dict[str, str]) -> dict[str, bool]:
    """Compare a secret with its file here, so that neither it nor a hash of it travels back."""
    words = reading.quiet(wanted["path"]).split()
    if not words:
        return {"exists": False, "equal": False}
    import hmac

    kept, value = (
        word.encode("utf-8", "surrogateescape") for word in (words[0], wanted.get("value", ""))
    )
    return {"exists": True, "equal": hmac.compare_digest(kept, value)}


def same(wanted: dict[str, str] | None) -> bool:
    """Return whether a file has this content, for this host's release, and this mode.

    It is compared here, so that a secret in it does not travel back.
    """
    if not wanted:
        return False
    major = operating_system()["version"].partition(".")[0]
    content = wanted["content"].replace(wanted["release"], major)
    entry = file(wanted["path"])
    return bool(entry and entry["mode"] == wanted["mode"]) and (
        reading.quiet(wanted["path"]) == content
    )


def fingerprints(path: str) -> list[str]:
    """List the primary keys in a key file, [] if there is none."""
    shown = shell.run("gpg", "--batch", "--show-keys", "--with-colons", path).stdout
    lines = [line.split(":") for line in shown.splitlines()]
    return [
        after[9] for line, after in zip(lines, lines[1:]) if (line[0], after[0]) == ("pub", "fpr")
    ]


def chrony() -> dict[str, object]:
    """Return whether the clock follows a source, and how far it is from it, in seconds."""
    answer = shell.run("chronyc", "-n", "-c", "tracking", timeout=5)
    fields = answer.stdout.strip().split(",")
    if answer.returncode or len(fields) < 14:
        return {"synchronised": False, "detail": (answer.stderr or answer.stdout).strip()}
    return {
        "synchronised": fields[13] != "Not synchronised" and int(fields[2]) not in (0, 16),
        "source": fields[1],
        "stratum": int(fields[2]),
        "offset": float(fields[4]),
        "detail": fields[13],
    }


def listening() -> list[str]:
    """List listening sockets as ``tcp 10.60.1.67:8005`` or ``tcp [2001:db8::67]:8005``.

    Raises OSError if they cannot be listed: without them the pair would seem to be apart.
    """
    lines = (line.split() for line in shell.answer("ss", "-Hlntu").splitlines())
    return sorted({f"{fields[0]} {fields[4]}" for fields in lines if len(fields) > 4})


def free_bytes(paths: list[str]) -> dict[str, int]:
    """Return the free bytes where each path is or will be."""
    return {path: shutil.disk_usage(nearest(path)).free for path in paths}


def read_only(paths: list[str]) -> list[str]:
    """Return the paths that are, or will be, on a read-only file system."""
    return [path for path in paths if os.statvfs(nearest(path)).f_flag & os.ST_RDONLY]


def nearest(path: str) -> str:
    """Return the directory that a path is, or will be in."""
    while not os.path.isdir(path):
        path = os.path.dirname(path)
    return path


LEASES = "/var/lib/kea"


def lease_bytes(directory: str = LEASES) -> int:
    """Return how long Kea's lease files are together: it reads them all when it starts."""
    try:
        with os.scandir(directory) as entries:
            files = [entry for entry in entries if entry.is_file(follow_symlinks=False)]
            return sum(entry.stat(follow_symlinks=False).st_size for entry in files)
    except OSError:
        return 0


COMPANIONS = ("", ".1", ".2", ".output", ".completed", ".pid")
"""What a lease file's name ends with while kea-lfc, which runs as user kea, cleans it up."""


def foreign_leases(name: str, directory: str = LEASES) -> list[str]:
    """List the lease files that user kea cannot read and write; `name` is "" for no file.

    Somebody ran kea-dhcp4 or kea-lfc as root, or put a copy back. A daemon that has its file open
    goes on; its next start fails.
    """
    try:
        kea = pwd.getpwnam("kea")
    except KeyError:
        return []
    foreign = []
    for path in (os.path.join(directory, name + suffix) for suffix in COMPANIONS if name):
        try:
            info = trusted.status(path)
        except OSError:
            continue
        if info is not None and stat.S_ISREG(info.st_mode) and not opens(kea, info):
            foreign.append(path)
    return foreign


def opens(user: pwd.struct_passwd, info: os.stat_result) -> bool:
    """Return whether a user may read and write a file, by its owner, group and mode."""
    bits = 0o600 if info.st_uid == user.pw_uid else 0o060 if info.st_gid == user.pw_gid else 0o006
    return info.st_mode & bits == bits


def updated_since_boot() -> list[str]:
    """List the packages that were updated since boot and need a reboot."""
    stat_of_init = reading.text("/proc/1/stat").rpartition(")")[2].split()
    started = int(stat_of_init[19]) / os.sysconf("SC_CLK_TCK")
    uptime = float(reading.text("/proc/uptime").split()[0])
    booted = time.time() - uptime + started
    try:
        listed = rpms.query("-q", "--qf", "%{NAME} %{INSTALLTIME}\n", *REBOOTED_IN).stdout
    except rpms.DatabaseError:
        return []  # `packages` says it
    pairs = (line.split() for line in listed.splitlines())
    return sorted(
        {
            pair[0]
            for pair in pairs
            if len(pair) == 2 and pair[0] in REBOOTED_IN and float(pair[1]) > booted
        }
    )
