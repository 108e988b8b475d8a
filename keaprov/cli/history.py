"""``keaprov history``: the configurations that the servers keep, and how to go back to one."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click

from keaprov import paths, survey, typed
from keaprov.cli import terminal
from keaprov.cli.connect import connected_read_only, load
from keaprov.cli.progress import progress
from keaprov.control import Shell, Sudo
from keaprov.control.decoding import expected
from keaprov.model import Server, Site
from keaprov.words import when


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration that a server keeps: `written` is in seconds since the epoch.

    `kept` is when it was put aside, as in its name; "" for the active one.
    """

    path: str
    revision: str
    subnets: int
    written: float
    kept: str

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Configuration:
        """Read an entry of the report of files/host/history.py."""
        read = cls(**{field.name: entry[field.name] for field in fields(cls)})
        typed.check(read)
        when(read.written)
        return read


@click.command()
@connected_read_only
def history(file: Path, config: Path | None, sudo: Sudo | None) -> None:
    """List the configurations that the servers of SITE keep, the active one first.

    One that every server keeps can be deployed again: `pyinfra INVENTORY deploy.py --data
    revision=REVISION`. That is a roll-out like any other.

    \b
    Examples:
      keaprov history site.yaml
    """
    site = load(file)
    request = {"active": paths.DHCP4_CONF, "directory": paths.BACKUP_DIR}

    def ask(_: Site, server: Server, shell: Shell) -> list[Configuration]:
        report = shell.program("history", request)
        with expected(f"{server.name}: the report of history"):
            return [Configuration.of(entry) for entry in report["kept"]]

    with progress(f"observing the servers of {site.name}"):
        answers = survey.ask_servers(site, ask, config, sudo=sudo)
    histories = survey.results_of(answers)
    for name, error in survey.errors_of(answers).items():
        words = str(error).removeprefix(f"{name}: ")
        terminal.echo(f"{name}: {words}", err=True)
    complete = len(histories) == len(site.servers)
    revisions = [{entry.revision for entry in kept} for kept in histories.values()]
    common = set.intersection(*revisions) if complete else set()
    for name, kept in histories.items():
        terminal.echo(f"{name}:")
        for entry in sorted(kept, key=_age):
            terminal.echo(f"  {_line(entry, common)}")
    sys.exit(not complete)


def _age(entry: Configuration) -> tuple[bool, bool, float]:
    """Return what puts the active one first, then the kept ones, the newest first.

    The packaged original is the last.
    """
    return entry.path != paths.DHCP4_CONF, not entry.kept, -entry.written


def _line(entry: Configuration, common: set[str]) -> str:
    revision = entry.revision or "not keaprov's"
    active = "active" if entry.path == paths.DHCP4_CONF else ""
    back = "" if entry.revision in common or not entry.revision else "on this server only"
    words = f"{entry.subnets} subnets  {active or back}"
    return f"{revision:16}  {when(entry.written)}  {words}".rstrip()
