"""A second world on this machine: a lab in it shares nothing with the lab outside but the base.

The command that runs in it has a network with ``lo`` alone, mounts and control groups of its own.
So every name, address, port and path of the lab is free there.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.lab import groups
from tests.lab.topology import DISKS, STATE

GROUP = "second-world"
"""The control group of everything in the world."""
_DISKS = DISKS.with_name(f"{DISKS.name}-second")
_JOIN = """
for group in $1; do echo $$ >"$group/cgroup.procs"; done
exec unshare --net --mount --cgroup -- sh -euc "$0" sh "$@"
"""
_ENTER = """
cut -d " " -f 2 /proc/self/mounts | grep "^$5/" | sort -r | while read -r mount; do
    umount -l "$mount"
done
for group in $1; do mount --bind "$group" "${group%/*}"; done
mount --bind "$2" /run
mount --bind "$3" "$4"
ip link set lo up
shift 5
exec "$@"
"""


@contextmanager
def world(place: Path) -> Iterator[list[str]]:
    """Make the world, its /run below `place`, and yield the words before a command to run in it.

    At the end every process that is left in it is killed.
    """
    own = [hierarchy / GROUP for hierarchy in groups.hierarchies()]
    for directory in (*own, place / "run", DISKS, _DISKS):
        directory.mkdir(parents=True, exist_ok=True)
    words = ["sh", "-euc", _JOIN, _ENTER, " ".join(map(str, own))]
    try:
        yield [*words, str(place / "run"), str(_DISKS), str(DISKS), str(STATE)]
    finally:
        groups.end(GROUP)
        shutil.rmtree(_DISKS, ignore_errors=True)
