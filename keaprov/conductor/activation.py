"""The request by which a host takes its turn (files/host/turn.py)."""

from __future__ import annotations

from typing import Any

from keaprov import paths
from keaprov.ha.plan import Need

KEPT_BACKUPS = 10
ACTIVE = [paths.DHCP4_CONF, paths.AGENT_CONF]
CONFS = {"kea-dhcp4": paths.DHCP4_CONF, "kea-ctrl-agent": paths.AGENT_CONF}
TESTS = {
    paths.DHCP4_CONF: ("/usr/sbin/kea-dhcp4", "-T"),
    paths.AGENT_CONF: ("/usr/sbin/kea-ctrl-agent", "-t"),
}
"""The command, without the file, by which a daemon tests its configuration."""


def activation(todo: Need, run: str, *, proven: bool, foreign: bool = False) -> dict[str, Any]:
    """Return the request to files/host/turn.py that brings a server what it needs.

    `foreign`: the server runs what keaprov did not write; its files are kept as its originals.
    """
    return {
        "run": run,
        "files": list(todo.stage),
        "units": list(todo.restart),
        "retire": list(todo.retire),
        "fresh": list(todo.fresh),
        "unproven": list(todo.unproven),
        "packages": list(todo.upgrade),
        "erase": list(todo.erase),
        "swap": list(todo.swap),
        "tests": tests(todo),
        "packages_before": list(todo.installed),
        "update": {"exclude": list(paths.NOT_UPDATED)} if todo.update else None,
        "backup": paths.BACKUP_DIR,
        "keep": KEPT_BACKUPS,
        "active": ACTIVE,
        "proven": proven,
        "foreign": paths.DHCP4_CONF if foreign else "",
    }


def tests(todo: Need) -> list[list[str]]:
    """Return the commands by which the Kea that a turn installs tests its active files."""
    units = todo.restart if todo.upgrade else ()
    return [[*TESTS[conf], conf] for conf in (CONFS[unit] for unit in units)]


def renaming(todo: Need, run: str, *, proven: bool) -> dict[str, Any]:
    """Return the request that renames the staged files into place: what runs is what they say."""
    return activation(Need(todo.stage, (), (), (), (), ()), run, proven=proven)
