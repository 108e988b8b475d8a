"""``keaprov plan``: what a deploy would find, and what it would do about it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from keaprov import look
from keaprov.cli.connect import connected, load
from keaprov.cli.progress import progress
from keaprov.errors import ControlError


@click.command()
@connected
def plan(file: Path, config: Path | None, sudo: bool) -> None:
    """Look at the servers of SITE and say what a deploy would do, and why.

    Nothing is changed. Exit code 1 when a deploy would refuse.
    """
    site = load(file)
    with progress(f"looking at the servers of {site.name}"):
        answers = look.everywhere(site, look.look, config, sudo=sudo)
    seen = {name: one for name, one in answers.items() if isinstance(one, look.Seen)}
    for name, answer in answers.items():
        if isinstance(answer, ControlError):
            click.echo(f"{name}: {answer}", err=True)
    found, needs, lives = look.outlook(site, seen)
    click.echo(f"{site.name}: {found}")
    for name, todo in needs.items():
        if todo:
            click.echo(f"  {name}: {'; '.join(todo.reasons)}")
        if lives.get(name):
            click.echo(f"  {name}: live: {lives[name]}")
    sys.exit(found.refused)
