"""What every verb that goes to the servers has in common: SITE, and the way to its hosts."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click

from keaprov import report, secret
from keaprov.cli import terminal
from keaprov.control import Sudo
from keaprov.errors import SecretError
from keaprov.model import Secret, Site
from keaprov.site import check_site


def by_ssh(verb: Callable[..., None]) -> Callable[..., Any]:
    """Add ``--ssh-config``, ``--sudo`` and ``--sudo-password`` to a verb.

    The verb gets `config`, and `sudo`: a `Sudo`, or None if the user of the hosts is root.
    """

    @wraps(verb)
    def with_rights(
        *words: Any, sudo: bool, sudo_password: str | None, read_only: bool = False, **named: Any
    ) -> None:
        verb(*words, sudo=_sudo(sudo, sudo_password, read_only), **named)

    options = (
        click.option(
            "--ssh-config",
            "config",
            type=click.Path(path_type=Path, dir_okay=False, exists=True),
            help="An OpenSSH configuration (default: ~/.ssh/config).",
        ),
        click.option("--sudo", is_flag=True, help="Become root on the hosts by sudo."),
        click.option(
            "--sudo-password",
            metavar="WHERE",
            help="Where sudo's password is: ask, env:NAME or file:PATH. It means --sudo too.",
        ),
    )
    decorated: Callable[..., Any] = with_rights
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


def by_ssh_read_only(verb: Callable[..., None]) -> Callable[..., Any]:
    """Add what `by_ssh` adds, and ``--read-only``, to a verb that changes nothing."""
    return click.option(
        "--read-only",
        is_flag=True,
        help="Use sudo for the read-only program alone: see keaprov sudoers.",
    )(by_ssh(verb))


def _sudo(wanted: bool, where: str | None, read_only: bool) -> Sudo | None:
    """Return the way to become root; UsageError if the password cannot be had.

    A password on the command line is refused, and not shown: everybody can read a process list.
    """
    if where is None:
        return Sudo(read_only=read_only) if wanted or read_only else None
    if where == "ask":
        return Sudo(click.prompt("sudo's password", hide_input=True, err=True), read_only)
    kind, _, name = where.partition(":")
    if kind not in ("env", "file") or not name:
        raise click.UsageError("--sudo-password takes ask, env:NAME or file:PATH: not a password")
    try:
        given = Secret(env=name) if kind == "env" else Secret(file=str(Path(name).absolute()))
        return Sudo(secret.read(given, "", "--sudo-password"), read_only)
    except SecretError as error:
        raise click.UsageError(str(error)) from None


def connected(verb: Callable[..., None]) -> Callable[..., Any]:
    """Add SITE, and what `by_ssh` adds, to a verb."""
    return _with_site(by_ssh(verb))


def connected_read_only(verb: Callable[..., None]) -> Callable[..., Any]:
    """Add SITE, and what `by_ssh_read_only` adds, to a verb that changes nothing."""
    return _with_site(by_ssh_read_only(verb))


def _with_site(verb: Callable[..., None]) -> Callable[..., Any]:
    return click.argument("file", metavar="SITE", type=click.Path(path_type=Path))(verb)


def load(file: Path) -> Site:
    """Return the site, or show its problems and end with status 1."""
    return load_all([file])[0]


def load_all(files: Sequence[Path]) -> list[Site]:
    """Return the sites, or show the problems of all of them and end.

    The status is 1, and 2 if a file is Kea's own configuration: that is wrong usage.
    """
    checks = [check_site(file) for file in files]
    sites = [checked.site for checked in checks if checked.site is not None]
    if len(sites) < len(checks):
        for checked in checks:
            if checked.site is None:
                terminal.document(report.text(checked.problems, checked.sources), err=True)
        sys.exit(2 if any(checked.of_kea for checked in checks) else 1)
    return sites
