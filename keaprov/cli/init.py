"""``keaprov init``: a site file with comments, and what a deploy of it needs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from keaprov import files
from keaprov.cli import terminal, writing
from keaprov.schema import sample


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def init(directory: Path) -> None:
    """Write site.yaml, reservations.csv, inventory.py and deploy.py into DIR.

    If one of them is there already, nothing is written. To deploy: pyinfra inventory.py deploy.py

    \b
    Examples:
      keaprov init .
      keaprov init inventories/labo
    """
    texts = {
        "site.yaml": sample.site(),
        "inventory.py": files.read("inventory/inventory.py"),
        "deploy.py": files.read("inventory/deploy.py"),
        "reservations.csv": files.read("inventory/reservations.csv"),
    }
    there = [name for name in texts if os.path.lexists(directory / name)]
    if there:
        terminal.echo(f"{directory} has {', '.join(there)} already: nothing was written", err=True)
        sys.exit(1)
    writing.folder(directory)
    for name, text in texts.items():
        writing.write(directory / name, text, 0o644)
    terminal.echo(f"wrote {', '.join(texts)} into {directory}")
    terminal.echo(f"next: change what is yours, then `keaprov check {directory / 'site.yaml'}`")
