"""Kea: its directories, their owners and modes, and the user and password of its API."""

from __future__ import annotations

from pyinfra.api.operation import operation
from pyinfra.context import host

from keaprov import paths
from keaprov.control import read_only
from keaprov.facts import program
from keaprov.facts.server import observe
from keaprov.ha.observed import Observed
from keaprov.model import Site
from keaprov.operations.refusal import answered
from keaprov.secret import password
from keaprov.wanted import LOGIN, wanted_of

DIRECTORIES = (
    {"path": paths.KEA_DIR, "mode": "750", "owner": "root", "group": "kea"},
    {"path": paths.BACKUP_DIR, "mode": "750", "owner": "root", "group": "kea"},
    {"path": paths.LEASE_DIR, "mode": "750", "owner": "kea", "group": "kea"},
    {"path": paths.LOG_DIR, "mode": "750", "owner": "kea", "group": "kea"},
)
READABLE_BY_KEA = {"mode": "640", "owner": "root", "group": "kea"}
KEAS_OWN = {"mode": "640", "owner": "kea", "group": "kea"}


@operation()
@answered
def directories() -> program.Commands:
    """Give Kea's directories and files the owners and modes they have to have.

    The lease file is Kea's own. If it belongs to somebody else, a daemon that has it open goes on,
    and its next start fails.

    If a unit makes a directory (``StateDirectory=`` and its kin), it has the unit's mode: systemd
    sets that again at each start.

    The files of the API's user and password are readable by root and kea alone; a password that
    the site lets the host make is made here, once, and never leaves the host.
    """
    site: Site = host.data.site
    observed = observe(host)
    wrong = [entry for entry in directories_of(observed) if not _owned(observed, entry)]
    loose = [
        path
        for path in (paths.DHCP4_CONF, paths.AGENT_CONF, *LOGIN)
        if path in observed.files and not _owned(observed, {"path": path, **READABLE_BY_KEA})
    ]
    written: list[dict[str, object]] = []
    if site.api and not site.api.by_agent:
        user = site.api.user + "\n"
        if not observed.holds(paths.USER_FILE, user):
            written.append({"path": paths.USER_FILE, **READABLE_BY_KEA, "content": user})
    if site.api:
        value = password(site.api, site.source)
        if not observed.secret_exists if value is None else not observed.secret_equal:
            entry = {"path": paths.PASSWORD_FILE, **READABLE_BY_KEA}
            written.append(
                {**entry, "generate": True} if value is None else {**entry, "content": value + "\n"}
            )
    foreign = observed.foreign_leases
    if not wrong and not loose and not foreign and not written:
        host.noop("owners, modes and the API's password are right")
        return
    owned = [{"path": path, **READABLE_BY_KEA} for path in loose]
    owned += [{"path": path, **KEAS_OWN} for path in foreign]
    yield program.command("write", {"directories": wrong, "files": written, "owned": owned})


@operation()
@answered
def hardening() -> program.Commands:
    """Write the drop-ins that harden Kea's units; the roll-out restarts what has to run with them.

    **Example:**

    .. code:: python

        kea.hardening(name="Kea's services have what they need, and no more")
    """
    observed, wanted = observe(host), wanted_of(host.data.site, host.data.server)
    changed = [
        {"path": paths.DROP_INS[unit], "content": text}
        for unit, text in wanted.drop_ins.items()
        if wanted.misses(observed, unit)
    ]
    if not changed:
        host.noop("the drop-ins of Kea's units are as the site wants them")
        return
    folders = [{"path": entry["path"].rpartition("/")[0], "mode": "755"} for entry in changed]
    then = [["systemctl", "daemon-reload"]]
    yield program.command("write", {"directories": folders, "files": changed, "then": then})


@operation()
@answered
def read_only_program() -> program.Commands:
    """Replace the read-only program of another version of keaprov; where there is none, do nothing.

    ``keaprov sudoers SITE --user USER --install`` installs it.

    **Example:**

    .. code:: python

        kea.read_only_program(name="The read-only program is of this version")
    """
    observed = observe(host)
    if paths.READ_ONLY not in observed.files:
        host.noop("nobody has read-only access")
        return
    text = read_only.program()
    if observed.holds(paths.READ_ONLY, text):
        host.noop("the read-only program is of this version")
        return
    yield program.command(
        "write", {"files": [{"path": paths.READ_ONLY, "content": text, "mode": "755"}]}
    )


def directories_of(observed: Observed) -> list[dict[str, str]]:
    """Return the directories, with the modes that the units give theirs at each start."""
    by_units: dict[str, str] = {}
    for unit in ("kea-ctrl-agent", "kea-dhcp4"):
        by_units.update(observed.unit(unit).directories)
    return [{**entry, "mode": by_units.get(entry["path"], entry["mode"])} for entry in DIRECTORIES]


def _owned(observed: Observed, entry: dict[str, str]) -> bool:
    file = observed.files.get(entry["path"])
    return file is not None and (file.mode, file.owner, file.group) == (
        entry["mode"],
        entry["owner"],
        entry["group"],
    )
