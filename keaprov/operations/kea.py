"""Kea: its directories and password, and the configuration that is staged and tested."""

from __future__ import annotations

import re

from pyinfra import logger
from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from keaprov import paths, render, report
from keaprov.facts import program
from keaprov.facts.server import observe
from keaprov.facts.wanted import asked_revision
from keaprov.ha.observed import Observed
from keaprov.model import Site
from keaprov.operations.needs import need_of
from keaprov.operations.refusal import answered, attended
from keaprov.secret import password
from keaprov.site import verdict

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
    seen = observe(host)
    wrong = [entry for entry in DIRECTORIES if not _owned(seen, entry)]
    loose = [
        path
        for path in (paths.DHCP4_CONF, paths.AGENT_CONF, paths.PASSWORD_FILE)
        if path in seen.files and not _owned(seen, {"path": path, **READABLE_BY_KEA})
    ]
    written: list[dict[str, object]] = []
    if site.control_agent:
        value = password(site.control_agent.password, site.source)
        if not seen.secret_exists if value is None else not seen.secret_equal:
            entry = {"path": paths.PASSWORD_FILE, **READABLE_BY_KEA}
            written.append(
                {**entry, "generate": True} if value is None else {**entry, "content": value + "\n"}
            )
    if not wrong and not loose and not written:
        host.noop("owners, modes and the agent's password are right")
        return
    then = [["chown", "root:kea", *loose], ["chmod", "640", *loose]] if loose else []
    yield program.command("write", {"directories": wrong, "files": written, "then": then})


def _owned(seen: Observed, entry: dict[str, str]) -> bool:
    file = seen.files.get(entry["path"])
    return file is not None and (file.mode, file.owner, file.group) == (
        entry["mode"],
        entry["owner"],
        entry["group"],
    )


@operation()
@answered
def stage() -> program.Commands:
    """Put the configuration that the site wants beside the active one, once Kea has accepted it.

    Kea tests it as the user that the daemon runs as, hooks included (`kea-dhcp4 -T`). A file
    called ``….staged`` is there only when Kea has accepted it; the active one is not touched.
    """
    todo = need_of(host)
    if not todo.stage:
        host.noop("the active configuration is the wanted one")
        return
    daemons = {
        paths.DHCP4_CONF: ("/usr/sbin/kea-dhcp4", "-T"),
        paths.AGENT_CONF: ("/usr/sbin/kea-ctrl-agent", "-t"),
    }
    entries = [
        {"path": path + paths.STAGED, "content": text, **READABLE_BY_KEA}
        for path, text in todo.stage.items()
    ]
    checks = [
        {"argv": [*daemons[path], f"{path}{paths.STAGED}.keaprov-new"], "user": "kea"}
        for path in todo.stage
    ]
    yield FunctionCommand(_stage, [{"files": entries, "checks": checks}], {})


@attended
def _stage(state: State, host: Host, request: dict[str, object]) -> bool:
    done, said = program.run(host, "write", request)
    if done:
        return True
    refused = f"Refused: {_at_the_site(host, said) or said}"
    host.log_styled(refused, fg="red", log_func=logger.error)
    return False


_PLACE = re.compile(r"[(: ](?:[^() ]*/)?kea-dhcp4\.conf[^:]*:([0-9]+)[:.]([0-9]+)")
"""Where Kea's messages name a place in the file that it was given."""
_NOISE = re.compile(
    r"^Error encountered: |^\S+ \S+ [A-Z]+ +\[\S+\] \S+ |\s*(?:at )?\([^()]*kea-dhcp4\.conf[^()]*\)"
)
"""What Kea's messages have around their words: time, logger and message id, the host's file."""


def _at_the_site(host: Host, said: str) -> str:
    """Show Kea's verdict at the site file's line; an empty text when it names no place."""
    found = _PLACE.search(said)
    site: Site = host.data.site
    if found is None or not site.source or asked_revision(host):
        return ""
    errors = [line for line in said.splitlines() if "rror" in line] or said.splitlines()[-1:]
    words = _NOISE.sub("", errors[-1])
    place = (int(found[1]), int(found[2]))
    shown = verdict(site, render.dhcp4(site, host.data.server), words, *place)
    return f"kea-dhcp4 refuses the new configuration\n{report.text(shown.problems, shown.sources)}"
