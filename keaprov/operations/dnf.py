"""dnf: updates, packages, EPEL without its Kea, and the vendor's repository with its one key."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pyinfra.api.command import FunctionCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from keaprov import files, paths
from keaprov.conductor.preflight import wanted_version
from keaprov.facts import program
from keaprov.facts.server import observe
from keaprov.facts.session import run_of
from keaprov.ha import system
from keaprov.model import Site
from keaprov.operations.refusal import answered, refusal

DNF = ("dnf", "-y", "-q", "--setopt=exit_on_lock=True")
INSTALLS = 900.0
"""Seconds for dnf to install or update."""
KEA = ("kea", "kea-*")
"""EPEL's own packages of Kea, which must never mix with the vendor's."""


@operation()
@answered
def update() -> program.Commands:
    """Bring the system's packages up to date where kea-dhcp4 does not run yet; never Kea's.

    Where it runs, the update is part of the roll-out: one server after the other, with a gate
    between, because an update restarts systemd, NetworkManager and firewalld. A reboot that an
    update needs is reported, not done.
    """
    site: Site = host.data.site
    if not site.update:
        host.noop("the site does not want updates")
        return
    observed = observe(host)
    if observed.dnf.error:
        yield refusal([f"pending updates are not known: {observed.dnf.error}"])
        return
    if not observed.dnf.updates:
        host.noop("no updates are pending")
        return
    if observed.unit("kea-dhcp4").running:
        host.noop(
            f"{len(observed.dnf.updates)} updates follow in the roll-out, one server at a time"
        )
        return
    host.log(f"{len(observed.dnf.updates)} updates: {', '.join(observed.dnf.updates)}")
    exclude = (f"--exclude={name}" for name in paths.NOT_UPDATED)
    yield _dnf(*exclude, "update")
    conductor = run_of(host).conductor
    if conductor is not None:
        conductor.observer.updated(host.data.server.name)


def _dnf(*words: str) -> FunctionCommand:
    return program.command("write", {"files": [], "then": [[*DNF, *words]]}, INSTALLS)


@operation()
@answered
def packages(names: Sequence[str], version: str | None = None) -> program.Commands:
    """Install what is missing of these packages.

    + names: the packages
    + version: install exactly this version, or version-release

    **Example:**

    .. code:: python

        dnf.packages(["chrony"], name="chrony is installed")
    """
    missing = [name for name in names if name not in observe(host).packages]
    if not missing:
        host.noop(f"installed: {', '.join(names)}")
        return
    yield _dnf("install", *(f"{name}-{version}" if version else name for name in missing))


@operation()
@answered
def kea() -> program.Commands:
    """Install what is missing of the vendor's packages of Kea, in the version of the pair.

    Installed packages stay as they are, whatever their version: a turn upgrades them.
    """
    yield from packages._inner(paths.KEA_PACKAGES, _version())


def _version() -> str | None:
    """Return the version of Kea to install: the pair's."""
    run = run_of(host)
    observe(host)
    by_name = {name: observed for name in run.hosts if (observed := run.last_observed(name))}
    return wanted_version(run.site, by_name)


def without(text: str, names: Sequence[str]) -> str:
    """Return a repository file with these packages excluded in each of its sections."""
    lines: list[str] = []
    for section in re.split(r"(?m)^(?=\[)", text):
        excluded = re.search(r"(?m)^(?:excludepkgs|exclude)\s*=\s*(.*)$", section)
        kept = excluded.group(1).replace(",", " ").split() if excluded else []
        line = f"excludepkgs={' '.join(dict.fromkeys([*kept, *names]))}"
        if excluded:
            section = section[: excluded.start()] + line + section[excluded.end() :]
        elif section.startswith("["):
            header, _, rest = section.partition("\n")
            section = f"{header}\n{line}\n{rest}"
        lines.append(section)
    return "".join(lines)


@operation()
@answered
def epel_without_kea() -> program.Commands:
    """Exclude EPEL's own Kea in EPEL's repository files, so that it never mixes with ISC's."""
    changed = []
    for path, text in observe(host).texts.items():
        if path.startswith(paths.EPEL_REPOS.split("*")[0]) and without(text, KEA) != text:
            changed.append({"path": path, "content": without(text, KEA)})
    if not changed:
        host.noop("EPEL's own Kea is excluded")
        return
    yield program.command("write", {"files": changed})


@operation()
@answered
def vendor_repository() -> program.Commands:
    """Write the vendor's repository file and its signing key, checked against the pin."""
    site: Site = host.data.site
    observed, repository = observe(host), site.kea.repository
    wanted = files.fill(
        "dnf/isc-kea.repo",
        series=site.kea.series,
        url=repository.url,
        release=system.release(observed),
        key=paths.ISC_KEY,
    )
    changed = []
    if observed.key != (repository.fingerprint,):
        key = run_of(host).offers.keys[host.name]
        changed.append({"path": paths.ISC_KEY, "content": key})
    if observed.texts.get(paths.ISC_REPO) != wanted:
        changed.append({"path": paths.ISC_REPO, "content": wanted})
    if not changed:
        host.noop("the vendor's repository and key are in place")
        return
    yield program.command("write", {"files": changed})
