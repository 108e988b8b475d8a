"""``keaprov sync``: a site against its sources of truth, and their changes into its files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from keaprov import report, source, words
from keaprov.cli import terminal, writing
from keaprov.cli.connect import load
from keaprov.cli.progress import progress
from keaprov.sync import TABLE, Planned, SourceError, planned, truth_of

_MOST_NOTES = 20
"""Notes that are shown without --notes."""


@click.command()
@click.argument("file", metavar="SITE", type=click.Path(path_type=Path))
@click.option("--write", is_flag=True, help="Write the changes into the site's files.")
@click.option("--notes", is_flag=True, help="Show all notes.")
def sync(file: Path, write: bool, notes: bool) -> None:
    """Compare SITE with its sources of truth (NetBox, phpIPAM, tables), by subnet.

    The site's `sources` say what is read. Without --write nothing is written. With it, keaprov
    changes these values of SITE, whose comments and order stay, and writes the reservations into
    sync-reservations.csv. It contacts no DHCP server: deploy the site afterwards.

    If the sources contradict themselves or the site, keaprov names the objects and writes nothing,
    nor if `keaprov check` rejects the result. Exit code 0 if there is nothing to do, or all is
    written; 1 if the site differs, or for a problem.

    \b
    Examples:
      keaprov sync site.yaml
      keaprov sync --write site.yaml
    """
    load(file)
    text, values = _site(file)
    table = _table(file)
    with progress("reading the sources"):
        try:
            truth = truth_of(values["sources"], str(file))
        except SourceError as error:
            raise click.ClickException(f"{str(error).rstrip('.')}; nothing was written") from None
    plan = planned(file, values, text, table, truth)
    _show(plan, None if notes else _MOST_NOTES)
    if plan.conflicts:
        _end(f"{words.count(len(plan.conflicts), 'conflict')}: nothing was written")
    if plan.checked is not None and plan.checked.site is None:
        terminal.document(report.text(plan.checked.problems, plan.checked.sources), err=True)
        _end("the site would have errors: nothing was written")
    if not plan.texts:
        terminal.echo("the site and its sources are equal")
    elif not write:
        terminal.echo(
            f"to write this into {_listed(list(plan.texts))}: keaprov sync --write {file}"
        )
        sys.exit(1)
    else:
        if _site(file)[0] != text or _table(file) != table:
            _end(f"{file} was changed meanwhile: nothing was written, run it again")
        _write(file, plan)
        terminal.echo(f"wrote {_listed(list(plan.texts))}")


def _site(file: Path) -> tuple[str, dict[str, dict[str, object]]]:
    """Return the text and the values of a site file that has sources and can be edited."""
    document = source.read(file)
    if file.suffix.lower() in source.RELAXED:
        raise click.ClickException(f"{file} is JSON: keaprov sync edits a site file in YAML")
    if "sources" not in document.value:
        raise click.ClickException(f"{file} has no `sources`: add them (docs/sync.md)")
    return document.sources[0][1], document.value


def _table(file: Path) -> str:
    """Return the text of the site's table of reservations, "" if there is none."""
    path = file.parent / TABLE
    if not path.exists():
        return ""
    text = source.read_text(path, str(path))
    if isinstance(text, str):
        return text
    raise click.ClickException(f"{path}: {text.message}")


def _show(plan: Planned, most: int | None) -> None:
    counts = dict(plan.counts)
    for step in plan.steps:
        terminal.echo(f"{step.sign} subnet {step.id} {step.label}: {step.origin}")
        for line in step.lines:
            terminal.echo(f"    {line}")
        if str(step.id) in counts:
            terminal.echo(f"    {_counted(counts.pop(str(step.id)))}")
    for id_, numbers in counts.items():
        terminal.echo(f"~ subnet {id_} {plan.labels.get(id_, '')}: {_counted(numbers)}")
    for line in plan.notes[:most]:
        terminal.echo(f"note: {line}")
    if most is not None and len(plan.notes) > most:
        terminal.echo(f"{len(plan.notes) - most} more notes: --notes shows all")
    for line in plan.conflicts:
        terminal.echo(f"conflict: {line}", err=True)


def _counted(numbers: tuple[int, int, int]) -> str:
    parts = zip(numbers, ("new", "changed", "gone"), strict=True)
    return "reservations: " + ", ".join(f"{number} {word}" for number, word in parts if number)


def _write(file: Path, plan: Planned) -> None:
    """Write the table before the site file that names it; each file is replaced whole."""
    for name in sorted(plan.texts, key=lambda name: name == file.name):
        path = (file.parent / name).resolve()
        if path.exists():
            writing.rewrite(path, plan.texts[name])
        else:
            writing.write(path, plan.texts[name], 0o644)


def _end(message: str) -> None:
    terminal.echo(message, err=True)
    sys.exit(1)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names)
