"""Where a verb makes its exchanges as a client: here, or on a client host by SSH."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from keaprov.control import Shell, Sudo
from keaprov.control.decoding import expected
from keaprov.control.ssh import ANSWER
from keaprov.dhcp_client import checked, exchange
from keaprov.model import Site

Ask = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Makes one exchange: see `keaprov.dhcp_client.exchange`."""


def as_client(verb: Callable[..., None]) -> Callable[..., Any]:
    """Add ``--interface``, ``--giaddr`` and ``--client`` to a verb."""
    options = (
        click.option("-i", "--interface", help="Ask as a client on this interface."),
        click.option("--giaddr", help="Ask as a relay, from this address of the machine."),
        click.option("--client", help="Ask on this host, by SSH (default: on this machine)."),
    )
    for option in reversed(options):
        verb = option(verb)
    return verb


@contextmanager
def asking(
    place: Mapping[str, Any], client: str | None, config: Path | None, *, sudo: Sudo | None
) -> Iterator[Ask]:
    """Yield what makes exchanges from `place` (interface, or giaddr and servers) of a host.

    It raises ExchangeError if it cannot ask from there, ControlError if the host is unreachable.
    """
    if client is None:
        yield lambda request: exchange({**place, **request})
        return
    with Shell(client, client, config, sudo=sudo) as shell:

        def ask(request: Mapping[str, Any]) -> Mapping[str, Any]:
            whole = {**place, **request}
            exchanges = 2 * float(request.get("patience", 10))  # the offer's, and the lease's
            report = shell.program("probe", whole, ANSWER + exchanges)
            with expected(f"{client}: the report of probe"):
                return checked(report)

        yield ask


def place_of(
    site: Site | None, interface: str | None, giaddr: str | None, servers: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return where to ask from; a relay asks the site's servers if none is named."""
    if interface and giaddr:
        raise click.UsageError("give either --interface or --giaddr")
    servers_of_site = site.servers if site else ()
    known = tuple(address for server in servers_of_site for address in server.identifiers[:1])
    relayed_to = servers or known
    if giaddr and not relayed_to:
        raise click.UsageError("--giaddr needs --server, or SITE")
    return {"interface": interface, "giaddr": giaddr, "servers": list(relayed_to)}
