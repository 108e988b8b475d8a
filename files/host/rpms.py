"""Packages: what is installed, and how to install exactly what is wanted, up or down."""

from __future__ import annotations

import re
import subprocess
import time
from typing import Any

import shell
import trusted

FORMER = "/etc/yum.repos.d/isc-kea-former.repo"
DNF = ("dnf", "-y", "-q", "--setopt=exit_on_lock=True")
NO_SCRIPTS = ("--setopt=tsflags=noscripts",)
PATIENCE, PAUSE = 5.0, 0.2
"""Seconds that rpm may be unable to open its database while dnf works, and between two tries."""
UNREADABLE = re.compile("^error: ", re.M)
"""How rpm says that it cannot read its database; a missing package is an answer."""


class DatabaseError(OSError):
    """rpm's database cannot be read: what is installed is not known."""


def installed(pattern: str = "isc-kea*") -> dict[str, str]:
    """Return the version of each installed package by name."""
    return _versions("-qa", pattern)


def versions(names: list[str]) -> dict[str, str]:
    """Return the installed version of each of these packages that is installed."""
    return _versions("-q", *names)


def _versions(*words: str) -> dict[str, str]:
    listed = query(words[0], "--qf", "%{NAME} %{VERSION}-%{RELEASE}\n", *words[1:]).stdout
    pairs = (line.split() for line in listed.splitlines())
    return dict(sorted((pair[0], pair[1]) for pair in pairs if len(pair) == 2))


def missing(packages: list[str]) -> list[str]:
    """Return those of the packages, name-version, that are not installed in this version."""
    if not packages:
        return []
    done = query("-q", "--qf", "%{NAME}-%{VERSION}-%{RELEASE}\n", *packages)
    there = set(done.stdout.split("\n"))
    return [package for package in packages if package not in there]


def query(*words: str) -> subprocess.CompletedProcess[str]:
    """Ask rpm for installed packages; DatabaseError if it cannot read its database.

    A package that is not installed is an answer. For a moment while dnf opens or repairs the
    database, others cannot.
    """
    deadline = time.monotonic() + PATIENCE
    while True:
        done = shell.run("rpm", *words)
        if not UNREADABLE.search(done.stderr) and done.returncode != shell.TIMED_OUT:
            return done
        if time.monotonic() > deadline:
            raise DatabaseError(f"rpm's database cannot be read: {shell.words(done)[-500:]}")
        time.sleep(PAUSE)


def download(
    packages: list[str], update: dict[str, Any] | None, erasing: bool = False
) -> str | None:
    """Fetch what `install` and `update` need, so that they are short; return dnf's words or None.

    Changes nothing that runs.
    """
    words = ("install", *erase(erasing), "--downloadonly", *packages)
    if packages and (why := dnf("cannot download", *words)):
        return why
    if update is None:
        return None
    return dnf("cannot download updates", "update", "--downloadonly", *excluded(update))


def install(
    packages: list[str], erasing: bool = False, enabled: tuple[str, ...] = ()
) -> str | None:
    """Install these packages in these versions; return dnf's words if it fails.

    + erasing: erase packages that the new ones leave no place for
    + enabled: dnf's options for further repositories
    """
    if not packages:
        return None
    return dnf("cannot install", "install", *erase(erasing), *enabled, *packages)


def swap(there: list[str], packages: list[str], *options: str) -> str | None:
    """Install packages in place of others that have the same files; return dnf's words or None.

    No script of a package runs, so that daemons go on from memory until they are restarted: those
    of a package that goes would stop them for as long as dnf works.

    + there: names of packages to be replaced, of which the others need the first one
    + packages: what to install; the first one goes in the place of the others at once
    """
    if not packages:
        return None
    first, *rest = packages
    still = versions(there)
    old = [name for name in there if name in still]
    if old:
        words = ("swap", "--allowerasing", *NO_SCRIPTS, *options, old[0], first)
        if story := dnf("cannot replace", *words):
            return story
    else:
        rest = packages
    return dnf("cannot install", "install", *NO_SCRIPTS, *options, *rest) if rest else None


def own() -> list[str]:
    """Return the vendor's installed packages by name, the one that the others need first."""
    return sorted(installed(), key=lambda name: name != "isc-kea-common")


def erase(erasing: bool) -> list[str]:
    """Return dnf's option to erase packages that are in the way, such as those of the agent."""
    return ["--allowerasing"] if erasing else []


def former() -> tuple[str, ...]:
    """Return dnf's options for the repository of the series before an upgrade, if it is kept."""
    return ("--enablerepo=isc-kea-former*",) if trusted.exists(FORMER) else ()


def update(wanted: dict[str, Any] | None) -> str | None:
    """Update all other packages; return dnf's words if it fails."""
    return None if wanted is None else dnf("cannot update", "update", *excluded(wanted))


def excluded(wanted: dict[str, Any]) -> list[str]:
    """Return dnf's options for the packages that an update leaves alone."""
    return [f"--exclude={name}" for name in wanted["exclude"]]


def dnf(what: str, *words: str) -> str | None:
    """Run dnf; return a sentence if it fails."""
    done = shell.run(*DNF, *words)
    if done.returncode == 0:
        return None
    names = ", ".join(word for word in words[1:] if not word.startswith("-"))
    output = " ".join(shell.words(done).split())[-1000:]
    return f"dnf {what}{' ' if names else ''}{names}: {output}"
