"""Rehearse a failover: hand over and back, or stop the primary, and measure what clients notice.

The pair is always put back: also when the drill is interrupted, or a step does not come about.
Where clients ask throughout, one of them also takes a lease from the standby while it serves.
An interruption is noticed between two steps, never within one: what was sent has been answered.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any

from keaprov.drill.clients import Clients, Probe
from keaprov.drill.pair import Pair
from keaprov.errors import ControlError, KeaprovError
from keaprov.ha.states import Ha, State

__all__ = ["Drill", "DrillError", "Drilled", "Event", "Pair", "Probe"]

LOOK = 0.3
"""Seconds between two looks at the states."""


class DrillError(KeaprovError):
    """A step of the drill did not come about; the message says whether the pair was put back."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, `at` seconds after the drill began."""

    at: float
    words: str


@dataclass
class Drilled:
    """What a drill showed: its timeline, the longest time without an offer, leases lost.

    `began` is in seconds since the epoch. `silence` is in seconds, None when nobody probed.
    `failed` says what did not come about; it is empty when all did.
    """

    site: str
    began: float
    timeline: list[Event] = field(default_factory=list)
    silence: float | None = None
    lost: int = 0
    failed: str = ""

    @property
    def words(self) -> str:
        """What it showed, in a line."""
        if self.failed:
            return f"FAILED: {self.failed}"
        if self.silence is None:
            return f"nobody probed, {self.lost} leases lost"
        return f"{self.silence:.1f} s without an offer at the longest, {self.lost} leases lost"

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Drilled:
        """Return what ``keaprov drill --json`` printed; ValueError, TypeError or KeyError."""
        return cls(
            site=str(told["site"]),
            began=float(told["began"]),
            timeline=[Event(float(one["at"]), str(one["words"])) for one in told["timeline"]],
            silence=None if told["silence"] is None else float(told["silence"]),
            lost=int(told["lost"]),
            failed=str(told["failed"]),
        )


class Drill:
    """One rehearsal; `done` is what it has shown up to now.

    + say: is told each event as it happens
    + waiting: is told what is waited for
    + probe: makes exchanges for clients that ask throughout; None for none
    + stop: when it is set, the drill ends and puts the pair back
    + hold: seconds that the standby serves before the pair goes back
    """

    def __init__(
        self,
        pair: Pair,
        say: Callable[[Event], None],
        waiting: Callable[[str], None],
        probe: Probe | None = None,
        stop: threading.Event | None = None,
        hold: float = 0.0,
    ) -> None:
        self._pair = pair
        self._say = say
        self._waiting = waiting
        self._clients = Clients(pair.site, probe) if probe else None
        self._stop = stop or threading.Event()
        self._hold = hold
        self._began = time.monotonic()
        self._states: dict[str, str] = {}
        self.done = Drilled(pair.site.name, time.time())

    def failover(self) -> Drilled:
        """Stop the primary, have a lease from the standby, bring the primary back."""
        pair = self._pair

        def act() -> None:
            self._event(f"{pair.primary}: kea-dhcp4 is stopped")
            pair.unit(pair.primary, "stop")
            if pair.unacked and not self._clients:
                self._event(f"max-unacked-clients: more than {pair.unacked} have to ask in vain")
            self._await("the standby serves alone", lambda: self._serves(pair.standby))
            self._served()
            self._event(f"{pair.primary}: kea-dhcp4 is started")
            pair.unit(pair.primary, "start")
            self._await("both are in hot-standby", self._healthy)

        return self._run(act)

    def hand_over(self) -> Drilled:
        """Hand over to the standby by Kea's maintenance, have a lease from it, and back."""
        pair = self._pair

        def act() -> None:
            self._event(f"{pair.standby}: ha-maintenance-start, it serves for both")
            pair.client(pair.standby).ask("ha-maintenance-start")
            self._await("the standby serves", lambda: self._serves(pair.standby))
            self._served()
            self._event(f"{pair.standby}: ha-maintenance-cancel, back to the primary")
            pair.client(pair.standby).ask("ha-maintenance-cancel")
            self._await("both are in hot-standby", self._healthy)

        return self._run(act)

    def _served(self) -> None:
        """Have the standby serve for a while, and a client take a lease from it."""
        if self._clients:
            self._waiting("a client asks the standby for a lease")
            self._event(f"a client has {self._clients.lease()}, as promised")
        self._waiting(f"the standby serves for {self._hold:g} s")
        if self._stop.wait(self._hold):
            raise DrillError("interrupted")

    def _run(self, act: Callable[[], None]) -> Drilled:
        pair, self._began, self.done.began = self._pair, time.monotonic(), time.time()
        both = (pair.primary, pair.standby)
        with pair.held():
            troubles = list(pair.health().all_troubles())
            if troubles:
                raise DrillError(f"the pair is not healthy: {'; '.join(troubles)}")
            before = {name: _active(pair.leases(name)) for name in both}
            if self._stop.is_set():
                raise DrillError("interrupted before anything was changed")
            try:
                with self._clients.asking() if self._clients else nullcontext():
                    self._act(act)
            finally:
                self.done.silence = self._clients.silence if self._clients else None
            # what a client gave back meanwhile, or let expire, is kept in another state
            lost = (before[name] - pair.leases(name).keys() for name in both)
            self.done.lost = len(set().union(*lost))
        return self.done

    def _act(self, act: Callable[[], None]) -> None:
        try:
            act()
        except KeaprovError as error:
            self.done.failed = f"{error}; {self._put_back()}"
            raise DrillError(self.done.failed) from error
        except BaseException:
            self.done.failed = f"ended by force; {self._put_back()}"
            raise

    def _put_back(self) -> str:
        """Bring the pair back, from wherever the drill was; say whether it is."""
        self._event("putting the pair back")
        self._stop = threading.Event()  # from here on nothing ends it before its time
        for name in (self._pair.primary, self._pair.standby):
            with suppress(ControlError):  # tried again below
                self._pair.unit(name, "start")  # a stop may be under way, after which it is down
        try:
            self._await("both are in hot-standby", self._restored)
        except DrillError as error:
            return f"THE PAIR IS NOT BACK ({error}): run the deploy"
        return "the pair was put back"

    def _restored(self) -> bool:
        """Do again what brings the pair back: a server may have been out of reach just now."""
        pair = self._pair
        for name in (pair.primary, pair.standby):
            found = self._look(name)
            with suppress(ControlError):
                if found is None:
                    pair.unit(name, "start")
                elif name == pair.standby and found.state is State.PARTNER_IN_MAINTENANCE:
                    pair.client(name).ask("ha-maintenance-cancel")
        return self._healthy()

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
        self._waiting(f"waiting, {self._pair.patience:.0f} s at most, until {what}")
        while not reached():
            if time.monotonic() > deadline:
                raise DrillError(f"{what}: not within {self._pair.patience:.0f} s")
            if self._stop.wait(LOOK):
                raise DrillError("interrupted")
        self._event(what)

    def _event(self, words: str) -> None:
        event = Event(time.monotonic() - self._began, words)
        self.done.timeline.append(event)
        with suppress(OSError):  # nobody listens any more; the pair has to be put back
            self._say(event)


def _active(leases: Mapping[str, int]) -> set[str]:
    return {address for address, state in leases.items() if state == 0}
