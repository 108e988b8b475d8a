"""``keaprov import``: from the files of Kea or of dhcpd to a site, with a report and a proof."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NoReturn

import click

from keaprov import importing, report, schema, source, words
from keaprov.cli import connect, terminal, writing
from keaprov.control import Shell, Sudo
from keaprov.errors import ControlError, Problem
from keaprov.importing import Imported, Options, daemon, dhcpd, original, running, staging
from keaprov.site import check_text

_MOST_TABLES = 5
"""Tables that the last line of the report names."""


def _fits(name: str, schema_of_name: Mapping[str, Any], what: str) -> str:
    """Return a name that a site file takes; ends the verb with words for another one."""
    if not re.search(schema_of_name["pattern"], name) or name != name.strip():
        words = f"{name!r} is not the name of a {what}: letters, digits, dots and hyphens"
        raise click.BadParameter(words)
    return name


def _site(context: click.Context, parameter: click.Parameter, value: str) -> str:
    return _fits(value, schema.schema("site")["properties"]["site"], "site") if value else ""


def _addresses(
    context: click.Context, parameter: click.Parameter, values: Sequence[str]
) -> dict[str, str]:
    addresses = {}
    of_servers = schema.schema("site")["properties"]["servers"]["propertyNames"]
    for value in values:
        name, _, address = value.partition("=")
        try:
            addresses[name] = str(ip_address(address))
        except ValueError:
            raise click.BadParameter(
                f"{value}: write NAME=ADDRESS, with an IPv4 or IPv6 address"
            ) from None
        _fits(name, of_servers, "server")
    return addresses


@click.command("import")
@click.argument("program", metavar="PROGRAM", type=click.Choice(["kea", "dhcpd"]))
@click.argument("names", metavar="[FILE...]", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--from",
    "hosts",
    multiple=True,
    metavar="HOST",
    help="Read the files of the Kea on this host over SSH; twice for a pair.",
)
@connect.by_ssh
@click.option(
    "--out",
    required=True,
    metavar="DIRECTORY",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the site here.",
)
@click.option("--site", "name", default="", metavar="NAME", callback=_site, help="The site's name.")
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
@click.option(
    "--leases",
    metavar="LEASES",
    type=click.Path(path_type=Path),
    help="dhcpd.leases: write its leases into Kea's lease file.",
)
@click.option("--force", is_flag=True, help="Overwrite files of an earlier import.")
def import_(
    program: str,
    names: tuple[Path, ...],
    hosts: tuple[str, ...],
    config: Path | None,
    sudo: Sudo | None,
    out: Path,
    name: str,
    addresses: dict[str, str],
    kea_dhcp4: str | None,
    leases: Path | None,
    force: bool,
) -> None:
    """Write a site out of the files of Kea, or of ISC dhcpd: site.yaml, inventory.py, deploy.py.

    PROGRAM is kea: FILE is kea-dhcp4.conf or kea-ctrl-agent.conf, of one server or of both servers
    of a pair; or an answer of config-get, which has Kea's defaults too. With --from, keaprov reads
    both from /etc/kea of a host, with the files that they include, and shows where the running Kea
    differs from its file. It changes nothing on the host. PROGRAM is dhcpd: FILE is dhcpd.conf, and
    LEASES is dhcpd.leases.

    The report names each part that keaprov writes itself, changes or does not carry. What a site
    does not carry is in not-imported.json, secrets are in files that only you may read.

    keaprov renders the new site of kea and compares it with FILE. If there is a kea-dhcp4, it loads
    both, without interfaces, and its config-get has to be the same. Exit code 1 if they differ, if
    the site has errors, or if a running Kea differs from its file; with a broken FILE nothing is
    written.

    \b
    Examples:
      keaprov import kea dhcp1/kea-dhcp4.conf dhcp2/kea-dhcp4.conf --out labo
      keaprov import kea --from dhcp1 --from dhcp2 --sudo --out labo
      keaprov import kea kea-dhcp4.conf kea-ctrl-agent.conf --server dhcp1=192.0.2.2 --out labo
      keaprov import dhcpd dhcpd.conf --leases dhcpd.leases --server dhcp1=192.0.2.2 --out labo
    """
    if program == "dhcpd":
        if len(names) != 1 or hosts or kea_dhcp4:
            raise click.UsageError("dhcpd has one FILE, no --from and no --kea-dhcp4")
        _dhcpd(names[0], leases, out, Options(name, addresses), force)
    if leases:
        raise click.UsageError("--leases is for dhcpd: copy Kea's lease file as it is")
    if bool(names) == bool(hosts):
        raise click.UsageError("give either FILE or --from HOST")
    try:
        documents, deviations = _read(hosts, config, sudo)
    except ControlError as error:
        raise click.ClickException(f"{error}: nothing was written") from None
    documents += [source.read(name) for name in names]
    _kea(documents, deviations, out, Options(name, addresses), kea_dhcp4, force)


def _kea(
    documents: Sequence[source.Document],
    deviations: Sequence[str],
    out: Path,
    options: Options,
    kea_dhcp4: str | None,
    force: bool,
) -> NoReturn:
    """Import Kea's files; exit code 1 if they differ from the site or from what runs."""
    originals, problems = original.sorted_by_program(documents)
    imported = problems or importing.kea(originals, options)
    if isinstance(imported, list):
        _refuse(imported)
    files = list(staging.texts(imported))
    _not_there(files, out, force)
    judge = kea_dhcp4 or daemon.at_hand()
    with tempfile.TemporaryDirectory(prefix="keaprov-import-") as staged:
        _write(Path(staged), files)
        proof = staging.prove(imported, Path(staged), str(out / "site.yaml"), judge)
    _write(out, files)
    _report(imported, proof)
    for line in deviations:
        terminal.echo(f"running: {line}")
    terminal.echo(f"wrote {_listed([file for file, _, _ in files])} into {out}")
    judged = not (kea_dhcp4 and proof.unjudged)
    sys.exit(0 if proof.holds and judged and not deviations else 1)


def _read(
    hosts: Sequence[str], config: Path | None, sudo: Sudo | None
) -> tuple[list[source.Document], list[str]]:
    """Return the files of each host, and where its Kea runs something else.

    Raises ControlError.
    """
    documents: list[source.Document] = []
    deviations: list[str] = []
    for host in hosts:
        with Shell(host, host, config, sudo=sudo) as shell:
            read = running.documents(shell)
            deviations += running.deviations(shell, read[0])
        documents += read
    return documents, deviations


def _dhcpd(file: Path, leases: Path | None, out: Path, options: Options, force: bool) -> NoReturn:
    """Import dhcpd's files; exit code 1 if the site has errors, or if a statement is lost."""
    imported = dhcpd.read(file, options.site, options.addresses)
    if isinstance(imported, dhcpd.Imported) and leases:
        imported = dhcpd.with_leases(imported, leases, int(time.time()))
    if isinstance(imported, list):
        _refuse(imported)
    files = list(imported.texts())
    _not_there(files, out, force)
    with tempfile.TemporaryDirectory(prefix="keaprov-import-") as staged:
        _write(Path(staged), files)
        text = imported.files["site.yaml"].encode()
        checked = check_text(text, str(out / "site.yaml"), Path(staged))
    _write(out, files)
    for line in (*imported.notes.lines(), *imported.losses):
        terminal.echo(line)
    if checked.problems:
        terminal.document(report.text(checked.problems, checked.sources))
    if imported.leases:
        active, ended = imported.leases.count, imported.leases.ended
        terminal.echo(f"{words.count(active, 'lease')} in effect, {ended} ended")
    terminal.echo(f"wrote {_listed([name for name, _, _ in files])} into {out}")
    sys.exit(0 if checked.site is not None and not imported.losses else 1)


def _not_there(files: Sequence[tuple[str, str, int]], out: Path, force: bool) -> None:
    there = [file for file, _, _ in files if os.path.lexists(out / file)]
    if there and not force:
        listed = ", ".join(there)
        raise click.ClickException(f"{out} has {listed} already: nothing was written (--force)")


def _refuse(problems: Sequence[Problem]) -> NoReturn:
    terminal.document(report.text(problems, {}), err=True)
    terminal.echo("nothing was written", err=True)
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
            terminal.echo(line)
    for line in (*proof.losses, *proof.differences):
        terminal.echo(f"differs: {line}")
    if proof.checked.problems:
        terminal.document(report.text(proof.checked.problems, proof.checked.sources))
    count = len(proof.losses) + len(proof.differences)
    equal = "the render of the site and the files are equal, outside keaprov's own keys"
    if proof.unjudged:
        terminal.echo(f"no real Kea compared: {proof.unjudged}")
    terminal.echo(
        f"compared by {proof.judge}: {words.count(count, 'difference') if count else equal}"
    )


def _listed(names: Sequence[str]) -> str:
    """Return the names of files; of many tables, the number."""
    tables = [name for name in names if name.endswith(".csv")]
    if len(tables) <= _MOST_TABLES:
        return ", ".join(names)
    others = [name for name in names if name not in tables]
    return f"{', '.join(others)} and {len(tables)} tables"
