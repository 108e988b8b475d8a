"""``keaprov probe``: what a client gets, and whether that is what the site promises."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import click

from keaprov import promise
from keaprov.cli.connect import load
from keaprov.model import Site
from keaprov.probe import ProbeError
from keaprov.probe import probe as exchange

_OCTETS = re.compile(r"[0-9A-Fa-f]{1,2}(?:[:-][0-9A-Fa-f]{1,2})*\Z")


def _octets(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    if not _OCTETS.match(value) or (option.name == "mac" and len(re.split("[:-]", value)) != 6):
        raise click.BadParameter(f"{value} is not octets as 02:00:00:00:00:01")
    return ":".join(one.zfill(2) for one in re.split("[:-]", value.lower()))


@click.command()
@click.argument("file", metavar="[SITE]", type=click.Path(path_type=Path), required=False)
@click.option("-i", "--interface", help="Ask as a client on this interface.")
@click.option("--giaddr", help="Ask as a relay, from this address of this machine.")
@click.option("--server", "servers", multiple=True, help="With --giaddr: a server; SITE's without.")
@click.option("--mac", callback=_octets, help="The client's; a random one without.")
@click.option("--client-id", callback=_octets, help="Octets of option 61.")
@click.option("--lease", is_flag=True, help="Take the lease, then release it.")
@click.option("--patience", type=click.FloatRange(0.1, 300), default=10.0, help="Seconds.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, one object.")
def probe(
    file: Path | None,
    interface: str | None,
    giaddr: str | None,
    servers: tuple[str, ...],
    mac: str | None,
    client_id: str | None,
    lease: bool,
    patience: float,
    as_json: bool,
) -> None:
    """Ask for a lease, show every offer, and compare them with what SITE promises.

    Needs root. Exit code 1 when no server offers anything, or an answer breaks the promise.
    """
    if (interface is None) == (giaddr is None):
        raise click.UsageError("give either --interface or --giaddr")
    site = load(file) if file else None
    asked = servers or tuple(server.address for server in site.servers) if site else servers
    if giaddr and not asked:
        raise click.UsageError("--giaddr needs --server, or SITE")
    request: dict[str, Any] = {
        "interface": interface,
        "giaddr": giaddr,
        "servers": list(asked),
        "mac": mac,
        "client-id": client_id,
        "codes": promise.codes(site) if site else [],
        "lease": lease,
        "patience": patience,
    }
    try:
        found = exchange(request)
    except ProbeError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    broken = _broken(site, found)
    if as_json:
        click.echo(json.dumps({**found, "broken": broken}))
    else:
        _show(found, broken, lease)
    good = bool(found["offers"]) and not broken
    taken = not lease or bool(found["lease"] and found["lease"]["ack"])
    sys.exit(0 if good and taken else 1)


def _broken(site: Site | None, found: dict[str, Any]) -> list[str]:
    if site is None:
        return []
    answers = [("offer", one) for one in found["offers"]]
    if found["lease"] and found["lease"]["ack"]:
        answers.append(("lease", found["lease"]))
    return [
        f"{what} of {one['server']}: {each}"
        for what, one in answers
        for each in promise.broken(site, one, found["mac"])
    ]


def _show(found: dict[str, Any], broken: list[str], lease: bool) -> None:
    click.echo(f"client {found['mac']}")
    for one in found["offers"]:
        click.echo(f"offer of {one['address']} by {one['server']} after {one['seconds']} s")
        for line in promise.shown(one):
            click.echo(f"    {line}")
    if not found["offers"]:
        click.echo("no server offers anything", err=True)
    taken = found["lease"]
    if taken and taken["ack"]:
        click.echo(f"lease of {taken['address']} by {taken['server']}, released again")
    elif lease and found["offers"]:
        words = f"refused: {taken['message'] or 'without a word'}" if taken else "no answer"
        click.echo(f"no lease: {words}", err=True)
    for line in broken:
        click.echo(f"NOT AS PROMISED: {line}", err=True)
