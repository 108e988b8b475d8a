"""``keaprov drill``: rehearse a failover before it happens."""

from __future__ import annotations

import json
import signal
import sys
import threading
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import click

from keaprov import survey
from keaprov.cli import terminal
from keaprov.cli.ask import as_client, asking, place_of
from keaprov.cli.connect import connected, load
from keaprov.cli.judging import judge
from keaprov.cli.progress import progress
from keaprov.control import Sudo
from keaprov.drill import Drill, Event, Pair
from keaprov.errors import KeaprovError
from keaprov.health import Health

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@click.command()
@connected
@click.option(
    "--way",
    type=click.Choice(["hand-over", "failover"]),
    default="failover",
    help="Stop the primary (failover), or have the standby take its scopes by ha-scopes first, "
    "as a rolling restart does (hand-over).",
)
@as_client
@click.option(
    "--hold",
    type=click.FloatRange(0, 3600),
    default=5.0,
    show_default=True,
    help="Seconds that the standby serves in a failover before the primary starts again.",
)
@click.option("--yes", is_flag=True, help="Do not ask before it begins.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, one object.")
def drill(
    file: Path,
    config: Path | None,
    sudo: Sudo | None,
    way: str,
    interface: str | None,
    giaddr: str | None,
    client: str | None,
    hold: float,
    yes: bool,
    as_json: bool,
) -> None:
    """Rehearse a failover of SITE: stop the primary, watch the standby serve, restore the pair.

    The drill refuses unless `keaprov status` finds the pair healthy, with the same leases on both
    servers. With --interface or --giaddr, clients ask throughout, and one takes a lease from the
    standby. Ctrl-C ends the drill and restores the pair; if this machine dies, the hosts do. Exit
    code 0 if every step succeeded, the pair is restored and no lease is lost.

    \b
    Examples:
      keaprov drill site.yaml
      keaprov drill --way hand-over --interface eth0 site.yaml
      keaprov drill --yes --json site.yaml
    """
    site = load(file)
    if site.failover is None or len(site.servers) < 2:
        raise click.UsageError(f"{site.name} is one server: there is nothing to fail over to")
    place = place_of(site, interface, giaddr)
    if client and not (interface or giaddr):
        raise click.UsageError("--client needs --interface or --giaddr")
    if not yes:
        first = "hand over to its standby, then " if way == "hand-over" else ""
        click.confirm(f"This will {first}stop the primary of {site.name}. Go on?", abort=True)
    stop = threading.Event()
    for number in ENDS:
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as resources:
        shells = resources.enter_context(survey.Shells([site], config, sudo=sudo))
        probe = None
        if interface or giaddr:
            probe = resources.enter_context(asking(place, client, config, sudo=sudo))
        shown = resources.enter_context(progress(f"observing the servers of {site.name}"))

        def say(event: Event) -> None:
            if not as_json:
                shown.echo(f"{event.at:6.1f} s  {event.words}")

        def health() -> Health:
            return judge([site], shells)[0]

        pair = Pair(site, shells.of(site), health)
        rehearsal = Drill(pair, say, shown.update, probe, stop, hold)
        done = rehearsal.report
        try:
            if probe:
                probe({"patience": 0.1})  # whether clients can ask, before anything stops
            rehearsal.failover() if way == "failover" else rehearsal.hand_over()
        except KeaprovError as error:
            done.failed = str(error)
    if as_json:
        terminal.document(json.dumps(asdict(done)))
    elif not done.failed:
        terminal.echo(f"the pair is restored; {done.words}")
    if done.failed:
        raise click.ClickException(done.failed)
    sys.exit(1 if done.lost else 0)
