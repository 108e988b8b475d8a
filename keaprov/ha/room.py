"""Room on a server's disks for a deploy; `serving.unwritable` says when Kea writes no leases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keaprov import paths
from keaprov.ha.observed import Observed
from keaprov.ha.serving import Trouble

MIB = 1 << 20
ROOM = {paths.KEA_DIR: 8 * MIB, paths.LEASE_DIR: 32 * MIB}
TO_INSTALL = {"/usr": 256 * MIB, "/var/cache/dnf": 128 * MIB}
READ_ONLY = "Find out why (dmesg: the kernel does this after an error of the disk), and mount it rw"


def lacking(observed: Observed, needed: Mapping[str, int]) -> Iterator[Trouble]:
    """Yield where nothing can be written.

    `needed` are the bytes that have to be free for each path.
    """
    for path, least in needed.items():
        free = observed.disk.get(path, least)
        if path in observed.read_only:
            yield Trouble(f"the file system of {path} is read-only", READ_ONLY)
        elif free < least:
            yield Trouble(
                f"the disk is full: {free // MIB} MiB are free for {path}, {least // MIB} MiB are "
                "needed",
                "Make room",
            )
