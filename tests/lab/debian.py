"""Packages of Debian that are not in the lab's base: each is for one test."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.lab import base
from tests.lab.shell import LabError, run
from tests.lab.topology import CACHE

KEA_DOC = f"kea-doc/{base.SUITE}-backports"
"""The documentation of the Kea that the lab has."""
PACKAGES = ("isc-dhcp-server", "kea-doc", KEA_DOC)
"""What tests use: packages of this machine's release, or of another one (``package/release``)."""


def browser() -> str:
    """Return this machine's Chromium; Debian's is installed if there is none, as in `fetch`."""
    if shutil.which("chromium") is None:
        base.install("chromium")
    return str(shutil.which("chromium"))


def fetch(package: str) -> Path | None:
    """Return the file of a package, downloaded once; None if it cannot be downloaded.

    The download needs this machine's network: a second world has none (tests/lab/world.py).
    """
    folder = CACHE / package
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.glob("*.deb")):
        name, _, release = package.partition("/")
        apt = ["apt-get", *(_options(release, folder) if release else ())]
        if release:
            subprocess.run([*apt, "update", "-qq"], capture_output=True, check=False)
        subprocess.run(
            [*apt, "download", "-qq", name], cwd=folder, capture_output=True, check=False
        )
    return next(folder.glob("*.deb"), None)


def _options(release: str, folder: Path) -> list[str]:
    """Return the options with which apt-get knows the packages of that release alone."""
    lists, sources = folder / "lists", folder / "sources.list"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    sources.write_text(f"deb {base._mirror()} {release} main\n")
    return [
        "-oDir::Cache::PkgCache=",
        "-oDir::Cache::SrcPkgCache=",
        "-oDir::Etc::SourceParts=/dev/null",
        f"-oDir::Etc::SourceList={sources}",
        f"-oDir::State::Lists={lists}",
    ]


def extract(package: str, folder: Path) -> None:
    """Write the files of a package below a folder; LabError if it cannot be downloaded."""
    file = fetch(package)
    if file is None:
        raise LabError(f"lab: {package} cannot be downloaded")
    run("dpkg", "-x", file, folder)
