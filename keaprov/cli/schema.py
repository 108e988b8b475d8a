"""``keaprov schema``: JSON Schemas, for editors and other tools."""

from __future__ import annotations

import click

from keaprov import schema as schemas
from keaprov.cli import terminal


@click.command()
@click.argument("name", type=click.Choice(["site", "dhcp4", "ctrl-agent"]), default="site")
def schema(name: str) -> None:
    """Print the schema of the site file, or of the body of Kea's Dhcp4 or Control-agent map.

    \b
    Examples:
      keaprov schema site
      keaprov schema dhcp4
    """
    terminal.document(schemas.text(name), nl=False)
