"""How long kea-dhcp4 takes to load its leases when it starts, and what its peer does meanwhile."""

from __future__ import annotations

import math

from keaprov.ha.observed import Observed
from keaprov.ha.plan import Need
from keaprov.model import Failover, Server, Site

MIB = 1 << 20
SECONDS_PER_MEBIBYTE = 0.65
"""A million leases are about 100 MiB, and took up to 63 s [measured, Kea 3.0.3, a busy machine]."""


def seconds_to_load(lease_bytes: int) -> int:
    """Return how long kea-dhcp4 may take to load lease files of this size, in seconds."""
    return math.ceil(lease_bytes / MIB * SECONDS_PER_MEBIBYTE)


def peer_gives_up(failover: Failover, lease_bytes: int) -> str:
    """Say that a start may last longer than max-response-delay, "" if it does not.

    Then the peer goes to partner-down, where it sends no lease updates. A server that starts has
    the DHCP service of its peer disabled while it fetches the leases (Kea ARM, High Availability),
    and here nobody may enable it again: the leases that the peer gave meanwhile would be missing.
    """
    seconds, limit = seconds_to_load(lease_bytes), failover.max_response_delay / 1000
    if seconds <= limit:
        return ""
    return (
        f"{lease_bytes // MIB} MiB of leases may take {seconds} s to load, longer than "
        f"max-response-delay ({limit:g} s)"
    )


def loading_cost(site: Site, server: Server, need: Need, observed: Observed) -> str:
    """Return what clients notice if a server of a pair loads its leases for long, "" if nothing."""
    peer = site.peer(server)
    if site.failover is None or peer is None or "kea-dhcp4" not in need.restart:
        return ""
    slow = peer_gives_up(site.failover, observed.lease_bytes)
    return slow and (
        f"{slow}: then {peer.name} goes to partner-down, and clients wait while {server.name} "
        "fetches the leases"
    )
