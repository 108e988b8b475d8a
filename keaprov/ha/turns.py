"""Whose turn comes first, and what may be put back: never stop the only server that answers.

Both are decided from what is observed when the roll-out begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from keaprov.ha.observed import Observed
from keaprov.model import Role, Server, Site


def serves(seen: Observed) -> bool:
    """Whether this server answers clients now."""
    if not seen.unit("kea-dhcp4").running or not seen.kea.answers:
        return False
    return seen.kea.ha is None or seen.kea.ha.serves


def order(servers: Sequence[Server], seen: Mapping[str, Observed]) -> tuple[Server, ...]:
    """Return the servers in the order of their turns.

    The standby comes first, as long as the primary answers. Does the standby alone answer, the
    primary comes first: its turn brings it back, and the standby's can follow at its gate.
    """
    standby_first = sorted(servers, key=lambda server: server.role is Role.PRIMARY)
    serving = [server for server in servers if serves(seen[server.name])]
    if len(serving) == 1 and len(servers) == 2 and serving[0].role is Role.STANDBY:
        return tuple(reversed(standby_first))
    return tuple(standby_first)


def endpoints_change(site: Site, seen: Mapping[str, Observed]) -> bool:
    """Whether a server of the pair runs with another HA address or port than the site's.

    Then the two cannot hear each other between their turns. The first one waits, silent, for as
    long as max-response-delay; so the second one's turn follows at once, without waiting for
    hot-standby in between.
    """
    if site.failover is None:
        return False
    ports = {server.name: f"tcp {server.address}:{site.failover.port}" for server in site.servers}
    return any(
        one.kea.ha is not None and ports[name] not in one.listening for name, one in seen.items()
    )


def may_put_back(seen: Observed, peer: Observed | None) -> bool:
    """Whether a server whose gate closed may be restarted with its configuration of before.

    Not when it answers clients, and its peer does not: then it stays as it is.
    """
    return not serves(seen) or (peer is not None and serves(peer))
