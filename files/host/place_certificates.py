"""Put a server's certificates into the directory of their issue, and remove issues of no use.

With `new` the directory of the issue is new, or has the same bundle of authorities: another one is
refused, because a running kea-dhcp4 may have read it. An issue is of use as long as a configuration
that this host keeps names it. It runs on the host (Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import glob
import grp
import os
import sys
from typing import Any

import held
import place
import reading
import trusted


def put(path: str, text: str, group: int) -> None:
    """Write a file that root owns and kea's group reads."""
    place.new(path, text.encode("utf-8"), 0o640, 0, group)
    place.rename(path + place.NEW, path)


def remove(directory: str) -> None:
    """Remove the directory of an issue, with its files."""
    with trusted.holder(os.path.join(directory, "any")) as (folder, _):
        handle = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
        try:
            for name in os.listdir(handle):
                os.unlink(name, dir_fd=handle)
        finally:
            os.close(handle)
    with trusted.holder(directory) as (folder, name):
        os.rmdir(name, dir_fd=folder)


def of_use(directory: str, patterns: list[str]) -> set[str]:
    """Return the issues that a configuration of this host names."""
    paths = [path for pattern in patterns for path in glob.glob(pattern)]
    texts = [reading.quiet(path) for path in paths]
    names = os.listdir(directory)
    return {name for name in names if any(f"{directory}/{name}/" in text for text in texts)}


def main(request: dict[str, Any]) -> dict[str, object]:
    """Write the files; return what was removed."""
    with held.working(request.get("run")):
        group = grp.getgrnam("kea").gr_gid
        home, name = request["directory"], request["issue"]
        folder = os.path.join(home, name)
        for path in (home, folder):
            place.directory(path, 0o750, 0, group)
        first, *_ = request["files"]
        there = reading.quiet(os.path.join(folder, first["name"]))
        if request["new"] and there and there != first["content"]:
            sys.exit(
                f"{folder} has certificates of another authority, and kea-dhcp4 may use them; "
                "restore the site's authority on the machine that deploys. If it is lost, deploy "
                "tomorrow: the certificates of each day have a directory of their own"
            )
        for entry in request["files"]:
            put(os.path.join(folder, entry["name"]), entry["content"], group)
        useless = set(os.listdir(home)) - of_use(home, request["kept_by"]) - {name}
        for other in sorted(useless):
            remove(os.path.join(home, other))
        return {"removed": sorted(useless)}
