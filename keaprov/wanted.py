"""What a server is to run: the site's configuration, or an earlier one that the server keeps."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from urllib.parse import urlsplit

from keaprov import paths, render, secret
from keaprov.ha.plan import Wanted
from keaprov.model import Json, Server, Site


def wanted_of(site: Site, server: Server, revision: str = "", text: str = "") -> Wanted:
    """Return what a site wants of a server.

    `revision` and `text` are those of an earlier configuration that the operator wants back
    (``pyinfra … --data revision=REVISION``); empty for the site's own. Raises SecretError for a
    password of a database that cannot be read.
    """
    agent = {paths.AGENT_CONF: render.agent(site, server)} if site.control_agent else {}
    dhcp4 = text or dhcp4_text(site, server)
    site_port = site.failover.port if site.failover else None
    return Wanted(
        revision=revision or revision_of(site),
        dhcp4={paths.DHCP4_CONF: dhcp4},
        agent=agent,
        agent_files=(paths.AGENT_CONF, paths.PASSWORD_FILE) if agent else (),
        ha_port=_ha_port(dhcp4) if text else site_port,
    )


def dhcp4_text(site: Site, server: Server) -> str:
    """Return kea-dhcp4.conf of a server, with the passwords of databases."""
    text, passwords = secret.revealed(render.dhcp4(site, server), site.source)
    return text.replace(render.revision(site), revision_of(site), 1) if passwords else text


def revision_of(site: Site) -> str:
    """Return the revision of what a site wants: another password of a database is another one.

    The passwords go into it stretched by scrypt (RFC 7914): everybody may read a revision, and
    nobody shall try passwords against it.
    """
    revision = render.revision(site)
    _, passwords = secret.revealed(render.dhcp4(site, site.servers[0]), site.source)
    return _stretched(revision, passwords) if passwords else revision


@lru_cache(maxsize=8)
def _stretched(revision: str, passwords: tuple[str, ...]) -> str:
    salt, text = revision.encode(), json.dumps(passwords).encode()
    digest = hashlib.scrypt(text, salt=salt, n=2**14, r=8, p=1, dklen=16)
    return f"r{digest.hex()[:15]}"


def wanted_body(wanted: Wanted) -> Json:
    """Return the ``Dhcp4`` map that is wanted."""
    (text,) = wanted.dhcp4.values()
    return _parsed(text)


@lru_cache(maxsize=8)
def _parsed(text: str) -> Json:
    parsed: Json = json.loads(text)["Dhcp4"]
    return parsed


def _ha_port(text: str) -> int | None:
    """Return the port of a configuration's HA listener, None without HA."""
    for hook in _parsed(text).get("hooks-libraries") or ():
        for relationship in (hook.get("parameters") or {}).get("high-availability") or ():
            name = relationship.get("this-server-name")
            for peer in relationship.get("peers") or ():
                if peer.get("name") == name:
                    return urlsplit(str(peer["url"])).port
    return None
