"""Who serves beside whom: scopes that a pair in hot-standby would not have by itself.

Kea sets the scopes of a server when its state changes, and ``ha-scopes`` sets others until the next
change. So what somebody has given or taken stays, and Kea does not repair it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from keaprov.conductor.views import Kind, Memory, Step, Views
from keaprov.ha.observed import Observed
from keaprov.ha.serving import answers_clients
from keaprov.ha.states import Ha, State
from keaprov.model import Role, Server, Site


def repair(site: Site, views: Views, memory: Memory) -> Iterator[Step]:
    """Yield how the servers of a pair in hot-standby get the scopes of their roles back."""
    for server in site.servers:
        if site.failover and server.role is Role.STANDBY and _serves_beside(site, server, views):
            step = Step(Kind.GIVE_BACK, _why_back(server, views), (server.name,))
            own = views[server.name].observed.handover
            if own and (step.kind, step.servers) in memory.taken:
                # this run gave back scopes before its own hand-over, which is about to end
                step = replace(step, kind=Kind.WAIT)
            yield step
    yield from _serve_again(site, views)


def _serve_again(site: Site, views: Views) -> Iterator[Step]:
    """Have the primary answer again if neither server has its scope: no client is answered."""
    observed = {name: view.observed for name, view in views.items()}
    pair = [ha for own in observed.values() if (ha := _in_hot_standby(own))]
    if site.failover is None or len(pair) != len(site.servers) or any(ha.serves for ha in pair):
        return
    for name, own in observed.items():
        if own.kea.role is Role.PRIMARY:  # as it runs: the site may give it another role
            reason = f"{name} does not have its scope: somebody has taken it, and it takes it again"
            yield Step(Kind.SERVE_AGAIN, reason, (name,))


def _in_hot_standby(observed: Observed) -> Ha | None:
    ha = observed.kea.ha
    return ha if observed.kea.answers and ha and ha.state is State.HOT_STANDBY else None


def _why_back(server: Server, views: Views) -> str:
    """Say why a standby serves beside its primary, and gives its scopes back."""
    kea = views[server.name].observed.kea
    if kea.role is Role.PRIMARY:
        return f"{server.name} becomes the standby: it gives its scopes up"
    own = views[server.name].observed.handover
    whose = "of an earlier hand-over" if own else "that somebody gave it"
    return f"{server.name} has scopes {whose}: it gives them back"


def _serves_beside(site: Site, standby: Server, views: Views) -> bool:
    """Whether a standby serves although its primary does: both in hot-standby."""
    primary = site.peer(standby)
    standby_ha = views[standby.name].observed.kea.ha
    primary_observed = views[primary.name].observed if primary else None
    if standby_ha is None or primary_observed is None or primary_observed.kea.ha is None:
        return False
    both = standby_ha.state is primary_observed.kea.ha.state is State.HOT_STANDBY
    return both and standby_ha.serves and answers_clients(primary_observed)
