"""Verify what the deploy promises, on each server and between the two."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pyinfra import logger
from pyinfra.api.command import StringCommand
from pyinfra.api.facts import FactBase
from pyinfra.api.operation import operation
from pyinfra.context import host
from typing_extensions import override

from keaprov import promise
from keaprov.errors import ControlError
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


class Probed(FactBase[dict[str, Any]]):
    """Return what the servers answered a client: see files/host/probe.py."""

    @override
    def command(self) -> StringCommand:
        return program.shell("probe")

    @override
    def process(self, output: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(output[-1])
        return found


@operation()
def clients() -> program.Commands:
    """Be a client on the hosts of the group `clients`: take a lease, compare it, give it back.

    **Example:**

    .. code:: python

        verify.clients(name="Clients get what the site promises")
    """
    interface = host.data.get("client")
    if interface is None:
        host.noop("not a client")
        return
    site: Site = host.data.site
    request = {"interface": interface, "lease": True, "codes": promise.codes(site)}
    try:
        found = program.ask(host, Probed, "probe", request)
    except ControlError as error:
        yield refusal([str(error)])
        return
    reasons = list(_broken(site, found, interface))
    if reasons:
        yield refusal(reasons)
        return
    taken = found["lease"] if found else {}
    words = f"{taken['address']} from {taken['server']}, as promised; given back"
    host.log(words)
    host.noop(words)


def _broken(site: Site, found: dict[str, Any] | None, interface: str) -> Iterator[str]:
    if found is None:
        yield f"{host.name} could not ask for a lease on {interface}"
    elif not found["offers"]:
        yield f"no server offers anything to {host.name} on {interface}"
    elif not (found["lease"] and found["lease"]["ack"]):
        yield f"{host.name} was offered {found['offers'][0]['address']}, and did not get it"
    else:
        for one in promise.broken(site, found["lease"], found["mac"]):
            yield f"{host.name} did not get what the site promises: {one}"


def _shortcomings(site: Site, server: Server) -> Iterator[str]:
    seen = observe(host)
    yield from verified.shortcomings(site, server, seen, wanted_of(host).revision)
    if not as_needed(seen.firewalld, openings(site, server)):
        yield "firewalld's zone is not open, now and for good, as the site needs it"
    if (site.ntp.pools or site.ntp.servers) and not seen.chrony.synchronised:
        yield f"the clock follows no source ({seen.chrony.detail})"
    both = {one.data.server.name: observe(one) for one in members(host) if standing(one)}
    yield from verified.shortcomings_of_pair(both)
