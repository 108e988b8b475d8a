"""Wait at a gate: poll both servers until it opens, closes, or the time has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from threading import Event

from keaprov.conductor.observing import Observer
from keaprov.conductor.stopping import Stopped, Tell
from keaprov.conductor.together import by_server, or_error
from keaprov.conductor.views import Step, View
from keaprov.conductor.waiting import LEAST, patience_of
from keaprov.errors import KeaprovError
from keaprov.ha import gate
from keaprov.ha.observed import Observed
from keaprov.ha.states import MAINTENANCE
from keaprov.ha.verified import listening
from keaprov.model import Server, Site

GATE = ("units", "kea", "listening", "handover")
"""The parts of a report that a gate needs; no more, because they are read at every poll."""
POLL = 0.1
"""Seconds between two observations."""
SOON = 10.0
"""Seconds for what either ends soon or not at all (`keaprov.ha.gate.Verdict`)."""
MAINTENANCE_ENDS = 30.0
"""Seconds for both servers to leave a maintenance that was cancelled."""


class Gates:
    """The gates of one site."""

    def __init__(self, site: Site, observer: Observer, tell: Tell) -> None:
        self._site = site
        self._observer = observer
        self._tell = tell
        self._patience: dict[str, float] = {}

    def wait(self, server: Server, before: View, step: Step) -> str:
        """Wait until the gate opens; return why it closed, "" if it is open."""
        expected = self._expected(server, before, step)
        patience = patience_of(self._site, {server.name: before})
        self._patience[server.name] = patience

        def judge() -> gate.Verdict:
            return self._verdict(server, expected)

        def say(words: str) -> None:
            self._tell(server.name, words, False)

        return _poll(judge, patience, "the gate did not open", say)

    def comes_up(self, server: Server, units: Sequence[str]) -> str:
        """Wait until a server that was restored runs again; return why it does not, "" if it does.

        What it runs and how it finds its peer is not judged: that takes longer.
        """

        def verdict() -> gate.Verdict:
            try:
                return gate.runs(self._view(server).observed, units)
            except KeaprovError as error:
                return gate.Verdict(gate.Gate.CLOSED, f"{error}")

        patience = self._patience.get(server.name, LEAST)
        return _poll(verdict, patience, "it did not come up", lambda words: None)

    def observe(self, server: Server) -> tuple[Observed | KeaprovError, Observed | None]:
        """Return how a server and its peer are now; or why that is unknown, None for the peer."""
        answers = by_server(self._site.servers, or_error(self._view))
        by_name = {n: v.observed for n, v in answers.items() if not isinstance(v, KeaprovError)}
        own, peer = answers[server.name], self._site.peer(server)
        return (
            own if isinstance(own, KeaprovError) else own.observed,
            by_name.get(peer.name) if peer else None,
        )

    def await_end_of_maintenance(self) -> None:
        """Wait until neither server is in a maintenance; raises Stopped if it does not end."""
        deadline = time.monotonic() + MAINTENANCE_ENDS
        while True:
            views = by_server(self._site.servers, self._view)
            states = [view.observed.kea.ha for view in views.values()]
            if not any(ha and {ha.state, ha.peer} & MAINTENANCE for ha in states):
                return
            if time.monotonic() > deadline:
                raise Stopped(f"the maintenance did not end within {MAINTENANCE_ENDS:.0f} s")
            Event().wait(POLL)

    def _view(self, server: Server) -> View:
        return self._observer.view(server, GATE)

    def _expected(self, server: Server, before: View, step: Step) -> gate.Expected:
        wanted, pair = before.wanted, self._site.failover is not None
        return gate.Expected(
            revision=wanted.revision,
            units=("kea-ctrl-agent", "kea-dhcp4") if wanted.agent else ("kea-dhcp4",),
            listening=listening(self._site, server, wanted.ha_port),
            pair=pair,
            with_peer=pair and step.with_peer,
        )

    def _verdict(self, server: Server, expected: gate.Expected) -> gate.Verdict:
        """Judge the gate: as the server itself sees it, and as its peer does."""
        watched = self._site.servers if expected.with_peer else (server,)
        answers = by_server(watched, or_error(self._view))
        for name, answer in answers.items():
            if isinstance(answer, KeaprovError):
                words = f"{answer}" if name == server.name else f"its peer: {answer}"
                return gate.Verdict(gate.Gate.CLOSED, words)
        by_name = {n: v.observed for n, v in answers.items() if not isinstance(v, KeaprovError)}
        verdict = gate.after_turn(by_name[server.name], expected)
        if verdict.gate is gate.Gate.CLOSED or not expected.with_peer:
            return verdict
        for peer in self._site.servers:
            if peer.name != server.name:
                apart = gate.split(by_name[server.name], by_name[peer.name])
                if apart:
                    return apart
                peer_verdict = gate.of_peer(by_name[peer.name])
                if verdict.gate is gate.Gate.OPEN or peer_verdict.gate is gate.Gate.CLOSED:
                    return peer_verdict
        return verdict


def _poll(
    judge: Callable[[], gate.Verdict], patience: float, late: str, say: Callable[[str], None]
) -> str:
    """Judge until the gate opens; return why it closed, "" if it is open, `late` after the time."""
    began = time.monotonic()
    deadline = began + patience
    reason, soon_since = "", 0.0
    while True:
        verdict = judge()
        now = time.monotonic()
        if verdict.gate is gate.Gate.OPEN:
            say(f"gate open: {verdict.reason}")
            return ""
        if verdict.gate is gate.Gate.CLOSED:
            return verdict.reason
        if verdict.reason != reason:
            reason = verdict.reason
            say(f"gate: {reason}")
        soon_since = (soon_since or now) if verdict.soon else 0.0
        if now > deadline or (soon_since and now > soon_since + SOON):
            return f"{late} within {now - began:.0f} s: {reason}"
        Event().wait(POLL)
