"""Control groups of this machine: where they are, and how one ends with all that runs in it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from tests.lab.shell import LabError, until


def unified() -> Path:
    """Return where the unified hierarchy is mounted; LabError if it is not."""
    for point, kind, _ in _mounted():
        if kind == "cgroup2":
            return point
    raise LabError("lab: needs the unified control group hierarchy (cgroup2)")


def hierarchies() -> list[Path]:
    """Return where the hierarchies that systemd keeps its units in are mounted."""
    points = (
        point
        for point, kind, options in _mounted()
        if kind == "cgroup2" or (kind == "cgroup" and "name=systemd" in options)
    )
    return list(dict.fromkeys(points))


def end(name: str) -> None:
    """Kill what runs in a control group, and remove it from every hierarchy."""
    (unified() / name / "cgroup.kill").write_text("1")
    groups = [hierarchy / name for hierarchy in hierarchies()]

    def removed() -> bool:
        for group in groups:
            for directory, _, _ in os.walk(group, topdown=False):
                with suppress(OSError):  # its last process is still ending
                    Path(directory).rmdir()
        return not any(group.exists() for group in groups)

    until(removed, f"the control group {name} is empty", 20)


def _mounted() -> list[tuple[Path, str, str]]:
    lines = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [(Path(fields[1]), fields[2], fields[3]) for fields in lines]
