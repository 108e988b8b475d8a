"""``keaprov render``: the files that a deploy would push, to read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click

from keaprov import render as rendering
from keaprov import secret, veil
from keaprov.cli import terminal, writing
from keaprov.cli.connect import load
from keaprov.model import Server, Site
from keaprov.wanted import dhcp4_text


@click.command()
@click.argument("file", metavar="SITE", type=click.Path(path_type=Path))
@click.option("--server", "name", help="Only this server's files.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write them here.")
def render(file: Path, name: str | None, out: Path | None) -> None:
    """Render SITE into each server's kea-dhcp4.conf, and kea-ctrl-agent.conf if there is an agent.

    On the terminal, passwords are masked. With --out the files have them, as a deploy pushes them,
    and only you may read the files.

    \b
    Examples:
      keaprov render site.yaml
      keaprov render --server dhcp1 --out rendered site.yaml
    """
    site = load(file)
    known = [server.name for server in site.servers]
    if name is not None and name not in known:
        raise click.BadParameter(f"{name}: the site has {', '.join(known)}", param_hint="--server")
    dhcp4 = rendering.dhcp4 if out is None else dhcp4_text
    for path, text in _files(site, name, dhcp4).items():
        if out is None:
            terminal.echo(f"# {path}")
            terminal.document(_masked(text), nl=False)
        else:
            _write(out, out / path, text)


def _masked(text: str) -> str:
    """Return a rendered file with its secrets masked."""
    if not veil.may_hold(text) and "://" not in text:
        return text
    return rendering.write(secret.masked(json.loads(text))) + "\n"


def _write(out: Path, target: Path, text: str) -> None:
    """Write a file for its owner alone; say so if others may, or might, have read a secret."""
    writing.folder(out, 0o700)
    writing.folder(target.parent, 0o700)
    holds = _masked(text) != text
    for path in dict.fromkeys((out, target.parent, target)):
        if holds and (others := writing.readers(path)):
            end = "its secrets may be known: change them" if path == target else "chmod 700 it"
            terminal.echo(f"warning: {path} is readable by {others}; {end}", err=True)
    writing.write(target, text, 0o600)
    terminal.echo(f"wrote {target}")


def _files(site: Site, name: str | None, dhcp4: Callable[[Site, Server], str]) -> dict[str, str]:
    texts = {}
    for server in site.servers:
        if name in (None, server.name):
            texts[f"{server.name}/kea-dhcp4.conf"] = dhcp4(site, server)
            if site.api and site.api.by_agent:
                texts[f"{server.name}/kea-ctrl-agent.conf"] = rendering.agent(site, server)
    return texts
