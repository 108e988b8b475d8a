"""How long a gate waits: a bound that grows with what Kea has to load and to synchronise."""

from __future__ import annotations

from keaprov.conductor.views import Views
from keaprov.model import Site

LEAST = 60.0
"""Seconds for a small server to start and to find its peer, without max-response-delay."""
PER_MEBIBYTE = 4.0
"""Seconds for each MiB of leases: a million leases are about 100 MiB and took 63 s to start from,
and to synchronise takes longer [measured, Kea 3.0.3 on loopback]."""
PER_MEBIBYTE_OF_CONFIGURATION = 2.0
"""Seconds for each MiB of configuration: 100,000 reservations are 10 MiB and take 2 s."""
MIB = 1 << 20


def patience_of(site: Site, views: Views) -> float:
    """Return how long a server of the site may take to come up and into hot-standby, in seconds."""
    delay = site.failover.max_response_delay / 1000 if site.failover else 0.0
    leases = max((view.observed.lease_bytes for view in views.values()), default=0)
    text = max(
        (len(text) for view in views.values() for text in view.wanted.dhcp4.values()), default=0
    )
    load = leases / MIB * PER_MEBIBYTE + text / MIB * PER_MEBIBYTE_OF_CONFIGURATION
    return LEAST + 2 * delay + load
