"""What a site wants, what each server's file says, and what runs: where the three part."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keaprov import paths
from keaprov.diff import ABSENT, Difference, differences, literal
from keaprov.errors import dotted
from keaprov.model import Json, Site
from keaprov.survey import ServerConfigs
from keaprov.wanted import wanted_of

FILE, RUNNING = "file", "running"
MASK = "(secret)"
SECRET = ("password", "secret", "key")
OWN = (
    ("hooks-libraries", "libdhcp_ha.so", "parameters", "high-availability", 0, "this-server-name"),
    ("interfaces-config", "interfaces"),
)
"""In what two servers of a pair differ by right."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference from the site: `where` is what differs (the peer: from its peer)."""

    server: str
    where: str
    difference: Difference

    def __str__(self) -> str:
        one = self.difference
        if not one.path:
            readable = "" if self.where == RUNNING else " that can be read"
            return f"{self.server}: {self.where}: there is none{readable}"
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


def drifts(site: Site, seen: Mapping[str, ServerConfigs]) -> Iterator[Drift]:
    """Yield every difference: files and running configuration from the site's, peer from peer.

    What a file has not, and its server runs, is found as a difference of the running one; both
    are compared with the site, so that the reader sees which of the two was changed by hand.
    """
    for server in site.servers:
        if server.name not in seen:
            continue
        one, its = seen[server.name], wanted_of(site, server)
        body = json.loads(its.dhcp4[paths.DHCP4_CONF])["Dhcp4"]
        yield from _found(server.name, FILE, one.file, differences, body)
        yield from _found(server.name, RUNNING, one.running, differences, body)
        for text in its.agent.values():
            agent = json.loads(text)["Control-agent"]
            yield from _found(server.name, "agent's file", one.agent, literal, agent)
    running = {name: one.running for name, one in seen.items() if one.running is not None}
    if len(running) == 2:
        (first, ours), (second, theirs) = running.items()
        yield from _between(first, ours, second, theirs)


def _found(
    server: str,
    where: str,
    found: Json | None,
    compare: Callable[[Json, Json], Iterator[Difference]],
    body: Json,
) -> Iterator[Drift]:
    if found is None:
        yield Drift(server, where, Difference((), "a configuration", ABSENT))
    else:
        yield from (Drift(server, where, each) for each in compare(body, found))


def verdicts(found: Sequence[Drift], seen: Mapping[str, ServerConfigs]) -> dict[str, str]:
    """Return in words how each server that differs came to differ, as far as that can be told."""
    return {name: words for name in seen if (words := _verdict(found, name, seen))}


def _verdict(found: Sequence[Drift], name: str, seen: Mapping[str, ServerConfigs]) -> str:
    parted = {(one.server, one.where) for one in found}
    file, running = (name, FILE) in parted, (name, RUNNING) in parted
    if seen[name].running is None:
        return "kea-dhcp4 does not answer"
    if running and not file:
        return "runs what was not written to its file: a restart would lose it"
    if file and not running:
        return "its file was changed, and is not what runs: a restart would load it"
    if not running:
        return ""
    ours, theirs = seen[name].file, seen[name].running
    if ours is None or theirs is None or any(differences(ours, theirs)):
        return "site, file and running configuration are three different ones"
    others = [other for other in seen if other != name and (other, RUNNING) not in parted]
    return (
        f"left behind: {others[0]} runs what the site says" if others else "runs what its file says"
    )


def _between(first: str, ours: Json, second: str, theirs: Json) -> Iterator[Drift]:
    for one in differences(ours, theirs):
        key = str(one.path[-1])
        inherited = (ours.get(key, ABSENT), theirs.get(key, ABSENT)) == (one.wanted, one.found)
        if one.path not in OWN and (len(one.path) == 1 or not inherited):
            yield Drift(second, f"running, unlike {first}'s", one)
