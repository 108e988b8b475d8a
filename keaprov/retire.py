"""Take one server of a pair out of service for good, while the other one answers clients.

Kea's maintenance moves the clients: the server that stays answers all of them from the first
moment (keaprov.conductor.alone). A run that is interrupted is safe at every step: the server that
stays answers, and the next run goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

from keaprov.channel import Channel
from keaprov.conductor import Conductor, Stopped, Views
from keaprov.conductor.alone import Alone, in_maintenance
from keaprov.errors import ControlError, KeaprovError
from keaprov.firewall import CLOSED, zone_request
from keaprov.ha.observed import Observed
from keaprov.ha.plan import Wanted
from keaprov.ha.serving import answers_clients, troubles
from keaprov.model import Server, Site
from keaprov.replication import compare_leases, fresh_seconds

__all__ = ["RetireError", "Retirement", "refusals"]

NAMED = 10
"""Leases that a refusal names."""


class RetireError(KeaprovError):
    """The server was not retired; the message says why, and what to do."""


def refusals(site: Site, leaves: Server, stays: Server, views: Views) -> Iterator[str]:
    """Yield why `leaves` must not be retired now; views are by server name, of both servers."""
    observed = views[stays.name].observed
    if _is_down(views[leaves.name].observed) or in_maintenance(observed):
        if not answers_clients(observed):
            words = next((str(trouble) for trouble in troubles(site, stays, observed)), "no scopes")
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
            who = f"{error.server}: " if isinstance(error, Stopped) and error.server else ""
            raise RetireError(f"{who}{error}. {self._way_on()}") from error
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
        conductor = self._conductor
        alone = Alone(conductor.run, conductor.observer, self._tell, self._stays, self._leaves)
        views = conductor.views
        if _is_down(views[self._leaves.name].observed):
            words = "kea-dhcp4 is down here, so its leases are not compared"
            self._tell(self._leaves.name, words, False)
        else:
            self._compare()
            if not in_maintenance(views[self._stays.name].observed):
                alone.begin()
        alone.stop()
        alone.end()
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

    def _close(self) -> None:
        """Close what keaprov opened in the firewall of the server that leaves."""
        name = self._leaves.name
        observed = self._conductor.views[name].observed
        request = zone_request(self._site, self._leaves, observed, CLOSED)
        if request:
            whole = {**request, "run": self._conductor.run}
            self._channels[name].program("write", whole, 120.0)
            self._tell(name, "the firewall is closed again for DHCP, HA and the API", False)


def _is_down(observed: Observed) -> bool:
    return not observed.unit("kea-dhcp4").running
