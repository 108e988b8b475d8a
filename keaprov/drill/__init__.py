"""Rehearse a failover: stop the primary, or hand over and restart it; measure what clients notice.

The drill always restores the pair, also if somebody interrupts it or a step fails. If the
controller itself dies, the hosts restore the pair: the primary's host starts kea-dhcp4 again
(files/host/returns.py), the standby's host gives the scopes back (files/host/handover.py). The
drill checks for an interruption between two steps only, so that no command is still under way.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext

from keaprov.drill import leases
from keaprov.drill.clients import LEASE, Clients, Exchange
from keaprov.drill.pair import Pair, Views
from keaprov.drill.result import DrillError, DrillReport, Event
from keaprov.drill.watching import Watch
from keaprov.errors import ControlError, KeaprovError

__all__ = ["Drill", "DrillError", "DrillReport", "Event", "Exchange", "Pair"]

AGAIN = 5.0
"""Seconds between two attempts to start the primary."""
BY_ITSELF = 10.0
"""Seconds for the standby to answer clients, and for its host to give the scopes back."""
MARGIN = 60.0
"""Seconds after the planned end at which the primary's host starts kea-dhcp4 by itself."""
BOTH = "both are in hot-standby"


class Drill:
    """One rehearsal; `report` is its result up to now.

    + on_event: is called with each event
    + on_wait: is called with a sentence about each wait
    + exchange: makes one exchange as a client, for clients that ask all the time; None for none
    + stop: if it is set, the drill ends and restores the pair
    + hold: seconds for which the standby serves in a failover before the primary starts again
    """

    def __init__(
        self,
        pair: Pair,
        on_event: Callable[[Event], None],
        on_wait: Callable[[str], None],
        exchange: Exchange | None = None,
        stop: threading.Event | None = None,
        hold: float = 0.0,
    ) -> None:
        self.report = DrillReport(pair.site.name, time.time())
        self._pair = pair
        self._watch = Watch(pair, self.report, on_event, on_wait, stop or threading.Event())
        self._clients = Clients(pair.site, exchange) if exchange else None
        self._hold = hold
        self._handed_over = self._started = False
        self._next_start, self._refusal = 0.0, ""

    def failover(self) -> DrillReport:
        """Stop the primary, take a lease from the standby, start the primary again."""
        pair, watch = self._pair, self._watch

        def act() -> None:
            self._stop_primary(pair.take_over + 2 * LEASE + self._hold + MARGIN)
            unacked = pair.failover.max_unacked_clients
            if unacked and not self._clients:
                words = f"requests of more than {unacked} clients must go unanswered"
                watch.event(f"max-unacked-clients: {words} before failover")
            cure = f"Read the log of {pair.standby} (journalctl -u kea-dhcp4)"
            watch.wait("the standby serves alone", watch.standby_silent, cure, pair.take_over)
            self._lease()
            watch.on_wait(f"the standby serves for {self._hold:g} s")
            watch.hold(self._hold)
            self._start_primary()
            watch.wait(BOTH, watch.pair_trouble)

        return self._rehearse(act)

    def hand_over(self) -> DrillReport:
        """Hand over to the standby by ha-scopes, restart the primary; the scopes go back."""
        pair, watch = self._pair, self._watch

        def act() -> None:
            self._handed_over = True
            pair.hand_over()
            watch.event(f"{pair.standby}: it has the scopes of {pair.primary} (ha-scopes)")
            words = "the standby answers clients"
            watch.wait(words, watch.standby_silent, seconds=BY_ITSELF)
            # at once: while its peer is down a server in hot-standby acknowledges no lease
            self._stop_primary(MARGIN)
            self._start_primary()
            if self._clients:
                # in hot-standby Kea acknowledges a lease only after its peer took the update
                watch.wait("the primary takes lease updates", watch.no_lease_updates)
                self._lease()
            watch.wait(f"{pair.primary} is back in hot-standby", watch.not_in_hot_standby)
            self._await_scopes()
            self._end_hand_over()
            watch.wait(BOTH, watch.pair_trouble)

        return self._rehearse(act)

    def _stop_primary(self, after: float) -> None:
        name = self._pair.primary
        self._watch.on_wait(f"stopping kea-dhcp4 on {name}")
        self._pair.stop(after)
        words = f"its host starts it again after {after:.0f} s, or if this drill is gone"
        self._watch.event(f"{name}: kea-dhcp4 is stopped ({words})")

    def _start_primary(self) -> None:
        name = self._pair.primary
        self._watch.on_wait(f"starting kea-dhcp4 on {name}")
        self._pair.start()
        self._watch.event(f"{name}: kea-dhcp4 is started")

    def _lease(self) -> None:
        """Let a client take a lease from the standby, if there are clients."""
        if self._clients:
            standby = self._pair.site.server(self._pair.standby)
            self._watch.on_wait(f"a client asks {standby.name} for a lease")
            lease = self._clients.lease(standby, self._watch.check_interrupted)
            self._watch.event(f"a client has {lease}, as promised")

    def _rehearse(self, act: Callable[[], None]) -> DrillReport:
        self._watch.begin()
        with self._pair.held():
            health = self._pair.health()
            problems = list(health.all_troubles())
            if problems:
                raise DrillError(f"the pair is not healthy: {'; '.join(problems)}")
            before = self._tables(health.leases)
            first = self._watch.observe()
            self._watch.check_interrupted("interrupted before anything was changed")
            try:
                with self._clients.asking() if self._clients else nullcontext():
                    self._act(act)
            finally:
                self.report.silence = self._clients.silence if self._clients else None
            if before:
                self._compare(before, first)
        return self.report

    def _act(self, act: Callable[[], None]) -> None:
        try:
            act()
        except KeaprovError as error:
            self.report.failed = f"{error}; {self._put_back()}"
            raise DrillError(self.report.failed) from error
        except BaseException:
            self.report.failed = f"ended by force; {self._put_back()}"
            raise

    def _tables(self, number: int = 0) -> Mapping[str, leases.Table]:
        """Return the leases of both servers, {} if they cannot be compared.

        `number` is the number of leases if it is known, otherwise 0. The standby, which may delete
        a lease, comes last.
        """
        tables = {}
        try:
            leases.check_number(number)
            for name in (self._pair.primary, self._pair.standby):
                self._watch.on_wait(f"reading the leases of {name}")
                tables[name] = self._pair.leases(name, self._watch.check_interrupted)
        except leases.Uncompared as reason:
            self.report.uncompared = str(reason)
            self._watch.event(f"the leases are not compared: {reason}")
            return {}
        return tables

    def _compare(self, before: Mapping[str, leases.Table], first: Views) -> None:
        """Count the lost leases; an error here does not fail the drill: the pair is restored."""
        try:
            after, last = self._tables(), self._watch.observe()
        except KeaprovError as error:
            self.report.uncompared = str(error)
            return
        if after:
            views = (first[self._pair.standby], last[self._pair.standby])
            pids = {observed.kea.pid if observed else 0 for observed in views}
            keeper = self._pair.standby if len(pids) == 1 and 0 not in pids else ""
            self.report.lost = len(leases.lost(before, after, keeper, time.time()))

    def _put_back(self) -> str:
        """Restore the pair from any step of the drill; return the outcome in words."""
        watch, primary = self._watch, self._pair.primary
        watch.event("restoring the pair")
        watch.ending = True  # from here on nothing interrupts it
        try:
            watch.wait(f"{primary} is back in hot-standby", self._restored)
            if self._handed_over:
                watch.wait("the standby has given the scopes back", self._given_back)
            watch.wait(BOTH, watch.pair_trouble)
        except DrillError as error:
            return f"THE PAIR IS NOT RESTORED: {error}"
        return "the pair was restored"

    def _restored(self) -> str:
        """Start the primary, with retries: it may be unreachable, or still stopping."""
        if not self._started and time.monotonic() >= self._next_start:
            self._next_start = time.monotonic() + AGAIN
            try:
                self._pair.start()
                self._started, self._refusal = True, ""
            except ControlError as error:  # a host that lost the lock starts it by itself
                self._refusal = f"; {error}"
        reason = self._watch.not_in_hot_standby()
        return f"{reason}{self._refusal}" if reason else ""

    def _await_scopes(self) -> None:
        """Wait until the standby's host has given the scopes back by itself."""
        watch, words = self._watch, "the standby has given the scopes back by itself"
        try:
            watch.wait(words, watch.standby_still_serves, "The drill takes them back", BY_ITSELF)
        except DrillError as error:
            watch.check_interrupted()
            watch.event(str(error))

    def _end_hand_over(self) -> None:
        self._pair.end_hand_over()
        self._handed_over = False

    def _given_back(self) -> str:
        """End the hand-over; return why that failed, "" if it succeeded."""
        try:
            self._end_hand_over()
        except ControlError as error:
            return (
                "" if self._pair.lost() and not self._watch.standby_still_serves() else str(error)
            )
        return ""
