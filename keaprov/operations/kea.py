"""Kea: its directories, their owners and modes, and the agent's password."""

from __future__ import annotations

from pyinfra.api.operation import operation
from pyinfra.context import host

from keaprov import paths
from keaprov.facts import program
from keaprov.facts.server import observe
from keaprov.ha.observed import Observed
from keaprov.model import Site
from keaprov.operations.refusal import answered
from keaprov.secret import password

DIRECTORIES = (
    {"path": paths.KEA_DIR, "mode": "750", "owner": "root", "group": "kea"},
    {"path": paths.BACKUP_DIR, "mode": "750", "owner": "root", "group": "kea"},
    {"path": paths.LEASE_DIR, "mode": "750", "owner": "kea", "group": "kea"},
    {"path": paths.LOG_DIR, "mode": "750", "owner": "kea", "group": "kea"},
)
READABLE_BY_KEA = {"mode": "640", "owner": "root", "group": "kea"}


@operation()
@answered
def directories() -> program.Commands:
    """Give Kea's directories and configuration files the owners and modes they have to have.

    The agent's password file is readable by root and kea alone; a password that the site lets
    the host make is made here, once, and never leaves the host.
    """
    site: Site = host.data.site
    observed = observe(host)
    wrong = [entry for entry in DIRECTORIES if not _owned(observed, entry)]
    loose = [
        path
        for path in (paths.DHCP4_CONF, paths.AGENT_CONF, paths.PASSWORD_FILE)
        if path in observed.files and not _owned(observed, {"path": path, **READABLE_BY_KEA})
    ]
    written: list[dict[str, object]] = []
    if site.control_agent:
        value = password(site.control_agent.password, site.source)
        if not observed.secret_exists if value is None else not observed.secret_equal:
            entry = {"path": paths.PASSWORD_FILE, **READABLE_BY_KEA}
            written.append(
                {**entry, "generate": True} if value is None else {**entry, "content": value + "\n"}
            )
    if not wrong and not loose and not written:
        host.noop("owners, modes and the agent's password are right")
        return
    then = [["chown", "root:kea", *loose], ["chmod", "640", *loose]] if loose else []
    yield program.command("write", {"directories": wrong, "files": written, "then": then})


def _owned(observed: Observed, entry: dict[str, str]) -> bool:
    file = observed.files.get(entry["path"])
    return file is not None and (file.mode, file.owner, file.group) == (
        entry["mode"],
        entry["owner"],
        entry["group"],
    )
