"""Watch a pair during a drill: each change is an event, and each wait has a limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from keaprov.drill.pair import Pair, Views
from keaprov.drill.result import DrillError, DrillReport, Event
from keaprov.ha.observed import Observed
from keaprov.ha.serving import BRING_BACK, answers_clients, troubles
from keaprov.ha.states import State

INTERVAL = 0.3
"""Seconds between two observations."""
STATUS = "Run keaprov status --explain, then run the deploy"


class Watch:
    """Observes a pair and writes the timeline of its drill.

    `ending` is set while the drill restores the pair: then neither `stop` nor a lost lock ends a
    wait.
    """

    def __init__(
        self,
        pair: Pair,
        report: DrillReport,
        on_event: Callable[[Event], None],
        on_wait: Callable[[str], None],
        stop: threading.Event,
    ) -> None:
        self.ending = False
        self.on_wait = on_wait
        self._pair = pair
        self._report = report
        self._on_event = on_event
        self._stop = stop
        self._words: dict[str, str] = {}
        self._began = time.monotonic()

    def begin(self) -> None:
        """Count the seconds of the timeline from now."""
        self._began, self._report.began = time.monotonic(), time.time()

    def event(self, words: str) -> None:
        """Add an event to the timeline."""
        event = Event(time.monotonic() - self._began, words)
        self._report.timeline.append(event)
        with suppress(OSError):  # the terminal is closed; the drill still has to restore the pair
            self._on_event(event)

    def observe(self) -> Views:
        """Observe both servers; each change is an event. DrillError if the pair is terminated."""
        views = self._pair.observe()
        for name, observed in views.items():
            words = state_words(observed)
            if self._words.get(name) != words:
                self._words[name] = words
                self.event(f"{name}: {words}")
        for name, observed in views.items():
            ha = observed.kea.ha if observed else None
            if ha and State.TERMINATED in (ha.state, ha.peer_now):
                raise DrillError(f"{name}: the pair is terminated. {BRING_BACK}")
        return views

    def wait(
        self, what: str, missing: Callable[[], str], cure: str = STATUS, seconds: float = 0.0
    ) -> None:
        """Wait until `missing` returns ""; DrillError after `seconds` (0: the pair's patience).

        `missing` returns in words what is missing, with the name of the host.
        """
        seconds = seconds or self._pair.patience
        deadline = time.monotonic() + seconds
        self.on_wait(f"waiting, {seconds:.0f} s at most, until {what}")
        while reason := missing():
            if time.monotonic() > deadline:
                raise DrillError(f"{what}: not within {seconds:.0f} s ({reason}). {cure}")
            self.pause(INTERVAL)
        self.event(what)

    def hold(self, seconds: float) -> None:
        """Observe the pair for so many seconds."""
        deadline = time.monotonic() + seconds
        while (remaining := deadline - time.monotonic()) > 0:
            self.observe()
            self.pause(min(INTERVAL, remaining))
        self.check_interrupted()

    def pause(self, seconds: float) -> None:
        """Wait between two observations; DrillError if the drill was interrupted."""
        if self.ending:
            threading.Event().wait(seconds)
        else:
            self._stop.wait(seconds)
            self.check_interrupted()

    def check_interrupted(self, interrupted: str = "interrupted") -> None:
        """Raise DrillError if somebody interrupted the drill, or if the lock of a host is lost."""
        if self.ending:
            return
        if self._stop.is_set():
            raise DrillError(interrupted)
        if name := self._pair.lost():
            raise DrillError(f"{name}: the connection is lost, and with it the lock of this drill")

    def standby_silent(self) -> str:
        """Return why the standby does not answer clients, "" if it does."""
        observed = self.observe()[self._pair.standby]
        if observed is not None and answers_clients(observed):
            return ""
        return f"{self._pair.standby}: {state_words(observed)}"

    def not_in_hot_standby(self) -> str:
        """Return which server does not report both in hot-standby, "" if both do."""
        for name, observed in self.observe().items():
            if observed is None or observed.kea.ha is None or not observed.kea.ha.healthy:
                return f"{name}: {state_words(observed)}"
        return ""

    def no_lease_updates(self) -> str:
        """Return why the primary accepts no lease updates, "" if it does."""
        views = self.observe()
        primary, standby = views[self._pair.primary], views[self._pair.standby]
        ha = standby.kea.ha if standby else None
        listens = ha is not None and (ha.direct is None or ha.healing)
        if listens and primary is not None and primary.kea.answers:
            return ""
        return f"{self._pair.primary}: {state_words(primary)}"

    def standby_still_serves(self) -> str:
        """Return that the standby still answers the primary's clients, "" if it does not."""
        observed = self.observe()[self._pair.standby]
        ha = observed.kea.ha if observed else None
        if ha is not None and not (ha.state is State.HOT_STANDBY and ha.serves):
            return ""
        return f"{self._pair.standby}: {state_words(observed)}"

    def pair_trouble(self) -> str:
        """Return the first trouble of the pair, "" if it has none."""
        site = self._pair.site
        for name, observed in self.observe().items():
            if observed is None:
                return f"{name}: {state_words(observed)}"
            for trouble in troubles(site, site.server(name), observed):
                return f"{name}: {trouble.what}"
        return ""


def state_words(observed: Observed | None) -> str:
    """Return a server's state in words, for the timeline."""
    if observed is None:
        return "unreachable"
    unit, ha = observed.unit("kea-dhcp4"), observed.kea.ha
    if not unit.running:
        return f"kea-dhcp4 is {unit.active}"
    if not observed.kea.answers or ha is None:
        return "kea-dhcp4 does not answer"
    beside = observed.handover and ha.state is State.HOT_STANDBY and ha.serves
    return f"{ha.state.value}, answers clients for its primary" if beside else ha.state.value
