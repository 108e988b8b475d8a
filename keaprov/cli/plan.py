"""``keaprov plan``: what a deploy would find, and what it would do about it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import click

from keaprov import survey
from keaprov.channel import Channel
from keaprov.cli import terminal
from keaprov.cli.connect import connected, load
from keaprov.cli.progress import progress
from keaprov.conductor import Conductor, Kind
from keaprov.conductor.outlook import outlook
from keaprov.conductor.preflight import (
    Offers,
    reasons_of_pair,
    reasons_of_server,
    warnings_of_pair,
)
from keaprov.conductor.together import by_server, or_error
from keaprov.control import Sudo
from keaprov.errors import ControlError
from keaprov.impact import verdict
from keaprov.issuing import for_deploy
from keaprov.model import Server, Site
from keaprov.wanted import wanted_of


@click.command()
@connected
def plan(file: Path, config: Path | None, sudo: Sudo | None) -> None:
    """Observe the servers of SITE and say what a deploy would do, and why.

    It also says how many active leases the change touches. If clients lose their address, a deploy
    refuses, and the plan prints what accepts it: --data accept=REVISION:NUMBER.

    Nothing is changed. Exit code 1 if a deploy would refuse.

    \b
    Examples:
      keaprov plan site.yaml
      keaprov plan --sudo --ssh-config ssh_config site.yaml
    """
    site = for_deploy(load(file))
    with survey.Shells([site], config, sudo=sudo) as shells:
        channels = shells.of(site)
        all_wanted = {server.name: wanted_of(site, server) for server in site.servers}
        conductor = Conductor(site, channels, all_wanted, lambda *_: None)
        with progress(f"observing the servers of {site.name}"):
            errors = conductor.observe(updates=True)
            reasons = {name: [words] for name, words in errors.items()}
            reasons = reasons or _reasons(site, conductor, channels)
        _print_reasons(site, reasons, conductor)
        if errors:
            sys.exit(1)
        _print_outlook(site, conductor)
        costly = _print_leases(site, conductor)
    refused = costly or conductor.next().kind is Kind.REFUSE or any(reasons.values())
    sys.exit(refused or any(reasons_of_pair(site, conductor.views)))


def _reasons(
    site: Site, conductor: Conductor, channels: Mapping[str, Channel]
) -> dict[str, list[str]]:
    """Return why a deploy would refuse each server; a host that cannot be asked is a reason."""
    observed = {name: view.observed for name, view in conductor.views.items()}

    def judge(server: Server) -> list[str]:
        return reasons_of_server(site, server, observed, channels[server.name], Offers())

    answers = by_server(site.servers, or_error(judge))
    return {
        name: answer if isinstance(answer, list) else [str(answer)]
        for name, answer in answers.items()
    }


def _print_reasons(site: Site, all_reasons: Mapping[str, list[str]], conductor: Conductor) -> None:
    for name, reasons in all_reasons.items():
        for reason in dict.fromkeys(reasons):
            words = reason if reason.startswith(f"{name}: ") else f"{name}: {reason}"
            terminal.echo(f"{words}", err=True)
    absent = [server.name for server in site.servers if server.name not in conductor.views]
    if absent:
        words = f"a server is unreachable: {', '.join(absent)} did not answer"
        terminal.echo(f"{site.name}: {words}. Nothing is changed on any server.")


def _print_leases(site: Site, conductor: Conductor) -> bool:
    """Print the active leases that the change touches; return whether a deploy refuses it."""
    try:
        with progress(f"counting the leases of {site.name}"):
            impact = conductor.touched()
    except ControlError as error:
        terminal.echo(str(error), err=True)
        return True
    lines = [*impact.lines()]
    if lines:
        terminal.echo(f"  active leases{f', as {impact.server} counts' if impact.server else ''}:")
    for line in lines:
        terminal.echo(f"    {line}")
    words = verdict(impact, next(iter(conductor.views.values())).wanted.revision)
    if words:
        terminal.echo(f"  a deploy refuses: {words}")
    return bool(words)


def _print_outlook(site: Site, conductor: Conductor) -> None:
    expected = outlook(site, conductor.views)
    step = expected.step
    terminal.echo(f"{site.name}: {expected.situation}")
    if step.kind in (Kind.REFUSE, Kind.WAIT):
        terminal.echo(f"  next: {step.kind.value}: {step.reason}")
    for warning in warnings_of_pair(site, conductor.views):
        terminal.echo(f"  {warning.server}: warning: {warning.words}")
    if site.tls and site.tls.reason:
        terminal.echo(f"  certificates are issued: {site.tls.reason}")
    for name in conductor.views:
        for line in (*expected.preparations[name], *expected.changes[name]):
            terminal.echo(f"  {name}: {line}")
