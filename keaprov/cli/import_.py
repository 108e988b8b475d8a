"""``keaprov import``: from the files of a running Kea to a site, with a report and a proof."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from ipaddress import IPv4Address
from pathlib import Path
from typing import NoReturn

import click

from keaprov import importing, report, words
from keaprov.cli import writing
from keaprov.errors import Problem
from keaprov.importing import Imported, Options, daemon, original, staging

_MOST_TABLES = 5
"""Tables that the last line of the report names."""


def _addresses(
    context: click.Context, parameter: click.Parameter, values: Sequence[str]
) -> dict[str, str]:
    addresses = {}
    for value in values:
        name, _, address = value.partition("=")
        try:
            addresses[name] = str(IPv4Address(address))
        except ValueError:
            raise click.BadParameter(f"{value}: write NAME=ADDRESS, an IPv4 address") from None
    return addresses


@click.command("import")
@click.argument("program", metavar="kea", type=click.Choice(["kea"]))
@click.argument(
    "names", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--out",
    required=True,
    metavar="DIRECTORY",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the site here.",
)
@click.option("--site", "name", default="", metavar="NAME", help="The site's name.")
@click.option(
    "--server",
    "addresses",
    multiple=True,
    metavar="NAME=ADDRESS",
    callback=_addresses,
    help="A server's address, if the files do not have it.",
)
@click.option(
    "--kea-dhcp4",
    "kea_dhcp4",
    metavar="PROGRAM",
    type=click.Path(exists=True, dir_okay=False, executable=True),
    help="Compare by this kea-dhcp4; without the option, by the one of this machine, if any.",
)
@click.option("--force", is_flag=True, help="Overwrite files of an earlier import.")
def import_(
    program: str,
    names: tuple[Path, ...],
    out: Path,
    name: str,
    addresses: dict[str, str],
    kea_dhcp4: str | None,
    force: bool,
) -> None:
    """Write a site that says what Kea's own files say: site.yaml, inventory.py, deploy.py.

    FILE is kea-dhcp4.conf or kea-ctrl-agent.conf, of one server or of both servers of a pair. The
    report names each part that keaprov writes itself, changes or does not carry. What a site does
    not carry is in not-imported.json, secrets are in files that only you may read.

    keaprov renders the new site and compares it with FILE. If there is a kea-dhcp4, it loads both,
    without interfaces, and its config-get has to be the same. Exit code 1 if they differ, or if the
    site has errors; with a broken FILE nothing is written.

    \b
    Examples:
      keaprov import kea dhcp1/kea-dhcp4.conf dhcp2/kea-dhcp4.conf --out labo
      keaprov import kea kea-dhcp4.conf kea-ctrl-agent.conf --server dhcp1=192.0.2.2 --out labo
    """
    originals, problems = original.read(names)
    imported = problems or importing.kea(originals, Options(name, addresses))
    if isinstance(imported, list):
        _refuse(imported)
    files = list(staging.texts(imported))
    there = [file for file, _, _ in files if os.path.lexists(out / file)]
    if there and not force:
        listed = ", ".join(there)
        raise click.ClickException(f"{out} has {listed} already: nothing was written (--force)")
    judge = kea_dhcp4 or daemon.at_hand()
    with tempfile.TemporaryDirectory(prefix="keaprov-import-") as staged:
        _write(Path(staged), files)
        proof = staging.prove(imported, Path(staged), str(out / "site.yaml"), judge)
    _write(out, files)
    _report(imported, proof)
    click.echo(f"wrote {_listed([file for file, _, _ in files])} into {out}")
    sys.exit(0 if proof.holds and not (kea_dhcp4 and proof.unjudged) else 1)


def _refuse(problems: Sequence[Problem]) -> NoReturn:
    click.echo(report.text(problems, {}), err=True)
    click.echo("nothing was written", err=True)
    sys.exit(1)


def _write(folder: Path, files: Sequence[tuple[str, str, int]]) -> None:
    writing.folder(folder)
    for name, text, mode in files:
        target = folder / name
        if target.parent != folder:
            writing.folder(target.parent, 0o700)
        writing.write(target, text, mode)


def _report(imported: Imported, proof: staging.Proof) -> None:
    for file in imported.originals:
        for line in file.ledger.lines():
            click.echo(line)
    for line in (*proof.losses, *proof.differences):
        click.echo(f"differs: {line}")
    if proof.checked.problems:
        click.echo(report.text(proof.checked.problems, proof.checked.sources))
    count = len(proof.losses) + len(proof.differences)
    equal = "the render of the site and the files are equal, outside keaprov's own keys"
    if proof.unjudged:
        click.echo(f"no real Kea compared: {proof.unjudged}")
    click.echo(f"compared by {proof.judge}: {words.count(count, 'difference') if count else equal}")


def _listed(names: Sequence[str]) -> str:
    """Return the names of files; of many tables, the number."""
    tables = [name for name in names if name.endswith(".csv")]
    if len(tables) <= _MOST_TABLES:
        return ", ".join(names)
    others = [name for name in names if name not in tables]
    return f"{', '.join(others)} and {len(tables)} tables"
