"""Have a site's certificates issued: what a deploy decides, and what it signs.

What is due is decided once, at the start of a run (`for_deploy`): then everything that follows
sees one site. A host makes its key and a request (files/host/request_certificate.py); `sign`
answers it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from keaprov.certificates.authority import signed
from keaprov.certificates.reading import now
from keaprov.certificates.renewal import Issue, Issued, due
from keaprov.certificates.store import Store
from keaprov.errors import CertificateError
from keaprov.model import Server, Site
from keaprov.secret import read


def names(server: Server) -> tuple[str, ...]:
    """Return what a server's certificate is for: its name, and its address."""
    return (server.name, server.address)


def for_deploy(site: Site, at: datetime | None = None) -> Site:
    """Return a site as a deploy wants it: with the name of the issue that is due, if one is.

    Raises CertificateError if the authority's directory cannot be read.
    """
    tls = site.tls
    if tls is None or tls.authority is None:
        return site
    issue = _due(site, at or now())
    if issue is None:
        return site
    pending = replace(tls, issue=issue.name, trust={}, certs={}, reason=issue.reason)
    return replace(site, tls=pending)


def due_for(site: Site, at: datetime) -> Issue:
    """Return the issue that this run makes, or makes again for a host that has lost its files.

    Raises CertificateError if there is none: the site has another source of certificates.
    """
    if site.tls is None or site.tls.authority is None:
        raise CertificateError(f"the site {site.name} has no authority of its own")
    if site.tls.reason:
        issue = _due(site, at)
        if issue is None:
            raise CertificateError("another run has issued certificates: run the deploy again")
        return replace(issue, name=site.tls.issue)
    last = issued(site)
    return Issue(last.name, "", last.trust)


def sign(site: Site, server: Server, request: str, at: datetime) -> tuple[str, str]:
    """Return the bundle of authorities and the certificate for a host's request, both PEM.

    The site's authority is made if there is none. Raises CertificateError, SecretError.
    """
    issue, store = due_for(site, at), _store(site)
    assert site.tls is not None and site.tls.authority is not None
    passphrase = _passphrase(site)
    if issue.by_successor or issue.promote:
        authority = store.successor()
    else:
        authority = store.authority(site.name, passphrase, at)
    days = site.tls.authority.days
    cert = signed(authority, passphrase, request, names(server), at, days)
    return issue.trust or authority.cert, cert


def keep(site: Site, server: Server, trust: str, cert: str, at: datetime) -> None:
    """Keep what a host has now; the issue is whole as soon as every server's is kept."""
    issue, store = due_for(site, at), _store(site)
    store.keep(issue, server.name, trust, cert)
    if site.tls and site.tls.reason and all(store.kept(issue, s.name) for s in site.servers):
        store.complete(issue)


def expected(site: Site, server: Server) -> tuple[str, str]:
    """Return the bundle and the certificate that a server has by now, "" for what is not made.

    With the site's own PKI they are its files.
    """
    assert site.tls is not None
    if site.tls.authority is None:
        return site.tls.trust.get(server.name, ""), site.tls.certs.get(server.name, "")
    return _store(site).of_issue(site.tls.issue, server.name)


def issued(site: Site) -> Issued:
    """Return what the site's authority has issued."""
    return _store(site).issued(server.name for server in site.servers)


def begin_change(site: Site, at: datetime) -> None:
    """Make a successor of the site's authority; the next three deploys put it in its place."""
    _store(site).begin_change(site.name, _passphrase(site), at)


def _store(site: Site) -> Store:
    if site.tls is None or site.tls.authority is None:
        raise CertificateError(f"the site {site.name} has no authority of its own")
    return Store(site.tls.authority.directory)


def _passphrase(site: Site) -> str:
    secret = site.tls.authority.passphrase if site.tls and site.tls.authority else None
    return read(secret, site.source, "tls.passphrase") if secret else ""


def _due(site: Site, at: datetime) -> Issue | None:
    return due(issued(site), {server.name: names(server) for server in site.servers}, at)
