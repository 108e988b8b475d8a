"""``keaprov sudoers``: what sudo has to allow on the hosts, printed or installed."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from keaprov import paths, survey
from keaprov.cli import terminal
from keaprov.cli.connect import connected, load
from keaprov.cli.progress import progress
from keaprov.control import Shell, Sudo, read_only
from keaprov.control import sudoers as rules
from keaprov.control.decoding import expected
from keaprov.model import Server, Site


@click.command()
@connected
@click.option("--user", default="", help="The user of the hosts for whom the rule is.")
@click.option(
    "--for",
    "purpose",
    type=click.Choice(("read-only", "deploy")),
    default="read-only",
    show_default=True,
    help="What the user may do.",
)
@click.option("--program", is_flag=True, help="Print the read-only program, in place of the rule.")
@click.option("--install", is_flag=True, help="Install rule and program on the servers, as root.")
def sudoers(
    file: Path,
    config: Path | None,
    sudo: Sudo | None,
    user: str,
    purpose: str,
    program: bool,
    install: bool,
) -> None:
    """Print the rule of sudo that USER needs on the servers of SITE.

    For read-only access (status, diff and history with --read-only) sudo has to allow one program,
    /usr/libexec/keaprov-read-only. It checks each request and shows no secrets. --install writes
    the program and its rule to the servers; that needs root, or --sudo. After an upgrade of
    keaprov, the next deploy replaces the program.

    A deploy, and each verb that changes something, needs all of root's rights: --for deploy prints
    such a rule, for you to install.

    \b
    Examples:
      keaprov sudoers site.yaml --user monitor
      keaprov sudoers site.yaml --user monitor --install --sudo
      keaprov sudoers site.yaml --program > keaprov-read-only
      keaprov sudoers site.yaml --user operator --for deploy
    """
    if not program and not rules.is_user(user):
        raise click.UsageError(f"--user takes the name of a user of the hosts, not {user!r}")
    if purpose == "deploy" and (install or program):
        raise click.UsageError("--install and --program go with --for read-only")
    if install and program:
        raise click.UsageError("give either --install or --program")
    site = load(file)
    if install:
        sys.exit(not _install(site, user, config, sudo))
    if program:
        terminal.document(read_only.program().rstrip("\n"))
    else:
        text = rules.read_only(user) if purpose == "read-only" else rules.deploying(user)
        terminal.document(text.rstrip("\n"))


def _install(site: Site, user: str, config: Path | None, sudo: Sudo | None) -> bool:
    """Install the program and its rule on every server; return whether all have them."""
    request = {
        "user": user,
        "program": {"path": paths.READ_ONLY, "text": read_only.program()},
        "rule": {"path": rules.read_only_path(user), "text": rules.read_only(user)},
    }

    def put(_: Site, server: Server, shell: Shell) -> list[str]:
        report = shell.program("install_read_only", request)
        with expected(f"{server.name}: the report of install_read_only"):
            return [str(path) for path in report["changed"]]

    with progress(f"installing on the servers of {site.name}"):
        answers = survey.ask_servers(site, put, config, sudo=sudo)
    for name, changed in survey.results_of(answers).items():
        words = f"wrote {' and '.join(changed)}" if changed else "nothing to do"
        terminal.echo(f"{name}: {words}; {user} has read-only access")
    errors = survey.errors_of(answers)
    for error in errors.values():
        terminal.echo(str(error), err=True)
    return not errors
