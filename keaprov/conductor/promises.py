"""What a finished deploy promises of a site, checked on every server and between them."""

from __future__ import annotations

from collections.abc import Iterator

from keaprov.conductor.views import Views, observed
from keaprov.firewall import as_needed, openings
from keaprov.ha import verified
from keaprov.model import Site


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
    yield from verified.shortcomings_of_pair(observed(views))
