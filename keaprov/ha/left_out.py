"""A running server's partner that the site does not have: it would go on serving the same pools.

The partner is left out if somebody takes a server out of the site file, or gives its place to
another host. The server that stays restarts without it. After max-response-delay the partner
serves alone, from the same pools as the site.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from keaprov.ha.observed import Observed, Partner
from keaprov.ha.states import Ha, State
from keaprov.model import Site

STOP = (
    "put it back into the site, and take it out of service first (keaprov retire SITE {name}; by "
    "hand, on {name}: systemctl disable --now kea-dhcp4)"
)
"""What to do about a partner that the site does not have."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A partner that the site does not have, in words; `gone` if it does not answer any more."""

    server: str
    words: str
    gone: bool


def left_out(site: Site, by_name: Mapping[str, Observed]) -> Iterator[LeftOut]:
    """Yield the partners of running servers that are not servers of the site.

    A server that has another name or another address in the site than in the running pair is in
    the site all the same. What an answering kea-dhcp4 runs is known; a server that does not answer
    may have had a partner too.
    """
    for server in site.servers:
        kea = by_name[server.name].kea if server.name in by_name else None
        if kea is None or kea.partner is None or kea.ha is None:
            continue
        partner = kea.partner
        others = [other for other in site.servers if other is not server]
        known = any(
            other.address == partner.address
            or (other.name in by_name and by_name[other.name].kea.this_server == partner.name)
            for other in others
        )
        moved = bool(partner.error) and any(other.name == partner.name for other in others)
        if not known and not moved:
            yield _judged(server.name, partner, kea.ha)


def _judged(name: str, partner: Partner, ha: Ha) -> LeftOut:
    """Say whether a partner that is left out may still serve clients."""
    who = f"{partner.name} ({partner.address})"
    runs = f"{name} runs as a pair with {who}, which is not in the site"
    cure = STOP.format(name=partner.name)
    if not partner.error:
        words = (
            f"{runs} and answers its heartbeats. Without {name} it would serve the same pools "
            f"alone: {cure}"
        )
        return LeftOut(name, words, gone=False)
    if partner.stopped:
        words = f"{runs}: no kea-dhcp4 listens there. Keep it disabled: it serves the same pools"
        return LeftOut(name, words, gone=True)
    if ha.state is State.PARTNER_DOWN or ha.interrupted:
        words = (
            f"{runs} and has not answered for longer than max-response-delay ({partner.error}). "
            "It may still serve the same pools: make sure that its kea-dhcp4 is disabled"
        )
        return LeftOut(name, words, gone=True)
    words = (
        f"{runs} and does not answer a heartbeat now ({partner.error}), but {name} has heard it "
        f"within max-response-delay. It may serve clients: {cure}"
    )
    return LeftOut(name, words, gone=False)
