"""Render a site as Kea's files: canonical JSON, the same bytes for the same site.

`dhcp4_body` and `agent_body` say what keaprov adds to a site's own values; `text` writes JSON. The
package is pure. Passwords of databases are not in its texts: `keaprov.wanted` adds them.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Any

from keaprov import model
from keaprov.render import agent_body, dhcp4_body
from keaprov.render.text import Writer, ordered, write

__all__ = ["agent", "dhcp4", "revision", "write"]


def dhcp4(site: model.Site, server: model.Server) -> str:
    """Return kea-dhcp4.conf of one server; ValueError if the server is not the site's."""
    _own_server(site, server)
    return _sheet(_ById(site)).dhcp4(server)


def agent(site: model.Site, server: model.Server) -> str:
    """Return kea-ctrl-agent.conf of one server.

    ValueError if the server is not the site's, or the site has no control agent.
    """
    _own_server(site, server)
    if site.api is None or not site.api.by_agent:
        raise ValueError(f"the site {site.name} has no control-agent")
    return write({"Control-agent": agent_body.body(site.api, server, site.tls)}) + "\n"


def revision(site: model.Site) -> str:
    """Return the name of the site's content, the same for both servers of a pair.

    It is an ``r``, so that no tool takes it for a number, and fifteen hexadecimal digits of a
    SHA-256 over the kea-dhcp4.conf of all servers without the revision itself.
    """
    return _sheet(_ById(site)).revision


class _ById:
    """A key for the cache: a site by its identity. A site cannot change.

    Equality would not do: ``1``, ``1.0`` and ``true`` are equal and are written differently.
    """

    def __init__(self, site: model.Site) -> None:
        self.site = site

    def __hash__(self) -> int:
        return id(self.site)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.site is self.site


@lru_cache(maxsize=8)
def _sheet(key: _ById) -> _Sheet:
    return _Sheet(key.site)


def _own_server(site: model.Site, server: model.Server) -> None:
    if server not in site.servers:
        raise ValueError(f"{server.name} is not a server of the site {site.name}")


class _Sheet:
    """A site's files; it writes the part that the servers have in common once."""

    def __init__(self, site: model.Site) -> None:
        self._site = site
        self._writer = Writer()
        self._shared = self._entries(dhcp4_body.shared(site))
        digest = sha256()
        for server in site.servers:
            for part in self._body(self._own(server)):
                digest.update(part.encode())
        self.revision = f"r{digest.hexdigest()[:15]}"

    def dhcp4(self, server: model.Server) -> str:
        context = self._entries({"user-context": dhcp4_body.context(self._site, self.revision)})
        return "".join(
            ['{\n  "Dhcp4": {\n', *self._body(self._own(server) | context), "\n  }\n}\n"]
        )

    def _own(self, server: model.Server) -> dict[str, str]:
        return self._entries(dhcp4_body.own(self._site, server))

    def _body(self, own: dict[str, str]) -> list[str]:
        entries = self._shared | own
        parts: list[str] = []
        for key in ordered(tuple(entries)):
            parts += [",\n" if parts else "", entries[key]]
        return parts

    def _entries(self, body: dict[str, Any]) -> dict[str, str]:
        return {
            key: f"    {name}: {self._writer.text(body[key], '    ')}"
            for key, name in self._writer.keys(body)
        }
