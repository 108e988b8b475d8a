"""dnf: updates, packages, EPEL without its Kea, and the vendor's repository with its one key."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pyinfra.api.command import FunctionCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from keaprov import paths, repository, series
from keaprov.conductor.preflight import missing_version
from keaprov.facts import program
from keaprov.facts.server import observe
from keaprov.facts.session import run_of
from keaprov.ha import system
from keaprov.ha.observed import Observed
from keaprov.ha.upgrade import distributions_kea, kea_version, upgrade
from keaprov.model import Site
from keaprov.operations.refusal import answered, refusal

INSTALLS = 900.0
"""Seconds for dnf to install or update."""
KEA = ("kea", "kea-*")
"""Packages of Kea from EPEL or the distribution, which must never mix with the vendor's."""
EXCLUDED = tuple(f"--exclude={name}" for name in KEA)
DNF = ("dnf", "-y", "-q", "--setopt=exit_on_lock=True", *EXCLUDED)


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
def epel() -> program.Commands:
    """Install the package that enables EPEL, where ISC's packages need a library from there.

    The library is log4cplus. If an enabled repository offers it already, EPEL is not enabled.
    """
    name = run_of(host).offers.epel.get(host.name, "")
    if not name:
        host.noop("Kea needs nothing from EPEL, or EPEL is enabled")
        return
    yield from packages._inner([name])


@operation()
@answered
def kea() -> program.Commands:
    """Install what is missing of the vendor's packages of Kea, in the version of the pair.

    Installed packages stay as they are, whatever their version: a turn upgrades them, and installs
    what is missing then. Kea of the distribution or of EPEL is replaced in a turn, too.
    """
    observed = observe(host)
    others = distributions_kea(observed)
    if others:
        host.noop(f"ISC's packages replace {', '.join(others)} in the roll-out")
        return
    if kea_version(observed) and upgrade(observed, run_of(host).site.kea.version).install:
        host.noop("Kea gets another version in the roll-out, one server at a time")
        return
    yield from packages._inner(run_of(host).site.kea.packages, _version())


def _version() -> str | None:
    """Return the version in which this server gets the packages of Kea that it lacks."""
    run, own = run_of(host), observe(host)
    by_name = {name: observed for name in run.hosts if (observed := run.last_observed(name))}
    return missing_version(run.site, own, by_name)


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


KEEP = """grep -qs "^name=ISC Kea $1 " "$2" || grep -qs "^name=ISC Kea $1$" "$2" || exit 0
cp -p "$2" "$3" && cp -p "$4" "$5"
sed -i -e 's/^\\[isc-kea/&-former/' -e 's/^enabled=1/enabled=0/' -e "s|$4|$5|" "$3"
"""
"""Keep a repository's file and key beside those of the next series. They do not leave the host."""


def former(observed: Observed, wanted: str) -> list[list[str]]:
    """Return the commands that keep the repository of another series than is wanted, and its key.

    It is not enabled: only a roll-back uses it (files/host/rpms.py).
    """
    installed = series.of_version(kea_version(observed) or wanted)
    if installed == wanted:
        return []
    names = (paths.ISC_REPO, paths.FORMER_REPO, paths.ISC_KEY, paths.FORMER_KEY)
    return [["sh", "-ec", KEEP, "keep", installed, *names]]


@operation()
@answered
def vendor_repository() -> program.Commands:
    """Write the vendor's repository file and its signing key, checked against the pin.

    The file is for root alone if the site reads the address from its environment or a file.
    """
    site: Site = host.data.site
    observed = observe(host)
    changed = []
    if observed.key != (site.kea.repository.fingerprint,):
        key = run_of(host).offers.keys.get(host.name)
        if key is None:  # a dry run goes on after a refusal
            host.noop("the vendor's key was not fetched: the preflight refuses this host")
            return
        changed.append({"path": paths.ISC_KEY, "content": key})
    if not observed.repository_equal:
        wanted = repository.text(site, system.release(observed))
        mode = repository.mode(site)
        changed.append({"path": paths.ISC_REPO, "content": wanted, "mode": mode})
    if not changed:
        host.noop("the vendor's repository and key are in place")
        return
    if kept := former(observed, site.kea.series):
        yield program.command("write", {"files": [], "then": kept})
    yield program.command("write", {"files": changed})
