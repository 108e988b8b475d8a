"""Rules about the certificates of a site: where they come from, and whether Kea accepts them.

Sources: ha_config.cc and crypto_tls.h of Kea 3.0; Kea ARM, "TLS/HTTPS Support"; RFC 5280.
"""

from __future__ import annotations

from collections.abc import Iterator

from keaprov.errors import KeyPath, SecretError
from keaprov.lint.config import Config
from keaprov.lint.rule import Finding, error, warning
from keaprov.model import OwnCertificate
from keaprov.model.names import TLS
from keaprov.secret import read


@error("KP341")
def source(config: Config) -> Iterator[Finding]:
    """Certificates have one source: keaprov's authority, the site's own PKI, or Kea's own keys.

    With a PKI of its own, each server of the site has its files.
    """
    site = config.site
    if site is None or site.tls is None:
        return
    given = [key for key in (*TLS, "require-client-certs") if _extra(config, key)]
    if given:
        message = f"tls and failover.{given[0]} exclude each other"
        yield Finding(message, ("failover", given[0]), "Remove it: keaprov sets it from tls.")
    if site.tls.authority is None:
        for server in site.servers:
            if server.name not in site.tls.own:
                hint = f"Add {server.name} with its ca, cert and private-key."
                yield Finding(f"{server.name} has no certificate", ("tls", "servers"), hint)
        for name in site.tls.own:
            if name not in {server.name for server in site.servers}:
                where = ("tls", "servers", name)
                yield Finding(f"the site has no server {name}", where, "Remove it.")


def _extra(config: Config, key: str) -> bool:
    failover = config.site.failover if config.site else None
    return failover is not None and key in failover.extra


@error("KP342")
def unreadable(config: Config) -> Iterator[Finding]:
    """The files of certificates and keys, and keaprov's authority, can be read here."""
    tls = config.site.tls if config.site else None
    if tls and tls.authority and tls.authority.error:
        hint = "Correct tls.directory, or the rights of the directory."
        yield Finding(tls.authority.error, ("tls",), hint)
    for name, own in (tls.own if tls else {}).items():
        for part, file in (("ca", own.ca), ("cert", own.cert)):
            if file.error:
                hint = "The name is relative to the site file."
                yield Finding(file.error, ("tls", "servers", name, part), hint)


@error("KP343")
def certificates(config: Config) -> Iterator[Finding]:
    """A server's certificate is one that Kea accepts, and that its peer and API clients accept.

    It is signed by an authority in ``ca``, valid today, for the server's name or address, for
    servers and clients, its key is EC or RSA with 2048 bits at least, and matches. Kea itself
    checks the chain and the dates only; a client of the API checks the name too.
    """
    site = config.site
    if site is None or site.tls is None:
        return
    from keaprov.certificates.reading import now, wrong  # slow to load, as in `site.build`

    for server in site.servers:
        own = site.tls.own.get(server.name)
        if own is None or own.ca.error or own.cert.error:
            continue
        where: KeyPath = ("tls", "servers", server.name)
        key = _key(own, site.source)
        for fault in wrong(own.ca.text, own.cert.text, key, (server.name, server.address), now()):
            yield Finding(fault.words, (*where, fault.part), fault.cure)


def _key(own: OwnCertificate, site_file: str) -> str | None:
    """Return a private key, None if it cannot be read on this machine: the deploy refuses then."""
    try:
        return read(own.key, site_file, "the key")
    except SecretError:
        return None


@warning("KP344")
def unprotected(config: Config) -> Iterator[Finding]:
    """The key of keaprov's authority is encrypted: whoever has it can be a server of the site."""
    authority = config.site.tls.authority if config.site and config.site.tls else None
    if authority and authority.passphrase is None:
        hint = "Add passphrase: {env: NAME} before the first deploy, and keep it apart."
        yield Finding("the authority's key is not encrypted", ("tls",), hint)


@error("KP345")
def needed(config: Config) -> Iterator[Finding]:
    """TLS is for a pair, or for the management API: a site with neither has no use for it."""
    site = config.site
    if site and site.tls and site.failover is None and not (site.api and site.tls.api):
        hint = "Remove tls, or add api."
        yield Finding("nothing of this site uses TLS", ("tls",), hint)


RULES = (source, unreadable, certificates, unprotected, needed)
