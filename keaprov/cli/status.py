"""``keaprov status``: the health of every site."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from keaprov import survey, visible
from keaprov.cli import terminal
from keaprov.cli.connect import by_ssh_read_only, load_all
from keaprov.cli.judging import judge
from keaprov.cli.progress import progress
from keaprov.control import Sudo
from keaprov.health import Health, Pools, ServerHealth
from keaprov.page import status_page
from keaprov.words import count, when

if TYPE_CHECKING:
    from keaprov.drill import DrillReport

NOT_HEALTHY = 3
EVERY = 2.0
"""Seconds between two observations of --watch."""
BAR = 20


@click.command()
@click.argument(
    "files", metavar="SITE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@by_ssh_read_only
@click.option("--json", "as_json", is_flag=True, help="As JSON, a list with one object per site.")
@click.option("--watch", is_flag=True, help="Repeat every two seconds, until Ctrl-C.")
@click.option("--html", type=click.Path(path_type=Path), help="Write a page to this file too.")
@click.option(
    "--drill",
    "drills",
    type=click.File(encoding="utf-8"),
    multiple=True,
    help="With --html: a site's last drill, as `keaprov drill --json` printed it.",
)
@click.option("--explain", is_flag=True, help="Say what happens next by itself, and what to do.")
@click.option("--strict", is_flag=True, help="Exit with code 3 for a warning too.")
def status(
    files: tuple[Path, ...],
    config: Path | None,
    sudo: Sudo | None,
    as_json: bool,
    watch: bool,
    html: Path | None,
    drills: tuple[TextIO, ...],
    explain: bool,
    strict: bool,
) -> None:
    """Show the health of each SITE's servers: states, pools, drift, leases, and every problem.

    Exit code 0 if the site is healthy, 3 if not. A warning ("?") is a sign of trouble to come, and
    changes the exit code only with --strict.

    Each host has rpm verify Kea's packages: who signed them, and whether their files are as
    installed. It has dnf report the advisories about its packages, from dnf's cache. With --watch
    it does neither.

    A standby that answers clients in a hand-over (a roll-out or a drill) is named apart from one
    that somebody has given scopes.

    \b
    Examples:
      keaprov status site.yaml
      keaprov status --watch sites/*.yaml
      keaprov status --html pair.html site.yaml
    """
    if drills and html is None:
        raise click.UsageError("--drill goes with --html")
    sites = load_all(files)
    rehearsals = _drills(drills)

    def shown(healths: Sequence[Health]) -> str:
        """Write the page, if one is wanted, and return what is printed besides."""
        if html is not None:
            write(html, status_page(healths, rehearsals))
        if as_json:
            return json.dumps([{**asdict(site), "healthy": site.healthy} for site in healths])
        return "\n".join(map(visible.block, all_lines(healths, explain)))

    with survey.Shells(sites, config, sudo=sudo) as shells:
        if watch:
            _watch(lambda: shown(judge(sites, shells)))
            return
        with progress(f"observing the servers of {', '.join(site.name for site in sites)}"):
            healths = judge(sites, shells, verify=True)
    terminal.document(shown(healths))
    fine = all(site.healthy and not (strict and any(site.all_warnings())) for site in healths)
    sys.exit(0 if fine else NOT_HEALTHY)


def write(path: Path, text: str) -> None:
    """Write a file whole, or not at all: somebody may be reading it."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text, "utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from None


def _drills(files: Sequence[TextIO]) -> dict[str, DrillReport]:
    """Return the last drills by the name of their site."""
    return {drill.site: drill for drill in map(_drill, files)}


def _drill(file: TextIO) -> DrillReport:
    from keaprov.drill import DrillReport  # half of the modules, for those who name a drill

    try:
        return DrillReport.from_json(json.load(file))
    except (ValueError, TypeError, KeyError):
        words = f"{file.name} is not what `keaprov drill --json` prints"
        raise click.BadParameter(words, param_hint="--drill") from None


def _watch(observe_again: Callable[[], str]) -> None:
    """Show the status until Ctrl-C: in place at a terminal, one after the other elsewhere."""
    from rich.live import Live
    from rich.text import Text

    with suppress(KeyboardInterrupt):
        if not sys.stdout.isatty():
            while True:
                terminal.document(observe_again())
                time.sleep(EVERY)
        with Live(auto_refresh=False, vertical_overflow="ellipsis") as live:
            while True:
                text = observe_again()
                now = time.strftime("%H:%M:%SZ", time.gmtime())
                live.update(Text(f"as of {now}; Ctrl-C ends\n{text}"), refresh=True)
                time.sleep(EVERY)


def all_lines(healths: Sequence[Health], explain: bool) -> Iterator[str]:
    """Yield the status of all sites as text."""
    for at, site in enumerate(healths):
        yield from ("",) if at else ()
        yield from lines(site, explain)
    sick = [site.site for site in healths if not site.healthy]
    if len(healths) > 1:
        words = f"not healthy: {', '.join(sick)}" if sick else "all healthy"
        yield from ("", f"{len(healths)} sites, {words}")


def lines(site: Health, explain: bool) -> Iterator[str]:
    """Yield the status of a site as text."""
    yield f"{site.site}: {'healthy' if site.healthy else 'NOT HEALTHY'}"
    for server in site.servers:
        yield from _server(server, explain)
    for name, error in site.unreachable.items():
        yield f"  {name}  unreachable: {error}"
    yield from (f"  ! {trouble}" for trouble in site.troubles)
    yield from (f"  ? {warning}" for warning in site.warnings)
    if site.pools:
        width = max(len(pool.prefix) for pool in site.pools)
        yield f"  {count(site.leases, 'lease')}"
        yield from (f"    {_pool(pool, width)}" for pool in site.pools)


def _server(server: ServerHealth, explain: bool) -> Iterator[str]:
    since = f", since {when(server.since)}" if server.since else ""
    yield f"  {server.name}  {server.title}: {server.words}"
    yield f"      Kea {server.version or 'not installed'}; unit {server.unit}{since}"
    heard = f"peer heard {server.age} s ago, {server.unacked} unacked clients; "
    yield f"      {heard if server.age is not None else ''}clock {server.clock}"
    if server.certificate_days is not None:
        yield f"      TLS; its certificate ends in {count(server.certificate_days, 'day')}"
    if server.advisories is not None:
        yield f"      advisories: {server.advisories.words}"
    if server.revision or server.changed:
        drift = "differs from its site" if server.drift else "no drift"
        changed = f"last changed {when(server.changed)}"
        yield f"      revision {server.revision or 'unknown'}, {changed}, {drift}"
    for trouble in server.troubles:
        yield "    ! " + trouble.replace("\n", "\n        ")
    yield from (f"    ? {warning}" for warning in server.warnings)
    if explain:
        yield f"      next: {server.meaning.next}"
        yield f"      do: {server.meaning.do}"


def _pool(pool: Pools, width: int) -> str:
    full = round(BAR * pool.assigned / pool.total) if pool.total else 0
    bar = "#" * min(full, BAR) + "." * (BAR - min(full, BAR))
    return f"{pool.prefix:{width}}  {bar}  {pool.words}  {pool.label}".rstrip()
