"""Stand-ins for the hosts of a site: they keep every request, and answer as a test wants it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from keaprov.channel import ANSWER, Channel
from keaprov.conductor.acting import Actions
from keaprov.conductor.gating import Gates
from keaprov.conductor.observing import Known, Observer
from keaprov.conductor.views import Step, View, Views
from keaprov.errors import KeaprovError, Unreachable
from keaprov.ha.observed import Observed
from keaprov.model import Server, Site
from tests.conductor.world import SITE, Host, World, views

UNTOUCHED = World(Host(scopes=True), Host())
"""A healthy pair that runs the old configuration."""


class Held:
    """A lock that is held until somebody frees it."""

    lost = False

    def __init__(self, hosts: Hosts, name: str) -> None:
        self._hosts, self._name = hosts, name

    def free(self) -> None:
        """Forget the lock."""
        del self._hosts.locks[self._name]


@dataclass(frozen=True)
class HostChannel:
    """A channel to one of the hosts."""

    name: str
    hosts: Hosts

    def hold(self, run: str) -> Held:
        """Lock the host, or raise what it answers to `lock`."""
        self.hosts.answer(self.name, "lock")
        self.hosts.locks[self.name] = run
        return Held(self.hosts, self.name)

    def program(self, name: str, request: Mapping[str, Any], patience: float = ANSWER) -> Any:
        """Keep the request, and answer it."""
        self.hosts.calls.append((self.name, name, request, patience))
        return self.hosts.answer(self.name, name)


@dataclass
class Hosts:
    """The hosts of a site, what they were asked for, and what the operator reads.

    `answers` are by program (``turn``), or by server and program (``dhcp1 turn``): an error is
    raised, of a list each call takes the next one. Without an answer a report is empty.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, str, Mapping[str, Any], float]] = field(default_factory=list)
    sentences: list[tuple[str, str, bool]] = field(default_factory=list)
    locks: dict[str, str] = field(default_factory=dict)
    site: Site = SITE

    @property
    def channels(self) -> dict[str, Channel]:
        """The channel to each host."""
        return {server.name: HostChannel(server.name, self) for server in self.site.servers}

    @property
    def programs(self) -> list[tuple[str, str]]:
        """Each server and the program that it was to run, in this order."""
        return [(server, program) for server, program, *_ in self.calls]

    def tell(self, name: str, words: str, error: bool) -> None:
        """Keep a sentence."""
        self.sentences.append((name, words, error))

    def answer(self, name: str, program: str) -> Any:
        """Return what a host answers to a program; raises it if it is an error."""
        answer = self.answers.get(f"{name} {program}", self.answers.get(program, {}))
        if isinstance(answer, list):
            answer = answer.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Shown(Observer):
    """Shows worlds of the model, one at each observation of all servers; the last one stays.

    `forgotten` are the servers whose running configuration has to be read again.
    """

    def __init__(self, hosts: Hosts, *worlds: World | Views) -> None:
        super().__init__(hosts.site, hosts.channels, {})
        self.worlds = list(worlds)
        self.known = {server.name: Known() for server in hosts.site.servers}
        self.parts: list[Any] = []
        self.forgotten: list[str] = []

    def views(self, parts: Any = (), *, updates: bool = False) -> Views:
        """Return the next world as it is observed."""
        self.parts.append(parts)
        shown = self.worlds.pop(0) if len(self.worlds) > 1 else self.worlds[0]
        return views(shown) if isinstance(shown, World) else shown

    def view(self, server: Server, parts: Any, updates: bool = False) -> View:
        """Return one server of the next world."""
        return self.views(parts, updates=updates)[server.name]

    def forget(self, server: Server) -> None:
        """Remember who was forgotten."""
        self.forgotten.append(server.name)


def each(by_name: Views, **changes: Any) -> Views:
    """Return views with changes of what is observed of every server."""
    return {
        name: replace(view, observed=replace(view.observed, **changes))
        for name, view in by_name.items()
    }


class Gate(Gates):
    """A gate that opens, or closes for a reason; then these two servers are observed.

    `down` is why a server that was restored does not run.
    """

    reason = ""
    after: tuple[Observed | KeaprovError, Observed | None] = (Unreachable("no answer"), None)
    maintenances = 0
    down = ""

    def wait(self, server: Server, before: View, step: Step) -> str:
        """Return why it closes."""
        return self.reason

    def observe(self, server: Server) -> tuple[Observed | KeaprovError, Observed | None]:
        """Return what is observed of a server and of its peer."""
        return self.after

    def comes_up(self, server: Server, units: Sequence[str]) -> str:
        """Return why a restored server does not run."""
        return self.down

    def await_end_of_maintenance(self) -> None:
        """Count how often the end was waited for."""
        self.maintenances += 1


def acting_on(hosts: Hosts, *worlds: World, site: Site = SITE) -> tuple[Actions, Gate]:
    """Return the actions of a run, and the gate at which they wait."""
    observer = Shown(hosts, *(worlds or (UNTOUCHED,)))
    observer.site = site
    actions = Actions("run", observer, hosts.tell)
    actions._gates = gate = Gate(site, observer, hosts.tell)
    return actions, gate


class Clock:
    """A clock that goes on by one second each time that somebody reads it: no test waits for it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        self.now += 1
        return self.now
