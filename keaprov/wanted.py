"""What a server is to run: the site's configuration, or an earlier one that the server keeps."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache

from keaprov import files, paths, render, secret
from keaprov.ha.plan import Wanted
from keaprov.model import Json, Server, Site, peer_url

LOGIN = (paths.USER_FILE, paths.PASSWORD_FILE)
"""The files that kea-dhcp4 reads when it starts, if it serves the API itself."""


@dataclass(frozen=True)
class Earlier:
    """An earlier configuration of a server, which the operator wants back.

    `body` is the ``Dhcp4`` map that `text` has; `agent` is the text of the agent's file, "" if the
    site's counts.
    """

    revision: str
    text: str
    body: Json
    agent: str = ""


def wanted_of(site: Site, server: Server, earlier: Earlier | None = None) -> Wanted:
    """Return what a site wants of a server.

    `earlier` is wanted instead of the site's own (``pyinfra … --data revision=REVISION``). Raises
    SecretError for a password of a database that cannot be read.
    """
    by_agent = site.api is not None and site.api.by_agent
    agent = {paths.AGENT_CONF: render.agent(site, server)} if by_agent else {}
    if earlier and earlier.agent:
        agent = {paths.AGENT_CONF: earlier.agent}
    tls_files = tuple(site.tls.files.values()) if site.tls and not earlier else ()
    own_port, cert_file = _listener(earlier.body) if earlier else (None, "")
    site_port = site.failover.port if site.failover else None
    return Wanted(
        revision=earlier.revision if earlier else revision_of(site),
        dhcp4={paths.DHCP4_CONF: earlier.text if earlier else dhcp4_text(site, server)},
        agent=agent,
        agent_files=(paths.AGENT_CONF, paths.PASSWORD_FILE, *tls_files) if agent else (),
        dhcp4_files=LOGIN if site.api and not agent else (),
        ha_port=own_port if earlier else site_port,
        body=earlier.body if earlier else None,
        cert_file=cert_file if earlier else site.failover_files.get("cert-file", ""),
        tls_files=tls_files,
        drop_ins=_drop_ins(site, ("kea-dhcp4", *(("kea-ctrl-agent",) if by_agent else ()))),
    )


def _drop_ins(site: Site, units: tuple[str, ...]) -> dict[str, str]:
    """Return the text of each unit's drop-in; without hardening it has no settings."""
    return {
        unit: files.read(f"systemd/{unit if site.kea.hardening else 'off'}.conf") for unit in units
    }


def dhcp4_text(site: Site, server: Server) -> str:
    """Return kea-dhcp4.conf of a server, with the passwords of databases."""
    text, _ = secret.revealed(render.dhcp4(site, server), site.source)
    rendered, wanted = render.revision(site), revision_of(site)
    return text if rendered == wanted else text.replace(rendered, wanted, 1)


def revision_of(site: Site) -> str:
    """Return the revision of what a site wants: another password of a database is another one.

    The passwords go into it stretched by scrypt (RFC 7914): everybody may read a revision, and
    nobody shall try passwords against it.
    """
    revision = render.revision(site)
    passwords: tuple[str, ...] = ()
    for server in {server.dhcp4: server for server in site.servers}.values():
        passwords += secret.revealed(render.dhcp4(site, server), site.source)[1]
    return _stretched(revision, passwords) if passwords else revision


@lru_cache(maxsize=8)
def _stretched(revision: str, passwords: tuple[str, ...]) -> str:
    salt, text = revision.encode(), json.dumps(passwords).encode()
    digest = hashlib.scrypt(text, salt=salt, n=2**14, r=8, p=1, dklen=16)
    return f"r{digest.hex()[:15]}"


def wanted_body(wanted: Wanted) -> Json:
    """Return the ``Dhcp4`` map that is wanted."""
    (text,) = wanted.dhcp4.values()
    return _parsed(text) if wanted.body is None else wanted.body


@lru_cache(maxsize=8)
def _parsed(text: str) -> Json:
    parsed: Json = json.loads(text)["Dhcp4"]
    return parsed


def _listener(body: Json) -> tuple[int | None, str]:
    """Return the port of a configuration's HA listener and its certificate; None and "" if none."""
    for hook in body.get("hooks-libraries") or ():
        for relationship in (hook.get("parameters") or {}).get("high-availability") or ():
            name = relationship.get("this-server-name")
            for peer in relationship.get("peers") or ():
                if peer.get("name") == name:
                    cert_file = peer.get("cert-file") or relationship.get("cert-file") or ""
                    url = peer_url.read(peer["url"])
                    return url.port if url else None, str(cert_file)
    return None, ""
