"""The two servers of a pair as a drill drives them: observe, stop, start, hand over."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from keaprov import paths
from keaprov.channel import Channel, Held
from keaprov.conductor.together import by_server
from keaprov.conductor.waiting import LEAST, MIB, PER_MEBIBYTE
from keaprov.control.decoding import expected
from keaprov.drill.leases import Table, read_leases
from keaprov.errors import ControlError
from keaprov.ha.observed import Observed
from keaprov.ha.reading import from_report
from keaprov.health import Health
from keaprov.model import Failover, Role, Server, Site
from keaprov.observation import observe_request, peer_of

WATCH = ("units", "kea", "handover", "lease_bytes")
"""The parts of a report that a drill watches."""
OBSERVE = 15.0
"""Seconds for a server to report."""
STOP = 240.0
"""Seconds for a host to stop or start kea-dhcp4: systemd itself gives up after 90 s."""
HAND_OVER = 60.0
"""Seconds for the standby to take the scopes, or to give them back."""

Views = dict[str, "Observed | None"]
"""The observations by server name; None for a server that does not answer."""


class Pair:
    """The two servers of a site, with a channel to each; `judge` returns the pair's health."""

    def __init__(
        self, site: Site, channels: Mapping[str, Channel], judge: Callable[[], Health]
    ) -> None:
        names = {server.role: server.name for server in site.servers}
        self.primary, self.standby = names[Role.PRIMARY], names[Role.STANDBY]
        self.site = site
        self.health = judge
        self._channels = channels
        self._run = secrets.token_hex(8)
        self._locks: dict[str, Held] = {}
        self._known: dict[str, Observed] = {}

    @property
    def failover(self) -> Failover:
        """The pair's HA relationship."""
        return self.site.failover or Failover()

    @property
    def take_over(self) -> float:
        """Seconds for the standby to take over: it waits for max-response-delay."""
        return LEAST + 3 * self.failover.max_response_delay / 1000

    @property
    def patience(self) -> float:
        """Seconds for a server to become ready: it reads its leases and fetches its peer's."""
        size = max((observed.lease_bytes for observed in self._known.values()), default=0)
        return self.take_over + size / MIB * PER_MEBIBYTE

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lock both servers against deploys and other drills; ControlError if one is running."""
        with ExitStack() as locks:
            for name, channel in self._channels.items():
                self._locks[name] = channel.hold(self._run)
                locks.callback(self._locks[name].free)
            yield

    def lost(self) -> str:
        """Return the name of a server whose lock is lost, "" if both are held."""
        return next((name for name, lock in self._locks.items() if lock.lost), "")

    def observe(self) -> Views:
        """Observe both servers at the same time."""
        return by_server(self.site.servers, self._observe)

    def _observe(self, server: Server) -> Observed | None:
        known = self._known.get(server.name)
        request = observe_request(
            self.site,
            server,
            updates=False,
            secret=False,
            parts=WATCH,
            known_pid=known.kea.pid if known else 0,
        )
        try:
            report = self._channels[server.name].program("observe", request, OBSERVE)
            with expected(f"{server.name}: the report of observe"):
                observed = from_report(report, arrived=time.time())
        except ControlError:
            return None
        if known and not observed.kea.config_read and not observed.kea.error:
            observed = replace(observed, kea=replace(observed.kea, revision=known.kea.revision))
        if observed.kea.answers:
            self._known[server.name] = observed
        return observed

    def leases(self, name: str, proceed: Callable[[], object]) -> Table:
        """Return every lease that a server keeps (`keaprov.drill.leases.table`)."""
        return read_leases(self._channels[name], proceed)

    def stop(self, after: float) -> None:
        """Stop the primary; its host starts it again after so many seconds.

        The host also does so if the connection to this drill is lost.
        """
        self._run_returns(after=after)

    def start(self) -> None:
        """Start the primary, whether or not it runs."""
        self._run_returns(cancel=True)

    def _run_returns(self, **request: object) -> None:
        request = {"run": self._run, "unit": "kea-dhcp4", **request}
        self._channels[self.primary].program("returns", request, STOP)

    def hand_over(self) -> None:
        """Let the standby answer clients for its primary, as in a rolling restart."""
        request = {
            "run": self._run,
            "socket": paths.CONTROL_SOCKET,
            "scopes": [self.primary],
            "peer": peer_of(self.site, self.site.server(self.standby)),
        }
        self._channels[self.standby].program("handover", request, HAND_OVER)

    def end_hand_over(self) -> None:
        """Let the standby give the scopes back, if it has not done so by itself."""
        request = {"run": self._run, "end": True}
        self._channels[self.standby].program("handover", request, HAND_OVER)
