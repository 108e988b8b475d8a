"""How long kea-dhcp4 takes to load its leases when it starts, and what its peer does meanwhile."""

from __future__ import annotations

import math

from keaprov.model import Failover

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
