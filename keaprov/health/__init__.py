"""How a site's servers are, as a value. What keeps a server from serving: `keaprov.ha.serving`.

Troubles make a site unhealthy; warnings (`keaprov.health.warnings`) are signs of trouble to come.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keaprov import paths
from keaprov.errors import ControlError
from keaprov.ha.observed import Observed
from keaprov.ha.serving import Trouble, answers_clients, troubles
from keaprov.ha.signs import Signs
from keaprov.ha.states import Ha, State
from keaprov.health import warnings
from keaprov.health.meanings import SPLIT_BRAIN, Meaning, meaning
from keaprov.health.pools import Pools, pools_of
from keaprov.health.warnings import SKEW_OF_KEA, STALE
from keaprov.look import Answers, Glance
from keaprov.model import Server, Site
from keaprov.replication import SubnetDifference
from keaprov.replication.counts import counts

__all__ = ["Health", "Pools", "ServerHealth", "count", "health", "judged", "when"]

CLOCKS_APART = 1.0
"""Seconds; what a deploy promises."""


@dataclass(frozen=True, slots=True)
class ServerHealth:
    """One server; `troubles` are what is not fine, each as "what. cure".

    `serves` is whether it answers clients now, `handover` whether a hand-over on purpose is under
    way on its host. `since` and `changed` are when kea-dhcp4 was started, and when its
    configuration file was last changed: seconds since the epoch, 0 for never. `age` is the
    heartbeat's, in seconds; `ahead` the clock's difference from this machine's. `drift` is whether
    it differs from its site. `warnings` are signs of trouble to come, in the form of `troubles`.
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

    @property
    def title(self) -> str:
        """The role and the state."""
        return f"{self.role}, {self.state}" if self.role != self.state else self.role

    @property
    def clock(self) -> str:
        """How far the clock is ahead of this machine's."""
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
        """Whether everything is as it should be."""
        return not any(self.all_troubles())

    def all_troubles(self) -> Iterator[str]:
        """Yield every trouble with the server that has it, in words."""
        yield from (f"{name}: {error}" for name, error in self.unreachable.items())
        for server in self.servers:
            yield from (f"{server.name}: {words}" for words in server.troubles)
        yield from self.troubles

    def all_warnings(self) -> Iterator[str]:
        """Yield every warning with the server that it is about, in words."""
        for server in self.servers:
            yield from (f"{server.name}: {words}" for words in server.warnings)
        yield from self.warnings

    @property
    def leases(self) -> int:
        """The leases of all subnets."""
        return sum(pool.assigned for pool in self.pools)


def when(moment: float) -> str:
    """Return a time (seconds since the epoch) as people read it, in UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(moment)) if moment else "never"


def count(number: int, noun: str) -> str:
    """Return a number of things in words: ``1 lease``, ``2 leases``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def judged(site: Site, answers: Answers[Glance], leases: Sequence[SubnetDifference] = ()) -> Health:
    """Judge a site by a glance at each of its servers (`keaprov.look.glance`).

    `leases` are the subnets whose leases differ (`keaprov.look.replication`).
    """
    glances = {name: answer for name, answer in answers.items() if isinstance(answer, Glance)}
    return health(
        site,
        {name: glance.observed for name, glance in glances.items()},
        {name: glance.drift for name, glance in glances.items()},
        {name: glance.statistics for name, glance in glances.items()},
        {
            name: str(error).removeprefix(f"{name}: ")
            for name, error in answers.items()
            if isinstance(error, ControlError)
        },
        {name: glance.signs for name, glance in glances.items()},
        leases,
    )


def health(
    site: Site,
    seen: Mapping[str, Observed],
    drift: Mapping[str, Sequence[str]],
    statistics: Mapping[str, Any],
    unreachable: Mapping[str, str],
    signs: Mapping[str, Signs] | None = None,
    leases: Sequence[SubnetDifference] = (),
) -> Health:
    """Judge a site; all but `leases` are by server name, `drift` and `unreachable` in words.

    `statistics` are the arguments of ``stat-lease4-get`` (Kea ARM, libdhcp_stat_cmds.so).
    """
    states = [observed.kea.ha.state for observed in seen.values() if observed.kea.ha]
    split = states == [State.PARTNER_DOWN] * 2
    servers = tuple(
        _server(
            site,
            server,
            seen[server.name],
            drift.get(server.name, ()),
            warnings.of_server(
                site,
                seen[server.name],
                (signs or {}).get(server.name, Signs()),
                counts(statistics.get(server.name)),
            ),
            split,
        )
        for server in site.servers
        if server.name in seen
    )
    serving = [server.name for server in servers if server.serves] or list(seen)
    rows: Any = next((statistics[name] for name in serving if statistics.get(name)), {})
    pools = tuple(pools_of(site, rows))
    between = (*_between(seen, split), *_leases(site, leases))
    about_pools = (warning for subnet in pools for warning in warnings.of_pools(subnet))
    return Health(
        site.name,
        servers,
        pools,
        unreachable,
        tuple(map(str, between)),
        tuple(map(str, about_pools)),
    )


def _leases(site: Site, leases: Sequence[SubnetDifference]) -> Iterator[Trouble]:
    """Yield what differs between the leases of the two servers."""
    for subnet in leases:
        for sentence in subnet.sentences(server.name for server in site.servers):
            cure = "Run keaprov diff --leases to see them; a restart fetches missing ones"
            yield Trouble(sentence, cure)


def _server(
    site: Site,
    server: Server,
    seen: Observed,
    drift: Sequence[str],
    about: Iterator[Trouble],
    split: bool,
) -> ServerHealth:
    ha, unit = seen.kea.ha, seen.unit("kea-dhcp4")
    state = ha.state.value if ha else "standalone"
    return ServerHealth(
        name=server.name,
        role=server.role.value if site.failover else "standalone",
        meaning=SPLIT_BRAIN if split else meaning(site, server, seen),
        state=state if seen.kea.answers else unit.active,
        serves=answers_clients(seen),
        handover=seen.handover,
        version=seen.packages.get("isc-kea-dhcp4", seen.kea.version or ""),
        unit=unit.active,
        since=unit.started,
        age=ha.age if ha else None,
        ahead=seen.ahead,
        unacked=ha.unacked if ha else 0,
        revision=seen.kea.revision or "",
        changed=seen.files[paths.DHCP4_CONF].changed if paths.DHCP4_CONF in seen.files else 0.0,
        drift=bool(drift),
        troubles=tuple(_troubles(site, server, seen, drift)),
        warnings=tuple(map(str, about)),
    )


def _troubles(site: Site, server: Server, seen: Observed, drift: Sequence[str]) -> Iterator[str]:
    yield from map(str, troubles(site, server, seen))
    cure = "Run keaprov diff to see it, then the deploy"
    yield from (str(Trouble(f"drift: {difference}", cure)) for difference in drift)
    agent = seen.unit("kea-ctrl-agent")
    if site.control_agent and not agent.running:
        yield str(Trouble(f"kea-ctrl-agent is {agent.active}", "Run the deploy: it starts it"))
    if seen.kea.answers and seen.kea.ha and site.failover:
        yield from map(str, _peer(seen.kea.ha, site.failover.heartbeat_delay))


def _peer(ha: Ha, heartbeat: int) -> Iterator[Trouble]:
    """Yield what a server in touch with its peer reports of it."""
    old = ha.age is not None and ha.age * 1000 > STALE * max(heartbeat, 1000)
    if ha.in_touch and ha.healthy and old:
        words = f"its peer's last heartbeat is {ha.age} s old"
        yield Trouble(words, "Look at the peer, and at the HA port", passing=True)
    if ha.skew is not None and abs(ha.skew) > SKEW_OF_KEA:
        words = f"its peer's clock is {ha.skew} s away; from 60 s on the pair terminates"
        yield Trouble(words, "Set the clocks right (chronyc makestep)")


def _between(seen: Mapping[str, Observed], split: bool) -> Iterator[Trouble]:
    if len(seen) < 2:
        return
    if split:
        yield Trouble(SPLIT_BRAIN.words, SPLIT_BRAIN.do)
    ahead = [observed.ahead for observed in seen.values()]
    if max(ahead) - min(ahead) > CLOCKS_APART:
        words = f"the clocks are {max(ahead) - min(ahead):.1f} s apart"
        yield Trouble(words, "Look at chrony on both hosts (chronyc tracking)")
    versions = {name: observed.packages.get("isc-kea-dhcp4") for name, observed in seen.items()}
    if len(set(versions.values())) > 1:
        listed = ", ".join(
            f"{name} has {version or 'no Kea installed'}" for name, version in versions.items()
        )
        cure = "Pin kea.version in the site file and run the deploy"
        yield Trouble(f"Kea's versions differ: {listed}", cure)
