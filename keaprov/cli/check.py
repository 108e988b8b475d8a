"""``keaprov check``: every mistake in site files, or in Kea's own files, with line and cure."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import click

from keaprov import report, source, words
from keaprov.cli import terminal, writing
from keaprov.cli.progress import progress
from keaprov.errors import Problem, Severity
from keaprov.site import Checked, check_file, check_text
from keaprov.site.spelling import respelt
from keaprov.source import MOST_BYTES
from keaprov.source.changes import Rename
from keaprov.source.editing import EditError, edited

_FILE = click.Path(readable=False, path_type=Path, allow_dash=True)
"""A file that cannot be read is a problem of its own (KP101), beside those of the other files."""


@click.command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@click.option("--format", "form", type=click.Choice(list(report.FORMATS)), default="text")
@click.option("--strict", is_flag=True, help="Let a warning fail the check too.")
@click.option(
    "--against",
    "reference",
    metavar="FILE|git:REVISION",
    help="Warn of changes since then that cost clients their address, or an answer.",
)
@click.option("--fix", is_flag=True, help="First rename deprecated keys of site files.")
def check(
    files: tuple[Path, ...], form: str, strict: bool, reference: str | None, fix: bool
) -> None:
    """Check site FILES, or Kea's own: kea-dhcp4.conf, kea-ctrl-agent.conf, a config-get answer.

    A file is recognised by what it holds. - reads standard input. No host is contacted.

    With --against, compare the site with an earlier one: another FILE, or the same file in git, as
    git:HEAD. Removed subnets, changed ids and prefixes, smaller pools, removed relays, changed
    reservations and other addresses or interfaces of the servers are warnings, each with the number
    of clients that it may touch. `keaprov plan` counts their leases.

    With --fix, deprecated keys of a site file in YAML get their names of today (KP336, KP711); all
    other bytes stay. Kea's own files are not changed: keaprov import kea migrates them.

    \b
    Examples:
      keaprov check site.yaml
      keaprov check --strict --format sarif sites/*.yaml
      keaprov check --against git:HEAD site.yaml
      keaprov check --fix site.yaml
      keaprov check /etc/kea/kea-dhcp4.conf
    """
    if reference and reference.startswith("git:") and Path("-") in files:
        raise click.UsageError("--against git:REVISION compares a file in git, not standard input")
    problems: list[Problem] = []
    sources: dict[str, str] = {}
    with progress("checking") as shown:
        for file in files:
            shown.update(f"checking {file}")
            if fix:
                _respell(file)
            checked = _checked(file)
            problems += checked.problems
            sources |= checked.sources
            if reference and checked.site:
                from keaprov.cli.against import costs  # half of `impact`, for those who compare

                dear = costs(file, checked.site, reference)
                problems += dear.problems
                sources |= dear.sources
    gc.freeze()  # what was checked lives until the end: Python need not search it for cycles
    text = report.FORMATS[form](problems, sources)
    if text:
        terminal.document(text)
    elif form == "text":
        terminal.echo("no problems")
    bad = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    sys.exit(int(any(problem.severity in bad for problem in problems)))


def _respell(file: Path) -> None:
    """Rename the deprecated keys of a site file; ends the verb with words if it cannot."""
    if str(file) == "-" or file.suffix.lower() in source.RELAXED or not file.is_file():
        return
    document = source.read(file)
    changes = respelt(document.value) if isinstance(document.value, dict) else []
    if document.problems or not changes:
        return
    try:
        text = edited(document.sources[0][1], changes)
    except EditError as error:
        raise click.ClickException(f"{file}: {error}; nothing was written") from None
    writing.rewrite(file.resolve(), text)
    renamed = [change for change in changes if isinstance(change, Rename)]
    for old, new in dict.fromkeys((str(change.path[-1]), change.name) for change in renamed):
        number = sum(change.path[-1] == old for change in renamed)
        terminal.echo(f"{file}: {old} is {new} now ({words.count(number, 'place')})", err=True)
    if any(change.path == ("control-agent",) for change in renamed):
        move = "the next deploy moves the API to kea-dhcp4, at the same address"
        terminal.echo(f"{file}: {move}", err=True)


def _checked(file: Path) -> Checked:
    if str(file) != "-":
        return check_file(file)
    return check_text(sys.stdin.buffer.read(MOST_BYTES + 1), "<stdin>", Path())
