"""Verify what the deploy promises, on each server and between the two."""

from __future__ import annotations

from collections.abc import Iterator

from pyinfra import logger
from pyinfra.api.operation import operation
from pyinfra.context import host

from keaprov.facts import program
from keaprov.facts.server import members, observe
from keaprov.facts.wanted import wanted_of
from keaprov.firewall import as_needed, openings
from keaprov.ha import verified
from keaprov.model import Server, Site
from keaprov.operations.pair import standing
from keaprov.operations.refusal import answered, refusal


@operation()
@answered
def promises() -> program.Commands:
    """Check every promise; fail with all that is not kept."""
    site: Site = host.data.site
    found = [f"not as promised: {one}" for one in _shortcomings(site, host.data.server)]
    if found:
        yield refusal(found)
        return
    seen = observe(host)
    if seen.updated_since_boot:
        updated = ", ".join(seen.updated_since_boot)
        host.log(f"a reboot is needed for the updates of {updated}; not done", logger.warning)
    state = seen.kea.ha.state.value if seen.kea.ha else "standalone"
    host.noop(f"{state}, Kea {seen.packages['isc-kea-dhcp4']}, revision {seen.kea.revision}")


def _shortcomings(site: Site, server: Server) -> Iterator[str]:
    seen = observe(host)
    yield from verified.shortcomings(site, server, seen, wanted_of(host).revision)
    if not as_needed(seen.firewalld, openings(site, server)):
        yield "firewalld's zone is not open, now and for good, as the site needs it"
    if (site.ntp.pools or site.ntp.servers) and not seen.chrony.synchronised:
        yield f"the clock follows no source ({seen.chrony.detail})"
    both = {one.data.server.name: observe(one) for one in members(host) if standing(one)}
    yield from verified.shortcomings_of_pair(both)
