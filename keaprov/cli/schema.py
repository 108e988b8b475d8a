"""``keaprov schema``: JSON Schemas, for editors and other tools."""

from __future__ import annotations

import click

from keaprov import schema as schemas
from keaprov.cli import terminal


@click.command()
@click.argument(
    "name", type=click.Choice(["site", "dhcp4", "ctrl-agent", "ha", "hooks"]), default="site"
)
def schema(name: str) -> None:
    """Print the schema of the site file, or of a part of Kea's own configuration.

    The parts: the body of the Dhcp4 or the Control-agent map, the parameters of the HA hook, and
    the parameters of other hook libraries.

    \b
    Examples:
      keaprov schema site
      keaprov schema dhcp4
    """
    terminal.document(schemas.text(name), nl=False)
