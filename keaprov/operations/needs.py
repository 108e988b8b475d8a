"""What each server of a site needs, and whose turn comes first: decided from facts, once asked."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from pyinfra.api.host import Host
from pyinfra.api.state import State

from keaprov.facts.running import observe_proven
from keaprov.facts.server import members, observe
from keaprov.facts.wanted import wanted_of
from keaprov.ha import turns
from keaprov.ha.plan import Need, need
from keaprov.model import Server, Site


def need_of(one: Host) -> Need:
    """Return what a server needs to run what it is to run; Refused when that is not known."""
    site: Site = one.data.site
    return need(observe_proven(one), wanted_of(one), site.kea.version)


def peers(one: Host) -> list[Host]:
    """Return the inventory's other hosts of the same site."""
    return [other for other in members(one) if other.name != one.name]


_orders: WeakKeyDictionary[State, dict[str, tuple[Server, ...]]] = WeakKeyDictionary()


def order(one: Host) -> tuple[Server, ...]:
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
