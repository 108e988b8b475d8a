"""Rules about what the peers of a pair know of each other: leases and heartbeats.

They check a site's ``failover``, or at the HA hook of one of Kea's own files (Kea ARM, High
Availability hook).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keaprov.errors import KeyPath
from keaprov.lint.config import Config, Raw, as_map, maps
from keaprov.lint.rule import Finding, error, warning
from keaprov.model.names import HA, HA_DEFAULTS

_LOCAL_HOSTS = ("", "localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Relationship:
    """Parameters of the HA hook: delays in milliseconds, whether leases are sent to the peer."""

    path: KeyPath
    heartbeat_delay: float
    max_response_delay: float
    sends_updates: bool


def relationships(config: Config) -> Iterator[Relationship]:
    """Yield the relationships in which a standby takes over; passive backups never do."""
    if config.site is not None:
        ha = config.site.failover
        if ha is not None:
            sends = ha.extra.get("send-lease-updates") is not False
            yield Relationship(("failover",), ha.heartbeat_delay, ha.max_response_delay, sends)
        return
    for path, hook, library in config.hooks:
        if library != HA:
            continue
        where: KeyPath = (*path, "parameters", "high-availability")
        for number, raw in maps(as_map(hook.get("parameters")).get("high-availability")):
            if raw.get("mode") in ("hot-standby", "load-balancing"):
                yield Relationship(
                    (*where, number),
                    _delay(raw, "heartbeat-delay"),
                    _delay(raw, "max-response-delay"),
                    raw.get("send-lease-updates") is not False,
                )


def _delay(raw: Raw, key: str) -> int:
    value = raw.get(key)
    return value if isinstance(value, int) else HA_DEFAULTS[key]


def _kept_apart(config: Config) -> str:
    """Return where each server keeps leases of its own, "" if they may share a database."""
    database = as_map(config.dhcp4.get("lease-database"))
    kind = database.get("type", "memfile")
    if kind == "memfile":
        return "memfile"
    return f"{kind} on its own host" if database.get("host", "") in _LOCAL_HOSTS else ""


@error("KP310", stricter=True)
def leases_not_sent(config: Config) -> Iterator[Finding]:
    """Servers that keep leases of their own send each other updates (``send-lease-updates``).

    Without updates the standby does not know the leases: after a failover it gives addresses that
    are in use. Only servers that share one lease database need no updates.
    """
    for peers in relationships(config):
        place = _kept_apart(config)
        if place and not peers.sends_updates:
            message = f"each server keeps its leases in {place}, and does not send them to its peer"
            hint = "Leave send-lease-updates out: the default is true."
            yield Finding(message, (*peers.path, "send-lease-updates"), hint)


@warning("KP311")
def shared_and_sent(config: Config) -> Iterator[Finding]:
    """Servers that share one lease database send each other no updates.

    Each lease would be written twice, and an update may overwrite a newer lease. If each server has
    a database of its own behind this name, the updates are right.
    """
    for peers in relationships(config):
        if not _kept_apart(config) and peers.sends_updates:
            where = (*config.root, "lease-database", "host")
            message = "both servers keep their leases in this database, and send them to each other"
            hint = "Set send-lease-updates and sync-leases to false if they share the database."
            yield Finding(message, where, hint)


@warning("KP312")
def leases_not_kept(config: Config) -> Iterator[Finding]:
    """The servers of a pair write their leases to disk (``persist``).

    After a restart a server without leases has to fetch all of them from its peer. If both
    restart, all leases are lost, and addresses in use are given again.
    """
    for _ in relationships(config):
        database = as_map(config.dhcp4.get("lease-database"))
        if database.get("type", "memfile") == "memfile" and database.get("persist") is False:
            where = (*config.root, "lease-database", "persist")
            yield Finding("a restart loses all leases", where, "Leave it out: the default is true.")
            return


@error("KP313", stricter=True)
def takes_over_too_soon(config: Config) -> Iterator[Finding]:
    """``max-response-delay`` is longer than ``heartbeat-delay``.

    Otherwise one late heartbeat counts as a lost peer, and both servers may serve the same pools.
    """
    for peers in relationships(config):
        if peers.max_response_delay <= peers.heartbeat_delay:
            message = f"max-response-delay {peers.max_response_delay} is not longer than"
            hint = "Make it five times the heartbeat-delay."
            where = (*peers.path, "max-response-delay")
            yield Finding(f"{message} heartbeat-delay {peers.heartbeat_delay}", where, hint)


RULES = (leases_not_sent, shared_and_sent, leases_not_kept, takes_over_too_soon)
