"""``keaprov probe``: what a client gets, and whether that is what the site promises."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from keaprov import promise
from keaprov.cli import terminal
from keaprov.cli.ask import as_client, asking, place_of
from keaprov.cli.connect import by_ssh, load
from keaprov.cli.progress import progress
from keaprov.control import Sudo
from keaprov.errors import KeaprovError
from keaprov.model import Site

_OCTETS = re.compile(r"[0-9A-Fa-f]{1,2}(?:[:-][0-9A-Fa-f]{1,2})*\Z")


def _octets(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    if not _OCTETS.match(value) or (option.name == "mac" and len(re.split("[:-]", value)) != 6):
        raise click.BadParameter(f"{value} is not octets as 02:00:00:00:00:01")
    return ":".join(octet.zfill(2) for octet in re.split("[:-]", value.lower()))


@click.command()
@click.argument("file", metavar="[SITE]", type=click.Path(path_type=Path), required=False)
@by_ssh
@as_client
@click.option(
    "--server",
    "servers",
    multiple=True,
    help="The server to query with --giaddr (default: every server in SITE).",
)
@click.option("--mac", callback=_octets, help="The client's MAC address (default: a random one).")
@click.option("--client-id", callback=_octets, help="Octets of option 61.")
@click.option(
    "--lease", is_flag=True, help="Take the lease, then release it: not a lease that somebody uses."
)
@click.option(
    "--all", "every", is_flag=True, help="Wait for every server until --patience has passed."
)
@click.option("--patience", type=click.FloatRange(0.1, 300), default=10.0, help="Seconds.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, one object.")
def probe(
    file: Path | None,
    config: Path | None,
    sudo: Sudo | None,
    interface: str | None,
    giaddr: str | None,
    client: str | None,
    servers: tuple[str, ...],
    mac: str | None,
    client_id: str | None,
    lease: bool,
    every: bool,
    patience: float,
    as_json: bool,
) -> None:
    """Ask for a lease, show every offer, and compare them with what SITE promises.

    This needs root. Exit code 1 if no server offers anything, if an answer breaks the promise, or
    if a server answers that is not one of SITE's. Each is named by its identifier, and by the IP
    and MAC address that its answer came from: a relay's, if a relay passed it on.

    The first offer ends the wait after 0.7 s. With --all, keaprov goes on asking, so that slow
    servers are found too.

    \b
    Examples:
      keaprov probe --interface eth0 site.yaml
      keaprov probe --all --interface eth0 site.yaml
      keaprov probe --interface eth0 --mac 02:00:00:00:00:01 site.yaml
    """
    if not (interface or giaddr):
        raise click.UsageError("give --interface or --giaddr")
    if every and giaddr:
        raise click.UsageError("--all needs --interface: a relay hears only the servers it asks")
    site = load(file) if file else None
    place = place_of(site, interface, giaddr, servers)
    request: dict[str, Any] = {
        "mac": mac,
        "client-id": client_id,
        "codes": promise.option_codes(site) if site else [],
        "lease": lease,
        "patience": patience,
        "every": every,
        "first": promise.identifiers(site) if site else [],
    }
    try:
        with (
            progress(f"asking, {patience:.0f} s at most"),
            asking(place, client, config, sudo=sudo) as ask,
        ):
            report = ask(request)
    except KeaprovError as error:
        raise click.ClickException(str(error)) from None
    broken = _broken(site, report, known=bool(mac or client_id))
    strangers = list(promise.strangers(site, report["offers"])) if site else []
    if as_json:
        terminal.document(json.dumps({**report, "broken": broken, "strangers": strangers}))
    else:
        _show(report, broken, lease)
        for words in strangers:
            terminal.echo(f"STRANGER: {words}", err=True)
    taken = bool(report["lease"] and report["lease"]["ack"])
    good = bool(report["offers"]) and not (broken or strangers) and (taken or not lease)
    sys.exit(0 if good else 1)


def _broken(site: Site | None, report: Mapping[str, Any], *, known: bool) -> list[str]:
    """Return the promises that the answers break; `known`: the caller named the client."""
    if site is None:
        return []
    answers = [("offer", offer) for offer in report["offers"]]
    if report["lease"] and report["lease"]["ack"]:
        answers.append(("lease", report["lease"]))
    mac, client_id = report["mac"], report["client-id"]
    return [
        f"{kind} of {answer['server'] or promise.named(answer)}: {words}"
        for kind, answer in answers
        for words in promise.broken_promises(site, answer, mac, client_id, known=known)
    ]


def _show(report: Mapping[str, Any], broken: list[str], lease: bool) -> None:
    terminal.echo(f"client {report['mac']}")
    for offer in report["offers"]:
        sender = promise.named(offer)
        terminal.echo(f"offer of {offer['address']} by {sender} after {offer['seconds']} s")
        for line in promise.option_lines(offer):
            terminal.echo(f"    {line}")
    if not report["offers"]:
        terminal.echo("no server offers anything", err=True)
    taken = report["lease"]
    if taken and taken["ack"]:
        terminal.echo(f"lease of {taken['address']} by {taken['server']}, released again")
    elif lease and report["offers"]:
        words = f"refused: {taken['message'] or 'without a word'}" if taken else "no answer"
        terminal.echo(f"no lease: {words}", err=True)
    for line in broken:
        terminal.echo(f"NOT AS PROMISED: {line}", err=True)
