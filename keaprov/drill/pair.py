"""The two servers of a pair, as a drill needs them: their states and leases, start and stop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from keaprov import paths
from keaprov.control import Client, Shell, Socket
from keaprov.errors import ControlError
from keaprov.ha.states import Ha
from keaprov.health import Health, judged
from keaprov.look import Shells, glance
from keaprov.model import Role, Site

PAGE = 1000
"""Leases that a server is asked for at once."""


class Pair:
    """The two servers of a site, with a channel to each."""

    def __init__(self, site: Site, shells: Shells) -> None:
        by_role = {server.role: server.name for server in site.servers}
        self.primary, self.standby = by_role[Role.PRIMARY], by_role[Role.STANDBY]
        self.site = site
        self._all = shells
        self._shells: dict[str, Shell] = shells.of(site)
        delay = site.failover.max_response_delay / 1000 if site.failover else 0.0
        self.patience = 60 + 3 * delay
        """Seconds for a step: a take-over waits for max-response-delay."""
        self.unacked = site.failover.max_unacked_clients if site.failover else 0
        """Clients that have to go unanswered before the standby takes over."""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep deploys and other drills off both servers; ControlError when one is at work."""
        with ExitStack() as locks:
            for shell in self._shells.values():
                locks.enter_context(shell.held())
            yield

    def health(self) -> Health:
        """Return how the pair is, as ``keaprov status`` judges it."""
        (answers,) = self._all.ask(glance)
        return judged(self.site, answers)

    def client(self, name: str) -> Client:
        """Return who asks a server's kea-dhcp4."""
        return Client(Socket(self._shells[name], paths.CONTROL_SOCKET))

    def unit(self, name: str, verb: str) -> None:
        """Start or stop a server's kea-dhcp4."""
        self._shells[name].root("systemctl", verb, "kea-dhcp4")

    def state(self, name: str) -> Ha | None:
        """Return how a server sees the pair, None when it does not answer."""
        try:
            return Ha.from_status(self.client(name).ask("status-get"))
        except ControlError:
            return None

    def leases(self, name: str) -> dict[str, int]:
        """Return every lease that a server keeps: its state (0: held) by address.

        Page by page: the whole table at once would keep Kea from its clients (Kea ARM, lease4-get-
        all).
        """
        found: dict[str, int] = {}
        after = "start"
        while after:
            asked = {"from": after, "limit": PAGE}
            page = self.client(name).ask("lease4-get-page", **asked).get("leases", [])
            found |= {one["ip-address"]: one["state"] for one in page}
            after = page[-1]["ip-address"] if len(page) == PAGE else ""
        return found
