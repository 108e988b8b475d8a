"""``keaprov diff``: the site against each server's file, what it runs, and the peers' own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from keaprov import survey
from keaprov.cli import leases, terminal
from keaprov.cli.connect import connected_read_only, load
from keaprov.cli.progress import progress
from keaprov.control import Sudo
from keaprov.drift import Drift, drifts, shown, verdicts
from keaprov.errors import dotted


@click.command()
@connected_read_only
@click.option("--leases", "of_leases", is_flag=True, help="Compare the leases of the two servers.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, one object.")
def diff(
    file: Path, config: Path | None, sudo: Sudo | None, of_leases: bool, as_json: bool
) -> None:
    """Compare SITE with what each server's file says and what it runs.

    In Kea's own paths; order and defaults aside, secrets masked. Exit code 0 when all are equal.

    With --leases, compare the leases of the two servers instead: name each lease that one of them
    lacks, or that differs in its client, state or lifetime. Leases that were given within the last
    seconds are left out, because their updates may be under way.

    \b
    Examples:
      keaprov diff site.yaml
      keaprov diff --leases --json site.yaml
    """
    site = load(file)
    if of_leases:
        if len(site.servers) < 2:
            raise click.UsageError(f"{site.name} is one server: its leases have no copy")
        sys.exit(not leases.compare(site, config, sudo=sudo, as_json=as_json))
    with progress(f"observing the servers of {site.name}"):
        answers = survey.ask_servers(site, survey.read_configs, config, sudo=sudo)
    configs = survey.results_of(answers)
    errors = {name: str(error) for name, error in survey.errors_of(answers).items()}
    all_drifts = list(drifts(site, configs))
    words_of = verdicts(all_drifts, configs)
    if as_json:
        differences = [_as_map(drift) for drift in all_drifts]
        whole = {"site": site.name, "differences": differences, "verdicts": words_of}
        terminal.document(json.dumps({**whole, "errors": errors}))
    else:
        for error in errors.values():
            terminal.echo(error, err=True)
        for name, words in words_of.items():
            terminal.echo(f"{name}: {words}")
        for drift in all_drifts:
            terminal.echo(f"  {drift}")
        if not all_drifts and not errors:
            terminal.echo(f"{site.name}: site, files and running configurations are equal")
    sys.exit(bool(all_drifts or errors))


def _as_map(drift: Drift) -> dict[str, str]:
    difference = drift.difference
    return {
        "server": drift.server,
        "where": drift.where,
        "path": dotted(difference.path),
        "wanted": shown(difference.path, difference.wanted),
        "found": shown(difference.path, difference.actual),
    }
