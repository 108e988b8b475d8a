"""``keaprov status``: the pair at a glance."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

import click

from keaprov import look
from keaprov.cli.connect import by_ssh, load_all
from keaprov.cli.progress import progress
from keaprov.drill import Drilled
from keaprov.health import Health, Pools, ServerHealth, judged, when
from keaprov.model import Site
from keaprov.page import page

NOT_HEALTHY = 3
EVERY = 2.0
"""Seconds between two looks of --watch."""
BAR = 20


@click.command()
@click.argument(
    "files", metavar="SITE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@by_ssh
@click.option("--json", "as_json", is_flag=True, help="As JSON, a list with one object per site.")
@click.option("--watch", is_flag=True, help="Look again every two seconds, until Ctrl-C.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page to this file too.")
@click.option(
    "--drill",
    "drills",
    type=click.File(encoding="utf-8"),
    multiple=True,
    help="With --html: a site's last drill, as `keaprov drill --json` gave it.",
)
@click.option("--explain", is_flag=True, help="Say what comes next by itself, and what to do.")
def status(
    files: tuple[Path, ...],
    config: Path | None,
    sudo: bool,
    as_json: bool,
    watch: bool,
    html: Path | None,
    drills: tuple[TextIO, ...],
    explain: bool,
) -> None:
    """Show how the servers of each SITE are.

    Exit code 0 when all is as it should be, 3 when it is not.
    """
    if drills and html is None:
        raise click.UsageError("--drill goes with --html")
    sites = load_all(files)
    told = _drills(drills)

    def shown(found: Sequence[Health]) -> str:
        """Write the page, if one is wanted, and return what is said besides."""
        if html is not None:
            write(html, page(found, told))
        if as_json:
            return json.dumps([{**asdict(one), "healthy": one.healthy} for one in found])
        return "\n".join(all_lines(found, explain))

    with look.Shells(sites, config, sudo=sudo) as shells:
        if watch:
            _watch(lambda: shown(judge(sites, shells)))
            return
        with progress(f"looking at the servers of {', '.join(site.name for site in sites)}"):
            found = judge(sites, shells)
    click.echo(shown(found))
    sys.exit(0 if all(one.healthy for one in found) else NOT_HEALTHY)


def judge(sites: Sequence[Site], shells: look.Shells) -> list[Health]:
    """Look at every server at once, and judge each site."""
    answers = shells.ask(look.glance)
    return [judged(site, its) for site, its in zip(sites, answers, strict=True)]


def write(path: Path, text: str) -> None:
    """Write a file whole, or not at all: somebody may be reading it."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text, "utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from None


def _drills(files: Sequence[TextIO]) -> dict[str, Drilled]:
    """Return the last drills by the name of their site."""
    return {one.site: one for one in map(_drill, files)}


def _drill(file: TextIO) -> Drilled:
    try:
        return Drilled.from_json(json.load(file))
    except (ValueError, TypeError, KeyError):
        words = f"{file.name} is not what `keaprov drill --json` gives"
        raise click.BadParameter(words, param_hint="--drill") from None


def _watch(look_again: Callable[[], str]) -> None:
    """Show what is seen until Ctrl-C: in place at a terminal, one after the other elsewhere."""
    from rich.live import Live
    from rich.text import Text

    with suppress(KeyboardInterrupt):
        if not sys.stdout.isatty():
            while True:
                click.echo(look_again())
                time.sleep(EVERY)
        with Live(auto_refresh=False, vertical_overflow="ellipsis") as live:
            while True:
                text = look_again()
                seen = time.strftime("%H:%M:%SZ", time.gmtime())
                live.update(Text(f"seen {seen}; Ctrl-C ends\n{text}"), refresh=True)
                time.sleep(EVERY)


def all_lines(found: Sequence[Health], explain: bool) -> Iterator[str]:
    """Yield the status of all sites as text."""
    for at, one in enumerate(found):
        yield from ("",) if at else ()
        yield from lines(one, explain)
    sick = [one.site for one in found if not one.healthy]
    if len(found) > 1:
        words = f"not healthy: {', '.join(sick)}" if sick else "all healthy"
        yield from ("", f"{len(found)} sites, {words}")


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
    since = f", since {when(one.since)}" if one.since else ""
    yield f"  {one.name}  {one.title}: {one.words}"
    yield f"      Kea {one.version or 'not installed'}; unit {one.unit}{since}"
    heard = f"peer heard {one.age} s ago, {one.unacked} unacked clients; "
    yield f"      {heard if one.age is not None else ''}clock {one.clock}"
    if one.revision or one.changed:
        drift = "drifted from its site" if one.drift else "no drift"
        changed = f"last changed {when(one.changed)}"
        yield f"      revision {one.revision or 'unknown'}, {changed}, {drift}"
    yield from (f"    ! {trouble}" for trouble in one.troubles)
    if explain:
        yield f"      next: {one.meaning.next}"
        yield f"      do: {one.meaning.do}"


def _pool(one: Pools, width: int) -> str:
    full = round(BAR * one.assigned / one.total) if one.total else 0
    bar = "#" * min(full, BAR) + "." * (BAR - min(full, BAR))
    return f"{one.prefix:{width}}  {bar}  {one.words}  {one.label}".rstrip()
