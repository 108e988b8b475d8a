"""The certificates that a pair runs with: what keeps the servers from hearing each other by them.

Kea checks them when a connection begins, so a pair whose certificate has ended goes on until the
connection ends. The files tell; kea-dhcp4 has read them when it was started.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from keaprov.certificates.reading import begins, certificates, ends, trusts
from keaprov.certificates.renewal import old
from keaprov.errors import CertificateError
from keaprov.ha.observed import Observed
from keaprov.ha.serving import Trouble
from keaprov.ha.trust import issue_of, running
from keaprov.model import Site

AUTHORITY = timedelta(days=180)
"""How long before its end keaprov warns about an authority: its change takes three deploys."""


def days_left(observed: Observed, at: datetime) -> int | None:
    """Return the whole days until the certificate ends, negative after that; None without TLS."""
    cert = running(observed).cert
    end = ends(cert) if cert else None
    return (end - at).days if end else None


def troubles(
    site: Site, name: str, observed: Observed, peer: Observed | None, at: datetime
) -> Iterator[Trouble]:
    """Yield what is wrong with a server's certificate; `peer` is the other server, if observed."""
    issue, side = issue_of(observed.kea.cert_file), running(observed)
    if not issue:
        return
    placed = observed.certificates.get(issue)
    if placed is None or not placed.cert or not placed.trust or not placed.key:
        what = f"the files of its certificate in {observed.kea.cert_file.rpartition('/')[0]} are"
        yield Trouble(f"{what} missing or not as they have to be", "Run the deploy: it places them")
        return
    own_time = at + timedelta(seconds=observed.ahead)
    end, begin = ends(placed.cert), begins(placed.cert)
    if end is None or begin is None:
        yield Trouble("its certificate cannot be read", _renew(site))
    elif end < own_time:
        yield Trouble(f"its certificate ended on {end:%Y-%m-%d %H:%M} UTC", _renew(site))
    elif begin > own_time:
        what = f"its certificate is not valid before {begin:%Y-%m-%d %H:%M} UTC"
        yield Trouble(what, f"Check the clock of {name}, and that of the machine that deploys")
    other = running(peer) if peer else None
    if other is None or not observed.kea.ha:
        return
    if side.tls != other.tls:
        what = "it speaks TLS with its peer, and its peer does not"
        yield Trouble(what, "Run the deploy: both get what the site wants")
    elif other.cert and side.trust and end and begin:
        inside = _time_of(other.cert, own_time)
        if not trusts(side.trust, other.cert, inside):
            what = "it does not trust the authority of its peer's certificate"
            yield Trouble(what, "Run the deploy: both get certificates of one authority")


def warnings(site: Site, observed: Observed, at: datetime) -> Iterator[Trouble]:
    """Yield the certificates that end soon: a server's own, and the authorities it trusts."""
    side = running(observed)
    try:
        if side.cert and (end := ends(side.cert)) and end > at and old(side.cert, at):
            left = (end - at).days
            yield Trouble(f"its certificate ends in {left} days", _renew(site))
        authorities = certificates(side.trust) if side.trust else ()
    except CertificateError:
        return  # a trouble says so
    last = max((authority.not_valid_after_utc for authority in authorities), default=None)
    if last and last - at < AUTHORITY:
        cure = "Run keaprov authority --change, then the deploy, three times"
        if site.tls and site.tls.authority is None:
            cure = "Add its successor to ca, then give certificates that it signed"
        yield Trouble(f"the authority of its certificate ends on {last:%Y-%m-%d}", cure)


def _renew(site: Site) -> str:
    if site.tls and site.tls.authority:
        return "Run the deploy: it renews it"
    return "Give a new one in tls.servers, and run the deploy"


def _time_of(cert: str, at: datetime) -> datetime:
    """Return the time, moved into that of a certificate: its end is a trouble of its own."""
    end, begin = ends(cert), begins(cert)
    return min(max(at, begin), end) if begin and end else at
