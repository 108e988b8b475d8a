"""The packages of a turn: install them, and install those from before again.

`swap` of a request names packages whose files are in the way: Kea's of the distribution or of EPEL.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import place
import reading
import rpms
import services
import trusted

CARRIED = ".carried"
"""Suffix of the copy of a file while packages change."""
RPMSAVE = ".rpmsave"
"""Suffix that rpm gives to a changed configuration file of a package that goes."""


def install(request: dict[str, Any], files: list[str]) -> str | None:
    """Install the packages of the turn, and keep the files; return dnf's words if it fails."""
    packages: list[str] = request["packages"]
    if not request.get("swap"):
        return rpms.install(packages, bool(request.get("erase")))
    with carried(files):
        return rpms.swap(request["swap"], packages) or services.reload()


def reinstall(request: dict[str, Any], files: list[str], missing: list[str]) -> str | None:
    """Install packages from before the turn again; return dnf's words if it fails."""
    if not missing or not request.get("swap"):
        # packages that the turn added may want the others in the new version
        return rpms.install(missing, True, rpms.former())
    with carried(files):  # EPEL's repository file excludes its Kea
        words = rpms.swap(rpms.own(), request["packages_before"], "--disableexcludes=all")
        return words or services.reload()


@contextlib.contextmanager
def carried(files: list[str]) -> Iterator[None]:
    """Keep files as they are while a package that has them goes, and another one comes.

    rpm renames a changed configuration file of the one, and writes that of the other.
    """
    there = [path for path in files if trusted.exists(path)]
    new = [path + RPMSAVE for path in there if not trusted.exists(path + RPMSAVE)]
    for path in there:
        place.copy(path, path + CARRIED)
    try:
        yield
    finally:
        for path in there:
            place.rename(path + CARRIED, path)
        for path in new:
            place.remove(path)


def forget(files: list[str]) -> None:
    """Remove what a run that lost its host in the middle left behind: the copies, rpm's too."""
    for path in files:
        if not trusted.exists(path + CARRIED):
            continue
        if reading.quiet(path + RPMSAVE) == reading.quiet(path + CARRIED):
            place.remove(path + RPMSAVE)
        place.remove(path + CARRIED)
