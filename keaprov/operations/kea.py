"""Kea: its directories and password, staged configuration, a server's turn and its gate."""

from __future__ import annotations

import re
import time
from typing import Any
from weakref import WeakKeyDictionary

from pyinfra import logger
from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from keaprov import render, report
from keaprov.facts import paths, program
from keaprov.facts.secret import password
from keaprov.facts.server import members, observe, rights
from keaprov.ha import gate, turns
from keaprov.ha.observed import Observed
from keaprov.ha.plan import Need, Wanted, need
from keaprov.ha.verified import listening
from keaprov.model import Server, Site
from keaprov.site import verdict

KEPT_BACKUPS = 10
DIRECTORIES = (
    {"path": paths.KEA_DIR, "mode": "750", "owner": "root", "group": "kea"},
    {"path": paths.BACKUP_DIR, "mode": "750", "owner": "root", "group": "kea"},
    {"path": paths.LEASE_DIR, "mode": "750", "owner": "kea", "group": "kea"},
    {"path": paths.LOG_DIR, "mode": "750", "owner": "kea", "group": "kea"},
)
READABLE_BY_KEA = {"mode": "640", "owner": "root", "group": "kea"}


def wanted(site: Site, server: Server) -> Wanted:
    """Return what the site wants of a server."""
    agent = {paths.AGENT_CONF: render.agent(site, server)} if site.control_agent else {}
    return Wanted(
        revision=render.revision(site),
        dhcp4={paths.DHCP4_CONF: render.dhcp4(site, server)},
        agent=agent,
        agent_files=(paths.AGENT_CONF, paths.PASSWORD_FILE) if agent else (),
    )


@operation()
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
def stage() -> program.Commands:
    """Put the configuration that the site wants beside the active one, once Kea has accepted it.

    Kea tests it as the user that the daemon runs as, hooks included (`kea-dhcp4 -T`). A file
    called ``….staged`` is there only when Kea has accepted it; the active one is not touched.
    """
    todo = _need(host)
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


def _stage(state: State, host: Host, request: dict[str, object]) -> bool:
    done, output = host.run_shell_command(program.shell("write"), **_run("write", request))
    if done:
        return True
    said = output.stderr.strip()
    refused = f"Refused: {_at_the_site(host, said) or said}"
    host.log_styled(refused, fg="red", log_func=logger.error)
    return False


def _run(name: str, request: dict[str, object]) -> dict[str, Any]:
    return {"_stdin": program.Payload(name, request), **rights()}


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
    if found is None or not site.source:
        return ""
    errors = [line for line in said.splitlines() if "rror" in line] or said.splitlines()[-1:]
    words = _NOISE.sub("", errors[-1])
    place = (int(found[1]), int(found[2]))
    shown = verdict(site, render.dhcp4(site, host.data.server), words, *place)
    return f"kea-dhcp4 refuses the new configuration\n{report.text(shown.problems, shown.sources)}"


@operation()
def turn(number: int) -> program.Commands:
    """Take the turn of the server that comes first, or second, and wait at its gate.

    Backs up, installs the Kea that the site pins, renames the staged files into place, restarts
    what has to be (the agent first, then kea-dhcp4). When a unit does not come up, or the gate
    closes, what was there before is put back and this host fails: the other server is left as
    it is.

    + number: 1, or 2 in a pair

    **Example:**

    .. code:: python

        kea.turn(number=1, name="The first turn")
    """
    site: Site = host.data.site
    server: Server = host.data.server
    order = _order(host)
    if order[number - 1 : number] != (server,):
        host.noop("not this server's turn")
        return
    todo = _need(host)
    expected = _expected(site, server, with_peer=number == 2 or _peer_serves(host))
    request = {
        "files": list(todo.stage),
        "units": list(todo.restart),
        "retire": list(todo.retire),
        "packages": list(todo.upgrade),
        "packages_before": list(todo.installed),
        "backup": paths.BACKUP_DIR,
        "keep": KEPT_BACKUPS,
    }
    if todo:
        host.log(f"turn: {'; '.join(todo.reasons)}")
        yield program.command("turn", request)
    elif _verdict(host, expected).gate is gate.Gate.OPEN:
        host.noop("runs what the site wants, and its gate is open")
        return
    yield FunctionCommand(_wait_at_gate, [expected, request if todo else None], {})


_orders: WeakKeyDictionary[State, dict[str, tuple[Server, ...]]] = WeakKeyDictionary()


def _order(one: Host) -> tuple[Server, ...]:
    """Return the order of turns, decided once: a turn changes what it was decided from."""
    site: Site = one.data.site
    if not one.state.is_executing:
        return _decide(one, site)
    decided = _orders.setdefault(one.state, {})
    if site.name not in decided:
        decided[site.name] = _decide(one, site)
    return decided[site.name]


def _decide(one: Host, site: Site) -> tuple[Server, ...]:
    here = {member.data.server.name: observe(member) for member in members(one)}
    return turns.order([server for server in site.servers if server.name in here], here)


def _peers(one: Host) -> list[Host]:
    return [other for other in members(one) if other.name != one.name]


def _peer_serves(one: Host) -> bool:
    """Whether the other server is part of the pair already, as far as can be seen."""
    return any(observe(peer).kea.ha is not None for peer in _peers(one))


def _need(one: Host) -> Need:
    seen, site = observe(one), one.data.site
    return need(seen, wanted(site, one.data.server), site.kea.version)


def _expected(site: Site, server: Server, *, with_peer: bool) -> gate.Expected:
    return gate.Expected(
        revision=render.revision(site),
        units=("kea-ctrl-agent", "kea-dhcp4") if site.control_agent else ("kea-dhcp4",),
        listening=listening(site, server),
        pair=site.failover is not None,
        with_peer=site.failover is not None and with_peer,
    )


def _verdict(one: Host, expected: gate.Expected, *, fresh: bool = False) -> gate.Verdict:
    """Judge the gate: as the server itself sees it, and as its peer does."""
    verdict = gate.after_turn(observe(one, fresh=fresh), expected)
    if verdict.gate is gate.Gate.CLOSED or not expected.with_peer:
        return verdict
    for peer in _peers(one):
        theirs = gate.of_peer(observe(peer, fresh=fresh))
        if verdict.gate is gate.Gate.OPEN or theirs.gate is gate.Gate.CLOSED:
            return theirs
    return verdict


def _wait_at_gate(
    state: State, host: Host, expected: gate.Expected, taken: dict[str, object] | None
) -> bool:
    site: Site = host.data.site
    delay = site.failover.max_response_delay / 1000 if site.failover else 0.0
    deadline = time.monotonic() + 60 + 2 * delay
    said = ""
    while (verdict := _verdict(host, expected, fresh=True)).gate is gate.Gate.WAIT:
        if verdict.reason != said:
            said = verdict.reason
            host.log(f"gate: {said}")
        if time.monotonic() > deadline:
            said = f"the gate did not open in time: {said}"
            break
        time.sleep(0.2)
    else:
        said = verdict.reason
    if verdict.gate is gate.Gate.OPEN:
        host.log(f"gate open: {said}")
        return True
    host.log_styled(f"Gate closed: {said}.", fg="red", log_func=logger.error)
    peer = next((observe(one, fresh=True) for one in _peers(host)), None)
    if taken and turns.may_put_back(observe(host, fresh=True), peer):
        _put_back(host, taken)
    elif taken:
        said = "this server alone answers clients: it stays as it is, its peer was not touched"
        host.log_styled(f"{said}.", fg="yellow", log_func=logger.error)
    return False


def _put_back(host: Host, taken: dict[str, object]) -> None:
    undo = _run("turn", {**taken, "undo": True})
    done, output = host.run_shell_command(program.shell("turn"), **undo)
    said = (
        "the configuration of before is active again on this host; its peer was not touched"
        if done
        else f"putting the configuration of before back failed too: {output.stderr}"
    )
    host.log_styled(f"{said}.", fg="yellow" if done else "red", log_func=logger.error)
