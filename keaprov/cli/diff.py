"""``keaprov diff``: the site against each server's file, what it runs, and the peers' own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from keaprov import look
from keaprov.cli.connect import connected, load
from keaprov.drift import drifts, shown
from keaprov.errors import ControlError, dotted


@click.command()
@connected
@click.option("--json", "as_json", is_flag=True, help="As JSON, one object.")
def diff(file: Path, config: Path | None, sudo: bool, as_json: bool) -> None:
    """Compare SITE with what each server's file says and what it runs.

    In Kea's own paths; order and defaults aside, secrets masked. Exit code 0 when all are equal.
    """
    site = load(file)
    answers = look.everywhere(
        site, lambda server, shell: look.look(site, server, shell), config, sudo=sudo
    )
    seen = {name: one for name, one in answers.items() if isinstance(one, look.Seen)}
    errors = {name: str(one) for name, one in answers.items() if isinstance(one, ControlError)}
    found = list(drifts(site, seen))
    if as_json:
        listed = [
            {
                "server": one.server,
                "where": one.where,
                "path": dotted(one.difference.path),
                "wanted": shown(one.difference.path, one.difference.wanted),
                "found": shown(one.difference.path, one.difference.found),
            }
            for one in found
        ]
        click.echo(json.dumps({"site": site.name, "differences": listed, "errors": errors}))
    else:
        for error in errors.values():
            click.echo(error, err=True)
        for one in found:
            click.echo(str(one))
        if not found and not errors:
            click.echo(f"{site.name}: site, files and running configurations are equal")
    sys.exit(bool(found or errors))
