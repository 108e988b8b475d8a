"""Observe the certificates on this host: the texts of each issue, and whether its key is there."""

from __future__ import annotations

import grp
import os
import stat
from typing import Any

import reading
import trusted

MOST = 64
"""Issues that are reported; `place_certificates` removes those of no use."""
LONGEST = 1 << 18


def certificates(request: dict[str, Any]) -> dict[str, dict[str, object]]:
    """Return what each issue has: ``trust`` and ``cert`` as text, ``key`` whether it is as it has
    to be: readable by root and kea, and by nobody else.
    """
    home = request["directory"]
    try:
        names = sorted(os.listdir(home))[-MOST:]
    except OSError:
        return {}
    return {
        name: {
            "trust": reading.quiet(os.path.join(home, name, request["trust"]), LONGEST),
            "cert": reading.quiet(os.path.join(home, name, request["cert"]), LONGEST),
            "key": guarded(os.path.join(home, name, request["key"])),
        }
        for name in names
    }


def guarded(path: str) -> bool:
    """Return whether a key is a file of root's that kea's group reads, and nobody else."""
    try:
        info = trusted.status(path)
        group = grp.getgrnam("kea").gr_gid
    except (OSError, KeyError):
        return False
    if info is None:
        return False
    owner = (info.st_uid, info.st_gid) == (0, group)
    return stat.S_ISREG(info.st_mode) and owner and stat.S_IMODE(info.st_mode) == 0o640
