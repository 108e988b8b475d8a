"""What a server needs, from what was observed of it and what the site wants.

It is decided from facts only (what runs, what the file says, what is wanted), never from what a run
changed. So a run goes on from wherever an earlier one was interrupted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keaprov import paths
from keaprov.ha.observed import Observed
from keaprov.ha.states import State
from keaprov.ha.upgrade import upgrade
from keaprov.model import Json, Site


@dataclass(frozen=True, slots=True)
class Wanted:
    """One server as the site wants it: each active file's text by path, and the revision.

    `agent_files` are those whose change restarts the agent; empty if the site has no agent.
    `dhcp4_files` are those that kea-dhcp4 reads when it starts, besides its configuration.
    `drop_ins` has the text of each unit's drop-in (`paths.DROP_INS`).
    `ha_port` is the port of the HA listener in the dhcp4 text, None without HA: the previous
    configuration may have another than the site. `body` is the ``Dhcp4`` map of the text if it is
    not the site's: one that somebody wrote may have comments. `cert_file` is the certificate in it,
    "" without TLS. `tls_files` are those that kea-dhcp4 and the agent read when they start.
    """

    revision: str
    dhcp4: Mapping[str, str]
    agent: Mapping[str, str]
    agent_files: tuple[str, ...] = ()
    ha_port: int | None = None
    dhcp4_files: tuple[str, ...] = ()
    body: Json | None = None
    cert_file: str = ""
    tls_files: tuple[str, ...] = ()
    drop_ins: Mapping[str, str] = field(default_factory=dict)

    def misses(self, observed: Observed, unit: str) -> bool:
        """Whether a unit's drop-in is not as wanted; one without settings may be missing."""
        text, path = self.drop_ins.get(unit), paths.DROP_INS[unit]
        if text is None or ("[Service]" not in text and path not in observed.files):
            return False
        return not observed.holds(path, text)


@dataclass(frozen=True, slots=True)
class Need:
    """What is to be done on one server: `stage` maps path to text, `restart` names units in order.

    `retire` names units that the site no longer has: they are stopped and disabled before others
    start. `fresh` names units that did not run before: to undo the turn, they are stopped first,
    because they may have the port of another one. `unproven`
    names drop-ins that the running process does not have: to undo the turn, they are removed.
    `upgrade`, `installed`, `erase`, `swap` and `test_later` are those of `keaprov.ha.upgrade`.
    `update` names pending updates of the system, if kea-dhcp4 runs here: they are part of its turn.
    """

    stage: Mapping[str, str]
    restart: tuple[str, ...]
    retire: tuple[str, ...]
    upgrade: tuple[str, ...]
    installed: tuple[str, ...]
    reasons: tuple[str, ...]
    update: tuple[str, ...] = ()
    fresh: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()
    erase: tuple[str, ...] = ()
    swap: tuple[str, ...] = ()
    test_later: bool = False

    def __bool__(self) -> bool:
        return bool(self.stage or self.restart or self.retire or self.upgrade or self.update)

    @property
    def interrupts(self) -> bool:
        """Whether kea-dhcp4 restarts, or an update may disturb it."""
        return bool("kea-dhcp4" in self.restart or self.upgrade or self.update)


def need(observed: Observed, wanted: Wanted, version: str | None = None) -> Need:
    """Return what the server needs to run what is wanted, in the pinned version if there is one."""
    reasons: list[str] = []
    changed = {
        path: text
        for path, text in {**wanted.dhcp4, **wanted.agent}.items()
        if not observed.holds(path, text)
    }
    reasons += [f"{path} is not as the site wants it" for path in changed]
    restart = []
    if wanted.agent and _restart_agent(observed, wanted, changed, reasons):
        restart.append("kea-ctrl-agent")
    if _restart_dhcp4(observed, wanted, reasons):
        restart.append("kea-dhcp4")
    agent = observed.unit("kea-ctrl-agent")
    fresh = ("kea-ctrl-agent",) if wanted.agent and not (agent.running or agent.enabled) else ()
    retire = ("kea-ctrl-agent",) if not wanted.agent and (agent.running or agent.enabled) else ()
    reasons += [f"{name} is not in the site" for name in retire]
    packages = upgrade(observed, version)
    reasons += packages.reasons
    if packages.install:
        restart = ["kea-ctrl-agent"] * bool(wanted.agent) + ["kea-dhcp4"]
    update = observed.dnf.updates if observed.unit("kea-dhcp4").running else ()
    if update:
        reasons.append(f"{len(update)} updates are pending: {', '.join(update)}")
    if fresh and observed.unit("kea-dhcp4").running:
        restart.reverse()  # kea-dhcp4 may have the agent's port until it restarts
    return Need(
        stage=changed,
        restart=tuple(restart),
        retire=retire,
        upgrade=packages.install,
        erase=packages.erase,
        swap=packages.swap,
        test_later=packages.test_later,
        installed=packages.installed,
        reasons=tuple(reasons),
        update=update,
        fresh=fresh,
        unproven=tuple(path for unit, path in paths.DROP_INS.items() if observed.stale(unit, path)),
    )


def why_by_turns(
    site: Site, by_name: Mapping[str, Observed], needs: Mapping[str, Need]
) -> str | None:
    """Return why the servers cannot be changed live, None when they are in a state for it.

    Both mappings are by server name. What is to be changed is for `keaprov.ha.live` to judge.
    """
    if not site.live:
        return "the site says live: false"
    for name, observed in by_name.items():
        unit, todo = observed.unit("kea-dhcp4"), needs[name]
        if not (unit.running and unit.enabled and observed.kea.answers):
            return f"kea-dhcp4 of {name} is {unit.active}"
        if todo.upgrade:
            return f"{name} gets another version of Kea"
        if todo.retire or "kea-ctrl-agent" in todo.restart:
            return f"the control agent of {name} changes"
        ha = observed.kea.ha
        if site.failover and (ha is None or not ha.healthy):
            if ha and ha.state is State.HOT_STANDBY:
                return f"{name} does not hear that its peer is in hot-standby"
            return f"{name} is in {ha.state.value if ha else 'no HA state'}, not hot-standby"
    return None


def _restart_dhcp4(observed: Observed, wanted: Wanted, reasons: list[str]) -> bool:
    unit = observed.unit("kea-dhcp4")
    if not unit.running:
        reasons.append(f"kea-dhcp4 is {unit.active}")
        return True
    if not unit.enabled:
        reasons.append("kea-dhcp4 is not enabled")
        return True
    if observed.kea.revision != wanted.revision:
        runs = f"revision {observed.kea.revision or 'unknown'}"
        if observed.kea.foreign:
            runs = "a configuration that keaprov did not write"
        reasons.append(f"kea-dhcp4 runs {runs}, the site wants {wanted.revision}")
        return True
    if observed.kea.opens_again:
        reasons.append(f"kea-dhcp4 receives no DHCP packets: {'; '.join(observed.kea.sockets)}")
        return True
    if observed.stale("kea-dhcp4", *wanted.dhcp4_files):
        reasons.append("kea-dhcp4 runs since before the user or password of its API was changed")
        return True
    if observed.stale("kea-dhcp4", *wanted.tls_files):
        reasons.append("kea-dhcp4 runs since before its certificate was placed")
        return True
    # a file behind what runs is repaired: a change by hand, an interrupted run
    return _hardening_changes(observed, wanted, "kea-dhcp4", reasons)


def _restart_agent(
    observed: Observed, wanted: Wanted, changed: Mapping[str, str], reasons: list[str]
) -> bool:
    unit = observed.unit("kea-ctrl-agent")
    if not unit.running or not unit.enabled:
        reasons.append(f"kea-ctrl-agent is {unit.active}, {'' if unit.enabled else 'not '}enabled")
        return True
    if observed.stale("kea-ctrl-agent", *wanted.agent_files):
        reasons.append("kea-ctrl-agent runs since before its configuration was changed")
        return True
    if _hardening_changes(observed, wanted, "kea-ctrl-agent", reasons):
        return True
    return any(path in changed for path in wanted.agent)


def _hardening_changes(observed: Observed, wanted: Wanted, unit: str, reasons: list[str]) -> bool:
    """Whether a unit has to restart to get another drop-in."""
    path = paths.DROP_INS[unit]
    if wanted.misses(observed, unit):
        reasons.append(f"{path} is not as the site wants it")
        return True
    if observed.stale(unit, path):
        reasons.append(f"{unit} runs since before {path} was changed")
        return True
    return False
