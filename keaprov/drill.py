"""Rehearse a failover: hand over and back, or stop the primary, and measure what clients notice.

The pair is always put back: also when the drill is interrupted, or a step does not come about.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from keaprov import paths
from keaprov.control import Client, Shell, Socket
from keaprov.errors import ControlError, KeaprovError
from keaprov.ha.states import Ha, State
from keaprov.model import Role, Site
from keaprov.probe import probe

LOOK = 0.3
"""Seconds between two looks at the states."""
ASK = 0.2
"""Seconds that a probe waits for an offer."""


class DrillError(KeaprovError):
    """A step of the drill did not come about; the pair was put back as far as it went."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, `at` seconds after the drill began."""

    at: float
    words: str


@dataclass
class Drilled:
    """What a drill showed: its timeline, the longest time without an offer, leases lost.

    `silence` is in seconds, None when nobody probed.
    """

    timeline: list[Event] = field(default_factory=list)
    silence: float | None = None
    lost: int = 0


class Pair:
    """The two servers of a site, with a channel to each."""

    def __init__(self, site: Site, shells: Mapping[str, Shell]) -> None:
        by_role = {server.role: server.name for server in site.servers}
        self.primary, self.standby = by_role[Role.PRIMARY], by_role[Role.STANDBY]
        self._shells = shells
        delay = site.failover.max_response_delay / 1000 if site.failover else 0.0
        self.patience = 60 + 3 * delay
        """Seconds for a step: a take-over waits for max-response-delay."""

    def client(self, name: str) -> Client:
        """Return who asks a server's kea-dhcp4."""
        return Client(Socket(self._shells[name], paths.CONTROL_SOCKET))

    def unit(self, name: str, verb: str) -> None:
        """Start or stop a server's kea-dhcp4."""
        self._shells[name].root("systemctl", verb, "kea-dhcp4")

    def state(self, name: str) -> Ha | None:
        """Return how a server sees the pair, None when it does not answer."""
        try:
            return Ha.from_status(self.client(name).ask("status-get"))
        except ControlError:
            return None

    def leases(self, name: str) -> set[str]:
        """Return the addresses that a server knows to be leased."""
        held = self.client(name).ask("lease4-get-all").get("leases", [])
        return {one["ip-address"] for one in held if one["state"] == 0}


class Drill:
    """One rehearsal; `say` is told each event as it happens.

    + probing: a request to `keaprov.probe`, for clients that ask throughout; None for none
    """

    def __init__(
        self, pair: Pair, say: Callable[[Event], None], probing: Mapping[str, Any] | None = None
    ) -> None:
        self._pair = pair
        self._say = say
        self._probing = probing
        self._began = time.monotonic()
        self._states: dict[str, str] = {}
        self._done = Drilled()

    def failover(self) -> Drilled:
        """Stop the primary, have a lease from the standby, bring the primary back."""
        pair = self._pair

        def act() -> None:
            self._event(f"{pair.primary}: kea-dhcp4 is stopped")
            pair.unit(pair.primary, "stop")
            self._await("the standby serves alone", lambda: self._serves(pair.standby))
            self._event(f"{pair.primary}: kea-dhcp4 is started")
            pair.unit(pair.primary, "start")
            self._await("both are in hot-standby", self._healthy)

        return self._run(act)

    def hand_over(self) -> Drilled:
        """Hand over to the standby by Kea's maintenance, and back."""
        pair = self._pair

        def act() -> None:
            self._event(f"{pair.standby}: ha-maintenance-start, it serves for both")
            pair.client(pair.standby).ask("ha-maintenance-start")
            self._await("the standby serves", lambda: self._serves(pair.standby))
            self._event(f"{pair.standby}: ha-maintenance-cancel, back to the primary")
            pair.client(pair.standby).ask("ha-maintenance-cancel")
            self._await("both are in hot-standby", self._healthy)

        return self._run(act)

    def _run(self, act: Callable[[], None]) -> Drilled:
        pair, self._began = self._pair, time.monotonic()
        if not self._healthy():
            raise DrillError("the pair is not healthy: both have to be in hot-standby")
        before = {name: pair.leases(name) for name in (pair.primary, pair.standby)}
        with self._clients():
            try:
                act()
            finally:
                self._put_back()
        self._done.lost = sum(len(held - pair.leases(name)) for name, held in before.items())
        return self._done

    def _put_back(self) -> None:
        """Bring the pair back, from wherever the drill was."""
        if self._healthy():
            return
        pair = self._pair
        self._event("the pair is put back")
        state = pair.state(pair.standby)
        if state is not None and state.state is State.PARTNER_IN_MAINTENANCE:
            pair.client(pair.standby).ask("ha-maintenance-cancel")
        for name in (pair.primary, pair.standby):
            pair.unit(name, "start")
        self._await("both are in hot-standby", self._healthy)

    def _healthy(self) -> bool:
        states = [self._look(name) for name in (self._pair.primary, self._pair.standby)]
        return all(one is not None and one.healthy for one in states)

    def _serves(self, name: str) -> bool:
        for one in (self._pair.primary, self._pair.standby):
            found = self._look(one)
            if one == name and found is not None and found.serves:
                return True
        return False

    def _look(self, name: str) -> Ha | None:
        found = self._pair.state(name)
        words = found.state.value if found else "does not answer"
        if self._states.get(name) != words:
            self._states[name] = words
            self._event(f"{name}: {words}")
        return found

    def _await(self, what: str, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + self._pair.patience
        while not reached():
            if time.monotonic() > deadline:
                raise DrillError(f"{what}: not within {self._pair.patience:.0f} s")
            time.sleep(LOOK)
        self._event(what)

    def _event(self, words: str) -> None:
        event = Event(time.monotonic() - self._began, words)
        self._done.timeline.append(event)
        self._say(event)

    @contextmanager
    def _clients(self) -> Iterator[None]:
        """Have clients ask as long as it lasts, and take the longest silence."""
        if self._probing is None:
            yield
            return
        over, offers = threading.Event(), [time.monotonic()]
        asking = threading.Thread(target=self._ask, args=(over, offers), daemon=True)
        asking.start()
        try:
            yield
        finally:
            over.set()
            asking.join()
            moments = [*offers, time.monotonic()]
            self._done.silence = max(b - a for a, b in pairwise(moments))

    def _ask(self, over: threading.Event, offers: list[float]) -> None:
        request = {**(self._probing or {}), "patience": ASK, "gather": 0.0}
        while not over.is_set():
            if probe(request)["offers"]:
                offers.append(time.monotonic())
                over.wait(ASK)
