"""A server's turn: activate what was staged, restart what has to be, and wait at the gate."""

from __future__ import annotations

import time

from pyinfra import logger
from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from keaprov import paths
from keaprov.facts import program
from keaprov.facts.running import remember
from keaprov.facts.server import observe
from keaprov.facts.wanted import wanted_of
from keaprov.ha import gate, turns
from keaprov.ha.plan import Need
from keaprov.ha.verified import listening
from keaprov.model import Server, Site
from keaprov.operations.needs import need_of, order, peers
from keaprov.operations.refusal import answered, attended

KEPT_BACKUPS = 10


@operation()
@answered
def turn(number: int) -> program.Commands:
    """Take the turn of the server that comes first, or second, and wait at its gate.

    Backs up, installs the Kea that the site pins, renames the staged files into place, restarts
    what has to be (the agent first, then kea-dhcp4). When a unit does not come up, or the gate
    closes, what was there before is put back and this host fails: the other server is left as
    it is.

    + number: 1, or 2 in a pair

    **Example:**

    .. code:: python

        turn.turn(number=1, name="The first turn")
    """
    server: Server = host.data.server
    if order(host)[number - 1 : number] != (server,):
        host.noop("not this server's turn")
        return
    todo = need_of(host)
    expected = _expected(host, with_peer=number == 2 or _peer_serves(host))
    request = activation(todo)
    if todo:
        host.log(f"turn: {'; '.join(todo.reasons)}")
        yield program.command("turn", request)
    elif _verdict(host, expected).gate is gate.Gate.OPEN:
        host.noop("runs what the site wants, and its gate is open")
        return
    yield FunctionCommand(_wait_at_gate, [expected, request if todo else None], {})


def activation(todo: Need) -> dict[str, object]:
    """Return the request to files/host/turn.py that brings a server what it needs."""
    return {
        "files": list(todo.stage),
        "units": list(todo.restart),
        "retire": list(todo.retire),
        "packages": list(todo.upgrade),
        "packages_before": list(todo.installed),
        "backup": paths.BACKUP_DIR,
        "keep": KEPT_BACKUPS,
    }


def _peer_serves(one: Host) -> bool:
    """Whether the other server can be heard of as part of the pair after this one's turn."""
    seen = {peer.data.server.name: observe(peer) for peer in peers(one)}
    if turns.endpoints_change(one.data.site, seen):
        return False
    return any(peer.kea.ha is not None for peer in seen.values())


def _expected(one: Host, *, with_peer: bool) -> gate.Expected:
    site: Site = one.data.site
    return gate.Expected(
        revision=wanted_of(one).revision,
        units=("kea-ctrl-agent", "kea-dhcp4") if site.control_agent else ("kea-dhcp4",),
        listening=listening(site, one.data.server),
        pair=site.failover is not None,
        with_peer=site.failover is not None and with_peer,
    )


def _verdict(one: Host, expected: gate.Expected, *, fresh: bool = False) -> gate.Verdict:
    """Judge the gate: as the server itself sees it, and as its peer does."""
    verdict = gate.after_turn(observe(one, fresh=fresh), expected)
    if verdict.gate is gate.Gate.CLOSED or not expected.with_peer:
        return verdict
    for peer in peers(one):
        theirs = gate.of_peer(observe(peer, fresh=fresh))
        if verdict.gate is gate.Gate.OPEN or theirs.gate is gate.Gate.CLOSED:
            return theirs
    return verdict


@attended
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
        kea = observe(host).kea
        return kea.proven or remember(host, kea.hash, expected.revision)
    host.log_styled(f"Gate closed: {said}.", fg="red", log_func=logger.error)
    peer = next((observe(one, fresh=True) for one in peers(host)), None)
    if taken and turns.may_put_back(observe(host, fresh=True), peer):
        _put_back(host, taken)
    elif taken:
        said = "this server alone answers clients: it stays as it is, its peer was not touched"
        host.log_styled(f"{said}.", fg="yellow", log_func=logger.error)
    return False


def _put_back(host: Host, taken: dict[str, object]) -> None:
    done, why = program.run(host, "turn", {**taken, "undo": True})
    said = (
        "the configuration of before is active again on this host; its peer was not touched"
        if done
        else f"putting the configuration of before back failed too: {why}"
    )
    host.log_styled(f"{said}.", fg="yellow" if done else "red", log_func=logger.error)
