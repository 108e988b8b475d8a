"""Find where kea-dhcp4 takes commands if its socket is not at keaprov's place.

A Kea that was installed by hand names its control socket as it likes. The kernel knows on which
unix socket its process listens, whatever its file says by now.
"""

from __future__ import annotations

import contextlib
import os

import reading
import services

UNIT = "kea-dhcp4"
LISTENS = 0x10000
"""__SO_ACCEPTCON, the flag of a listening socket in /proc/net/unix (proc_pid_net(5))."""


def path() -> str:
    """Return the socket on which the unit's process listens, "" if there is none."""
    try:
        process = services.process(UNIT, lasting=0.0)
    except OSError:
        return ""
    return of_process(process) if process else ""


def of_process(process: int) -> str:
    """Return the unix socket on which a process listens, "" if there is none."""
    own = inodes(process)
    for line in reading.quiet(f"/proc/{process}/net/unix").splitlines()[1:]:
        fields = line.split(maxsplit=7)
        if len(fields) == 8 and int(fields[3], 16) & LISTENS and fields[6] in own:
            return fields[7]
    return ""


def inodes(process: int) -> set[str]:
    """Return the inodes of the sockets that a process has open."""
    directory = f"/proc/{process}/fd"
    links: list[str] = []
    with contextlib.suppress(OSError):
        for name in os.listdir(directory):
            with contextlib.suppress(OSError):  # closed meanwhile
                links.append(os.readlink(os.path.join(directory, name)))
    return {link[8:-1] for link in links if link.startswith("socket:[")}
