"""``keaprov status``: the pair at a glance."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

import click
from rich.console import Console
from rich.live import Live
from rich.text import Text

from keaprov import look
from keaprov.cli.connect import connected, load
from keaprov.errors import ControlError
from keaprov.health import Health, Pools, ServerHealth, health
from keaprov.model import Site
from keaprov.page import page

NOT_HEALTHY = 3
BAR = 20


@click.command()
@connected
@click.option("--json", "as_json", is_flag=True, help="As JSON, one object.")
@click.option("--watch", is_flag=True, help="Look again every two seconds, until Ctrl-C.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page to this file.")
@click.option(
    "--drill",
    type=click.File(encoding="utf-8"),
    help="With --html: the last drill's result, as `keaprov drill --json` gave it.",
)
@click.option("--explain", is_flag=True, help="Say what comes next by itself, and what to do.")
def status(
    file: Path,
    config: Path | None,
    sudo: bool,
    as_json: bool,
    watch: bool,
    html: Path | None,
    drill: TextIO | None,
    explain: bool,
) -> None:
    """Show how the servers of SITE are.

    Exit code 0 when all is as it should be, 3 when it is not.
    """
    site = load(file)
    if watch:
        _watch(site, config, sudo, explain)
        return
    found = judge(site, config, sudo)
    if html is not None:
        html.write_text(page(found, json.load(drill) if drill else None), "utf-8")
    if as_json:
        click.echo(json.dumps({**asdict(found), "healthy": found.healthy}, default=str))
    else:
        click.echo("\n".join(lines(found, explain)))
    sys.exit(0 if found.healthy else NOT_HEALTHY)


def judge(site: Site, config: Path | None, sudo: bool) -> Health:
    """Look at every server at once, and judge."""
    answers = look.everywhere(
        site, lambda server, shell: look.glance(site, server, shell), config, sudo=sudo
    )
    seen = {name: one for name, one in answers.items() if isinstance(one, look.Glance)}
    return health(
        site,
        {name: one.observed for name, one in seen.items()},
        {name: one.drift for name, one in seen.items()},
        {name: one.statistics for name, one in seen.items()},
        {name: str(one) for name, one in answers.items() if isinstance(one, ControlError)},
    )


def _watch(site: Site, config: Path | None, sudo: bool, explain: bool) -> None:
    with Live(console=Console(), auto_refresh=False) as live:
        try:
            while True:
                found = judge(site, config, sudo)
                live.update(Text("\n".join(lines(found, explain))), refresh=True)
                time.sleep(2)
        except KeyboardInterrupt:
            return


def lines(found: Health, explain: bool) -> Iterator[str]:
    """Yield the status as text."""
    yield f"{found.site}: {'healthy' if found.healthy else 'NOT HEALTHY'}"
    for one in found.servers:
        yield from _server(one, explain)
    for name, error in found.unreachable.items():
        yield f"  {name}  cannot be looked at: {error}"
    yield from (f"  ! {trouble}" for trouble in found.troubles)
    if found.pools:
        width = max(len(one.prefix) for one in found.pools)
        yield f"  {found.leases} leases"
        yield from (f"    {_pool(one, width)}" for one in found.pools)


def _server(one: ServerHealth, explain: bool) -> Iterator[str]:
    since = ""
    if one.since:
        since = f", since {time.strftime('%Y-%m-%d %H:%M:%SZ', time.gmtime(one.since))}"
    yield f"  {one.name}  {one.role}, {one.state}: {one.words}"
    about = [f"Kea {one.version or 'not installed'}", f"unit {one.unit}{since}"]
    if one.age is not None:
        about.append(f"peer heard {one.age} s ago, {one.unacked} unacked clients")
    yield f"      {'; '.join([*about, f'clock {one.ahead:+.1f} s'])}"
    if one.revision:
        yield f"      revision {one.revision}"
    yield from (f"    ! {trouble}" for trouble in one.troubles)
    if explain and not one.meaning.fine:
        yield f"      next: {one.meaning.next}"
        yield f"      do: {one.meaning.do}"


def _pool(one: Pools, width: int) -> str:
    full = round(BAR * one.assigned / one.total) if one.total else 0
    bar = "#" * min(full, BAR) + "." * (BAR - min(full, BAR))
    return f"{one.prefix:{width}}  {bar}  {one.assigned}/{one.total}  {one.label}".rstrip()
