"""What a finished deploy promises of a server, checked one by one."""

from __future__ import annotations

from collections.abc import Iterator

from keaprov.ha.observed import Observed
from keaprov.ha.states import State
from keaprov.model import Server, Site

CLOCKS_APART = 1.0
"""Seconds between the clocks of a pair, at most."""


def shortcomings(site: Site, server: Server, seen: Observed, revision: str) -> Iterator[str]:
    """Yield everything about this server that is not as the site promises."""
    for unit in ("kea-dhcp4", "firewalld", "chronyd"):
        if not seen.unit(unit).running or not seen.unit(unit).enabled:
            yield f"{unit} is {seen.unit(unit).active}, enabled: {seen.unit(unit).enabled}"
    if seen.kea.revision != revision:
        yield f"kea-dhcp4 runs revision {seen.kea.revision or 'unknown'}, wanted {revision}"
    yield from _relationship(site, seen)
    for port in listening(site, server):
        if port not in seen.listening:
            yield f"nothing listens on {port}"


def shortcomings_of_pair(seen: dict[str, Observed]) -> Iterator[str]:
    """Yield everything in which two servers do not agree; `seen` is by server name."""
    for what, values in (
        ("Kea versions", {name: one.packages.get("isc-kea-dhcp4") for name, one in seen.items()}),
        ("revisions", {name: one.kea.revision for name, one in seen.items()}),
    ):
        if len(set(values.values())) > 1:
            yield f"{what} differ: " + ", ".join(f"{n} {v}" for n, v in sorted(values.items()))
    ahead = [one.ahead for one in seen.values()]
    if max(ahead) - min(ahead) > CLOCKS_APART:
        yield f"the clocks are {max(ahead) - min(ahead):.1f} s apart"


def _relationship(site: Site, seen: Observed) -> Iterator[str]:
    if not site.failover:
        return
    ha = seen.kea.ha
    if ha is None:
        yield "the HA hook does not answer"
    elif (ha.state, ha.peer) != (State.HOT_STANDBY, State.HOT_STANDBY):
        yield f"HA state {ha.state.value}, peer {ha.peer.value or 'not heard'}: not hot-standby"


def listening(site: Site, server: Server) -> tuple[str, ...]:
    """Return what a server of the site listens on for its peer and its operators."""
    ports = [site.failover.port] if site.failover else []
    ports += [site.control_agent.port] if site.control_agent else []
    return tuple(f"tcp {server.address}:{port}" for port in ports)
