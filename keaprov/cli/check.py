"""``keaprov check``: every mistake in site files, or in Kea's own files, with line and cure."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from keaprov import report
from keaprov.cli.progress import progress
from keaprov.errors import Problem, Severity
from keaprov.site import check_file


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(list(report.FORMATS)), default="text")
@click.option("--strict", is_flag=True, help="Let a warning fail the check too.")
def check(files: tuple[Path, ...], form: str, strict: bool) -> None:
    """Check site FILES, or a kea-dhcp4.conf or kea-ctrl-agent.conf; nothing is contacted."""
    problems: list[Problem] = []
    sources: dict[str, str] = {}
    with progress("checking") as shown:
        for file in files:
            shown.update(f"checking {file}")
            checked = check_file(file)
            problems += checked.problems
            sources |= checked.sources
    said = report.FORMATS[form](problems, sources)
    if said:
        click.echo(said)
    elif form == "text":
        click.echo("no problems")
    bad = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    sys.exit(int(any(problem.severity in bad for problem in problems)))
