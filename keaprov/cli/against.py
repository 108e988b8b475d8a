"""``keaprov check --against``: what a change of a site file would cost, before a host is asked."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from keaprov.errors import NOWHERE, KeyPath, Problem, Severity
from keaprov.impact.forecast import forecast
from keaprov.lint.config import Config
from keaprov.model import Site
from keaprov.render import dhcp4_body
from keaprov.site import Checked, check_site, placed
from keaprov.words import count

GIT = "git:"
PATIENCE = 60
"""Seconds for one git command."""


def costs(file: Path, site: Site, reference: str) -> Checked:
    """Return a warning for each change since `reference` that may cost clients address or answer.

    `reference` is a site file, or ``git:REVISION``: the same file, and its tables, in git. A
    warning is at the line of its subnet or server, at that of ``dhcp4`` if the subnet is removed.

    Raises:
        click.ClickException: the earlier site cannot be read, or has errors.
    """
    earlier = _earlier(file, reference)
    problems = []
    for message, path in [*_of_servers(earlier, site), *_of_leases(earlier, site)]:
        words = f"since {reference}: {message}"
        problems.append(Problem("KP430", words, NOWHERE, path, _HINT, Severity.WARNING))
    return placed(site, problems) if problems else Checked(str(file), site, (), {})


_HINT = "`keaprov plan` counts the leases; keep ids, prefixes, pools and relays as they were."


def _of_leases(earlier: Site, site: Site) -> Iterator[tuple[str, KeyPath]]:
    costs = forecast(_body(earlier), _body(site))
    places = _places(earlier, site) if costs else {}
    for cost in costs:
        clients = f" (up to {count(cost.clients, 'client')})"
        if cost.subnet is not None:
            path = places.get(cost.subnet.id, ("dhcp4",))
            yield f"{cost.subnet.words}: {cost.words}{clients}", path
        else:
            key = "lease-database" if cost.store else "reservations"
            path = ("dhcp4", key) if key in site.dhcp4 else ("dhcp4",)
            yield f"{cost.words}{clients}", path


def _body(site: Site) -> dict[str, Any]:
    """Return the Dhcp4 map that the first server gets, with what keaprov adds."""
    server = site.servers[0]
    return {**dhcp4_body.shared(site), **dhcp4_body.own(site, server)}


def _of_servers(earlier: Site, site: Site) -> Iterator[tuple[str, KeyPath]]:
    """Yield the addresses and interfaces at which no server answers any more."""
    known = {server.name: server for server in site.servers}
    kept = {address for server in site.servers for address in server.identifiers}
    for old in earlier.servers:
        new = known.get(old.name)
        path: KeyPath = ("servers", old.name) if new else ("servers",)
        lost = [address for address in old.identifiers if address not in kept]
        if lost:
            who = "relays that forward to it, and clients that renew there, get no answer"
            message = f"no server has the address {', '.join(lost)} of {old.name} any more: {who}"
            yield message, (*path, "address") if new else path
        devices = [name for name in old.devices if new and name not in new.devices]
        if new and devices and "*" not in new.interfaces:
            message = f"{old.name} does not listen on {', '.join(devices)} any more"
            yield message, (*path, "interfaces")


def _places(earlier: Site, site: Site) -> Mapping[int, KeyPath]:
    """Return where the subnets of an earlier site are now, by their earlier ids.

    A subnet is the one with the same prefix, else the one with the same id.
    """
    subnets = Config(site.dhcp4).subnets
    by_id = {subnet.raw["id"]: subnet.path for subnet in subnets}
    by_prefix = {subnet.network: subnet.path for subnet in subnets}
    places = {}
    for old in Config(earlier.dhcp4).subnets:
        path = by_prefix.get(old.network) or by_id.get(old.raw["id"])
        if path is not None:
            places[old.raw["id"]] = path
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
