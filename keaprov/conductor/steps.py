"""The next step of a roll-out: decided here and nowhere else, from what is observed now.

The conductor observes every server, asks `next_step`, takes that step, and observes every server
again. Nothing that was observed before the last step counts, except what this run remembers of
itself (`Memory`). `keaprov plan` and a dry run ask the same function and take no step.

The rule that every step keeps: a step that may take a server out of service is returned only if
another server serves, or if no server would be lost (it answers nobody anyway).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from keaprov.conductor import scopes, subnets
from keaprov.conductor.views import (
    Kind,
    Memory,
    Step,
    Views,
    observed_by_name,
    rolling_reason,
)
from keaprov.firewall import as_needed, openings, without_closing
from keaprov.ha import preflight, turns
from keaprov.ha.left_out import left_out
from keaprov.ha.live import Live
from keaprov.ha.loading import loading_cost
from keaprov.ha.serving import (
    UNMASK,
    Trouble,
    answers_clients,
    answers_some,
    closed_sockets,
    may_answer,
    troubles,
)
from keaprov.ha.states import MAINTENANCE, State
from keaprov.ha.units import masked
from keaprov.model import Role, Server, Site

_AGAIN = (
    "Find out who or what changes it meanwhile (journalctl -u 'kea*'), and run the deploy again"
)


def next_step(site: Site, views: Views, memory: Memory) -> Step:
    """Return the next step; views are by server name, and must be of every server of the site."""
    for decide in (_refuse, _repair, _stage, _revive, _subnets, _live, _turn, _settle):
        for step in decide(site, views, memory):
            if (step.kind, step.servers) in memory.taken:
                reason = f"{step.reason}: this was done, and did not help"
                return Step(Kind.REFUSE, reason, step.servers)
            return step
    return Step(Kind.DONE, "every server runs what the site wants")


def _refuse(site: Site, views: Views, memory: Memory) -> Iterator[Step]:
    missing = [server.name for server in site.servers if server.name not in views]
    if missing:
        yield Step(Kind.REFUSE, f"{', '.join(missing)} is not in this run, or did not answer")
        return
    by_name = observed_by_name(views)
    for name, observation in by_name.items():
        for reason in preflight.unsafe(observation):
            yield Step(Kind.REFUSE, reason, (name,))
    for partner in left_out(site, by_name):
        if not partner.gone:
            yield Step(Kind.REFUSE, partner.words, (partner.server,))
    for reason in preflight.refusals_of_pair(site, by_name):
        yield Step(Kind.REFUSE, reason)
    apart = None if _moving(site, views) else preflight.split_brain(by_name)
    if apart:
        yield Step(Kind.WAIT, apart)  # the preflight has refused those that cannot heal


def _repair(site: Site, views: Views, memory: Memory) -> Iterator[Step]:
    states = {n: v.observed.kea.ha.state for n, v in views.items() if v.observed.kea.ha}
    survivors = [name for name, state in states.items() if state is State.PARTNER_IN_MAINTENANCE]
    down = [name for name, view in views.items() if not view.observed.unit("kea-dhcp4").running]
    if survivors and down:
        # Kea cannot cancel it without the peer, and goes to partner-down at the next heartbeat
        reason = f"a maintenance ends, because kea-dhcp4 of {down[0]} is stopped"
        yield Step(Kind.WAIT, reason, (survivors[0],))
    elif survivors:
        reason = "a maintenance was started and not ended: it is cancelled"
        yield Step(Kind.CANCEL_MAINTENANCE, reason, (survivors[0],))
    elif any(state in MAINTENANCE for state in states.values()):
        yield Step(Kind.WAIT, "a maintenance is about to end")
    yield from scopes.repair(site, views, memory)


def _stage(site: Site, views: Views, memory: Memory) -> Iterator[Step]:
    names = tuple(name for name, view in views.items() if view.need.stage)
    if names and not memory.staged:
        yield Step(Kind.STAGE, "Kea tests the new configuration on every server", names)


def _revive(site: Site, views: Views, memory: Memory) -> Iterator[Step]:
    """Bring a terminated pair back, without a restart of the server that answers clients."""
    states = {n: v.observed.kea.ha.state for n, v in views.items() if v.observed.kea.ha}
    terminated = tuple(name for name, state in states.items() if state is State.TERMINATED)
    if not terminated:
        return
    serving = [name for name, view in views.items() if answers_clients(view.observed)]
    for name in () if serving else terminated:
        if answers_some(site.server(name), views[name].observed):
            # the commands would silence it, and its peer may not receive its clients
            lacking = list(closed_sockets(views[name].observed))
            yield _wait_or_refuse(lacking, f"{name}: {lacking[0]}", site.server(name))
            return
    if serving and not _moving(site, views) and (unheard := _unheard(views)):
        words = (
            f"the pair is terminated, and {unheard} does not answer on its HA port: brought back, "
            "both would serve the same pools. Find what blocks the port (a firewall on the way, a "
            "route, failover.port)"
        )
        yield Step(Kind.WAIT, words, (unheard,))
        return
    if len(serving) > 1:
        words = "the pair is terminated, and both servers answer clients: stop kea-dhcp4 on one"
        yield Step(Kind.REFUSE, words)
    elif serving and serving[0] in terminated:
        name, peer = serving[0], next(name for name in views if name != serving[0])
        reason = f"the pair is terminated: {name} serves alone, {peer} joins it again"
        yield Step(Kind.REVIVE, reason, (name, peer))
    else:
        yield Step(Kind.RESET, "it is terminated, and waits for its peer again", terminated)


def _unheard(views: Views) -> str:
    """Return the server whose kea-dhcp4 runs and that its peer's host does not hear, "" if none."""
    names = list(views)
    for name, peer in zip(names, reversed(names), strict=True):
        ha = views[peer].observed.kea.ha
        answers = views[name].observed.kea.answers
        if name != peer and answers and ha and ha.direct is State.UNAVAILABLE:
            return name
    return ""


def _subnets(site: Site, views: Views, memory: Memory) -> Iterator[Step]:
    reason = subnets.rejection(site, views, memory)
    if reason:
        yield Step(Kind.REFUSE, reason)
        return
    yield from subnets.renumber(site, views)
    yield from subnets.remove(site, views, memory)


def _live(site: Site, views: Views, memory: Memory) -> Iterator[Step]:
    behind = [view for view in views.values() if view.change is not None or view.need.stage]
    if behind and rolling_reason(site, views, memory) is None:
        changes = [v.change for v in views.values() if isinstance(v.change, Live)]
        words = next((change.words for change in changes if change.words), "the files only")
        yield Step(Kind.LIVE, f"live: {words}", tuple(views))


def _turn(site: Site, views: Views, memory: Memory) -> Iterator[Step]:
    by_name = observed_by_name(views)
    if masked := _masked(site, views, memory):
        yield masked
        return
    for server in turns.order(site.servers, by_name):
        need = views[server.name].need
        if not need:
            continue
        if server.name in memory.turned:
            why = "; ".join(need.reasons)
            words = f"{server.name} had its turn and needs it again: {why}. {_AGAIN}"
            yield Step(Kind.REFUSE, words)
            return
        yield _turn_of(site, server, views)
        return


def _masked(site: Site, views: Views, memory: Memory) -> Step | None:
    """Return the refusal of every turn if a unit that it restarts was masked during the run.

    Peers that do not hear each other between their turns are not left so: the second turn fails,
    and both servers are restored.
    """
    if memory.turned and _moving(site, views):
        return None
    for name, view in views.items():
        if view.need and (units := masked(site, view.observed)):
            words = f"{name}: {units[0]} is masked: nothing can start it. {UNMASK} {units[0]}"
            return Step(Kind.REFUSE, words, (name,))
    return None


def _turn_of(site: Site, server: Server, views: Views) -> Step:
    """Return a server's turn, or why it must not be taken now."""
    view, by_name = views[server.name], observed_by_name(views)
    reason = "; ".join(view.need.reasons)
    turn = Step(Kind.TURN, reason, (server.name,))
    peer = site.peer(server)
    if site.failover is None or peer is None:
        cost = "clients wait while kea-dhcp4 restarts" if view.need.interrupts else ""
        return replace(turn, cost=cost, with_peer=False)
    moving = _moving(site, views)
    together = by_name[peer.name].kea.ha is not None and not moving
    cost = "" if moving else loading_cost(site, server, view.need, view.observed)
    turn = replace(turn, with_peer=together, moving=moving, cost=cost)
    peer_observed = by_name[peer.name]
    if not view.need.interrupts or not may_answer(server, view.observed, peer_observed):
        peer_ha = peer_observed.kea.ha
        whole = peer_ha is not None and peer_ha.state is State.HOT_STANDBY and not moving
        if whole and "kea-dhcp4" in view.need.restart:
            return replace(turn, guard=peer.name)
        return turn
    if moving or (view.observed.kea.answers and view.observed.kea.ha is None):
        # the peers cannot hear each other before both had their turn: the second follows at once
        return replace(turn, cost="clients wait until both servers hear each other")
    if answers_clients(peer_observed):
        return turn
    lacking = list(troubles(site, peer, peer_observed))
    if lacking:
        verb = "alone answers" if answers_clients(view.observed) else "may answer"
        words = f"{server.name} {verb} clients; {peer.name}: {lacking[0]}"
        return _wait_or_refuse(lacking, words, peer)
    if "kea-dhcp4" not in view.need.restart:
        return turn  # updates only: it goes on serving
    ha = view.observed.kea.ha
    if ha is not None and ha.healthy and ha.state is State.HOT_STANDBY:
        return replace(turn, hand_over=peer.name)
    delay = site.failover.heartbeat_delay / 1000
    return replace(turn, cost=cost or f"clients wait for one heartbeat-delay ({delay:g} s)")


def _wait_or_refuse(lacking: list[Trouble], words: str, server: Server) -> Step:
    """Return how to meet the troubles of a server: wait if every one of them may pass."""
    passing = all(trouble.passing for trouble in lacking)
    soon = any(trouble.soon for trouble in lacking)
    return Step(Kind.WAIT if passing else Kind.REFUSE, words, (server.name,), soon=soon)


def _moving(site: Site, views: Views) -> bool:
    wanted = {name: view.wanted for name, view in views.items()}
    return turns.endpoints_change(site, observed_by_name(views), wanted)


def _settle(site: Site, views: Views, memory: Memory) -> Iterator[Step]:
    """No server needs a turn: wait for a healthy pair, then close ports that nothing needs."""
    for server in site.servers:
        lacking = list(troubles(site, server, views[server.name].observed))
        if lacking:
            yield _wait_or_refuse(lacking, f"{server.name}: {lacking[0]}", server)
            return
    yield from _fetch(site, views, memory)
    for server in site.servers:
        view = views[server.name]
        wanted = openings(site, server, view.wanted.ha_port)
        if not as_needed(view.observed.firewalld, wanted):
            open_ = without_closing(view.observed.firewalld, wanted)
            words = "ports that are no longer needed" if open_ != wanted else "the firewall"
            yield Step(Kind.CLOSE_PORTS, f"{server.name}: {words}", (server.name,))


def _fetch(site: Site, views: Views, memory: Memory) -> Iterator[Step]:
    """Have the standby fetch what it lacks: what the primary gave while it did not hear it.

    Kea acknowledges no such lease to its client, but the primary keeps it (Kea ARM, High
    Availability: lease updates). The standby had its turn first, and does not fetch again.
    """
    for server in site.servers:
        peer = site.peer(server)
        lacking = views[server.name].lacking
        if (memory.moved or lacking) and peer and server.role is Role.STANDBY:
            reason = lacking or "leases of the time in which the servers did not hear each other"
            step = Step(Kind.FETCH, reason, (server.name,), guard=peer.name)
            if (step.kind, step.servers) not in memory.taken:
                yield step
