"""A tree with every program, and a network of its own: for what needs Kea and no host of the lab.

The lab may be up, down or rebooting meanwhile: a workshop shares nothing with it but the base.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.lab import base
from tests.lab.shell import LabError, run

NETNS = Path("/run/netns")


@dataclass(frozen=True)
class Workshop:
    """An open workshop: `root` is its tree, `netns` its network namespace, with ``lo`` alone."""

    root: Path
    netns: Path

    def inside(self, *argv: str) -> list[str]:
        """Return the command that runs `argv` in the tree and in its network."""
        return ["nsenter", f"--net={self.netns}", "chroot", str(self.root), "/usr/bin/env", *argv]


@contextmanager
def workshop() -> Iterator[Workshop]:
    """Open a workshop; nothing of it is left afterwards. LabError if it cannot be made."""
    if os.geteuid() != 0:
        raise LabError("lab: needs root (namespaces, mounts)")
    lower = base.ready() / "full"
    place = Path(tempfile.mkdtemp(prefix="workshop-"))
    opened = Workshop(place / "root", NETNS / place.name)
    try:
        for name in ("upper", "work", "root"):
            (place / name).mkdir()
        layers = f"lowerdir={lower},upperdir={place / 'upper'},workdir={place / 'work'}"
        run("mount", "-t", "overlay", "overlay", "-o", layers, opened.root)
        for kind in ("proc", "dev"):
            run("mount", "--rbind", f"/{kind}", opened.root / kind)
            run("mount", "--make-rslave", opened.root / kind)
        for name in ("etc/kea", "run/kea", "var/lib/kea", "var/log/kea"):
            (opened.root / name).mkdir(parents=True, exist_ok=True)
            (opened.root / name).chmod(0o750)  # Kea refuses a wider one
        run("ip", "netns", "add", opened.netns.name)
        run("ip", "-n", opened.netns.name, "link", "set", "lo", "up")
        yield opened
    finally:
        run("ip", "netns", "delete", opened.netns.name, check=False)
        with suppress(LabError):
            if opened.root.is_mount():
                run("umount", "-R", "-l", opened.root)
        if not opened.root.is_mount():
            shutil.rmtree(place)
