"""Steps for subnets that are removed, or get another id: neither server may reject lease updates.

A server rejects the lease updates of a subnet that it does not have, and Kea terminates the pair at
the tenth (Kea ARM, max-rejected-lease-updates). So the server that answers clients gives up a
subnet before its peer does, and a subnet gets another id only while the peer is not in service.
"""

from __future__ import annotations

from collections.abc import Iterator

from keaprov.conductor.views import Kind, Memory, Step, View, Views, rolling_reason
from keaprov.ha.serving import answers_clients
from keaprov.model import Site


def rejection(site: Site, views: Views, memory: Memory | None = None) -> str:
    """Return why a change of subnets is refused, "" if there is a way."""
    if not _standby_would_reject(site, views, memory):
        return ""
    shrunk = sorted({subnet for view in views.values() for subnet in view.cut})
    if shrunk:
        noun, pronoun = ("subnet", "its") if len(shrunk) == 1 else ("subnets", "their")
        verb = "gets" if len(shrunk) == 1 else "get"
        return (
            f"{noun} {', '.join(map(str, shrunk))} {verb} a smaller prefix, and {pronoun} pools or "
            "reservations have addresses outside. The standby would reject lease updates of these, "
            f"and the pair would terminate. First take them out of {pronoun} pools and "
            "reservations, in a deploy of its own"
        )
    if _by_commands(views):
        return ""
    removed = sorted({subnet for view in views.values() for subnet in _ids_gone(view)})
    noun, ids = ("subnet", "its id") if len(removed) == 1 else ("subnets", "their ids")
    obstacles = (view.renumbering.obstacle for view in views.values() if view.renumbering)
    reasons = [rolling_reason(site, views, memory), *obstacles]
    why = "; ".join(dict.fromkeys(filter(None, reasons)))
    return (
        f"the change removes or renumbers {noun} {', '.join(map(str, removed))}, and needs a "
        f"rolling restart ({why}). The standby would then reject lease updates, and the pair "
        f"would terminate. Keep the {noun} and {ids} as now{_first(site, views)}"
    )


def _first(site: Site, views: Views) -> str:
    """Return the deploy that comes before a change of subnets and makes it possible, "" if none."""
    if all(view.commanded for view in views.values()):
        return ""
    live = "" if site.live else "set live: true, and "
    return f", {live}run the deploy: it loads Kea's commands for subnets. Then change them"


def _standby_would_reject(site: Site, views: Views, memory: Memory | None) -> bool:
    """Whether the standby would reject lease updates during a rolling restart."""
    both = len(views) > 1 and all(map(_ids_gone, views.values()))
    rolling = rolling_reason(site, views, memory) is not None
    return site.failover is not None and both and _replicate(views) and rolling


def _replicate(views: Views) -> bool:
    """Whether the servers send each other lease updates."""
    return all(view.observed.kea.ha and view.observed.kea.ha.healthy for view in views.values())


def _by_commands(views: Views) -> bool:
    """Whether Kea's commands remove and renumber the subnets before a rolling restart."""
    if any(view.renumbering and view.renumbering.obstacle for view in views.values()):
        return False
    return all(view.commanded for view in views.values())


def _ids_gone(view: View) -> tuple[int, ...]:
    """Return the ids that a server's lease updates name, and that its peer would not know."""
    return (*view.removed, *view.cut, *(view.renumbering.ids if view.renumbering else ()))


def renumber(site: Site, views: Views) -> Iterator[Step]:
    """Yield the change of ids on the server that answers clients, while its peer is out of service.

    The peer would reject the lease updates of an id that it does not know. It starts with the new
    ids in its turn, and gives them to its leases then.
    """
    for server in site.servers:
        view, peer = views[server.name], site.peer(server)
        if view.carried is None or not answers_clients(view.observed):
            continue
        servers = (server.name, *([peer.name] if peer else ()))
        step = Step(Kind.RENUMBER, view.carried.words, servers)
        peer_observed = views[peer.name].observed if peer else None
        down = peer_observed is None or not peer_observed.unit("kea-dhcp4").running
        if down or view.observed.kea.ha is None or _replicate(views):
            yield step
        else:
            words = f"{view.carried.words}: this begins when both servers are in hot-standby"
            yield Step(Kind.WAIT, words, (server.name,))
        return
    answering = any(answers_clients(view.observed) for view in views.values())
    for name, view in views.items():
        if view.carried and view.observed.kea.answers and not answering:
            words = f"{view.carried.words}: this begins when a server answers clients"
            yield Step(Kind.WAIT, words, (name,))
            return


def remove(site: Site, views: Views, memory: Memory) -> Iterator[Step]:
    """Yield the removal of subnets by Kea's commands, before a rolling restart.

    The server that answers clients removes them first. It does so too if its peer is down, or has
    had its turn already: that peer would reject lease updates until the other server's turn.
    """
    able = {name: view for name, view in views.items() if view.removed and view.commanded}
    serves = any(answers_clients(view.observed) for view in able.values())
    if site.failover is None or rolling_reason(site, views, memory) is None or not serves:
        return
    names = sorted({subnet for view in able.values() for subnet in view.removed})
    listed = f"subnet{'s' * (len(names) > 1)} {', '.join(map(str, names))}"
    yield Step(Kind.REMOVE, f"live: remove {listed}, before the rolling restart", tuple(able))
