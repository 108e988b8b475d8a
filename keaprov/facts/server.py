"""Everything about a server, in one exec: what `keaprov.ha` and the operations decide from."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from weakref import WeakKeyDictionary

from gevent.lock import RLock
from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from typing_extensions import override

from keaprov.errors import Unreachable
from keaprov.facts import program
from keaprov.ha import observed
from keaprov.ha.observed import Observed
from keaprov.model import Site
from keaprov.question import question


class Server(FactBase[Observed]):
    """Return an `Observed`, see files/host/observe.py.

    The request comes on stdin: ``host.get_fact(Server, _stdin=program.Payload("observe", …))``;
    `observe` builds it.
    """

    @override
    def command(self) -> StringCommand:
        return program.shell("observe")

    @override
    def process(self, output: list[str]) -> Observed:
        return observed.from_report(json.loads(output[-1]), arrived=time.time())


_last: WeakKeyDictionary[Host, tuple[tuple[bool, int], Observed]] = WeakKeyDictionary()
_looking: WeakKeyDictionary[Host, RLock] = WeakKeyDictionary()


def members(host: Host) -> list[Host]:
    """Return the inventory's hosts of the same site, by name, this one included."""
    site: Site = host.data.site
    hosts = (other for other in host.inventory if other.data.get("server") is not None)
    return sorted((h for h in hosts if h.data.site.name == site.name), key=lambda h: str(h.name))


def _moment(host: Host) -> tuple[bool, int]:
    """Return what makes what was seen before stale: the run's begin, and each change by it.

    Counted are the operations that changed something on a server of the host's site.
    """
    changes = sum(
        op.operation_meta.is_complete() and op.operation_meta.did_change()
        for one in members(host)
        for op in one.state.ops[one].values()
    )
    return host.state.is_executing, changes


def observe(host: Host, *, fresh: bool = False) -> Observed:
    """Return what is seen of a server, looking again only after something was changed.

    An operation that ran commands on a server of the site makes what was seen before it stale.
    The slow question (pending updates) is asked once a run. One look at a time per server: the
    greenlets of both look at each other, and two dnf at once would lock each other out. Raises
    Unreachable when the host did not answer.
    """
    one = host.inventory.get_host(host.name)  # `host` may be pyinfra's proxy, one for all hosts
    with _looking.setdefault(one, RLock()):
        return _observe(one, fresh=fresh)


def keep(one: Host, seen: Observed) -> None:
    """Keep what was found out besides about a server, until something is changed."""
    _last[one] = (_moment(one), seen)


def _observe(one: Host, *, fresh: bool) -> Observed:
    moment = _moment(one)
    before = _last.get(one)
    if before and before[0] == moment and not fresh:
        return before[1]
    site: Site = one.data.site
    asked = question(site, one.data.server, updates=site.update and not before)
    seen: Observed | None = program.ask(one, Server, "observe", asked)
    if seen is None:
        raise Unreachable(f"{one.name} did not say how it is")
    if before:
        told = before[1].dnf
        seen = replace(seen, dnf=replace(seen.dnf, updates=told.updates, error=told.error))
    _last[one] = (moment, seen)
    return seen
