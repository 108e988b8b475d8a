"""Watch a pair during a drill: each change is an event, each wait ends and says what is missing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress

from keaprov.drill.pair import Pair, Views
from keaprov.drill.result import Drilled, DrillError, Event
from keaprov.ha.observed import Observed
from keaprov.ha.serving import RESTART_BOTH, answers_clients, troubles
from keaprov.ha.states import State

LOOK = 0.3
"""Seconds between two observations."""
STATUS = "Run keaprov status --explain, then run the deploy"


class Watch:
    """Observes a pair and writes the timeline of its drill.

    `ending` is set while the pair is put back: then neither `stop` nor a lost lock ends a wait.
    """

    def __init__(
        self,
        pair: Pair,
        done: Drilled,
        say: Callable[[Event], None],
        waiting: Callable[[str], None],
        stop: threading.Event,
    ) -> None:
        self.ending = False
        self.waiting = waiting
        self._pair = pair
        self._done = done
        self._say = say
        self._stop = stop
        self._words: dict[str, str] = {}
        self._began = time.monotonic()

    def begin(self) -> None:
        """Count the seconds of the timeline from now."""
        self._began, self._done.began = time.monotonic(), time.time()

    def event(self, words: str) -> None:
        """Write into the timeline that something has happened."""
        event = Event(time.monotonic() - self._began, words)
        self._done.timeline.append(event)
        with suppress(OSError):  # nobody reads it any more; the pair has to be put back
            self._say(event)

    def look(self) -> Views:
        """Observe both servers; each change is an event. DrillError if the pair is terminated."""
        views = self._pair.observe()
        for name, seen in views.items():
            words = in_words(seen)
            if self._words.get(name) != words:
                self._words[name] = words
                self.event(f"{name}: {words}")
        for name, seen in views.items():
            ha = seen.kea.ha if seen else None
            if ha and State.TERMINATED in (ha.state, ha.peer_now):
                raise DrillError(f"{name}: the pair is terminated. {RESTART_BOTH}")
        return views

    def wait(
        self, what: str, lacking: Callable[[], str], cure: str = STATUS, seconds: float = 0.0
    ) -> None:
        """Wait until `lacking` returns ""; DrillError if it takes too long (a server's patience).

        `lacking` returns what is missing and names the host.
        """
        seconds = seconds or self._pair.patience
        deadline = time.monotonic() + seconds
        self.waiting(f"waiting, {seconds:.0f} s at most, until {what}")
        while reason := lacking():
            if time.monotonic() > deadline:
                raise DrillError(f"{what}: not within {seconds:.0f} s ({reason}). {cure}")
            self.pause(LOOK)
        self.event(what)

    def hold(self, seconds: float) -> None:
        """Watch for so long."""
        over = time.monotonic() + seconds
        while (left := over - time.monotonic()) > 0:
            self.look()
            self.pause(min(LOOK, left))
        self.go_on()

    def pause(self, seconds: float) -> None:
        """Wait between two observations; DrillError if the drill is not to go on."""
        if self.ending:
            threading.Event().wait(seconds)
        else:
            self._stop.wait(seconds)
            self.go_on()

    def go_on(self, interrupted: str = "interrupted") -> None:
        """Raise DrillError if somebody ended the drill, or a host no longer hears it."""
        if self.ending:
            return
        if self._stop.is_set():
            raise DrillError(interrupted)
        if name := self._pair.lost():
            raise DrillError(f"{name}: the connection is lost, and with it the lock of this drill")

    def not_answering(self) -> str:
        """Return why the standby does not answer clients, "" if it does."""
        seen = self.look()[self._pair.standby]
        if seen is not None and answers_clients(seen):
            return ""
        return f"{self._pair.standby}: {in_words(seen)}"

    def apart(self) -> str:
        """Return which server does not see both in hot-standby, "" if both do."""
        for name, seen in self.look().items():
            if seen is None or seen.kea.ha is None or not seen.kea.ha.healthy:
                return f"{name}: {in_words(seen)}"
        return ""

    def deaf(self) -> str:
        """Return why the primary takes no lease updates, "" if it does."""
        views = self.look()
        primary, standby = views[self._pair.primary], views[self._pair.standby]
        ha = standby.kea.ha if standby else None
        listens = ha is not None and (ha.direct is None or ha.healing)
        if listens and primary is not None and primary.kea.answers:
            return ""
        return f"{self._pair.primary}: {in_words(primary)}"

    def beside(self) -> str:
        """Return that the standby answers clients beside its primary, "" if it does not."""
        seen = self.look()[self._pair.standby]
        ha = seen.kea.ha if seen else None
        if ha is not None and not (ha.state is State.HOT_STANDBY and ha.serves):
            return ""
        return f"{self._pair.standby}: {in_words(seen)}"

    def trouble(self) -> str:
        """Return what is wrong, "" if the pair is healthy."""
        site = self._pair.site
        for name, seen in self.look().items():
            if seen is None:
                return f"{name}: {in_words(seen)}"
            for trouble in troubles(site, site.server(name), seen):
                return f"{name}: {trouble.what}"
        return ""


def in_words(seen: Observed | None) -> str:
    """Return how a server is, in words of a timeline."""
    if seen is None:
        return "unreachable"
    unit, ha = seen.unit("kea-dhcp4"), seen.kea.ha
    if not unit.running:
        return f"kea-dhcp4 is {unit.active}"
    if not seen.kea.answers or ha is None:
        return "kea-dhcp4 does not answer"
    beside = seen.handover and ha.state is State.HOT_STANDBY and ha.serves
    return f"{ha.state.value}, answers clients for its primary" if beside else ha.state.value
