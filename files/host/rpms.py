"""Packages: what is installed, and how to install exactly what is wanted, up or down."""

from __future__ import annotations

from typing import Any

import shell

DNF = ("dnf", "-y", "-q", "--setopt=exit_on_lock=True")


def installed(pattern: str = "isc-kea*") -> dict[str, str]:
    """Return the version of each installed package by name."""
    done = shell.run("rpm", "-qa", "--qf", "%{NAME} %{VERSION}-%{RELEASE}\n", pattern)
    pairs = (line.split() for line in done.stdout.splitlines())
    return dict(sorted((pair[0], pair[1]) for pair in pairs if len(pair) == 2))


def missing(packages: list[str]) -> list[str]:
    """Return those of the packages, name-version, that are not installed in this version."""
    if not packages:
        return []
    done = shell.run("rpm", "-q", "--qf", "%{NAME}-%{VERSION}-%{RELEASE}\n", *packages)
    there = set(done.stdout.split("\n"))
    return [package for package in packages if package not in there]


def download(packages: list[str], update: dict[str, Any] | None) -> str | None:
    """Fetch what `install` and `update` need, so that they are short; return dnf's words or None.

    Changes nothing that runs.
    """
    if packages and (why := dnf("cannot download", "install", "--downloadonly", *packages)):
        return why
    if update is None:
        return None
    return dnf("cannot download updates", "update", "--downloadonly", *excluded(update))


def install(packages: list[str]) -> str | None:
    """Install these packages in these versions; return dnf's words if it fails."""
    return dnf("cannot install", "install", *packages) if packages else None


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
    said = " ".join(shell.words(done).split())[-1000:]
    return f"dnf {what}{' ' if names else ''}{names}: {said}"
