"""What a finished deploy promises of a site, checked on every server and between them."""

from __future__ import annotations

from collections.abc import Iterator

from keaprov.conductor.observing import Observer
from keaprov.conductor.together import by_server
from keaprov.conductor.views import Views, observed_by_name
from keaprov.control.decoding import expected
from keaprov.firewall import as_needed, openings
from keaprov.ha import packages, verified
from keaprov.ha.observed import Observed
from keaprov.ha.signs import Signs
from keaprov.model import Server, Site
from keaprov.observation import observe_request


def broken_promises(site: Site, views: Views) -> Iterator[str]:
    """Yield every promise that is not kept, with the server that breaks it."""
    for server in site.servers:
        view = views[server.name]
        observation, wanted = view.observed, view.wanted
        for words in verified.shortcomings(
            site, server, observation, wanted.revision, wanted.ha_port
        ):
            yield f"{server.name}: {words}"
        if not as_needed(observation.firewalld, openings(site, server, wanted.ha_port)):
            yield f"{server.name}: firewalld's zone is not open, now and for good, as it has to be"
        if (site.ntp.pools or site.ntp.servers) and not observation.chrony.synchronised:
            yield f"{server.name}: the clock follows no source ({observation.chrony.detail})"
    yield from verified.shortcomings_of_pair(observed_by_name(views))


def altered_packages(observer: Observer, views: Views) -> Iterator[str]:
    """Yield what rpm says against the packages of Kea that this run has installed.

    A server whose packages are those of before this run is not asked, so a run that installs
    nothing costs nothing. Raises ControlError if a server does not answer.
    """

    def ask(server: Server) -> Signs:
        request = observe_request(
            observer.site, server, updates=False, secret=False, parts=("signs",), verify=True
        )
        report = observer.channels[server.name].program("observe", request, 60.0)
        with expected(f"{server.name}: the report of observe"):
            return Signs.from_report(report["signs"])

    changed = [
        server
        for server in observer.site.servers
        if _of_kea(views[server.name].observed) != _of_kea(observer.known[server.name].first)
    ]
    for name, signs in by_server(changed, ask).items():
        if signs.packages:
            for trouble in packages.shortcomings(observer.site, signs.packages):
                yield f"{name}: {trouble}"


def _of_kea(observed: Observed | None) -> dict[str, str]:
    """Return the versions of the vendor's packages of Kea."""
    installed = observed.packages if observed else {}
    return {name: version for name, version in installed.items() if name.startswith("isc-kea")}
