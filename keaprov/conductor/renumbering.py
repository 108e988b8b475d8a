"""Give subnets another id together with their leases, on the server that answers clients.

The peer is out of service meanwhile: it would reject the lease updates of ids that it does not
know. Its own turn follows. It starts with the new ids, gives them to its leases (sanity-checks,
lease-checks: fix), and fetches what was leased meanwhile. An interrupted run is safe: one server
answers clients, the other one is stopped and disabled, and the next run goes on from there.
"""

from __future__ import annotations

from typing import Any

from keaprov import paths
from keaprov.conductor import reports
from keaprov.conductor.activation import activation, renaming
from keaprov.conductor.alone import Alone
from keaprov.conductor.observing import STEP, Observer
from keaprov.conductor.stopping import Stopped, Tell
from keaprov.conductor.views import Step, View, Views
from keaprov.errors import ControlError
from keaprov.ha.live import Live, renumber_steps
from keaprov.ha.plan import Need
from keaprov.ha.renumbering import MOST, Renumbering
from keaprov.model import Server
from keaprov.wanted import wanted_body

PATIENCE = 180.0
"""Seconds for the subnets and all of their leases to be changed, and changed back."""
DHCP4 = ("kea-dhcp4",)


class Renumbers:
    """Renumbers the subnets of one site."""

    def __init__(self, run: str, observer: Observer, tell: Tell) -> None:
        self._site, self._channels = observer.site, observer.channels
        self._run, self._observer, self._tell = run, observer, tell

    def take(self, step: Step, views: Views) -> None:
        """Take the peer out of service and renumber; raises Stopped if that fails."""
        name, *others = step.servers
        server, view = self._site.server(name), views[name]
        peer = self._site.server(others[0]) if others else None
        self._tell(name, f"renumber: {step.reason}", False)
        pair = view.observed.kea.ha is not None
        solo = Alone(self._run, self._observer, self._tell, server, peer) if peer and pair else None
        if view.change is None or (peer and not _runs(views[peer.name])):
            solo = None  # only leases are left to change, or the peer is out of service already
        if solo:
            solo.begin()
            solo.stop(DHCP4)
        refusal = self._renumber(server, view)
        if refusal:
            if solo and peer:
                self._start(peer, solo)
            raise Stopped(refusal, name)
        if view.change is None or isinstance(view.change, Live):
            self._rename(server, view)
        if solo:
            solo.end()

    def _renumber(self, server: Server, view: View) -> str:
        """Change the subnets and their leases; return why that was refused, "" if it was not."""
        changed = view.carried
        running = self._observer.source(view, self._observer.known[server.name])
        assert changed and running
        self._observer.forget(server)
        request = {
            "run": self._run,
            "socket": paths.CONTROL_SOCKET,
            "steps": [step.request for step in renumber_steps(running, wanted_body(view.wanted))],
            "subnets": rows(changed),
            "most": MOST,
        }
        try:
            report = self._channels[server.name].program("renumber", request, PATIENCE)
            renumbered = reports.renumbered(server.name, report)
        except ControlError as error:
            words = f"{error}. Run the deploy again: it compares what runs, and goes on from there"
            raise Stopped(words, server.name) from error
        if isinstance(renumbered, reports.Refusal):
            end = "It is changed back" if renumbered.undone else "; ".join(renumbered.left)
            return f"kea-dhcp4 refuses {renumbered.refused}. {end}"
        number, silence = renumbered.leases, renumbered.silence
        leases = "1 lease" if number == 1 else f"{number:,} leases"
        words = f"{leases} came along; it answered no client for {silence:.1f} s"
        self._tell(server.name, words, False)
        return ""

    def _rename(self, server: Server, view: View) -> None:
        """Rename the staged file into place: what runs is what it says."""
        if paths.DHCP4_CONF in view.need.stage:
            request = renaming(view.need, self._run, proven=view.as_file)
            self._channels[server.name].program("turn", request)

    def _start(self, peer: Server, solo: Alone) -> None:
        """Have the peer serve again with what it ran before.

        The maintenance has to end first: a peer that starts in it stays silent, and does not take
        over if this server fails.
        """
        try:
            solo.end()
        except (ControlError, Stopped) as error:
            self._tell(peer.name, f"it starts all the same: {error}", True)
        starts = Need({}, DHCP4, (), (), (), ())
        try:
            request = activation(starts, self._run, proven=False)
            self._channels[peer.name].program("turn", request, PATIENCE)
            self._observer.view(peer, STEP)
        except ControlError as error:
            self._tell(peer.name, f"it could not be started again: {error}", True)


def _runs(view: View) -> bool:
    return view.observed.unit("kea-dhcp4").running


def rows(changed: Renumbering) -> list[dict[str, Any]]:
    """Return the subnets in the form that files/host/renumber.py takes."""
    return [
        {"old": old, "new": new, "range": [int(prefix[0]), int(prefix[-1])]}
        for old, new in changed.ids.items()
        for prefix in (changed.prefixes[old],)
    ]
