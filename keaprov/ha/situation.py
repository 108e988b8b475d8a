"""The situation of a site's servers: its name, its reason, and what a deploy does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from keaprov.ha import preflight, turns
from keaprov.ha.left_out import left_out
from keaprov.ha.observed import Observed
from keaprov.ha.plan import Need
from keaprov.ha.serving import answers_clients
from keaprov.ha.states import MAINTENANCE, State
from keaprov.ha.upgrade import any_kea_version
from keaprov.model import Role, Site

TROUBLED = frozenset({State.TERMINATED, *MAINTENANCE})
COMING = frozenset({State.WAITING, State.SYNCING, State.READY, State.COMMUNICATION_RECOVERY})


class Situation(str, Enum):
    """The situations, each in an operator's words."""

    UNREACHABLE = "a server is unreachable"
    FIRST_INSTALLATION = "first installation"
    REPLACED = "a server is new"
    TERMINATED = "terminated"
    SPLIT_BRAIN = "split brain"
    CLOCK_SKEW = "clock skew"
    VERSIONS_DIFFER = "Kea versions differ"
    LEFT_OUT = "a running partner is not in the site"
    FOREIGN = "not yet keaprov's"
    MAINTENANCE = "maintenance that was not ended"
    DOWN = "no server answers"
    ONE_DOWN = "one server is down"
    COMING = "a server is coming back"
    PARTNER_DOWN = "a server serves alone"
    UPGRADE = "package upgrade"
    ENDPOINTS = "the peers' addresses or certificates change"
    ROLES = "the servers change roles"
    NAMES = "a server gets another name"
    TO_PAIR = "standalone becomes a pair"
    BEHIND = "a server is behind"
    DIFFER = "the servers' configurations differ"
    RENUMBER = "a subnet gets another id"
    LACKING = "the standby lacks leases"
    SCOPES = "somebody has changed who serves"
    NOTHING = "nothing to do"
    LIVE = "live change"
    ROLLING = "rolling restart"
    STANDALONE = "change of a standalone server"


@dataclass(frozen=True, slots=True)
class Case:
    """A situation, its reason, and what a deploy does; `refused` when nothing is done."""

    situation: Situation
    reason: str
    way: str
    refused: bool = False

    def __str__(self) -> str:
        return f"{self.situation.value}: {self.reason}. {self.way}."


def situation(
    site: Site,
    by_name: Mapping[str, Observed],
    needs: Mapping[str, Need],
    by_turns: str | None,
    renumbering: str = "",
    lacking: str = "",
    scopes: str = "",
) -> Case:
    """Name the situation; what is observed and what is needed are by server name.

    `by_turns` says why a change does not go live, None when it does (`keaprov.ha.live`).
    `renumbering` says which subnets get another id together with their leases, `lacking` which
    leases the standby lacks, `scopes` which scopes are given or taken back; each is "" if there are
    none.
    """
    missing = [server.name for server in site.servers if server.name not in by_name]
    if missing:
        reason = f"{', '.join(missing)} did not answer"
        return Case(Situation.UNREACHABLE, reason, "Nothing is changed on any server", True)
    for judge in (_refused, _not_yet_keaprovs, _unwell, _to_be_changed):
        for judgement in judge(site, by_name, needs):
            return judgement
    restarts = [name for name, todo in needs.items() if todo.restart]
    reasons = "; ".join(dict.fromkeys(reason for todo in needs.values() for reason in todo.reasons))
    if not any(needs.values()) and lacking:
        return Case(Situation.LACKING, lacking, "The standby restarts, and fetches every lease")
    if not any(needs.values()) and scopes:
        return Case(Situation.SCOPES, scopes, "No restart")
    if not any(needs.values()):
        return Case(Situation.NOTHING, "every server runs what is wanted", "Nothing is changed")
    if renumbering:
        return Case(Situation.RENUMBER, renumbering, _renumbered(site, by_name, by_turns))
    if by_turns is None:
        return Case(Situation.LIVE, "Kea has a command for every change", "No restart")
    if len(site.servers) == 1:
        silence = "It restarts: clients wait for a second" if restarts else "No restart"
        return Case(Situation.STANDALONE, f"{reasons}; {by_turns}", silence)
    return Case(Situation.ROLLING, f"{reasons}; {by_turns}", _in_order(site, by_name))


def _in_order(site: Site, by_name: Mapping[str, Observed]) -> str:
    names = [server.name for server in turns.order(site.servers, by_name)]
    order = " and its gate, then ".join(names) + " and its gate"
    return f"One server after the other: {order}"


def _renumbered(site: Site, by_name: Mapping[str, Observed], by_turns: str | None) -> str:
    names = [server.name for server in turns.order(site.servers, by_name)]
    change = "changes the id of the subnet and of its leases, and answers no client meanwhile"
    if len(names) == 1:
        return f"{names[0]} {change}"
    last = "" if by_turns is None else f", then {names[1]} restarts: {by_turns}"
    return f"{names[0]} stops, {names[1]} {change}, {names[0]} starts and joins{last}"


def _refused(
    site: Site, by_name: Mapping[str, Observed], needs: Mapping[str, Need]
) -> Iterator[Case]:
    moving = turns.endpoints_change(site, by_name)
    if not moving and (reason := preflight.split_brain(dict(by_name))):
        way = "Refused, unless the hosts' own firewalls are the cause: the deploy repairs those"
        yield Case(Situation.SPLIT_BRAIN, reason.partition(": ")[2], way, True)
    skews = {name: observed.kea.ha.skew for name, observed in by_name.items() if observed.kea.ha}
    for name, skew in skews.items():
        if list(preflight.unsafe(by_name[name])):
            way = "Set both clocks right, restart kea-dhcp4 where it started with the wrong time"
            reason = f"{name} reports that its peer's clock differs by {skew} s"
            yield Case(Situation.CLOCK_SKEW, reason, way, True)
    for partner in left_out(site, by_name):
        if not partner.gone:
            yield Case(Situation.LEFT_OUT, partner.words, "Refused", True)
    for reason in preflight.refusals_of_pair(site, dict(by_name)):
        kind = Situation.VERSIONS_DIFFER if "versions" in reason else Situation.CLOCK_SKEW
        yield Case(kind, reason, "Refused", True)


def _not_yet_keaprovs(
    site: Site, by_name: Mapping[str, Observed], needs: Mapping[str, Need]
) -> Iterator[Case]:
    """Yield the take-over of servers that somebody configured; they have to be well for it."""
    foreign = [name for name, observed in by_name.items() if observed.kea.foreign]
    states = [observed.kea.ha.state for observed in by_name.values() if observed.kea.ha]
    down = [name for name, observed in by_name.items() if _has_kea_down(observed)]
    if not foreign or down or any(state in TROUBLED for state in states):
        return
    verb = "runs" if len(foreign) == 1 else "run"
    reason = f"{' and '.join(foreign)} {verb} a configuration that keaprov did not write"
    at_once = "The second turn follows at once. " if turns.endpoints_change(site, by_name) else ""
    kept = "Each server keeps its files, as keaprov history shows"
    yield Case(Situation.FOREIGN, reason, f"{kept}. {at_once}{_in_order(site, by_name)}")


def _has_kea_down(observed: Observed) -> bool:
    return any_kea_version(observed) is not None and not observed.kea.answers


def _is_bare(observed: Observed) -> bool:
    """Whether no Kea is installed; if rpm's database cannot be read, that is not known."""
    return any_kea_version(observed) is None and not observed.rpm_error


def _unwell(
    site: Site, by_name: Mapping[str, Observed], needs: Mapping[str, Need]
) -> Iterator[Case]:
    bare = [name for name, observed in by_name.items() if _is_bare(observed)]
    if len(bare) == len(by_name):
        yield Case(Situation.FIRST_INSTALLATION, "no server has Kea", _in_order(site, by_name))
    elif bare:
        way = "It is installed in the other's version and filled by Kea's own synchronisation"
        yield Case(Situation.REPLACED, f"{', '.join(bare)} has no Kea yet", way)
    states = {name: observed.kea.ha.state for name, observed in by_name.items() if observed.kea.ha}
    yield from _terminated(site, by_name)
    if maintained := [name for name, state in states.items() if state in MAINTENANCE]:
        reason = f"{', '.join(maintained)}: {states[maintained[0]].value}"
        yield Case(Situation.MAINTENANCE, reason, "It is cancelled first, then the change goes on")
    down = [name for name, observed in by_name.items() if not observed.kea.answers]
    if len(down) == len(by_name):
        reason = f"kea-dhcp4 of {', '.join(down)} does not answer"
        yield Case(Situation.DOWN, reason, _in_order(site, by_name))
    elif down:
        way = _in_order(site, by_name)
        yield Case(Situation.ONE_DOWN, f"kea-dhcp4 of {', '.join(down)} does not answer", way)
    if turns.endpoints_change(site, by_name):
        return
    for name, state in states.items():
        if state in COMING:
            way = "Its gate waits for it"
            yield Case(Situation.COMING, f"{name} is in {state.value}", way)
        if state is State.PARTNER_DOWN:
            yield Case(Situation.PARTNER_DOWN, f"{name} is in partner-down", "Its gate waits")


def _terminated(site: Site, by_name: Mapping[str, Observed]) -> Iterator[Case]:
    states = {name: observed.kea.ha.state for name, observed in by_name.items() if observed.kea.ha}
    names = [name for name, state in states.items() if state is State.TERMINATED]
    if not names:
        return
    reason = f"no leases are replicated, says {' and '.join(names)}"
    serving = [name for name, observed in by_name.items() if answers_clients(observed)]
    if len(serving) > 1:
        way = "Both answer clients: stop kea-dhcp4 on one of them"
        yield Case(Situation.TERMINATED, reason, way, True)
    elif serving and serving[0] in names:
        peer = next(server.name for server in site.servers if server.name != serving[0])
        way = f"{serving[0]} serves alone, {peer} stops, starts again and fetches every lease"
        yield Case(Situation.TERMINATED, reason, way)
    else:
        yield Case(Situation.TERMINATED, reason, "It waits for its peer again")


def _to_be_changed(
    site: Site, by_name: Mapping[str, Observed], needs: Mapping[str, Need]
) -> Iterator[Case]:
    in_order = _in_order(site, by_name)
    if any(todo.upgrade for todo in needs.values()):
        reasons = "; ".join(
            dict.fromkeys(reason for todo in needs.values() for reason in todo.reasons)
        )
        yield Case(Situation.UPGRADE, reasons, in_order)
    if site.failover and any(observed.kea.ha is None for observed in by_name.values()):
        reason = "a server runs without its HA hook"
        yield Case(Situation.TO_PAIR, reason, in_order)
    if site.failover and (renamed := turns.names_change(site, by_name)):
        changes = ", ".join(f"{old} becomes {new}" for old, new in renamed.items())
        way = f"The second turn follows at once. {in_order}"
        yield Case(Situation.NAMES, changes, way)
    if turns.endpoints_change(site, by_name):
        reason = "the peers do not hear each other between the turns"
        yield Case(Situation.ENDPOINTS, reason, f"The second turn follows at once. {in_order}")
    if site.failover and turns.roles_change(site, by_name):
        by_role = sorted(site.servers, key=lambda server: server.role is not Role.PRIMARY)
        names = [server.name for server in by_role]
        reason = f"{names[0]} becomes the primary, {names[1]} the standby"
        way = f"{names[0]} restarts and serves, {names[1]} gives its scopes up and restarts"
        yield Case(Situation.ROLES, reason, way)
    ready = [name for name, todo in needs.items() if not todo]
    behind = [name for name, todo in needs.items() if todo]
    if ready and behind:
        reason = f"{', '.join(ready)} runs what is wanted, {', '.join(behind)} does not"
        yield Case(Situation.BEHIND, reason, "It continues an interrupted run")
    revisions = {observed.kea.revision for observed in by_name.values()}
    if len(revisions) > 1 and behind:
        reason = "they run " + " and ".join(
            f"{name} {observed.kea.revision or 'an unknown configuration'}"
            for name, observed in by_name.items()
        )
        yield Case(Situation.DIFFER, reason, in_order)
