"""What a site wants, what each server's file says, and what runs: where the three part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from keaprov import paths
from keaprov.diff import ABSENT, Difference, differences
from keaprov.errors import dotted
from keaprov.look import Seen, wanted
from keaprov.model import Json, Site

MASK = "(secret)"
SECRET = ("password", "secret", "key")
OWN = (
    ("hooks-libraries", "libdhcp_ha.so", "parameters", "high-availability", 0, "this-server-name"),
    ("interfaces-config", "interfaces"),
)
"""In what two servers of a pair differ by right."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference: `where` is what differs from what, as ``file`` from ``site``."""

    server: str
    where: str
    difference: Difference

    def __str__(self) -> str:
        one = self.difference
        if not one.path:
            return f"{self.server}: {self.where}: there is none"
        wanted_, found = (shown(one.path, value) for value in (one.wanted, one.found))
        return f"{self.server}: {self.where}: {dotted(one.path)}: wanted {wanted_}, found {found}"


def shown(path: tuple[str | int, ...], value: Any) -> str:
    """Return a value as text, its secrets masked."""
    if isinstance(value, str) and value == ABSENT:
        return value
    if any(word in SECRET for word in path):
        return MASK
    return json.dumps(masked(value), ensure_ascii=False)


def masked(value: Any) -> Any:
    """Return a configuration with every secret in it masked."""
    if isinstance(value, Mapping):
        return {key: MASK if key in SECRET else masked(one) for key, one in value.items()}
    return [masked(one) for one in value] if isinstance(value, list) else value


def drifts(site: Site, seen: Mapping[str, Seen]) -> Iterator[Drift]:
    """Yield every difference: file and running configuration from the site's, peer from peer.

    What a file has not, and its server runs, is found as a difference of the running one; both
    are compared with the site, so that the reader sees which of the two was changed by hand.
    """
    for server in site.servers:
        if server.name not in seen:
            continue
        one = seen[server.name]
        body = json.loads(wanted(site, server).dhcp4[paths.DHCP4_CONF])["Dhcp4"]
        for where, found in (("file", one.file), ("running", one.running)):
            if found is None:
                yield Drift(server.name, where, Difference((), "a configuration", ABSENT))
                continue
            yield from (Drift(server.name, where, each) for each in differences(body, found))
    running = {name: one.running for name, one in seen.items() if one.running is not None}
    if len(running) == 2:
        (first, ours), (second, theirs) = running.items()
        yield from _between(first, ours, second, theirs)


def _between(first: str, ours: Json, second: str, theirs: Json) -> Iterator[Drift]:
    for one in differences(ours, theirs):
        if one.path not in OWN:
            yield Drift(second, f"running, unlike {first}'s", one)
