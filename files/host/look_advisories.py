"""Look for advisories about installed packages: what dnf knows of them from its cache."""

from __future__ import annotations

import contextlib
import glob
import os
import re
from typing import Any

import rpms
import shell

CACHE = "/var/cache/dnf"
REPOSITORY = re.compile(r"(?P<id>.+)-[0-9a-f]{16}")
"""A repository's directory in dnf's cache (librepo): its id, and a hash of its address."""
LINE = re.compile(
    r"(?P<id>\S+) +(?P<kind>\S+/Sec\.|bugfix|enhancement|newpackage|unknown) +"
    r"(?P<name>\S+)-(?P<fixed>[^\s-]+-[^\s-]+)\.[^\s.-]+"
)
"""What dnf 4 prints about an advisory and a package (dnf/cli/commands/updateinfo.py)."""
SECURITY = "/Sec."
SECONDS = 40
MOST = 50
"""Advisories that are reported, those about security first; more are counted only."""
COMMAND = ("dnf", "-q", "-C", "--setopt=exit_on_lock=True", "updateinfo", "list")
"""It reads the cache only: it needs no network, and changes nothing."""
NOTHING: dict[str, object] = {
    "repositories": [],
    "as_of": 0.0,
    "pending": [],
    "number": 0,
    "security": 0,
    "error": None,
}
"""The report of a host whose repositories offer no advisories."""


def advisories() -> dict[str, object]:
    """Return the advisories whose packages are newer than the installed ones.

    `repositories` are those that have advisories, `as_of` is when dnf last asked the mirror of the
    one that waits longest (seconds since the epoch, 0 if there are none). `pending` are the first
    advisories, `number` is how many there are, `security` how many of them are about security.
    `error` is why dnf cannot tell, None if it can. dnf is not started if nothing is offered.
    """
    offered = repositories()
    if not offered:
        return NOTHING
    answer = shell.run(*COMMAND, timeout=SECONDS)
    lines = answer.stdout.splitlines()
    matches = [match for line in lines if (match := LINE.fullmatch(line.strip()))]
    unclear = answer.returncode or (lines and not matches)
    kinds = {match["id"]: match["kind"] for match in matches}
    security = [name for name, kind in kinds.items() if kind.endswith(SECURITY)]
    first = [*security, *(name for name in kinds if name not in security)][:MOST]
    return {
        "repositories": sorted(offered),
        "as_of": min(offered.values()),
        "pending": [
            {"id": name, "kind": kinds[name], "packages": packages}
            for name, packages in of_packages(first, matches).items()
        ],
        "number": len(kinds),
        "security": len(security),
        "error": shell.words(answer)[-500:] if unclear else None,
    }


def of_packages(names: list[str], matches: list[re.Match[str]]) -> dict[str, list[Any]]:
    """Return the packages of some advisories: each with the version that is installed, and the one
    that the advisory brings.
    """
    of: dict[str, list[Any]] = {name: [] for name in names}
    wanted = [match for match in matches if match["id"] in of]
    installed = rpms.versions(sorted({match["name"] for match in wanted})) if wanted else {}
    for match in wanted:
        name = match["name"]
        package = {"name": name, "installed": installed.get(name, ""), "fixed": match["fixed"]}
        of[match["id"]].append(package)
    return of


def repositories() -> dict[str, float]:
    """Return the repositories whose cached metadata has advisories, with the time of each.

    dnf touches one of the files if the mirror has nothing newer.
    """
    times: dict[str, float] = {}
    for path in glob.glob(f"{CACHE}/*/repodata/*updateinfo.xml*"):
        folder = os.path.dirname(path)
        name = REPOSITORY.fullmatch(os.path.basename(os.path.dirname(folder)))
        with contextlib.suppress(OSError):
            newest = max(file.stat().st_mtime for file in os.scandir(folder))
            if name:
                times[name["id"]] = newest
    return times
