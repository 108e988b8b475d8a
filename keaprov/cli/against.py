"""``keaprov check --against``: what a change of a site file would cost, before a host is asked."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Mapping
from io import BytesIO
from ipaddress import IPv4Network
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from keaprov import impact
from keaprov.errors import NOWHERE, KeyPath, Problem, Severity
from keaprov.impact.configuration import Configuration
from keaprov.lint.config import Config
from keaprov.model import Site
from keaprov.site import Checked, check_site, placed

GIT = "git:"
PATIENCE = 60
"""Seconds for one git command."""


def costs(file: Path, site: Site, reference: str) -> Checked:
    """Return a warning for each change since `reference` that may cost clients their address.

    `reference` is a site file, or ``git:REVISION``: the same file, and its tables, in git. A
    warning is at the line of its subnet, at that of ``dhcp4`` if the subnet is removed.

    Raises:
        click.ClickException: the earlier site cannot be read, or has errors.
    """
    earlier = _earlier(file, reference)
    before, after = (each.dhcp4_of(each.servers[0]) for each in (earlier, site))
    inquiry = impact.compare(before, after)
    hint = "`keaprov plan` counts the leases; keep ids, prefixes, pools and relays as they were."
    if not inquiry.costs:
        return Checked(str(file), site, (), {})
    places = _places(earlier, site)
    problems = []
    for question in inquiry.questions:
        if question.kind.costs and not question.rare:
            shrunk = question.kind is impact.Kind.POOL
            words = "the pools leave out addresses that they had" if shrunk else question.words
            message = f"since {reference}: {question.subnet}: {words}"
            path = places.get(question.subnet, ("dhcp4",))
            problems.append(Problem("KP430", message, NOWHERE, path, hint, Severity.WARNING))
    return placed(site, problems)


def _places(earlier: Site, site: Site) -> Mapping[str, KeyPath]:
    """Return where the subnets of an earlier site are now, by their names in questions.

    A subnet is the one with the same id, else the one with the same prefix.
    """
    subnets = Config(site.dhcp4).subnets
    by_id = {subnet.raw["id"]: subnet.path for subnet in subnets}
    by_prefix = {subnet.network: subnet.path for subnet in subnets}
    places = {}
    for old in Configuration(earlier.dhcp4).subnets.values():
        path = by_id.get(old.id) or by_prefix.get(IPv4Network(old.prefix, strict=False))
        if path is not None:
            places[old.words] = path
    return places


def _earlier(file: Path, reference: str) -> Site:
    if not reference.startswith(GIT):
        return _good(Path(reference), reference)
    with TemporaryDirectory() as folder:
        return _good(_extracted(file, reference.removeprefix(GIT), Path(folder)), reference)


def _good(file: Path, reference: str) -> Site:
    checked = check_site(file)
    if checked.site is None:
        first = next(item for item in checked.problems if item.severity is Severity.ERROR)
        words = f"line {first.mark.line}: {first.message}" if first.mark.line else first.message
        raise click.ClickException(f"nothing to compare with: {reference} has errors ({words})")
    return checked.site


def _extracted(file: Path, revision: str, folder: Path) -> Path:
    """Extract a revision of the repository that holds `file`; return the file's path in there."""
    file = file.resolve()
    top = Path(_git(file.parent, "rev-parse", "--show-toplevel").decode().strip()).resolve()
    archive = _git(top, "archive", "--format=tar", "--end-of-options", revision)
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        tar.extractall(folder, filter=_inside)  # noqa: S202 - `_inside` is data_filter, too
    return folder / file.relative_to(top)


def _inside(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
    """Leave out what would be outside of the folder, such as a link to an absolute path."""
    try:
        return tarfile.data_filter(member, folder)
    except tarfile.FilterError:
        return None


def _git(folder: Path, *words: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words], capture_output=True, check=True, timeout=PATIENCE
        )
    except FileNotFoundError as error:
        raise click.ClickException("git is not installed") from error
    except subprocess.TimeoutExpired as error:
        raise click.ClickException(f"git did not end within {PATIENCE} s") from error
    except subprocess.CalledProcessError as error:
        reason = error.stderr.decode(errors="replace").strip().splitlines()
        raise click.ClickException(f"git: {reason[0] if reason else 'failed'}") from error
    return done.stdout
