"""``keaprov history``: the configurations that the servers keep, and how to go back to one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from keaprov import paths, survey
from keaprov.cli.connect import connected, load
from keaprov.cli.progress import progress
from keaprov.control import Shell
from keaprov.errors import ControlError
from keaprov.model import Server, Site
from keaprov.words import when


@click.command()
@connected
def history(file: Path, config: Path | None, sudo: bool) -> None:
    """List the configurations that the servers of SITE keep, the active one first.

    One that every server keeps can be deployed again: `pyinfra INVENTORY deploy.py --data
    revision=REVISION`. That is a roll-out like any other.

    \b
    Examples:
      keaprov history site.yaml
    """
    site = load(file)
    request = {"active": paths.DHCP4_CONF, "directory": paths.BACKUP_DIR}

    def ask(_: Site, server: Server, shell: Shell) -> list[dict[str, Any]]:
        kept: list[dict[str, Any]] = shell.program("history", request)["kept"]
        return kept

    with progress(f"observing the servers of {site.name}"):
        answers = survey.ask_servers(site, ask, config, sudo=sudo)
    lists = {name: one for name, one in answers.items() if not isinstance(one, ControlError)}
    for name, answer in answers.items():
        if isinstance(answer, ControlError):
            click.echo(f"{name}: {answer}", err=True)
    everywhere = [{one["revision"] for one in kept} for kept in lists.values()]
    common = set.intersection(*everywhere) if len(lists) == len(site.servers) else set()
    for name, kept in lists.items():
        click.echo(f"{name}:")
        for one in sorted(kept, key=_age):
            click.echo(f"  {_line(one, common)}")
    sys.exit(len(lists) != len(site.servers))


def _age(one: dict[str, Any]) -> tuple[bool, bool, float]:
    """The active one first, the packaged original last, what is between from new to old."""
    between = bool(one["kept"])
    return one["path"] != paths.DHCP4_CONF, not between, -one["written"]


def _line(one: dict[str, Any], common: set[str]) -> str:
    revision = one["revision"] or "not keaprov's"
    active = "active" if one["path"] == paths.DHCP4_CONF else ""
    back = "" if one["revision"] in common or not one["revision"] else "on this server only"
    words = f"{one['subnets']} subnets  {active or back}"
    return f"{revision:16}  {when(one['written'])}  {words}".rstrip()
