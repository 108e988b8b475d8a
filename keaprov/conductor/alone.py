"""One server of a pair serves alone: Kea's maintenance moves the clients, then the other one stops.

The server that stays answers all clients from the first moment. It sends lease updates to the one
that leaves until a heartbeat fails, so a REQUEST between the stop and that heartbeat has no answer
(Kea ARM, High Availability: Controlled Shutdown and Maintenance of DHCP Servers).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event

from keaprov.conductor import reports
from keaprov.conductor.activation import activation
from keaprov.conductor.commanding import send
from keaprov.conductor.observing import STEP, Observer
from keaprov.conductor.stopping import Stopped, Tell
from keaprov.conductor.waiting import patience_of
from keaprov.ha.observed import Observed
from keaprov.ha.plan import Need
from keaprov.ha.serving import answers_clients
from keaprov.ha.states import State
from keaprov.model import Server

MAINTENANCE = {"command": "ha-maintenance-start"}
UNITS = ("kea-dhcp4", "kea-ctrl-agent")
POLL = 0.2
"""Seconds between two observations."""
STOP = 240.0
"""Seconds for a host to stop its units: systemd itself gives up after 90 for each."""


class Alone:
    """Makes one server of a pair, `stays`, serve without the other one, `leaves`."""

    def __init__(self, run: str, observer: Observer, tell: Tell, stays: Server, leaves: Server):
        self._run, self._observer, self._tell = run, observer, tell
        self._stays, self._leaves = stays, leaves

    def begin(self) -> None:
        """Have the server that stays answer all clients; raises Stopped if it does not."""
        channel = self._observer.channels[self._stays.name]
        send(channel, self._run, MAINTENANCE)
        self.wait("it answers all clients", in_maintenance)
        words = f"it answers the clients of {self._leaves.name} too (maintenance)"
        self._tell(self._stays.name, words, False)

    def stop(self, units: tuple[str, ...] = UNITS) -> None:
        """Stop and disable units of the server that leaves; raises Stopped if one goes on."""
        name = self._leaves.name
        leaving = Need({}, (), units, (), (), ())
        request = activation(leaving, self._run, proven=False)
        report = self._observer.channels[name].program("turn", request, STOP)
        if words := reports.not_stopped(name, report):
            raise Stopped("; ".join(words), name)
        verb = "is" if len(units) == 1 else "are"
        self._tell(name, f"{' and '.join(units)} {verb} stopped and disabled", False)

    def end(self) -> None:
        """Wait until the server that stays knows that it is alone; raises Stopped if it does not.

        A peer that starts before that would stay in the maintenance: silent, and no help if the
        server that stays fails.
        """
        self.wait(f"{self._leaves.name} is out of service", alone)
        self._tell(self._stays.name, "it serves alone (partner-down)", False)

    def wait(self, what: str, reached: Callable[[Observed], bool]) -> None:
        """Wait until the server that stays is observed like this, and answers clients."""
        views = self._observer.views(STEP)
        patience = patience_of(self._observer.site, views)
        deadline = time.monotonic() + patience
        while True:
            observed = views[self._stays.name].observed
            if reached(observed) and answers_clients(observed):
                return
            if time.monotonic() > deadline:
                state = observed.kea.ha.state.value if observed.kea.ha else "unknown"
                raise Stopped(
                    f"it is in state {state}; keaprov waited {patience:.0f} s until {what}. Run "
                    "keaprov status --explain",
                    self._stays.name,
                )
            Event().wait(POLL)
            views = self._observer.views(STEP)


def in_maintenance(observed: Observed) -> bool:
    """Whether a server answers for a peer that is about to leave."""
    return observed.kea.ha is not None and observed.kea.ha.state is State.PARTNER_IN_MAINTENANCE


def alone(observed: Observed) -> bool:
    """Whether a server knows that it serves alone."""
    return observed.kea.ha is not None and observed.kea.ha.state is State.PARTNER_DOWN
