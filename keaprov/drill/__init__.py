"""Rehearse a failover: stop the primary, or hand over and restart it; measure what clients notice.

The pair is always put back: also if the drill is interrupted, or a step fails. If the controller
itself dies, the hosts put it back: the primary's starts kea-dhcp4 again (files/host/returns.py),
the standby's gives the scopes back (files/host/handover.py). An interruption is noticed between
two steps, never within one, so that nothing that was sent is still under way.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext

from keaprov.drill import leases
from keaprov.drill.clients import LEASE, Clients, Probe
from keaprov.drill.pair import Pair, Views
from keaprov.drill.result import Drilled, DrillError, Event
from keaprov.drill.watching import Watch
from keaprov.errors import ControlError, KeaprovError

__all__ = ["Drill", "DrillError", "Drilled", "Event", "Pair", "Probe"]

AGAIN = 5.0
"""Seconds between two attempts to start the primary."""
BY_ITSELF = 10.0
"""Seconds for the standby to answer clients, and for its host to give the scopes back."""
MARGIN = 60.0
"""Seconds beyond its plan after which the primary's host ends the drill by itself."""
BOTH = "both are in hot-standby"


class Drill:
    """One rehearsal; `done` is what it has shown up to now.

    + say: is called with each event as it happens
    + waiting: is called with what is waited for
    + probe: makes exchanges for clients that ask throughout; None for no clients
    + stop: if it is set, the drill ends and puts the pair back
    + hold: seconds that the standby serves in a failover before the primary starts again
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
        self.done = Drilled(pair.site.name, time.time())
        self._pair = pair
        self._watch = Watch(pair, self.done, say, waiting, stop or threading.Event())
        self._clients = Clients(pair.site, probe) if probe else None
        self._hold = hold
        self._handed = self._started = False
        self._next_start, self._refusal = 0.0, ""

    def failover(self) -> Drilled:
        """Stop the primary, take a lease from the standby, start the primary again."""
        pair, watch = self._pair, self._watch

        def act() -> None:
            self._stop_primary(pair.take_over + 2 * LEASE + self._hold + MARGIN)
            unacked = pair.failover.max_unacked_clients
            if unacked and not self._clients:
                words = f"requests of more than {unacked} clients must go unanswered"
                watch.event(f"max-unacked-clients: {words} before failover")
            cure = f"Read the log of {pair.standby} (journalctl -u kea-dhcp4)"
            watch.wait("the standby serves alone", watch.not_answering, cure, pair.take_over)
            self._lease()
            watch.waiting(f"the standby serves for {self._hold:g} s")
            watch.hold(self._hold)
            self._start_primary()
            watch.wait(BOTH, watch.trouble)

        return self._rehearse(act)

    def hand_over(self) -> Drilled:
        """Hand over to the standby by ha-scopes, restart the primary; the scopes go back."""
        pair, watch = self._pair, self._watch

        def act() -> None:
            self._handed = True
            pair.hand_over()
            watch.event(f"{pair.standby}: it has the scopes of {pair.primary} (ha-scopes)")
            words = "the standby answers clients"
            watch.wait(words, watch.not_answering, seconds=BY_ITSELF)
            # at once: while its peer is down a server in hot-standby acknowledges no lease
            self._stop_primary(MARGIN)
            self._start_primary()
            if self._clients:
                # in hot-standby Kea acknowledges a lease only after its peer took the update
                watch.wait("the primary takes lease updates", watch.deaf)
                self._lease()
            watch.wait(f"{pair.primary} is back in hot-standby", watch.apart)
            self._await_scopes()
            self._end_hand_over()
            watch.wait(BOTH, watch.trouble)

        return self._rehearse(act)

    def _stop_primary(self, after: float) -> None:
        name = self._pair.primary
        self._watch.waiting(f"stopping kea-dhcp4 on {name}")
        self._pair.stop(after)
        words = f"its host starts it again after {after:.0f} s, or if this drill is gone"
        self._watch.event(f"{name}: kea-dhcp4 is stopped ({words})")

    def _start_primary(self) -> None:
        name = self._pair.primary
        self._watch.waiting(f"starting kea-dhcp4 on {name}")
        self._pair.start()
        self._watch.event(f"{name}: kea-dhcp4 is started")

    def _lease(self) -> None:
        """Have a client take a lease from the standby, if there are clients."""
        if self._clients:
            standby = self._pair.site.server(self._pair.standby)
            self._watch.waiting(f"a client asks {standby.name} for a lease")
            lease = self._clients.lease(standby, self._watch.go_on)
            self._watch.event(f"a client has {lease}, as promised")

    def _rehearse(self, act: Callable[[], None]) -> Drilled:
        self._watch.begin()
        with self._pair.held():
            health = self._pair.health()
            problems = list(health.all_troubles())
            if problems:
                raise DrillError(f"the pair is not healthy: {'; '.join(problems)}")
            before = self._tables(health.leases)
            first = self._watch.look()
            self._watch.go_on("interrupted before anything was changed")
            try:
                with self._clients.asking() if self._clients else nullcontext():
                    self._act(act)
            finally:
                self.done.silence = self._clients.silence if self._clients else None
            if before:
                self._compare(before, first)
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

    def _tables(self, number: int = 0) -> Mapping[str, leases.Table]:
        """Return the leases of both servers, {} if they cannot be compared.

        `number` is how many there are, as far as that is known. The standby, which may delete a
        lease, comes last.
        """
        tables = {}
        try:
            leases.refuse(number)
            for name in (self._pair.primary, self._pair.standby):
                self._watch.waiting(f"reading the leases of {name}")
                tables[name] = self._pair.leases(name, self._watch.go_on)
        except leases.Uncompared as reason:
            self.done.uncompared = str(reason)
            self._watch.event(f"the leases are not compared: {reason}")
            return {}
        return tables

    def _compare(self, before: Mapping[str, leases.Table], first: Views) -> None:
        """Count the leases that were lost; the pair is back, so that this fails nothing."""
        try:
            after, last = self._tables(), self._watch.look()
        except KeaprovError as error:
            self.done.uncompared = str(error)
            return
        if after:
            views = (first[self._pair.standby], last[self._pair.standby])
            pids = {seen.kea.pid if seen else 0 for seen in views}
            keeper = self._pair.standby if len(pids) == 1 and 0 not in pids else ""
            self.done.lost = len(leases.lost(before, after, keeper, time.time()))

    def _put_back(self) -> str:
        """Bring the pair back, wherever the drill was; return in words whether it is."""
        watch, primary = self._watch, self._pair.primary
        watch.event("putting the pair back")
        watch.ending = True  # from here on nothing ends it before its time
        try:
            watch.wait(f"{primary} is back in hot-standby", self._restored)
            if self._handed:
                watch.wait("the standby has given the scopes back", self._given_back)
            watch.wait(BOTH, watch.trouble)
        except DrillError as error:
            return f"THE PAIR IS NOT BACK: {error}"
        return "the pair was put back"

    def _restored(self) -> str:
        """Start the primary, again and again: it may be unreachable, or a stop under way."""
        if not self._started and time.monotonic() >= self._next_start:
            self._next_start = time.monotonic() + AGAIN
            try:
                self._pair.start()
                self._started, self._refusal = True, ""
            except ControlError as error:  # a host that lost the lock starts it by itself
                self._refusal = f"; {error}"
        reason = self._watch.apart()
        return f"{reason}{self._refusal}" if reason else ""

    def _await_scopes(self) -> None:
        """Wait until the standby's host has given the scopes back by itself."""
        watch, words = self._watch, "the standby has given the scopes back by itself"
        try:
            watch.wait(words, watch.beside, "The drill takes them back", BY_ITSELF)
        except DrillError as error:
            watch.go_on()
            watch.event(str(error))

    def _end_hand_over(self) -> None:
        self._pair.end_hand_over()
        self._handed = False

    def _given_back(self) -> str:
        """End the hand-over; return why that failed, "" if it has ended."""
        try:
            self._end_hand_over()
        except ControlError as error:
            return "" if self._pair.lost() and not self._watch.beside() else str(error)
        return ""
