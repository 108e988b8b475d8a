"""``keaprov render``: the files that a deploy would push, to look at."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from keaprov import render as rendering
from keaprov import report
from keaprov.model import Site
from keaprov.site import check_file


@click.command()
@click.argument("file", metavar="SITE", type=click.Path(path_type=Path))
@click.option("--server", "name", help="Only this server's files.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write them here.")
def render(file: Path, name: str | None, out: Path | None) -> None:
    """Render SITE into each server's kea-dhcp4.conf and kea-ctrl-agent.conf."""
    checked = check_file(file)
    if checked.site is None:
        click.echo(report.text(checked.problems, checked.sources), err=True)
        sys.exit(1)
    known = [server.name for server in checked.site.servers]
    if name is not None and name not in known:
        raise click.BadParameter(f"{name}: the site has {', '.join(known)}", param_hint="--server")
    for path, text in _files(checked.site, name).items():
        if out is None:
            click.echo(f"# {path}")
            click.echo(text, nl=False)
        else:
            target = out / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
            click.echo(f"wrote {target}")


def _files(site: Site, name: str | None) -> dict[str, str]:
    found = {}
    for server in site.servers:
        if name in (None, server.name):
            found[f"{server.name}/kea-dhcp4.conf"] = rendering.dhcp4(site, server)
            if site.control_agent:
                found[f"{server.name}/kea-ctrl-agent.conf"] = rendering.agent(site, server)
    return found
