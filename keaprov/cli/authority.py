"""``keaprov authority``: a site's own certificate authority, and how it changes."""

from __future__ import annotations

from pathlib import Path

import click

from keaprov import issuing
from keaprov.certificates.reading import ends, now
from keaprov.cli import terminal
from keaprov.cli.connect import load
from keaprov.errors import CertificateError


@click.command()
@click.argument("file", metavar="SITE", type=click.Path(path_type=Path))
@click.option(
    "--change", is_flag=True, help="Make a new authority: it takes over in three deploys."
)
def authority(file: Path, change: bool) -> None:
    """Show the certificates that keaprov has issued for SITE, and when they end.

    It contacts no host. With --change it makes a new authority beside the old one. The next three
    deploys put it in its place: both are trusted, the new one signs, the old one is trusted no
    more. The servers trust each other at every step.

    \b
    Examples:
      keaprov authority site.yaml
      keaprov authority --change site.yaml
    """
    site = load(file)
    if site.tls is None or site.tls.authority is None:
        raise CertificateError(f"the site {site.name} has no tls with generate: true")
    at = now()
    if change:
        issuing.begin_change(site, at)
        terminal.echo("a new authority is made. Run the deploy three times to put it in its place")
    issued = issuing.issued(site)
    for words, text in (
        ("authority", issued.authority),
        ("its successor", issued.successor),
        *((f"certificate of {name}", text) for name, text in issued.certs.items()),
    ):
        if end := ends(text):
            left = (end - at).days
            terminal.echo(f"{words}: ends on {end:%Y-%m-%d}, {left} days left")
    due = issuing.for_deploy(site, at).tls
    if due and due.reason:
        terminal.echo(f"the next deploy issues certificates: {due.reason}")
