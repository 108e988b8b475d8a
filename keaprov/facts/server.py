"""Everything about a server, in one exec: what `keaprov.ha` and the operations decide from."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any
from weakref import WeakKeyDictionary

from gevent.lock import RLock
from pyinfra.api.arguments import auth_argument_meta
from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.host import Host
from pyinfra.context import host as current
from typing_extensions import override

from keaprov.facts import paths, program
from keaprov.facts.secret import password
from keaprov.ha import observed
from keaprov.ha.observed import Observed
from keaprov.model import Server as SiteServer
from keaprov.model import Site


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


def request(site: Site, server: SiteServer, *, updates: bool) -> dict[str, Any]:
    """Return what to ask of a server; `updates` includes the slow question, dnf's."""
    agent = site.control_agent
    active = [paths.DHCP4_CONF, paths.AGENT_CONF, paths.PASSWORD_FILE]
    asked: dict[str, Any] = {
        "packages": paths.PACKAGES,
        "units": paths.UNITS,
        "interfaces": server.interfaces,
        "files": [
            *active,
            *(path + paths.STAGED for path in active),
            *(paths.KEA_DIR, paths.BACKUP_DIR, paths.LEASE_DIR, paths.LOG_DIR),
            *(paths.CHRONY_CONF, paths.ISC_KEY),
        ],
        "texts": [paths.CHRONY_CONF, paths.EPEL_REPOS, paths.ISC_REPO, paths.ISC_KEY],
        "disk": ["/etc/kea", "/var/lib/kea", "/var/cache/dnf", "/usr"],
        "key": paths.ISC_KEY,
        "zone": site.firewall.zone,
        "socket": paths.CONTROL_SOCKET,
        "running": paths.RUNNING,
        "dnf": {"exclude": ["kea", "kea-*", "isc-kea*"]} if updates else None,
        "secret": None,
    }
    if agent:
        value = password(agent.password, site.source)
        asked["secret"] = {"path": paths.PASSWORD_FILE, "value": value or ""}
    return asked


def rights() -> dict[str, Any]:
    """Return how the running operation becomes root, for what it asks and runs on its own."""
    used: Any = current.current_op_global_arguments or {}
    return {key: used[key] for key in auth_argument_meta if key in used}


_last: WeakKeyDictionary[Host, tuple[tuple[bool, int], Observed]] = WeakKeyDictionary()
_looking: WeakKeyDictionary[Host, RLock] = WeakKeyDictionary()


def members(host: Host) -> list[Host]:
    """Return the inventory's hosts of the same site, by name, this one included."""
    site: Site = host.data.site
    hosts = (other for other in host.inventory if other.data.get("site") is not None)
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
    LookupError when the host did not answer.
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
    asked = request(site, one.data.server, updates=site.update and not before)
    seen: Observed | None = one.get_fact(
        Server, _stdin=program.Payload("observe", asked), **rights()
    )
    if seen is None:
        raise LookupError(f"{one.name} did not say how it is")
    if before:
        told = before[1].dnf
        seen = replace(seen, dnf=replace(seen.dnf, updates=told.updates, error=told.error))
    _last[one] = (moment, seen)
    return seen
