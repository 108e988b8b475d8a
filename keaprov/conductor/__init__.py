"""One conductor per site: observe every server, decide the next step, take it, observe again.

It is plain Python over channels (`keaprov.channel`), so a deploy of pyinfra, a verb and a test
drive the same code. What to do next is decided in `keaprov.conductor.steps`, and only there; what
each step does is in `keaprov.conductor.acting`; how long to wait is in `keaprov.conductor.waiting`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

from keaprov.channel import Channel, Held
from keaprov.conductor.acting import Actions
from keaprov.conductor.leases import touched, with_lacking
from keaprov.conductor.observing import FULL, STEP, Observer
from keaprov.conductor.steps import next_step
from keaprov.conductor.stopping import Stopped, Tell
from keaprov.conductor.together import by_server, or_error
from keaprov.conductor.views import Kind, Memory, Step, View, Views
from keaprov.conductor.waiting import patience_of
from keaprov.errors import ControlError, KeaprovError
from keaprov.ha.observed import Observed
from keaprov.ha.plan import Wanted
from keaprov.impact import Acceptance, Impact, verdict
from keaprov.model import Server, Site

__all__ = ["Conductor", "Kind", "Stopped", "View", "Views"]

POLL = 0.1
"""Seconds between two observations while something is waited for."""
SOON = 10.0
"""Seconds for what either ends soon or not at all: a socket of a dead interface."""
MOST_STEPS = 40
"""More than any roll-out takes: a bound for the loop."""


class Conductor:
    """Rolls one site out, over a channel to each of its servers.

    + wanted: what each server is to run (`keaprov.wanted`)
    + tell: takes sentences about what happens, each with the server that it is about
    """

    def __init__(
        self,
        site: Site,
        channels: Mapping[str, Channel],
        wanted: Mapping[str, Wanted],
        tell: Tell,
    ) -> None:
        self.site = site
        self.run = secrets.token_hex(8)
        self.channels = channels
        self.observer = Observer(site, channels, wanted)
        self._tell = tell
        self._held: dict[str, Held] = {}
        self._memory = Memory()
        self.fresh = False
        """Whether `views` were observed after the last step that was taken."""
        self._actions = Actions(self.run, self.observer, tell)
        self.views: Views = {}
        """What was observed last, by server name."""
        self.accepted: Acceptance | None = None
        """What may be lost; leases are counted again before the first change. None: no count."""

    # locks

    def begin(self) -> dict[str, str]:
        """Lock every server for this run and observe it; return why one refuses, by server name.

        If one server cannot be locked, none stays locked. Locking and observing run in parallel.
        This is safe: before it takes a server out of service, `roll_out` observes again.
        """
        held: dict[str, Held] = {}
        observed_by_name: dict[str, Observed] = {}

        def both(server: Server) -> None:
            with ThreadPoolExecutor(max_workers=1) as thread:
                lock = thread.submit(self.channels[server.name].hold, self.run)
                try:
                    observed_by_name[server.name] = self.observer.observe(
                        server, FULL, updates=True
                    )
                finally:
                    held[server.name] = lock.result()

        answers = by_server(self.site.servers, or_error(both))
        self._held |= held
        refused = {n: str(error) for n, error in answers.items() if isinstance(error, KeaprovError)}
        if refused:
            self.release()
            return refused
        self.observer.prove = self._actions.prove

        def view(server: Server) -> View:
            return self.observer.judge(server, observed_by_name[server.name])

        return self._views(view)

    @property
    def locked(self) -> bool:
        """Whether this run holds the lock of every server."""
        return bool(self._held)

    def release(self) -> None:
        """Let other runs use the servers."""
        self.observer.prove = None
        by_server([server for server in self.site.servers if server.name in self._held], self._free)
        self._held = {}

    def _free(self, server: Server) -> None:
        self._held[server.name].free()

    # what is there

    def observe(self, *, updates: bool = False) -> dict[str, str]:
        """Observe every server in full; return why one cannot be observed, by server name."""

        def view(server: Server) -> View:
            return self.observer.view(server, FULL, updates)

        return self._views(view)

    def _views(self, view: Callable[[Server], View]) -> dict[str, str]:
        answers = by_server(self.site.servers, or_error(view))
        self.views = {n: v for n, v in answers.items() if not isinstance(v, KeaprovError)}
        errors = {n: str(error) for n, error in answers.items() if isinstance(error, KeaprovError)}
        if not errors:
            self.views = with_lacking(self.observer, self.views)
        return errors

    def next(self) -> Step:
        """Return the next step from what was observed last; takes none."""
        return next_step(self.site, self.views, self._memory)

    def touched(self) -> Impact:
        """Return the active leases that the change touches, by what was observed last.

        Raises ControlError if the server that answers clients stops answering.
        """
        return touched(self.observer, self.views)

    # what is done

    def stage(self) -> None:
        """Have Kea test the new configuration on every server; raises Stopped if it refuses."""
        names = tuple(name for name, view in self.views.items() if view.need.stage)
        if names and not self._memory.staged:
            self.fresh = False
            self._actions.stage(self.views, names)
            self._memory = replace(self._memory, staged=True)

    def roll_out(self) -> None:
        """Take step after step until there is none; raises Stopped with the reason.

        What was observed before counts for "nothing to do" only: before a step is taken, every
        server is observed again.
        """
        if self.views and self.next().kind is Kind.DONE:
            return
        for _ in range(MOST_STEPS):
            if not self.fresh:
                self.refresh()
            step = self.next()
            if step.kind is Kind.DONE:
                return
            if step.kind is Kind.REFUSE:
                raise Stopped(step.reason, step.servers[0] if step.servers else "")
            if step.kind is Kind.WAIT:
                step = self._wait(step)
            if step.kind is Kind.DONE:
                return
            if step.kind in (Kind.RENUMBER, Kind.REMOVE, Kind.LIVE, Kind.TURN):
                self._count_again()
            self._take(step)
        raise Stopped(f"the roll-out did not end after {MOST_STEPS} steps")

    def _count_again(self) -> None:
        """Stop if more leases would be lost than when the change was accepted.

        Before the first change only: a run that stops between two servers would leave them with
        two configurations, and the leases of a removed subnet are rejected by one of them.
        """
        accepted, self.accepted = self.accepted, None
        if accepted is None:
            return
        try:
            impact = touched(self.observer, self.views, losses_only=True)
        except ControlError as error:
            raise Stopped(str(error)) from error
        words = verdict(impact, accepted.revision)
        if words and not accepted.covers(impact):
            raise Stopped(f"since the preflight: {words}", impact.server)

    def refresh(self) -> None:
        """Observe again what a step may change; raises Stopped if a server does not answer."""
        try:
            self.views = self.observer.views(STEP)
        except ControlError as error:
            raise Stopped(f"{error}. Run the deploy again when it is back") from error
        self.fresh = True

    def await_recovery(self) -> None:
        """Wait as long as waiting is the next step, which changes nothing.

        Raises Stopped if that takes too long, or if what is next then is refused.
        """
        if self.next().kind is Kind.WAIT and not self.fresh:
            self.refresh()
        step = self.next()
        if step.kind is Kind.WAIT:
            self._wait(step)

    def _wait(self, step: Step) -> Step:
        """Wait until another step than waiting is next; raises Stopped if that takes too long."""
        began, reason, soon_since = time.monotonic(), "", 0.0
        deadline = began + patience_of(self.site, self.views)
        while step.kind is Kind.WAIT:
            now = time.monotonic()
            soon_since = (soon_since or now) if step.soon else 0.0
            if step.reason != reason:
                reason = step.reason
                self._tell(step.servers[0] if step.servers else "", f"waiting: {reason}", False)
            if now > deadline or (soon_since and now > soon_since + SOON):
                waited = now - began
                words = f"{reason} (waited {waited:.0f} s)"
                raise Stopped(words, step.servers[0] if step.servers else "")
            Event().wait(POLL)
            self.refresh()
            step = self.next()
        if step.kind is Kind.REFUSE:
            raise Stopped(step.reason, step.servers[0] if step.servers else "")
        return step

    def _take(self, step: Step) -> None:
        self.fresh = False
        if step.kind is Kind.STAGE:
            self.stage()
            return
        if step.kind is Kind.LIVE:
            after = self._actions.live(self.views)
            if isinstance(after, str):
                self._memory = replace(self._memory, rolling=after)
            else:
                taken = self._memory.taken | {(step.kind, step.servers)}
                self._memory = replace(self._memory, taken=taken)
                self.views, self.fresh = after, True
            return
        if step.kind is Kind.TURN:
            turned = self._memory.turned | set(step.servers)
            moved = self._memory.moved or step.moving
            self._memory = replace(self._memory, turned=turned, moved=moved)
            self._actions.turn(step, self.views)
            return
        self._memory = replace(self._memory, taken=self._memory.taken | {(step.kind, step.servers)})
        act: dict[Kind, Callable[[Step, Views], None]] = {
            Kind.CANCEL_MAINTENANCE: self._actions.cancel_maintenance,
            Kind.GIVE_BACK: self._actions.give_back,
            Kind.SERVE_AGAIN: self._actions.serve_again,
            Kind.REVIVE: self._actions.revive,
            Kind.RESET: self._actions.reset,
            Kind.FETCH: self._actions.fetch,
            Kind.CLOSE_PORTS: self._actions.close_ports,
            Kind.RENUMBER: self._actions.renumber,
            Kind.REMOVE: self._actions.remove_subnets,
        }
        act[step.kind](step, self.views)
