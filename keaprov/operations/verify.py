"""Verify a deploy where it counts: a client on a host of the inventory takes a lease."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyinfra.api.operation import operation
from pyinfra.context import host

from keaprov import promise
from keaprov.control.decoding import expected
from keaprov.dhcp_client import checked
from keaprov.errors import ControlError
from keaprov.facts import program
from keaprov.model import Site
from keaprov.operations.refusal import refusal

CLIENT = 90.0
"""Seconds for a client to ask, take a lease and give it back."""
GATHER = 4.0
"""Seconds for other servers' offers: dnsmasq pings an address for 3 s before it offers it."""


@operation()
def clients() -> program.Commands:
    """Be a client on the hosts of the group `clients`: take a lease, compare it, give it back.

    Every server that answers and is not the site's fails the client.

    **Example:**

    .. code:: python

        verify.clients(name="Clients get what the site promises")
    """
    interface = host.data.get("client")
    if interface is None:
        host.noop("not a client")
        return
    site: Site = host.data.site
    request = {
        "interface": interface,
        "lease": True,
        "codes": promise.option_codes(site),
        "gather": GATHER,
        "first": promise.identifiers(site),
    }
    try:
        report = program.ask(host, "probe", request, CLIENT)
        with expected(f"{host.name}: the report of probe"):
            checked(report)
    except ControlError as error:
        yield refusal([str(error)])
        return
    reasons = list(_broken(site, report, interface))
    if reasons:
        yield refusal(reasons)
        return
    taken = report["lease"] if report else {}
    words = f"{taken['address']} from {taken['server']}, as promised; given back"
    host.log(words)
    host.noop(words)


def _broken(site: Site, report: dict[str, Any] | None, interface: str) -> Iterator[str]:
    if report is None:
        yield f"{host.name} could not ask for a lease on {interface}"
        return
    yield from promise.strangers(site, report["offers"])
    if not report["offers"]:
        yield f"no server offers anything to {host.name} on {interface}"
    elif not (report["lease"] and report["lease"]["ack"]):
        yield f"{host.name} was offered {report['offers'][0]['address']}, and did not get it"
    else:
        for words in promise.broken_promises(site, report["lease"], report["mac"]):
            yield f"{host.name} did not get what the site promises: {words}"
