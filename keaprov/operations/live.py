"""Live changes: what Kea's own commands can change, changed on the running servers of a site."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from pyinfra import logger
from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from keaprov import paths
from keaprov.diff import Difference, differences
from keaprov.facts import program
from keaprov.facts.running import bodies, observe_proven, remember
from keaprov.facts.server import members, observe
from keaprov.facts.wanted import wanted_of
from keaprov.ha.live import Live, Step, live, undo
from keaprov.ha.plan import Wanted, why_by_turns
from keaprov.ha.situation import Found, situation
from keaprov.model import Json, Site
from keaprov.operations.needs import need_of, order
from keaprov.operations.pair import standing
from keaprov.operations.refusal import answered, attended
from keaprov.operations.turn import activation

Way = list[tuple[Host, Live]]
"""A live change of each server, the one whose turn would be first at the head."""


@operation()
@answered
def changes() -> program.Commands:
    """Change the running servers by Kea's own commands, where Kea has them; else leave it to turns.

    The first server of the order acts for its site. What grows is changed on the standby first,
    what shrinks on the primary first, so that no lease update names what its receiver does not
    have. Refuses Kea, what was changed is changed back, and the turns follow. The staged files
    become the active ones when every server runs what is wanted; then that is proven.

    **Example:**

    .. code:: python

        live.changes(name="Live, where Kea has a command for it")
    """
    first = order(host)[0]
    if host.data.server != first:
        host.noop(f"{first.name} acts for the site")
        return
    if not any(need_of(one) for one in members(host)):
        host.noop("every server runs what the site wants")
        return
    if not all(standing(one) for one in members(host)):
        host.noop("by turns: not every server is in this run")
        return
    way = _way(host)
    host.log(str(_situation(host, way if isinstance(way, str) else None)))
    if isinstance(way, str):
        host.noop(f"by turns: {way}")
        return
    words = next((one.words for _, one in way if one.words), "")
    host.log(f"live: {words or 'the files only'}")
    yield FunctionCommand(_change, [way], {})


def _situation(host: Host, by_turns: str | None) -> Found:
    here = {one.data.server.name: one for one in members(host)}
    seen = {name: observe_proven(one) for name, one in here.items()}
    needs = {name: need_of(one) for name, one in here.items()}
    return situation(host.data.site, seen, needs, by_turns)


def _way(host: Host) -> Way | str:
    """Return each server's live change, or why it has to go by turns."""
    site: Site = host.data.site
    here = {one.data.server.name: one for one in members(host)}
    seen = {name: observe_proven(one) for name, one in here.items()}
    needs = {name: need_of(one) for name, one in here.items()}
    if reason := why_by_turns(site, seen, needs):
        return reason
    way: Way = []
    for server in order(host):
        one = here[server.name]
        wanted = wanted_of(one)
        if seen[server.name].kea.revision == wanted.revision:
            way.append((one, Live()))
            continue
        running, file = bodies(one)
        if running is None or file is None or any(differences(file, running)):
            return f"{server.name} does not run what its file says"
        found = live(file, _body(wanted))
        if isinstance(found, str):
            return found
        way.append((one, found))
    return way


@attended
def _change(state: State, host: Host, way: Way) -> bool:
    (first, its), others = way[0], way[1:]
    waves: list[tuple[Host, Sequence[Step]]] = [(first, its.grow)]
    waves += [(one, (*theirs.grow, *theirs.shrink)) for one, theirs in others]
    waves += [(first, its.shrink)]
    done: list[tuple[Host, Sequence[Step]]] = []
    for one, steps in waves:
        if refused := _send(one, steps):
            host.log_styled(
                f"{one.name} refuses {refused}. It is changed back, and goes by turns",
                fg="yellow",
                log_func=logger.warning,
            )
            for back, taken in reversed(done):
                if left := _send(back, [Step(command, (), "") for command in undo(taken)]):
                    host.log_styled(f"{back.name}: {left}", fg="red", log_func=logger.error)
            return True
        done.append((one, steps))
    return all(_activate(host, one) for one, _ in way) and _prove(host, [one for one, _ in way])


def _send(one: Host, steps: Sequence[Step]) -> str:
    """Send the steps' commands; return what was refused, "" when nothing was."""
    if not steps:
        return ""
    request = {
        "socket": paths.CONTROL_SOCKET,
        "steps": [{"do": step.do, "undo": list(step.undo)} for step in steps],
    }
    done, said = program.run(one, "command", request)
    return "" if done else (said or "the commands")


def _activate(host: Host, one: Host) -> bool:
    """Rename the staged file into place: what runs is what it says."""
    request = {**activation(need_of(one)), "units": []}
    done, why = program.run(one, "turn", request)
    if not done:
        said = f"{one.name} runs the wanted configuration, its file is behind: {why}"
        host.log_styled(said, fg="red", log_func=logger.error)
    return done


def _prove(host: Host, hosts: Sequence[Host]) -> bool:
    """Compare what runs with the site; what differs goes by turns."""
    for one in hosts:
        wanted, seen = wanted_of(one), observe(one, fresh=True)
        found = list(differences(_body(wanted), bodies(one)[0] or {}))
        if found:
            said = f"{one.name} does not run all of it: {'; '.join(_words(found[:3]))}; by turns"
            host.log_styled(said, fg="yellow", log_func=logger.warning)
        elif not remember(one, seen.kea.hash, wanted.revision):
            return False
        else:
            host.log(f"{one.name} runs what the site wants, and so says its file")
    return True


def _body(wanted: Wanted) -> Json:
    (text,) = wanted.dhcp4.values()
    body: Json = json.loads(text)["Dhcp4"]
    return body


def _words(found: Sequence[Difference]) -> Iterator[str]:
    return (".".join(str(step) for step in one.path) for one in found)
