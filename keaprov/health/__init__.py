"""How a site's servers are, as a value: each in words that say whether that is fine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keaprov import paths
from keaprov.errors import ControlError
from keaprov.ha.observed import Observed
from keaprov.ha.states import Ha, State
from keaprov.health.meanings import SPLIT_BRAIN, Meaning, meaning
from keaprov.look import Answers, Glance
from keaprov.model import Role, Server, Site

STALE = 3
"""Heartbeats that may be missed before a server's view of its peer is called old."""
CLOCKS_APART = 1.0
"""Seconds; what a deploy promises."""


@dataclass(frozen=True, slots=True)
class ServerHealth:
    """One server; `troubles` are what is not fine, each in words.

    `since` and `changed` are when kea-dhcp4 was started, and when its configuration file was last
    changed: seconds since the epoch, 0 for never. `age` is the heartbeat's, in seconds; `ahead` the
    clock's difference from this machine's. `drift` is whether it parts from its site.
    """

    name: str
    role: str
    meaning: Meaning
    state: str
    serves: bool
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
        """The state, and whether that is as it should be."""
        if not self.meaning.fine:
            return self.meaning.words
        if self.role == Role.STANDBY.value and not self.serves:
            return "stands by (empty scopes: as it should be)"
        return "serves"


@dataclass(frozen=True, slots=True)
class Pools:
    """How full a subnet is; `told` is whether a server tells."""

    subnet: int
    prefix: str
    label: str
    assigned: int
    total: int
    told: bool

    @property
    def words(self) -> str:
        """The leases of how many addresses."""
        return f"{self.assigned}/{self.total}" if self.told else "no figures"


@dataclass(frozen=True, slots=True)
class Health:
    """A site's health: `healthy` when there is no trouble anywhere."""

    site: str
    servers: tuple[ServerHealth, ...]
    pools: tuple[Pools, ...]
    unreachable: Mapping[str, str] = field(default_factory=dict)
    troubles: tuple[str, ...] = ()

    @property
    def healthy(self) -> bool:
        """Whether everything is as it should be."""
        return not (self.unreachable or self.troubles or any(s.troubles for s in self.servers))

    def all_troubles(self) -> Iterator[str]:
        """Yield every trouble with the server that has it, in words."""
        yield from (f"{name}: {error}" for name, error in self.unreachable.items())
        yield from (f"{one.name}: {words}" for one in self.servers for words in one.troubles)
        yield from self.troubles

    @property
    def leases(self) -> int:
        """The leases of all subnets."""
        return sum(one.assigned for one in self.pools)


def when(moment: float) -> str:
    """Return a moment (seconds since the epoch) as people read it, in UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(moment)) if moment else "never"


def judged(site: Site, answers: Answers[Glance]) -> Health:
    """Judge a site by a glance at each of its servers (`keaprov.look.glance`)."""
    seen = {name: one for name, one in answers.items() if isinstance(one, Glance)}
    return health(
        site,
        {name: one.observed for name, one in seen.items()},
        {name: one.drift for name, one in seen.items()},
        {name: one.statistics for name, one in seen.items()},
        {name: str(one) for name, one in answers.items() if isinstance(one, ControlError)},
    )


def health(
    site: Site,
    seen: Mapping[str, Observed],
    drift: Mapping[str, Sequence[str]],
    statistics: Mapping[str, Any],
    unreachable: Mapping[str, str],
) -> Health:
    """Judge a site; `seen`, `drift` (in words), `statistics` and `unreachable` by server name.

    `statistics` are the arguments of ``stat-lease4-get`` (Kea ARM, libdhcp_stat_cmds.so).
    """
    states = [one.kea.ha.state for one in seen.values() if one.kea.ha]
    split = states == [State.PARTNER_DOWN] * 2
    servers = tuple(
        _server(site, one, seen[one.name], drift.get(one.name, ()), split)
        for one in site.servers
        if one.name in seen
    )
    serving = [one.name for one in servers if one.serves] or [one.name for one in servers]
    rows: Any = next((statistics[name] for name in serving if statistics.get(name)), {})
    return Health(
        site.name, servers, tuple(_pools(site, rows)), unreachable, tuple(_between(site, seen))
    )


def _server(
    site: Site, server: Server, seen: Observed, drift: Sequence[str], split: bool
) -> ServerHealth:
    ha, unit = seen.kea.ha, seen.unit("kea-dhcp4")
    found = SPLIT_BRAIN if split else meaning(site, server, seen)
    state = ha.state.value if ha else "standalone"
    return ServerHealth(
        name=server.name,
        role=server.role.value if site.failover else "standalone",
        meaning=found,
        state=state if seen.kea.answers else unit.active,
        serves=bool(seen.kea.answers and (ha is None or ha.serves)),
        version=seen.packages.get("isc-kea-dhcp4", seen.kea.version or ""),
        unit=unit.active,
        since=unit.started,
        age=ha.age if ha else None,
        ahead=seen.ahead,
        unacked=ha.unacked if ha else 0,
        revision=seen.kea.revision or "",
        changed=seen.files[paths.DHCP4_CONF].changed if paths.DHCP4_CONF in seen.files else 0.0,
        drift=bool(drift),
        troubles=tuple(_troubles(site, server, seen, found, drift)),
    )


def _troubles(
    site: Site, server: Server, seen: Observed, found: Meaning, drift: Sequence[str]
) -> Iterator[str]:
    if not found.fine:
        yield found.words
    yield from (f"drift: {one}" for one in drift)
    for name in ("kea-ctrl-agent",) if site.control_agent else ():
        if not seen.unit(name).running:
            yield f"{name} is {seen.unit(name).active}"
    if seen.kea.ha and site.failover:
        yield from _peer(seen.kea.ha, site.failover.heartbeat_delay)
    ha = seen.kea.ha
    beside = server.role is Role.STANDBY and ha and ha.state is State.HOT_STANDBY
    if beside and ha and ha.serves:
        yield "it serves beside its primary: somebody has given it scopes"


def _peer(ha: Ha, heartbeat: int) -> Iterator[str]:
    if ha.interrupted or not ha.in_touch:
        yield "it does not hear its peer"
    elif ha.age is not None and ha.age * 1000 > STALE * max(heartbeat, 1000):
        yield f"its peer's last heartbeat is {ha.age} s old"
    if ha.skew is not None and abs(ha.skew) > 30:
        yield f"its peer's clock is {ha.skew} s away; from 60 s on the pair terminates"


def _between(site: Site, seen: Mapping[str, Observed]) -> Iterator[str]:
    if len(seen) < 2:
        return
    ahead = [one.ahead for one in seen.values()]
    if max(ahead) - min(ahead) > CLOCKS_APART:
        yield f"the clocks are {max(ahead) - min(ahead):.1f} s apart"
    versions = {one.packages.get("isc-kea-dhcp4") for one in seen.values()}
    if len(versions) > 1:
        yield f"Kea's versions differ: {', '.join(sorted(map(str, versions)))}"


def _pools(site: Site, rows: Any) -> Iterator[Pools]:
    table = rows.get("result-set", {}) if isinstance(rows, Mapping) else {}
    columns = table.get("columns", [])
    found = {
        one["subnet-id"]: one
        for one in (dict(zip(columns, row, strict=False)) for row in table.get("rows", []))
    }
    networks = site.dhcp4.get("shared-networks") or ()
    for scope in (site.dhcp4, *networks):
        for subnet in scope.get("subnet4") or ():
            row = found.get(subnet["id"], {})
            yield Pools(
                subnet["id"],
                subnet["subnet"],
                _label(subnet),
                int(row.get("assigned-addresses", 0)),
                int(row.get("total-addresses", 0)),
                bool(row),
            )


def _label(subnet: Mapping[str, Any]) -> str:
    context = subnet.get("user-context") or {}
    return str(context.get("vlan") or context.get("comment") or subnet.get("comment") or "")
