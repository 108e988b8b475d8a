"""Whose turn comes first, and what may be restored: never stop the only server that answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keaprov.ha.observed import Observed
from keaprov.ha.plan import Wanted
from keaprov.ha.serving import answers_clients, answers_some, may_answer
from keaprov.ha.trust import trust_changes
from keaprov.ip import with_port
from keaprov.model import Role, Server, Site


def order(servers: Sequence[Server], by_name: Mapping[str, Observed]) -> tuple[Server, ...]:
    """Return the servers in the order of their turns.

    The standby comes first, as long as the primary answers. If only the standby answers, the
    primary comes first: its turn brings it back, and the standby's can follow at its gate. A
    server that serves alone, without HA, comes before the one that joins it: it has the leases.
    A server that may answer some clients counts if no server answers all of them.
    """
    standby_first = sorted(servers, key=lambda server: server.role is Role.PRIMARY)
    if len(servers) != 2:
        return tuple(standby_first)
    serving = [server for server in servers if answers_clients(by_name[server.name])]
    if not serving:
        pairs = (servers, reversed(servers))
        serving = [
            server
            for server, peer in zip(*pairs, strict=True)
            if may_answer(server, by_name[server.name], by_name[peer.name])
        ]
    alone = serving[0] if len(serving) == 1 else None
    if alone and by_name[alone.name].kea.answers and by_name[alone.name].kea.ha is None:
        return tuple(sorted(servers, key=lambda server: server is not alone))
    if alone and alone.role is Role.STANDBY:
        return tuple(reversed(standby_first))
    return tuple(standby_first)


def endpoints_change(
    site: Site, by_name: Mapping[str, Observed], wanted: Mapping[str, Wanted] | None = None
) -> bool:
    """Whether a server of the pair runs with another HA address, port or name than is wanted.

    Or whether one that runs what is wanted would not accept the certificate of the other one as it
    runs now (`keaprov.ha.trust`): TLS is turned on or off, or the authority is another one.

    Then the two do not hear, or do not know, each other between their turns: Kea tells its peer by
    name that it has fetched the leases (ha-sync-complete-notify). The first one waits, silent, for
    as long as max-response-delay; so the second one's turn follows at once, without waiting for
    hot-standby in between.
    """
    if site.failover is None:
        return False
    for server in site.servers:
        if server.name not in by_name or by_name[server.name].kea.ha is None:
            continue
        if _another_name(site, server, by_name[server.name]):
            return True
        port = (wanted and wanted[server.name].ha_port) or site.failover.port
        if f"tcp {with_port(server.address, port)}" not in by_name[server.name].listening:
            return True
    return trust_changes(site, by_name, {n: w.cert_file for n, w in (wanted or {}).items()})


def _another_name(site: Site, server: Server, observed: Observed) -> bool:
    """Whether a server of the running pair has, or knows its partner by, another name."""
    kea, peer = observed.kea, site.peer(server)
    renamed = kea.this_server not in ("", server.name)
    return renamed or bool(peer and kea.partner and kea.partner.name != peer.name)


def roles_change(site: Site, by_name: Mapping[str, Observed]) -> bool:
    """Whether both servers run with the other one's role.

    Then the new primary goes first. It serves beside the old one, as in a hand-over; the old one
    gives its scopes up, and restarts as the standby: no client waits.
    """
    roles = {server.name: by_name[server.name].kea.role for server in site.servers}
    both = len(roles) > 1 and None not in roles.values()
    return both and all(roles[server.name] is not server.role for server in site.servers)


def names_change(site: Site, by_name: Mapping[str, Observed]) -> dict[str, str]:
    """Return the names that servers of the running pair get, by the names that they have."""
    running = {server.name: by_name[server.name].kea.this_server for server in site.servers}
    return {old: new for new, old in running.items() if old not in ("", new)}


def may_put_back(server: Server, observed: Observed, peer: Observed | None) -> bool:
    """Whether a server whose gate closed may be restarted with its previous configuration.

    Not if it answers clients, and its peer does not: then it stays as it is.
    """
    return not answers_some(server, observed) or (peer is not None and answers_clients(peer))
