"""The url of a peer, read as Kea's HA hook reads it (url.cc of Kea 3.0), not as browsers do."""

from __future__ import annotations

import re
from dataclasses import dataclass

_URL = re.compile(
    r"""(?P<scheme>https?)://(?P<host>\[[^]]+\]|[^][:/]+)
    (?: :(?P<port>[^/]*)(?:/.*)? | (?<=\])/.* | (?:/[^:]*)? )\Z""",
    re.VERBOSE | re.DOTALL,
)
"""A colon in the path of an URL without a port begins a port."""
_PORT = re.compile(r"\+?0*([0-9]{1,5})\Z")
"""Kea's conversion (boost::lexical_cast) takes a plus and any number of zeros."""
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class PeerUrl:
    """What an url names; the host of an IPv6 address is without its brackets."""

    scheme: str
    host: str
    port: int | None


def read(text: object) -> PeerUrl | None:
    """Return what an url names, None if it is not the url of a peer."""
    url = _URL.match(text) if isinstance(text, str) else None
    if url is None:
        return None
    port = None
    if url["port"] is not None:
        number = _PORT.match(url["port"])
        if number is None or int(number[1]) > _LAST_PORT:
            return None
        port = int(number[1])
    return PeerUrl(url["scheme"], url["host"].strip("[]"), port)
