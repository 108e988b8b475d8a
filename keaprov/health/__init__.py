"""The health of a site's servers as a value; `keaprov.ha.serving` says what keeps one from serving.

Troubles make a site unhealthy; warnings (`keaprov.health.warnings`) are signs of trouble to come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from keaprov import paths
from keaprov.certificates.reading import now
from keaprov.ha import preflight
from keaprov.ha.advisories import Advisories
from keaprov.ha.observed import Observed
from keaprov.ha.serving import Trouble, answers_clients, down, troubles, unwritable
from keaprov.ha.signs import Signs
from keaprov.ha.states import Ha, State
from keaprov.ha.upgrade import any_kea_version
from keaprov.ha.verified import CLOCKS_APART
from keaprov.health import certificates, warnings
from keaprov.health.meanings import SPLIT_BRAIN, Meaning, meaning
from keaprov.health.pools import Pools, pools_of
from keaprov.health.warnings import STALE
from keaprov.model import Server, Site
from keaprov.replication import SubnetDifference
from keaprov.replication.counts import Count, counts
from keaprov.survey import Answers, ServerStatus, errors_of, results_of

__all__ = ["Health", "Pools", "ServerHealth", "assess", "site_health"]


@dataclass(frozen=True, slots=True)
class ServerHealth:
    """The health of a server; each of `troubles` reads "what is wrong. Cure".

    + serves: whether it answers clients now
    + handover: whether a deploy or a drill has handed its primary's clients over to it
    + since, changed: when kea-dhcp4 was started, and when its configuration file last changed, in
      seconds since the epoch; 0 for never
    + age: seconds since the peer's last heartbeat; None if it is not known
    + ahead: seconds by which its clock is ahead of this machine's
    + drift: whether it differs from its site
    + certificate_days: days until the certificate that its peer knows it by ends; None without TLS
    + warnings: signs of trouble to come, in the form of `troubles`
    + advisories: what dnf knows of the packages of its host; None if it was not asked
    """

    name: str
    role: str
    meaning: Meaning
    state: str
    serves: bool
    handover: bool
    version: str
    unit: str
    since: float
    age: int | None
    ahead: float
    unacked: int
    revision: str
    changed: float
    drift: bool
    troubles: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    certificate_days: int | None = None
    advisories: Advisories | None = None

    @property
    def title(self) -> str:
        """The role and the state."""
        return f"{self.role}, {self.state}" if self.role != self.state else self.role

    @property
    def clock(self) -> str:
        """By how much the clock is ahead of this machine's, in words."""
        return f"{round(self.ahead, 1) + 0.0:+.1f} s"  # a sum with 0.0 is never -0.0

    @property
    def words(self) -> str:
        """What the state means for clients."""
        return self.meaning.words


@dataclass(frozen=True, slots=True)
class Health:
    """A site's health: `healthy` if there is no trouble anywhere."""

    site: str
    servers: tuple[ServerHealth, ...]
    pools: tuple[Pools, ...]
    unreachable: Mapping[str, str] = field(default_factory=dict)
    troubles: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether there is no trouble."""
        return not any(self.all_troubles())

    def all_troubles(self) -> Iterator[str]:
        """Yield every trouble in words, after the name of the server that has it."""
        yield from (f"{name}: {error}" for name, error in self.unreachable.items())
        for server in self.servers:
            yield from (f"{server.name}: {words}" for words in server.troubles)
        yield from self.troubles

    def all_warnings(self) -> Iterator[str]:
        """Yield every warning in words, after the name of the server that it is about."""
        for server in self.servers:
            yield from (f"{server.name}: {words}" for words in server.warnings)
        yield from self.warnings

    @property
    def leases(self) -> int:
        """The number of leases in all subnets."""
        return sum(pool.assigned for pool in self.pools)


def site_health(
    site: Site, answers: Answers[ServerStatus], leases: Sequence[SubnetDifference] = ()
) -> Health:
    """Return a site's health by the status of each of its servers (`keaprov.survey.read_status`).

    `leases` are the subnets whose leases differ (`keaprov.survey.lease_differences`).
    """
    by_name = results_of(answers)
    return assess(
        site,
        {name: status.observed for name, status in by_name.items()},
        {name: status.drift for name, status in by_name.items()},
        {name: status.statistics for name, status in by_name.items()},
        {name: str(error).removeprefix(f"{name}: ") for name, error in errors_of(answers).items()},
        {name: status.signs for name, status in by_name.items()},
        leases,
    )


def assess(
    site: Site,
    observed: Mapping[str, Observed],
    drift: Mapping[str, Sequence[str]],
    statistics: Mapping[str, Any],
    unreachable: Mapping[str, str],
    signs: Mapping[str, Signs] | None = None,
    leases: Sequence[SubnetDifference] = (),
) -> Health:
    """Judge a site; all but `leases` are by server name, `drift` and `unreachable` in words.

    `statistics` are the arguments of ``stat-lease4-get`` (Kea ARM, libdhcp_stat_cmds.so).
    """
    at = now()
    states = [server.kea.ha.state for server in observed.values() if server.kea.ha]
    split = states == [State.PARTNER_DOWN] * 2
    servers = tuple(
        _server(
            site,
            server,
            observed[server.name],
            drift.get(server.name, ()),
            (signs or {}).get(server.name, Signs()),
            counts(statistics.get(server.name)),
            split,
            tuple(certificates.troubles(site, server.name, *_both(site, server, observed), at)),
            at,
        )
        for server in site.servers
        if server.name in observed
    )
    serving = [server.name for server in servers if server.serves] or list(observed)
    rows: Any = next((statistics[name] for name in serving if statistics.get(name)), {})
    pools = tuple(pools_of(site, rows))
    between = (*_between(observed, split), *_leases(site, leases))
    about_pools = (warning for subnet in pools for warning in warnings.of_pools(subnet))
    return Health(
        site.name,
        servers,
        pools,
        unreachable,
        tuple(map(str, between)),
        tuple(map(str, about_pools)),
    )


def _both(
    site: Site, server: Server, observed: Mapping[str, Observed]
) -> tuple[Observed, Observed | None]:
    """Return a server and its peer, None if that was not observed."""
    peer = site.peer(server)
    return observed[server.name], observed.get(peer.name) if peer else None


def _leases(site: Site, leases: Sequence[SubnetDifference]) -> Iterator[Trouble]:
    """Yield what differs between the leases of the two servers."""
    for subnet in leases:
        for sentence in subnet.sentences(server.name for server in site.servers):
            cure = "Run keaprov diff --leases to see them; a restart fetches missing ones"
            yield Trouble(sentence, cure)


def _server(
    site: Site,
    server: Server,
    observed: Observed,
    drift: Sequence[str],
    signs: Signs,
    figures: Mapping[int, Count],
    split: bool,
    about_certificates: Sequence[Trouble],
    at: datetime,
) -> ServerHealth:
    ha, unit = observed.kea.ha, observed.unit("kea-dhcp4")
    conf = observed.files.get(paths.DHCP4_CONF)
    state = ha.state.value if ha else "standalone"
    return ServerHealth(
        name=server.name,
        role=server.role.value if site.failover else "standalone",
        meaning=SPLIT_BRAIN if split else meaning(site, server, observed),
        state=state if observed.kea.answers else unit.active,
        serves=answers_clients(observed) and not any(unwritable(site, server, observed)),
        handover=observed.handover,
        version=observed.packages.get("isc-kea-dhcp4", observed.kea.version or ""),
        unit=unit.active,
        since=unit.started,
        age=ha.age if ha else None,
        ahead=observed.ahead,
        unacked=ha.unacked if ha else 0,
        revision=observed.kea.revision or "",
        changed=conf.changed if conf else 0.0,
        drift=bool(drift),
        troubles=(
            *_troubles(site, server, observed, drift, signs),
            *map(str, about_certificates),
        ),
        warnings=(
            *map(str, warnings.of_server(site, server, observed, signs, figures)),
            *map(str, certificates.warnings(site, observed, at)),
        ),
        certificate_days=certificates.days_left(observed, at),
        advisories=signs.advisories,
    )


def _troubles(
    site: Site, server: Server, observed: Observed, drift: Sequence[str], signs: Signs
) -> Iterator[str]:
    yield from map(str, troubles(site, server, observed))
    yield from preflight.links(observed)
    if observed.rpm_error:
        yield str(Trouble(observed.rpm_error, preflight.READ_RPM))
    cure = "Run keaprov diff to see it, then the deploy"
    yield from (str(Trouble(f"drift: {difference}", cure)) for difference in drift)
    agent = observed.unit("kea-ctrl-agent")
    if site.api and site.api.by_agent and not agent.running:
        yield str(down("kea-ctrl-agent", agent))
    if signs.log and signs.log.unwritten:
        what = f"kea-dhcp4 no longer writes its leases to disk: {signs.log.failed}"
        cure = "Check the disk, owner and mode of /var/lib/kea, then restart kea-dhcp4"
        yield str(Trouble(what, cure))
    if observed.kea.answers and observed.kea.ha and site.failover:
        yield from map(str, _peer(observed.kea.ha, site.failover.heartbeat_delay))


def _peer(ha: Ha, heartbeat: int) -> Iterator[Trouble]:
    """Yield the troubles that a server reports about its peer."""
    old = ha.age is not None and ha.age * 1000 > STALE * max(heartbeat, 1000)
    if ha.in_touch and ha.healthy and old:
        what = f"its peer's last heartbeat is {ha.age} s old"
        yield Trouble(what, "Check the peer and the HA port", passing=True)
    if ha.skew is not None and abs(ha.skew) > preflight.CLOCKS_APART:
        what = f"its peer's clock differs by {ha.skew} s; Kea terminates the pair at 60 s"
        yield Trouble(what, "Set the clocks right (chronyc makestep)")


def _between(observed: Mapping[str, Observed], split: bool) -> Iterator[Trouble]:
    if len(observed) < 2:
        return
    if split:
        yield Trouble(SPLIT_BRAIN.words, SPLIT_BRAIN.do)
    ahead = [server.ahead for server in observed.values()]
    if max(ahead) - min(ahead) > CLOCKS_APART:
        what = f"the clocks are {max(ahead) - min(ahead):.1f} s apart"
        yield Trouble(what, "Check chrony on both hosts (chronyc tracking)")
    versions = {
        name: any_kea_version(server) for name, server in observed.items() if not server.rpm_error
    }
    if len(set(versions.values())) > 1:
        listed = ", ".join(
            f"{name} has {version or 'no Kea installed'}" for name, version in versions.items()
        )
        cure = "Pin kea.version in the site file and run the deploy"
        yield Trouble(f"Kea's versions differ: {listed}", cure)
