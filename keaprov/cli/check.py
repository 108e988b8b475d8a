"""``keaprov check``: every mistake in site files, or in Kea's own files, with line and cure."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from keaprov import report
from keaprov.cli.against import costs
from keaprov.cli.progress import progress
from keaprov.errors import Problem, Severity
from keaprov.site import Checked, check_file, check_text
from keaprov.source import MOST_BYTES


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--format", "form", type=click.Choice(list(report.FORMATS)), default="text")
@click.option("--strict", is_flag=True, help="Let a warning fail the check too.")
@click.option(
    "--against",
    "reference",
    metavar="FILE|git:REVISION",
    help="Warn of changes since then that cost clients their address.",
)
def check(files: tuple[Path, ...], form: str, strict: bool, reference: str | None) -> None:
    """Check site FILES, or Kea's own: kea-dhcp4.conf, kea-ctrl-agent.conf, a config-get answer.

    A file is recognised by what it holds. - reads standard input. No host is contacted.

    With --against, compare the site with an earlier one: another FILE, or the same file in git, as
    git:HEAD. Removed subnets, changed ids and prefixes, smaller pools and removed relays are
    warnings.

    \b
    Examples:
      keaprov check site.yaml
      keaprov check --strict --format sarif sites/*.yaml
      keaprov check --against git:HEAD site.yaml
      keaprov check /etc/kea/kea-dhcp4.conf
    """
    problems: list[Problem] = []
    sources: dict[str, str] = {}
    with progress("checking") as shown:
        for file in files:
            shown.update(f"checking {file}")
            checked = _checked(file)
            problems += checked.problems
            sources |= checked.sources
            if reference and checked.site:
                dear = costs(file, checked.site, reference)
                problems += dear.problems
                sources |= dear.sources
    text = report.FORMATS[form](problems, sources)
    if text:
        click.echo(text)
    elif form == "text":
        click.echo("no problems")
    bad = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    sys.exit(int(any(problem.severity in bad for problem in problems)))


def _checked(file: Path) -> Checked:
    if str(file) != "-":
        return check_file(file)
    return check_text(sys.stdin.buffer.read(MOST_BYTES + 1), "<stdin>", Path())
