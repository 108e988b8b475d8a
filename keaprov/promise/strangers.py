"""DHCP servers that answer clients and are not the site's, by what their answers show."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator

from keaprov.model import Json, Site
from keaprov.promise.wire import options

SERVER_ID = 54
"""The option that names a server (RFC 2132, section 9.7)."""


def identifiers(site: Site) -> list[str]:
    """Return the identifiers by which the servers of a site answer: their addresses.

    A site may give clients another one (Kea ARM, option dhcp-server-identifier).
    """
    networks = site.dhcp4.get("shared-networks") or ()
    values = [
        socket.inet_ntoa(value)
        for code, _, value in options((site.dhcp4, *networks, *site.subnets))
        if code == SERVER_ID and len(value) == 4
    ]
    own = (address for server in site.servers for address in server.identifiers)
    return list(dict.fromkeys([*own, *values]))


def named(answer: Json) -> str:
    """Return who sent an answer, in words; a relay's address and MAC if it came by a relay."""
    where = f"from {answer['source']}" if answer.get("source") else ""
    hardware = f"MAC {answer['hardware']}" if answer.get("hardware") else ""
    known = ", ".join(word for word in (where, hardware) if word)
    server = str(answer["server"] or "a server without an identifier")
    return f"{server} ({known})" if known else server


def strangers(site: Site, answers: Iterable[Json]) -> Iterator[str]:
    """Yield in words each server among the answers that is not one of the site's."""
    own = identifiers(site)
    senders = {named(answer): answer for answer in answers if answer["server"] not in own}
    for words in senders:
        yield (
            f"{words} answers clients and is not a server of {site.name}. Find it by its MAC "
            "address in the switch's table, and disconnect it; DHCP snooping keeps others away"
        )
