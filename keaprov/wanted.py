"""What a server is to run: the site's configuration, or an earlier one that the server keeps."""

from __future__ import annotations

import json
from functools import lru_cache
from urllib.parse import urlsplit

from keaprov import paths, render
from keaprov.ha.plan import Wanted
from keaprov.model import Json, Server, Site


def wanted_of(site: Site, server: Server, revision: str = "", text: str = "") -> Wanted:
    """Return what a site wants of a server.

    `revision` and `text` are those of an earlier configuration that the operator wants back
    (``pyinfra … --data revision=REVISION``); empty for the site's own.
    """
    agent = {paths.AGENT_CONF: render.agent(site, server)} if site.control_agent else {}
    dhcp4 = text or render.dhcp4(site, server)
    site_port = site.failover.port if site.failover else None
    return Wanted(
        revision=revision or render.revision(site),
        dhcp4={paths.DHCP4_CONF: dhcp4},
        agent=agent,
        agent_files=(paths.AGENT_CONF, paths.PASSWORD_FILE) if agent else (),
        ha_port=_ha_port(dhcp4) if text else site_port,
    )


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
