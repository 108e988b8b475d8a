"""Bring a terminated pair back, while clients are served.

Kea ends the work of a pair if the clocks are too far apart, or if too many lease updates were
rejected: for example by a host that came back with the configuration of weeks ago. The primary goes
on without its peer, and neither of them leaves this state by itself (Kea ARM, High Availability:
the state TERMINATED). The way back, in place of a restart of both:

1. The server that answers no client stops.
2. The other one gets ``ha-reset`` and ``ha-maintenance-start``, one right after the other. As its
   peer is stopped, it is in partner-down then. ``ha-scopes`` gives it the scopes that it had: if
   the reset has led to partner-down already, Kea would set them at the next heartbeat only. It
   serves alone, and was silent for milliseconds.
3. The peer has its turn: it starts with what the site wants, and fetches every lease.

An interrupted run is safe: one server answers clients, the other one is stopped and disabled, and
the next run goes on from there.
"""

from __future__ import annotations

from keaprov.conductor.alone import MAINTENANCE, Alone
from keaprov.conductor.commanding import send
from keaprov.conductor.observing import Observer
from keaprov.conductor.stopping import Tell
from keaprov.conductor.views import Step, Views

DHCP4 = ("kea-dhcp4",)
RESET = {"command": "ha-reset"}


class Reviving:
    """Brings the terminated pair of one site back."""

    def __init__(self, run: str, observer: Observer, tell: Tell) -> None:
        self._site, self._channels = observer.site, observer.channels
        self._run, self._observer, self._tell = run, observer, tell

    def serve_alone(self, step: Step, views: Views) -> None:
        """Stop the peer, and have the server that answers clients serve alone.

        Raises Stopped if the peer does not stop, or if the server does not serve alone then.
        """
        server, peer = (self._site.server(name) for name in step.servers)
        self._tell(server.name, step.reason, False)
        alone = Alone(self._run, self._observer, self._tell, server, peer)
        if views[peer.name].observed.unit("kea-dhcp4").running:
            alone.stop(DHCP4)
        ha = views[server.name].observed.kea.ha
        scopes = {"command": "ha-scopes", "arguments": {"scopes": list(ha.scopes if ha else ())}}
        send(self._channels[server.name], self._run, RESET, MAINTENANCE, scopes)
        alone.end()

    def wait_again(self, step: Step, views: Views) -> None:
        """Have terminated servers that answer no client wait for their peer as after a start."""
        for name in step.servers:
            self._tell(name, step.reason, False)
            send(self._channels[name], self._run, RESET)
