"""What every verb that goes to the servers has in common: SITE, and the way to its hosts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from keaprov import report
from keaprov.model import Site
from keaprov.site import check_site


def by_ssh(verb: Callable[..., None]) -> Callable[..., Any]:
    """Add ``--ssh-config`` and ``--sudo`` to a verb."""
    options = (
        click.option(
            "--ssh-config",
            "config",
            type=click.Path(path_type=Path, dir_okay=False, exists=True),
            help="An OpenSSH configuration (default: ~/.ssh/config).",
        ),
        click.option("--sudo", is_flag=True, help="Become root on the hosts by sudo -n."),
    )
    for option in reversed(options):
        verb = option(verb)
    return verb


def connected(verb: Callable[..., None]) -> Callable[..., Any]:
    """Add SITE, ``--ssh-config`` and ``--sudo`` to a verb."""
    return click.argument("file", metavar="SITE", type=click.Path(path_type=Path))(by_ssh(verb))


def load(file: Path) -> Site:
    """Return the site, or show its problems and end with status 1."""
    return load_all([file])[0]


def load_all(files: Sequence[Path]) -> list[Site]:
    """Return the sites, or show the problems of all of them and end.

    The status is 1, and 2 if a file is Kea's own configuration: that is wrong usage.
    """
    checks = [check_site(file) for file in files]
    sites = [checked.site for checked in checks if checked.site is not None]
    if len(sites) < len(checks):
        for checked in checks:
            if checked.site is None:
                click.echo(report.text(checked.problems, checked.sources), err=True)
        sys.exit(2 if any(checked.of_kea for checked in checks) else 1)
    return sites
