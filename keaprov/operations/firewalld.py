"""firewalld: the ports of the service, open to those who need them, before the daemon runs."""

from __future__ import annotations

from pyinfra.api.operation import operation
from pyinfra.context import host

from keaprov.facts import program
from keaprov.facts.server import observe
from keaprov.facts.session import run_of
from keaprov.firewall import openings, without_closing, zone_request
from keaprov.ha.observed import Zone
from keaprov.model import Server, Site
from keaprov.operations.refusal import answered, refusal


@operation()
@answered
def zone() -> program.Commands:
    """Open what the site needs in its zone, for good and at once; firewalld runs, enabled.

    Nothing closes here: ports that are no longer needed may be in use until every server runs what
    the site wants, and close at the end of the roll-out.
    """
    site: Site = host.data.site
    server: Server = host.data.server
    observed = observe(host)
    permanent = observed.firewalld.permanent or Zone()
    if not observed.unit("firewalld").running and not _admits_ssh(permanent):
        words = (
            f"firewalld's zone {site.firewall.zone} does not allow SSH; starting firewalld would "
            "lock you out. Allow it there, or set firewall.zone in the site file"
        )
        yield refusal([words])
        return
    conductor = run_of(host).conductor
    port = conductor.observer.wanted[server.name].ha_port if conductor else None
    wanted = without_closing(observed.firewalld, openings(site, server, port))
    request = zone_request(site, server, observed, wanted)
    if request is None:
        host.noop("the zone is open to those who need it")
        return
    yield program.command("write", request, 180.0)


def _admits_ssh(zone: Zone) -> bool:
    return "ssh" in zone.services or bool(zone.ports) or any("ssh" in rule for rule in zone.rules)
