"""firewalld: the ports of the service, open to those who need them, before the daemon runs."""

from __future__ import annotations

from pyinfra.api.operation import operation
from pyinfra.context import host

from keaprov.facts import program
from keaprov.facts.server import observe
from keaprov.facts.session import run_of
from keaprov.firewall import lockout, openings, without_closing, zone_request
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
    reason = lockout(site, server, observed.firewalld)
    if reason:
        yield refusal([reason])
        return
    conductor = run_of(host).conductor
    port = conductor.observer.wanted[server.name].ha_port if conductor else None
    wanted = without_closing(observed.firewalld, openings(site, server, port))
    request = zone_request(site, server, observed, wanted)
    if request is None:
        host.noop("the zone is open to those who need it")
        return
    yield program.command("write", request, 180.0)
