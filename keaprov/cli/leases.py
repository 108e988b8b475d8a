"""``keaprov diff --leases``: the leases of the two servers, compared as they are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from keaprov import survey
from keaprov.channel import Channel
from keaprov.cli import terminal
from keaprov.cli.progress import Shown, progress
from keaprov.control import Sudo
from keaprov.errors import ControlError
from keaprov.model import Site
from keaprov.replication import (
    Lease,
    LeaseDifference,
    SubnetDifference,
    compare_leases,
    fresh_seconds,
    summary,
)


def compare(site: Site, config: Path | None, *, sudo: Sudo | None, as_json: bool) -> bool:
    """Print every difference as soon as it is known; return whether the leases are equal."""
    show = _as_json if as_json else _as_text
    with survey.Shells([site], config, sudo=sudo) as shells, progress("") as shown:
        return show(site, shells.of(site), shown)


def _compared(
    site: Site,
    channels: Mapping[str, Channel],
    shown: Shown,
    say: Callable[[LeaseDifference], object],
) -> tuple[tuple[SubnetDifference, ...], str]:
    """Return the subnets whose leases differ, and why not all of them were compared."""
    first, second = (channels[server.name] for server in site.servers)

    def proceed(number: int) -> None:
        shown.update(f"comparing the leases of {site.name}: {number} compared")

    errors: list[str] = []

    def until_an_error() -> Iterator[LeaseDifference]:
        try:
            yield from compare_leases(first, second, fresh_seconds(site), proceed=proceed)
        except ControlError as error:
            errors.append(str(error))

    return summary(site, until_an_error(), say), "; ".join(errors)


def _as_text(site: Site, channels: Mapping[str, Channel], shown: Shown) -> bool:
    first, second = (server.name for server in site.servers)
    subnets, error = _compared(
        site, channels, shown, lambda differing: shown.echo(f"  {differing.words(first, second)}")
    )
    for subnet in subnets:
        for sentence in subnet.sentences((first, second)):
            shown.echo(f"{site.name}: {sentence}")
    if subnets:
        shown.echo("A server fetches the leases that it lacks when its kea-dhcp4 is restarted.")
    if error:
        terminal.echo(f"not all leases were compared: {error}", err=True)
    elif not subnets:
        shown.echo(f"{site.name}: both servers have the same leases")
    return not (subnets or error)


def _as_json(site: Site, channels: Mapping[str, Channel], shown: Shown) -> bool:
    """Print one object, a difference at a time: there may be a million."""
    first, second = (server.name for server in site.servers)
    separator = ""

    def say(differing: LeaseDifference) -> None:
        nonlocal separator
        entry = {
            "address": differing.address,
            "what": differing.what,
            "servers": {first: _lease(differing.first), second: _lease(differing.second)},
        }
        terminal.document(f"{separator}{json.dumps(entry)}", nl=False)
        separator = ", "

    terminal.document(f'{{"site": {json.dumps(site.name)}, "leases": [', nl=False)
    subnets, error = _compared(site, channels, shown, say)
    listed = json.dumps([asdict(subnet) for subnet in subnets])
    terminal.document(f'], "subnets": {listed}, "error": {json.dumps(error)}}}')
    return not (subnets or error)


def _lease(lease: Lease | None) -> dict[str, Any] | None:
    """Return a lease in Kea's words."""
    if lease is None:
        return None
    return {
        "subnet-id": lease.subnet,
        "hw-address": lease.hardware,
        "client-id": lease.client,
        "state": lease.state,
        "valid-lft": lease.lifetime,
        "cltt": lease.cltt,
    }
