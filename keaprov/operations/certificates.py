"""A server's certificates: signed or handed over by the deploying machine, placed on the host."""

from __future__ import annotations

from typing import Any

from pyinfra import logger
from pyinfra.api.command import FunctionCommand
from pyinfra.api.host import Host
from pyinfra.api.operation import operation
from pyinfra.api.state import State
from pyinfra.context import host

from keaprov import issuing, paths
from keaprov.certificates.reading import now
from keaprov.control.decoding import expected
from keaprov.errors import KeaprovError
from keaprov.facts import program
from keaprov.facts.server import observe
from keaprov.facts.session import run_of
from keaprov.ha.observed import Observed
from keaprov.model import Server, Site
from keaprov.operations.refusal import answered
from keaprov.secret import read

CONFIGURATIONS = [f"{paths.KEA_DIR}/*.conf*", f"{paths.BACKUP_DIR}/*", f"{paths.BACKUP_DIR}/.*"]
"""Where a host's configurations are: an issue that one of them names stays on the host."""


@operation()
@answered
def placed() -> program.Commands:
    """Put the certificates that the site wants beside those in use; nothing reads them yet.

    With an authority of keaprov's own, the host makes its key and keeps it.

    **Example:**

    .. code:: python

        certificates.placed(name="Certificates")
    """
    site: Site = host.data.site
    server: Server = host.data.server
    if site.tls is None:
        host.noop("the site has no tls")
        return
    if _as_wanted(site, server, observe(host)):
        host.noop("they are in place")
        return
    if site.tls.reason:
        host.log(f"certificates: {site.tls.reason}")
    yield FunctionCommand(_place, [], {})


def _as_wanted(site: Site, server: Server, observed: Observed) -> bool:
    assert site.tls is not None
    there, wanted = observed.certificates.get(site.tls.issue), issuing.expected(site, server)
    return there is not None and there.key and all(wanted) and wanted == (there.trust, there.cert)


def _place(state: State, host: Host) -> bool:
    try:
        _have_placed(host, host.data.site, host.data.server)
    except KeaprovError as error:
        host.log_styled(f"certificates: {error}", fg="red", log_func=logger.error)
        return False
    return True


def _have_placed(host: Host, site: Site, server: Server) -> None:
    """Get a request from the host, sign it, place what was signed, and keep it."""
    tls, run = site.tls, run_of(host)
    assert tls is not None
    where: dict[str, Any] = {
        "run": run.conductor.run if run.conductor and run.conductor.locked else "",
        "directory": paths.TLS_DIR,
        "issue": tls.issue,
    }
    if tls.authority is None:
        own = tls.own[server.name]
        key = read(own.key, site.source, f"tls.servers.{server.name}.private-key")
        _hand_over(host, where, own.ca.text, own.cert.text, key=key + "\n")
        return
    wanted = {**where, "name": server.name, "key": paths.KEY}
    report = program.ask(host, "request_certificate", wanted)
    with expected(f"{host.name}: the report of request_certificate"):
        request = str(report["request"])
    with run.guard:  # the hosts of a site share its authority
        trust, cert = issuing.sign(site, server, request, now())
    _hand_over(host, where, trust, cert, new=bool(tls.reason))
    with run.guard:
        issuing.keep(site, server, trust, cert, now())


def _hand_over(
    host: Host, where: dict[str, Any], trust: str, cert: str, *, key: str = "", new: bool = False
) -> None:
    files = [{"name": paths.TRUST, "content": trust}, {"name": paths.CERT, "content": cert}]
    files += [{"name": paths.KEY, "content": key}] if key else []
    wanted = {**where, "files": files, "kept_by": CONFIGURATIONS, "new": new}
    program.ask(host, "place_certificates", wanted)
