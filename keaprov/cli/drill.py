"""``keaprov drill``: rehearse failover on a Tuesday."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import click

from keaprov.cli.connect import connected, load
from keaprov.control import Shell
from keaprov.drill import Drill, Drilled, Event, Pair
from keaprov.errors import KeaprovError


@click.command()
@connected
@click.option(
    "--way",
    type=click.Choice(["hand-over", "failover"]),
    default="failover",
    help="By Kea's maintenance, or by stopping the primary (failover).",
)
@click.option("-i", "--interface", help="Have clients ask on this interface throughout.")
@click.option("--giaddr", help="Have clients ask as by a relay at this address.")
@click.option("--yes", is_flag=True, help="Do not ask before it begins.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, one object.")
def drill(
    file: Path,
    config: Path | None,
    sudo: bool,
    way: str,
    interface: str | None,
    giaddr: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Rehearse a failover of SITE, and put the pair back.

    Refuses unless both servers are in hot-standby. Exit code 0 when the pair is back, no lease is
    lost and clients were served.
    """
    site = load(file)
    if site.failover is None or len(site.servers) < 2:
        raise click.UsageError(f"{site.name} is one server: there is nothing to fail over to")
    if not yes:
        what = "stop its primary" if way == "failover" else "hand over to its standby"
        click.confirm(f"This will {what} ({site.name}). Go on?", abort=True)
    probing = None
    if interface or giaddr:
        servers = [server.address for server in site.servers]
        probing = {"interface": interface, "giaddr": giaddr, "servers": servers}
    with ExitStack() as open_:
        shells = {
            one.name: open_.enter_context(Shell(one.name, one.address, config, sudo=sudo))
            for one in site.servers
        }
        rehearsal = Drill(Pair(site, shells), _quiet if as_json else _say, probing)
        try:
            done = rehearsal.failover() if way == "failover" else rehearsal.hand_over()
        except KeaprovError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(1)
        except KeyboardInterrupt:
            click.echo("interrupted: the pair was put back", err=True)
            sys.exit(1)
    click.echo(json.dumps(asdict(done)) if as_json else _summary(done))
    sys.exit(1 if done.lost else 0)


def _say(event: Event) -> None:
    click.echo(f"{event.at:6.1f} s  {event.words}")


def _quiet(event: Event) -> None:
    pass


def _summary(done: Drilled) -> str:
    silence = "nobody probed" if done.silence is None else f"{done.silence:.1f} s without an offer"
    return f"the pair is back; {silence} at the longest; {done.lost} leases lost"
