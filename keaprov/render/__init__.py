"""A site into Kea's files: canonical JSON, the same bytes for the same site."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Any

from keaprov import model
from keaprov.render import agent as _agent
from keaprov.render import dhcp4 as _dhcp4
from keaprov.render.text import Writer, ordered, write

__all__ = ["agent", "dhcp4", "revision", "write"]


def dhcp4(site: model.Site, server: model.Server) -> str:
    """Return kea-dhcp4.conf of one server of the site."""
    return _sheet(_Same(site)).dhcp4(server)


def agent(site: model.Site, server: model.Server) -> str:
    """Return kea-ctrl-agent.conf of one server; ValueError when the site has no control agent."""
    if site.control_agent is None:
        raise ValueError(f"the site {site.name} has no control-agent")
    return write({"Control-agent": _agent.body(site.control_agent, server)}) + "\n"


def revision(site: model.Site) -> str:
    """Return what names the site's content: both servers of a pair carry the same revision.

    An ``r``, so that no tool takes it for a number, and fifteen hexadecimal digits of a SHA-256
    over the kea-dhcp4.conf of all servers, as they are without the revision itself.
    """
    return _sheet(_Same(site)).revision


class _Same:
    """A site by its identity: what it holds is too large to compare."""

    def __init__(self, site: model.Site) -> None:
        self.site = site

    def __hash__(self) -> int:
        return id(self.site)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.site is self.site


@lru_cache(maxsize=8)
def _sheet(same: _Same) -> _Sheet:
    return _Sheet(same.site)


class _Sheet:
    """A site's files; what the servers have in common is written once."""

    def __init__(self, site: model.Site) -> None:
        self._site = site
        self._writer = Writer()
        self._shared = self._entries(_dhcp4.shared(site))
        digest = sha256()
        for server in site.servers:
            for part in self._body(self._own(server)):
                digest.update(part.encode())
        self.revision = f"r{digest.hexdigest()[:15]}"

    def dhcp4(self, server: model.Server) -> str:
        context = self._entries({"user-context": _dhcp4.context(self._site, self.revision)})
        return "".join(
            ['{\n  "Dhcp4": {\n', *self._body(self._own(server) | context), "\n  }\n}\n"]
        )

    def _own(self, server: model.Server) -> dict[str, str]:
        return self._entries(_dhcp4.own(self._site, server))

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
