"""What every verb that goes to the servers has in common: SITE, and the way to its hosts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from keaprov import report
from keaprov.model import Site
from keaprov.site import check_file


def connected(verb: Callable[..., None]) -> Callable[..., Any]:
    """Add SITE, ``--ssh-config`` and ``--sudo`` to a verb."""
    options = (
        click.argument("file", metavar="SITE", type=click.Path(path_type=Path)),
        click.option(
            "--ssh-config",
            "config",
            type=click.Path(path_type=Path, dir_okay=False, exists=True),
            help="An OpenSSH configuration; ~/.ssh/config without.",
        ),
        click.option("--sudo", is_flag=True, help="Become root on the hosts by sudo -n."),
    )
    for option in reversed(options):
        verb = option(verb)
    return verb


def load(file: Path) -> Site:
    """Return the site, or show its problems and end with status 1."""
    checked = check_file(file)
    if checked.site is None:
        click.echo(report.text(checked.problems, checked.sources), err=True)
        sys.exit(1)
    return checked.site
