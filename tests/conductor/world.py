"""A model of a pair: what Kea does by itself, what a roll-out's steps do, interrupted or not.

A stand-in for two hosts that is fast enough to go through every state. What it says of Kea's state
machine is read from the HA hook's source (ha_service.cc).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256

from keaprov.conductor.views import Kind, Step, View, Views
from keaprov.firewall import openings, ports_of
from keaprov.ha.live import Live
from keaprov.ha.observed import File, Firewalld, Observed, Running, Zone
from keaprov.ha.plan import Wanted, need
from keaprov.ha.states import SILENT, Ha, State
from keaprov.model import Failover, Role, Server, Site
from tests.ha.observations import DOWN, UP
from tests.ha.observations import server as observed_server

INTERFACES = ("ens18", "ens19")
PRIMARY = Server("dhcp1", "10.60.1.67", INTERFACES, Role.PRIMARY)
STANDBY = Server("dhcp2", "10.60.1.68", INTERFACES, Role.STANDBY)
SITE = Site("s", (PRIMARY, STANDBY), {}, failover=Failover())
CONF = "/etc/kea/kea-dhcp4.conf"
WANTED = Wanted("new", {CONF: "new"}, {}, ha_port=8005)
LISTENING = tuple(f"tcp {each.address}:8005" for each in SITE.servers)


def _open(server: Server) -> Firewalld:
    wanted = openings(SITE, server)
    zone = Zone(wanted.services, wanted.rules)
    ports = {name: sorted(ports_of(text)) for name, text in wanted.definitions.items()}
    return Firewalld(wanted.definitions, zone, zone, {}, "public", loaded=ports)


FIREWALLS = {each.name: _open(each) for each in SITE.servers}
UNIT = {"kea-dhcp4": UP, "kea-ctrl-agent": DOWN, "firewalld": UP, "chronyd": UP}


@dataclass(frozen=True)
class Host:
    """A server: `runs` and `file` are a configuration's name, `runs` is "" for an unknown one."""

    up: bool = True
    runs: str = "old"
    file: str = "old"
    staged: bool = False
    state: State = State.HOT_STANDBY
    scopes: bool = False
    deaf: bool = False
    """Its DHCP sockets are closed."""
    partly: bool = False
    """Its DHCP socket of one interface is closed."""
    mute: bool = False
    """Its control socket does not answer: the file of it was removed."""
    disabled: bool = False
    handover: bool = False

    @property
    def serves(self) -> bool:
        """Whether it serves clients, as it says to its peer."""
        return self.scopes and self.state not in SILENT

    @property
    def answers(self) -> bool:
        """Whether it answers clients."""
        return self.up and self.serves and not self.deaf and not self.disabled


@dataclass(frozen=True)
class World:
    """A pair. `apart` means that neither hears the other, `stale` that the hooks do not know yet.

    `rolling` says whether the change needs turns, `bad` that the new configuration kills Kea.
    """

    primary: Host
    standby: Host
    apart: bool = False
    stale: bool = False
    rolling: bool = True
    bad: bool = False

    def of(self, name: str) -> Host:
        """Return a server by its name."""
        return self.primary if name == PRIMARY.name else self.standby

    def set(self, name: str, host: Host) -> World:
        """Return the world with another state of a server."""
        if name == PRIMARY.name:
            return replace(self, primary=host)
        return replace(self, standby=host)

    def answering(self) -> list[str]:
        """Return who answers clients."""
        return [server.name for server in SITE.servers if self.of(server.name).answers]


def views(world: World) -> Views:
    """Return what a conductor observes."""
    kept = {}
    for server, other in ((PRIMARY, world.standby), (STANDBY, world.primary)):
        peer = other.state if other.up and not world.apart else State.UNAVAILABLE
        known = State.HOT_STANDBY if world.stale else peer
        serves = None if peer is State.UNAVAILABLE else other.serves
        view = _view(server.name, world.of(server.name), peer, known, world.rolling)
        kea = replace(view.observed.kea, peer_serves=serves)
        kept[server.name] = replace(view, observed=replace(view.observed, kea=kea))
    return kept


@cache
def _view(name: str, host: Host, peer: State, known: State, rolling: bool) -> View:
    """Return how a server is observed; `known` is what its hook knows of the peer."""
    observed = _observed(name, host, peer, known)
    change: Live | str | None = None
    if observed.kea.revision != WANTED.revision:
        change = "a global value" if rolling or not observed.kea.revision else Live()
    return View(observed, WANTED, need(observed, WANTED), change)


def _observed(name: str, host: Host, peer: State, known: State) -> Observed:
    hears = known is not State.UNAVAILABLE
    ha = Ha(
        host.state,
        ("dhcp1",) if host.scopes else (),
        known,
        in_touch=hears,
        interrupted=not hears,
        direct=peer,
    )
    files = {CONF: _file(host.file)}
    if host.staged:
        files[f"{CONF}.staged"] = _file("new")
    closed = INTERFACES if host.deaf else INTERFACES[:1] if host.partly else ()
    kea = Running(
        "3.0.3",
        host.runs,
        ha,
        None,
        proven=True,
        pid=1,
        sockets=tuple(f"the interface {name} is down" for name in closed),
        disabled="by the command dhcp-disable" if host.disabled else "",
        role=Role.PRIMARY if name == PRIMARY.name else Role.STANDBY,
    )
    return observed_server(
        units=UNIT if host.up else {**UNIT, "kea-dhcp4": DOWN},
        kea=kea if host.up and not host.mute else Running(None, None, None, "no answer"),
        files=files,
        firewalld=FIREWALLS[name],
        listening=LISTENING,
        handover=host.handover,
    )


@cache
def _file(text: str) -> File:
    return File("640", "root", "kea", 1.0, sha256(text.encode()).hexdigest())


def settled(world: World) -> World:
    """Return what becomes of a pair if it is left alone: Kea's own state machine."""
    world = replace(world, stale=False)
    states = {name: world.of(name) for name in (PRIMARY.name, STANDBY.name)}
    if any(host.state is State.TERMINATED for host in states.values() if host.up):
        return world
    hear = not world.apart and all(host.up for host in states.values())
    maintained = any(
        host.state in (State.IN_MAINTENANCE, State.PARTNER_IN_MAINTENANCE)
        for host in states.values()
        if host.up
    )
    if hear and maintained:
        return world
    for name, host in states.items():
        if not host.up:
            continue
        if hear and host.state is not State.HOT_STANDBY:
            entered = replace(host, state=State.HOT_STANDBY, scopes=name == PRIMARY.name)
            world = world.set(name, replace(entered, handover=False))
        elif not hear and host.state is not State.PARTNER_DOWN:
            alone = replace(host, state=State.PARTNER_DOWN, scopes=True, handover=False)
            world = world.set(name, alone)
    if hear and world.standby.handover and world.primary.state is State.HOT_STANDBY:
        world = replace(world, standby=replace(world.standby, scopes=False, handover=False))
    return world


def taken(world: World, step: Step) -> Iterator[World]:
    """Yield the worlds that a step goes through, the last one is where it ends."""
    if step.kind is Kind.STAGE:
        for name in step.servers:
            world = world.set(name, replace(world.of(name), staged=True))
            yield world
    elif step.kind is Kind.LIVE:
        for server in (STANDBY, PRIMARY):
            world = world.set(server.name, replace(world.of(server.name), runs="new"))
            yield world
        for server in (STANDBY, PRIMARY):
            world = world.set(server.name, replace(world.of(server.name), file="new", staged=False))
            yield world
    elif step.kind is Kind.CANCEL_MAINTENANCE:
        for server in SITE.servers:
            state = replace(
                world.of(server.name), state=State.HOT_STANDBY, scopes=server is PRIMARY
            )
            world = world.set(server.name, state)
        yield world
    elif step.kind is Kind.REVIVE:
        name, peer = step.servers
        world = world.set(peer, replace(world.of(peer), up=False))
        yield world
        silent = replace(world.of(name), state=State.WAITING, scopes=False)
        yield world.set(name, silent)  # for milliseconds
        yield world.set(name, replace(silent, state=State.PARTNER_DOWN, scopes=True))
    elif step.kind is Kind.RESET:
        for name in step.servers:
            silent = replace(world.of(name), state=State.WAITING, scopes=False, handover=False)
            world = world.set(name, silent)
            yield world
    elif step.kind is Kind.GIVE_BACK:
        (name,) = step.servers
        yield world.set(name, replace(world.of(name), scopes=False, handover=False))
    elif step.kind is Kind.SERVE_AGAIN:
        (name,) = step.servers
        yield world.set(name, replace(world.of(name), scopes=True))
    elif step.kind is Kind.TURN:
        yield from _turn(world, step)


def _turn(world: World, step: Step) -> Iterator[World]:
    (name,) = step.servers
    before = world.of(name)
    restarts = not before.up or before.runs != "new"
    if step.hand_over:
        other = world.of(step.hand_over)
        world = world.set(step.hand_over, replace(other, scopes=True, handover=True))
        yield world
    world = world.set(name, replace(world.of(name), file="new", staged=False))
    yield world
    if not restarts:
        return
    world = world.set(name, replace(world.of(name), up=False))
    yield world
    runs = "old" if world.bad else "new"
    file = "old" if world.bad else "new"
    started = replace(
        world.of(name), up=True, runs=runs, file=file, state=State.WAITING, scopes=False,
        disabled=False, handover=False, mute=False,
    )  # fmt: skip
    world = world.set(name, started)
    yield world
    yield settled(world)
