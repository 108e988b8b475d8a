"""``keaprov plan``: what a deploy would find, and what it would do about it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from keaprov import survey
from keaprov.cli.connect import connected, load
from keaprov.cli.progress import progress
from keaprov.conductor import Conductor, Kind
from keaprov.conductor.observing import by_server, or_error
from keaprov.conductor.outlook import outlook
from keaprov.conductor.preflight import (
    Offers,
    reasons_of_pair,
    reasons_of_server,
    warnings_of_pair,
)
from keaprov.errors import ControlError
from keaprov.impact import verdict
from keaprov.model import Server, Site
from keaprov.wanted import wanted_of


@click.command()
@connected
def plan(file: Path, config: Path | None, sudo: bool) -> None:
    """Observe the servers of SITE and say what a deploy would do, and why.

    It also says how many active leases the change touches. If clients lose their address, a deploy
    refuses, and the plan prints what accepts it: --data accept=REVISION:NUMBER.

    Nothing is changed. Exit code 1 if a deploy would refuse.

    \b
    Examples:
      keaprov plan site.yaml
      keaprov plan --sudo --ssh-config ssh_config site.yaml
    """
    site = load(file)
    with survey.Shells([site], config, sudo=sudo) as shells:
        channels = shells.of(site)
        all_wanted = {server.name: wanted_of(site, server) for server in site.servers}
        conductor = Conductor(site, channels, all_wanted, lambda *_: None)
        with progress(f"observing the servers of {site.name}"):
            errors = conductor.observe(updates=True)
            reasons = {name: [words] for name, words in errors.items()}
            if not errors:
                seen = {name: view.observed for name, view in conductor.views.items()}

                def judge(server: Server) -> list[str]:
                    channel = channels[server.name]
                    return reasons_of_server(site, server, seen, channel, Offers())

                for name, found in by_server(site.servers, or_error(judge)).items():
                    reasons[name] = found if isinstance(found, list) else [str(found)]
        _print_reasons(site, reasons, conductor)
        if errors:
            sys.exit(1)
        _print_outlook(site, conductor)
        costly = _print_leases(site, conductor)
    refused = costly or conductor.next().kind is Kind.REFUSE or any(reasons.values())
    sys.exit(refused or any(reasons_of_pair(site, conductor.views)))


def _print_reasons(site: Site, reasons: dict[str, list[str]], conductor: Conductor) -> None:
    for name, found in reasons.items():
        for reason in dict.fromkeys(found):
            words = reason if reason.startswith(f"{name}: ") else f"{name}: {reason}"
            click.echo(f"{words}", err=True)
    absent = [server.name for server in site.servers if server.name not in conductor.views]
    if absent:
        words = f"a server is unreachable: {', '.join(absent)} did not answer"
        click.echo(f"{site.name}: {words}. Nothing is changed on any server.")


def _print_leases(site: Site, conductor: Conductor) -> bool:
    """Print the active leases that the change touches; return whether a deploy refuses it."""
    try:
        with progress(f"counting the leases of {site.name}"):
            impact = conductor.touched()
    except ControlError as error:
        click.echo(str(error), err=True)
        return True
    lines = [*impact.lines()]
    if lines:
        click.echo(f"  active leases{f', as {impact.server} counts' if impact.server else ''}:")
    for line in lines:
        click.echo(f"    {line}")
    words = verdict(impact, next(iter(conductor.views.values())).wanted.revision)
    if words:
        click.echo(f"  a deploy refuses: {words}")
    return bool(words)


def _print_outlook(site: Site, conductor: Conductor) -> None:
    found = outlook(site, conductor.views)
    click.echo(f"{site.name}: {found.situation}")
    if found.step.kind in (Kind.REFUSE, Kind.WAIT):
        click.echo(f"  next: {found.step.kind.value}: {found.step.reason}")
    for warning in warnings_of_pair(site, conductor.views):
        click.echo(f"  {warning.server}: warning: {warning.words}")
    for name in conductor.views:
        for line in (*found.preparations[name], *found.changes[name]):
            click.echo(f"  {name}: {line}")
