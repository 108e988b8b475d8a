"""Remember which updates are pending, as long as dnf would say the same again.

dnf takes a second or more to say it. Its answer follows from the installed packages, its
configuration and the metadata in its cache. It asks a mirror again when the metadata of a
repository is older than that repository's ``metadata_expire`` (dnf.conf(5); libdnf, Repo.cpp,
getAge), so from then on nothing is remembered.
"""

from __future__ import annotations

import configparser
import contextlib
import glob
import hashlib
import json
import os
import re
import time
from collections.abc import Iterator

import place
import reading

FILE = "/run/keaprov-updates.json"
INSTALLED = ("/var/lib/rpm", "/usr/lib/sysimage/rpm")
REPOSITORIES = ("/etc/yum.repos.d", "/etc/yum/repos.d", "/etc/distro.repos.d")
"""Where dnf looks for repositories (dnf.conf(5), ``reposdir``)."""
CONFIGURED = ("/etc/dnf", *REPOSITORIES)
OPTIONS = ("/etc/dnf/dnf.conf", *(f"{folder}/*.repo" for folder in REPOSITORIES))
CACHE = "/var/cache/dnf"
FOLDER = re.compile("(.+)-[0-9a-f]{16}")
"""A repository's folder in the cache: its name, and the digest of its address."""
SHARED = "-shm"
"""SQLite's memory that readers share: each query of rpm changes it."""
USUAL = 48 * 3600
"""Seconds that metadata lasts if the configuration does not say it."""
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
FOR_EVER = float("inf")
MOVED = {"cachedir", "reposdir"}
"""Options with which dnf looks in other places than these."""


def facts(excluded: list[str]) -> str:
    """Return a digest of what dnf's answer follows from, "" if something of it is not there.

    A repository's repomd.xml has the digests of its other metadata. The times in the cache say
    nothing: dnf sets them when a mirror has nothing new.
    """
    installed = sorted(entries(INSTALLED))
    cached = {
        path: reading.quiet(path) for path in sorted(glob.glob(f"{CACHE}/*/repodata/repomd.xml"))
    }
    if not installed or not cached:
        return ""
    everything = [installed, sorted(entries(CONFIGURED)), cached, sorted(excluded)]
    return hashlib.sha256(json.dumps(everything).encode()).hexdigest()


def pending(of: str) -> list[str] | None:
    """Return the updates that dnf named for the same facts, None if dnf has to be asked."""
    known = reading.mapping(FILE)
    updates = known.get("updates")
    if not of or known.get("facts") != of or not isinstance(updates, list):
        return None
    return [str(update) for update in updates] if time.time() < fresh_until() else None


def keep(of: str, excluded: list[str], updates: list[str]) -> None:
    """Remember what dnf said, unless the facts are no longer those of before the question."""
    if of and facts(excluded) == of:
        with contextlib.suppress(OSError):
            place.put(FILE, json.dumps({"facts": of, "updates": updates}) + "\n", 0o600)


def entries(folders: tuple[str, ...] | list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    """Yield path, inode, size and times of the files in some folders and below."""
    for folder in folders:
        try:
            inside = list(os.scandir(folder))
        except OSError:
            continue
        for entry in inside:
            if entry.is_dir(follow_symlinks=False):
                yield from entries([entry.path])
                continue
            with contextlib.suppress(OSError):  # rpm has just removed its write-ahead log
                info = entry.stat(follow_symlinks=False)
                if info.st_size and not entry.name.endswith(SHARED):
                    times = info.st_mtime_ns, info.st_ctime_ns
                    yield (entry.path, info.st_ino, info.st_size, *times)


def fresh_until() -> float:
    """Return the time from which on dnf may ask a mirror, in seconds since the epoch."""
    if reading.quiet(f"{CACHE}/expired_repos.json").strip() not in ("", "[]"):
        return 0.0
    ages = confirmed()
    return min((ages.get(name, 0.0) + lasts for name, lasts in lasting().items()), default=0.0)


def confirmed() -> dict[str, float]:
    """Return when a mirror last gave or confirmed the metadata of each repository in the cache."""
    times: dict[str, float] = {}
    for repodata in glob.glob(f"{CACHE}/*/repodata"):
        folder = FOLDER.fullmatch(repodata.split("/")[-2])
        if folder:
            with contextlib.suppress(OSError):  # dnf has just replaced a file
                for entry in os.scandir(repodata):
                    if "primary.xml" in entry.name:
                        time_of = entry.stat(follow_symlinks=False).st_mtime
                        times[folder[1]] = max(time_of, times.get(folder[1], 0.0))
    return times


def lasting() -> dict[str, float]:
    """Return the seconds that the metadata of each enabled repository lasts.

    {} if that is unknown: dnf looks elsewhere, or a file or a name is not a plain one.
    """
    every: dict[str, float] = {}
    usual = float(USUAL)
    for path in (path for pattern in OPTIONS for path in sorted(glob.glob(pattern))):
        parser = configparser.ConfigParser(interpolation=None, strict=False, allow_no_value=True)
        try:
            parser.read_string(reading.quiet(path))
        except configparser.Error:
            return {}
        for name in sorted(parser.sections(), key=lambda name: name != "main"):
            options = parser[name]
            if "$" in name or MOVED & set(options):
                return {}
            lasts = seconds(options["metadata_expire"]) if "metadata_expire" in options else None
            if name == "main":  # in a file of repositories it means nothing to dnf
                usual = lasts if lasts is not None and path == OPTIONS[0] else usual
            elif (options.get("enabled") or "1").lower() not in ("0", "no", "false", "off"):
                every[name] = usual if lasts is None else lasts
    return every


def seconds(text: str | None) -> float:
    """Return a duration of dnf.conf in seconds; 0 if this is not one."""
    words = (text or "").strip().lower()
    if words in ("never", "-1"):
        return FOR_EVER
    match = re.fullmatch(r"([0-9]{1,9})([smhd]?)", words)
    return float(match[1]) * UNITS[match[2]] if match else 0.0
