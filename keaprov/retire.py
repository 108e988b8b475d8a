"""Take one server of a pair out of service for good, while the other one answers clients.

Kea's maintenance moves the clients: the server that stays answers all of them from the first
moment, and sends no more lease updates to the one that leaves (Kea ARM, High Availability:
Controlled Shutdown and Maintenance of DHCP Servers). A run that is interrupted is safe at every
step: the server that stays answers, and the next run goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from threading import Event

from keaprov import paths
from keaprov.channel import Channel
from keaprov.conductor import Conductor, Stopped, Views
from keaprov.conductor.acting import activation
from keaprov.conductor.waiting import patience_of
from keaprov.errors import ControlError, KeaprovError
from keaprov.firewall import Openings, zone_request
from keaprov.ha.observed import Observed
from keaprov.ha.plan import Need, Wanted
from keaprov.ha.serving import answers_clients, troubles
from keaprov.ha.states import State
from keaprov.model import Server, Site
from keaprov.replication import compare_leases, fresh_seconds

__all__ = ["RetireError", "Retirement", "refusals"]

UNITS = ("kea-dhcp4", "kea-ctrl-agent")
POLL = 0.2
"""Seconds between two observations."""
STOP = 240.0
"""Seconds for a host to stop its units: systemd itself gives up after 90 for each."""
NAMED = 10
"""Leases that a refusal names."""
LEAVING = Need({}, (), UNITS, (), (), ())
"""What a server needs that leaves: units to stop and disable, and nothing else."""
CLOSED = Openings({}, (), ())
"""A firewall without anything that keaprov opens."""


class RetireError(KeaprovError):
    """The server was not retired; the message says why, and what to do."""


def refusals(site: Site, leaves: Server, stays: Server, views: Views) -> Iterator[str]:
    """Yield why `leaves` must not be retired now; views are by server name, of both servers."""
    seen = views[stays.name].observed
    if _is_down(views[leaves.name].observed) or _in_maintenance(seen):
        if not answers_clients(seen):
            words = next((str(trouble) for trouble in troubles(site, stays, seen)), "no scopes")
            yield f"{stays.name} does not answer clients: {words}"
        return
    for server in (stays, leaves):
        for trouble in troubles(site, server, views[server.name].observed):
            yield f"{server.name}: {trouble}"


class Retirement:
    """Retires one server of a pair.

    + name: the server that leaves
    + channels, wanted: by server name, as for `keaprov.conductor.Conductor`
    + tell: gets what happens, with the server that it is about
    """

    def __init__(
        self,
        site: Site,
        name: str,
        channels: Mapping[str, Channel],
        wanted: Mapping[str, Wanted],
        tell: Callable[[str, str, bool], None],
    ) -> None:
        peer = site.peer(site.server(name))
        if site.failover is None or peer is None:
            raise RetireError(f"{site.name} has no second server that could serve without {name}")
        self._site, self._leaves, self._stays = site, site.server(name), peer
        self._channels = channels
        self._conductor = Conductor(site, channels, wanted, tell)
        self._tell = tell

    def run(self) -> None:
        """Retire the server; raises RetireError if that is refused, or stops half-way."""
        errors = self._conductor.begin()
        if errors:
            raise RetireError("; ".join(errors.values()) + self._if_gone(errors))
        try:
            reasons = list(refusals(self._site, self._leaves, self._stays, self._conductor.views))
            if reasons:
                raise RetireError(f"nothing was changed. {'; '.join(reasons)}")
            self._retire()
        except (ControlError, Stopped) as error:
            raise RetireError(f"{error}. {self._way_on()}") from error
        finally:
            self._conductor.release()

    def _if_gone(self, errors: Mapping[str, str]) -> str:
        """Return what to do if the server that leaves does not answer at all."""
        if list(errors) != [self._leaves.name]:
            return ""
        name = self._leaves.name
        return (
            f". If the host of {name} is gone for good, remove {name} from the site file and run "
            "the deploy; make sure that it never starts kea-dhcp4 again"
        )

    def _way_on(self) -> str:
        return (
            f"{self._stays.name} answers clients. Run keaprov retire again, or run the deploy: it "
            f"brings {self._leaves.name} back"
        )

    def _retire(self) -> None:
        leaves, stays = self._leaves.name, self._stays.name
        seen = self._conductor.views
        if not _is_down(seen[leaves].observed):
            self._compare()
            if not _in_maintenance(seen[stays].observed):
                self._command({"command": "ha-maintenance-start"})
            self._await("it answers all clients", _in_maintenance)
            self._tell(stays, f"it answers the clients of {leaves} too (maintenance)", False)
        else:
            words = "kea-dhcp4 is down here, so its leases are not compared"
            self._tell(leaves, words, False)
        self._stop()
        self._await(f"{leaves} is out of service", _alone)
        self._tell(stays, "it serves alone (partner-down)", False)
        self._close()

    def _compare(self) -> None:
        """Raise RetireError if the server that stays lacks a lease of the one that leaves."""
        leaves, stays = self._leaves.name, self._stays.name
        channels = self._channels[leaves], self._channels[stays]
        differing = compare_leases(*channels, fresh_seconds(self._site))
        lacking = (each.address for each in differing if each.first and not each.second)
        named = list(islice(lacking, NAMED))
        if named:
            more = " and more" if next(lacking, "") else ""
            raise RetireError(
                f"nothing was changed. {stays} lacks leases of {leaves}: {', '.join(named)}{more}. "
                f"Restart kea-dhcp4 on {stays}: it fetches them from its peer"
            )
        self._tell(stays, f"it has every lease of {leaves}", False)

    def _stop(self) -> None:
        """Stop and disable the units; the maintenance stays if that fails, and a deploy ends it."""
        name = self._leaves.name
        request = activation(LEAVING, self._conductor.run, proven=False)
        report = self._channels[name].program("turn", request, STOP)
        if report["warnings"]:
            raise RetireError(f"{name}: {'; '.join(report['warnings'])}. {self._way_on()}")
        self._tell(name, f"{' and '.join(UNITS)} are stopped and disabled", False)

    def _close(self) -> None:
        """Close what keaprov opened in the firewall of the server that leaves."""
        name = self._leaves.name
        seen = self._conductor.views[name].observed
        request = zone_request(self._site, self._leaves, seen, CLOSED)
        if request:
            whole = {**request, "run": self._conductor.run}
            self._channels[name].program("write", whole, 120.0)
            self._tell(name, "the firewall is closed again for DHCP, HA and the API", False)

    def _await(self, what: str, reached: Callable[[Observed], bool]) -> None:
        """Wait until the server that stays is observed like this, and answers clients."""
        patience = patience_of(self._site, self._conductor.views)
        deadline = time.monotonic() + patience
        while True:
            self._conductor.refresh()
            seen = self._conductor.views[self._stays.name].observed
            if reached(seen) and answers_clients(seen):
                return
            if time.monotonic() > deadline:
                state = seen.kea.ha.state.value if seen.kea.ha else "unknown"
                raise RetireError(
                    f"{self._stays.name} is in state {state}; keaprov waited {patience:.0f} s "
                    f"until {what}. Run keaprov status --explain. {self._way_on()}"
                )
            Event().wait(POLL)

    def _command(self, command: Mapping[str, object]) -> None:
        steps = [{"do": command, "undo": []}]
        request = {"run": self._conductor.run, "socket": paths.CONTROL_SOCKET, "steps": steps}
        report = self._channels[self._stays.name].program("command", request)
        if report.get("refused"):
            raise RetireError(f"{self._stays.name} refuses {report['refused']}")


def _is_down(seen: Observed) -> bool:
    return not seen.unit("kea-dhcp4").running


def _in_maintenance(seen: Observed) -> bool:
    return seen.kea.ha is not None and seen.kea.ha.state is State.PARTNER_IN_MAINTENANCE


def _alone(seen: Observed) -> bool:
    return seen.kea.ha is not None and seen.kea.ha.state is State.PARTNER_DOWN
