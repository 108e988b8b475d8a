"""Kea's own names and defaults, as far as a site is built on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

HA = "libdhcp_ha.so"
LEASE_CMDS = "libdhcp_lease_cmds.so"
STAT_CMDS = "libdhcp_stat_cmds.so"
LIVE_CMDS = ("libdhcp_subnet_cmds.so", "libdhcp_class_cmds.so", "libdhcp_host_cmds.so")
"""Kea's commands for live changes: of subnets and shared networks, classes, reservations."""

EVERY_INTERFACE = "*"

IDENTIFIERS = ("hw-address", "duid", "circuit-id", "client-id", "flex-id")
"""The kinds of identifiers that a reservation may be for, in the order of Kea's host.h."""
LOOKED_UP = ("hw-address", "duid", "circuit-id", "client-id")
"""The kinds that Kea looks for by default: ``host-reservation-identifiers`` (Kea ARM)."""
VALID_LIFETIME = 7200
"""Kea's default of ``valid-lifetime``, in seconds (simple_parser4.cc)."""
TLS = ("trust-anchor", "cert-file", "key-file")
"""The parameters of TLS, wherever Kea has it: all three, or none."""
FAILOVER = ("port", "heartbeat-delay", "max-response-delay", "max-ack-delay", "max-unacked-clients")
"""The keys of a site's ``failover`` that `Failover` has a field for."""
HA_DEFAULTS = {
    "heartbeat-delay": 10000,
    "max-response-delay": 60000,
    "max-ack-delay": 10000,
    "max-unacked-clients": 10,
}
"""The HA hook's own defaults, in milliseconds (ha_config_parser.cc); a site's are `Failover`'s."""

OF_A_SERVER = (
    "server-tag",
    "lease-database",
    "hosts-database",
    "hosts-databases",
    "config-control",
    "loggers",
)
"""The keys of ``Dhcp4`` that a server may have for itself: where it reads and writes its own data.

Clients get the same from both servers whatever these say. Any other key changes what a client gets,
or whom a server answers, and a failover would change it for everybody.
"""

Json = Mapping[str, Any]


def inherited(scopes: Sequence[Json], key: str, default: Any = None) -> Any:
    """Return a key's value in the nearest of the scopes that has it; the nearest comes first."""
    return next((scope[key] for scope in scopes if key in scope), default)
