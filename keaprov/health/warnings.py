"""Signs of trouble to come: what Kea reports before the pair terminates or a pool is empty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from keaprov.ha import advisories, packages, room, units
from keaprov.ha.loading import peer_gives_up, seconds_to_load
from keaprov.ha.observed import Observed
from keaprov.ha.preflight import CLOCKS_APART
from keaprov.ha.serving import Trouble, unwritable
from keaprov.ha.signs import Denials, LeaseFile, Log, Signs
from keaprov.ha.states import Ha
from keaprov.health.pools import Pools
from keaprov.model import Failover, Server, Site
from keaprov.replication.counts import Count
from keaprov.words import count

STALE = 3
"""Heartbeats that may be missed before a server's view of its peer counts as old."""
SKEW = 5
"""Seconds between the peers' clocks from which it is more than rounding, by the HA hook."""
FULL = 0.9
"""The share of a subnet's addresses in use from which keaprov warns."""
REJECTED = 10
"""Kea's own limit of clients whose lease updates are rejected (max-rejected-lease-updates)."""
UNCLEANED = 600.0
"""Seconds for a cleanup of the lease file; with a million leases it takes a minute."""
MIB = 1 << 20
ROW = 110
"""Bytes of a lease in the lease file, approximately."""
ROWS, LONG = 50, 64 * MIB
"""A lease file above `LONG` bytes with more than `ROWS` rows a lease has had no cleanup."""


def of_server(
    site: Site, server: Server, observed: Observed, signs: Signs, figures: Mapping[int, Count]
) -> Iterator[Trouble]:
    """Yield the warnings about a server; `figures` are the counts of its leases by subnet id."""
    ha, failover = observed.kea.ha, site.failover
    if observed.kea.answers and ha and failover:
        yield from _unacked(ha, failover)
        yield from _skew(ha)
        if signs.log:
            yield from _rejected(signs.log, failover)
    if signs.log and signs.log.failed and not signs.log.unwritten:
        cure = "Read its log; the lease file grows until a cleanup succeeds"
        yield Trouble(f"the cleanup of the lease file failed: {signs.log.failed}", cure)
    if signs.leases:
        leases = sum(subnet.used for subnet in figures.values())
        yield from _lease_file(signs.leases, leases, known=bool(figures))
        if failover:
            yield from _slow_start(failover, signs.leases)
    yield from units.signs(site, observed)
    if not any(unwritable(site, server, observed)):
        yield from room.lacking(observed, room.ROOM)
    yield from _foreign_leases(observed)
    if signs.denials and signs.denials.count:
        yield _denied(signs.denials)
    if signs.packages:
        yield from packages.shortcomings(site, signs.packages)
    if signs.advisories:
        yield from advisories.shortcomings(signs.advisories, updates=site.update)


def _foreign_leases(observed: Observed) -> Iterator[Trouble]:
    for path in observed.foreign_leases:
        yield Trouble(
            f"user kea cannot open {path}: the next start of kea-dhcp4, or a cleanup, fails",
            "Run the deploy: it gives the file to user kea",
        )


def _denied(denials: Denials) -> Trouble:
    times = "once" if denials.count == 1 else f"{denials.count} times"
    only = "; SELinux is permissive: it only reports this" if denials.permissive else ""
    return Trouble(
        f"SELinux denied Kea something {times} in a day, last {denials.last}{only}",
        "Restore the labels (restorecon -Rv /etc/kea /var/lib/kea /var/log/kea /run/kea), and read "
        "ausearch -m AVC -ts today",
    )


def _unacked(ha: Ha, failover: Failover) -> Iterator[Trouble]:
    if ha.interrupted and ha.unacked:
        clients = "1 client has" if ha.unacked == 1 else f"{ha.unacked} clients have"
        yield Trouble(
            f"{clients} had no answer from its peer; after {ha.unacked_left} more it serves alone "
            f"(max-unacked-clients is {failover.max_unacked_clients})",
            "Check the peer and the HA port",
        )


def _skew(ha: Ha) -> Iterator[Trouble]:
    if ha.skew is not None and SKEW <= abs(ha.skew) <= CLOCKS_APART:
        what = f"its peer's clock differs by {ha.skew} s; Kea terminates the pair at 60 s"
        yield Trouble(what, "Check chrony on both hosts (chronyc tracking)")


def _rejected(log: Log, failover: Failover) -> Iterator[Trouble]:
    limit = int(failover.extra.get("max-rejected-lease-updates", REJECTED))
    if not log.rejected:
        return
    clients = count(log.rejected, "client")
    least = "" if log.whole else "at least "
    ends = f"with {limit} the pair terminates" if limit else "the pair does not terminate for it"
    yield Trouble(
        f"its peer has rejected the lease updates of {least}{clients} in a day; {ends}",
        "Run keaprov diff --leases; look for HA_LEASE_UPDATE_CONFLICT in its log",
    )


def _lease_file(file: LeaseFile, leases: int, *, known: bool) -> Iterator[Trouble]:
    if file.uncleaned > UNCLEANED:
        minutes = round(file.uncleaned / 60)
        progress = "runs" if file.cleaning else "was left unfinished"
        yield Trouble(
            f"the cleanup of the lease file that began {minutes} minutes ago {progress}: the file "
            f"grows ({file.bytes // MIB} MiB)",
            "Read the messages of kea-lfc in the journal, and check the disk of /var/lib/kea",
        )
    elif known and file.bytes > max(LONG, ROWS * ROW * leases):
        yield Trouble(
            f"the lease file has {file.bytes // MIB} MiB for {leases} leases: no cleanup has "
            "shortened it, and the next start takes longer",
            "Check lfc-interval in the site file, and kea-lfc in the journal",
        )


def _slow_start(failover: Failover, file: LeaseFile) -> Iterator[Trouble]:
    if slow := peer_gives_up(failover, file.bytes):
        yield Trouble(
            f"{slow}: if it restarts, its peer goes to partner-down, and no server answers "
            "clients while this one fetches the leases",
            f"Set failover.max-response-delay to {1000 * seconds_to_load(file.bytes)} or more; the "
            "restart that brings it costs this once more, so choose its time",
        )


def of_pools(pools: Pools) -> Iterator[Trouble]:
    """Yield the warnings about one subnet."""
    where = f"subnet {pools.subnet} ({pools.prefix})"
    if pools.total and pools.used >= FULL * pools.total:
        percent = 100 * pools.used // pools.total
        full = "is full" if pools.used >= pools.total else f"is {percent} % full"
        yield Trouble(
            f"{where} {full}: {pools.used} of {pools.total} addresses are in use",
            "Add a pool, or shorten valid-lifetime",
        )
    if pools.declined:
        addresses = "1 address is" if pools.declined == 1 else f"{pools.declined} addresses are"
        yield Trouble(
            f"{addresses} declined in {where}: a device uses an address that it was not given",
            "Find the device; Kea offers the address again after decline-probation-period",
        )
