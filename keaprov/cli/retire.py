"""``keaprov retire``: take a server of a pair out of service for good."""

from __future__ import annotations

from pathlib import Path

import click

from keaprov import survey
from keaprov.cli import terminal
from keaprov.cli.connect import connected, load
from keaprov.cli.progress import progress
from keaprov.control import Sudo
from keaprov.errors import KeaprovError
from keaprov.retire import Retirement
from keaprov.wanted import wanted_of


@click.command()
@connected
@click.argument("server")
@click.option("--yes", is_flag=True, help="Do not ask before it begins.")
def retire(file: Path, config: Path | None, sudo: Sudo | None, server: str, yes: bool) -> None:
    """Take SERVER, one of the pair of SITE, out of service for good.

    The other server takes over its clients first (Kea's maintenance), then kea-dhcp4 and the
    control agent of SERVER are stopped and disabled, and its firewall is closed. The command
    refuses unless the other server serves and has every lease of SERVER. Afterwards remove SERVER
    from the site file and run the deploy; a deploy with SERVER in the site file brings it back.

    \b
    Examples:
      keaprov retire site.yaml dhcp2
    """
    site = load(file)
    names = [each.name for each in site.servers]
    if server not in names:
        words = f"{site.name} has no server {server}; it has {' and '.join(names)}"
        raise click.UsageError(words)
    if not yes:
        click.confirm(f"This will take {server} out of service. Go on?", abort=True)
    with (
        survey.Shells([site], config, sudo=sudo) as shells,
        progress(f"observing the servers of {site.name}") as shown,
    ):

        def tell(name: str, words: str, error: bool) -> None:
            shown.echo(f"{name}: {words}")

        try:
            needs = {each.name: wanted_of(site, each) for each in site.servers}
            Retirement(site, server, shells.of(site), needs, tell).run()
        except KeaprovError as error:
            raise click.ClickException(str(error)) from error
    terminal.echo(
        f"{server} is retired. Now remove it, and `failover`, from {file} (a single server has the "
        "role primary), or replace it by another server; then run the deploy"
    )
