"""firewalld: the ports of the service, open to those who need them, before the daemon runs."""

from __future__ import annotations

from pyinfra.api.operation import operation
from pyinfra.context import host

from keaprov import paths
from keaprov.facts import program
from keaprov.facts.server import observe
from keaprov.firewall import openings, settled, zone_changes
from keaprov.ha.observed import Zone
from keaprov.model import Server, Site
from keaprov.operations.refusal import answered, refusal


@operation()
@answered
def zone() -> program.Commands:
    """Open what the site needs in its zone, for good and at once; firewalld runs, enabled.

    The ports are in the permanent configuration before the daemon starts: started first on a
    running pair it would part the peers, and both would serve the same pools.
    """
    site: Site = host.data.site
    server: Server = host.data.server
    seen = observe(host)
    firewall, unit, wanted = seen.firewalld, seen.unit("firewalld"), openings(site, server)
    current = firewall.permanent or Zone()
    if not unit.running and not _lets_us_in(current):
        yield refusal([f"firewalld's zone {site.firewall.zone} lets no ssh in: see firewall.zone"])
        return
    written = [
        {"path": f"{paths.FIREWALLD_SERVICES}/{name}.xml", "content": text}
        for name, text in wanted.definitions.items()
        if firewall.services.get(name) != text
    ]
    edit = ["firewall-offline-cmd", f"--zone={site.firewall.zone}"]
    then = [
        [*edit, *(f"{option}={value}" for value in values)]
        for option, values in zone_changes(current, wanted)
        if values
    ]
    if firewall.default != site.firewall.zone:
        bound = {*current.interfaces, *firewall.bound}
        then += [[*edit, f"--add-interface={one}"] for one in server.interfaces if one not in bound]
    for name in sorted(set(firewall.services) - set(wanted.definitions)):
        then.append(["rm", "-f", f"{paths.FIREWALLD_SERVICES}/{name}.xml"])
    if not unit.enabled:
        then.append(["systemctl", "enable", "firewalld"])
    if not unit.running:
        then.append(["systemctl", "start", "firewalld"])
    elif written or then or not settled(firewall):
        then.append(["firewall-cmd", "--reload"])
    if not written and not then:
        host.noop("the zone is open to those who need it")
        return
    directory = {
        "path": paths.FIREWALLD_SERVICES,
        "mode": "750",
        "owner": "root",
        "group": "root",
    }
    yield program.command("write", {"directories": [directory], "files": written, "then": then})


def _lets_us_in(zone: Zone) -> bool:
    return "ssh" in zone.services or bool(zone.ports) or any("ssh" in rule for rule in zone.rules)
