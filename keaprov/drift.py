"""How the servers differ from their site: in their files, and in what they run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keaprov import secret
from keaprov.diff import ABSENT, Difference, differences, literal_differences
from keaprov.errors import KeyPath, dotted
from keaprov.model import Json, Site
from keaprov.survey import ServerConfigs
from keaprov.wanted import wanted_body, wanted_of

FILE, RUNNING = "file", "running"
OWN = (
    ("hooks-libraries", "libdhcp_ha.so", "parameters", "high-availability", 0, "this-server-name"),
    ("interfaces-config", "interfaces"),
)
"""The paths in which two servers of a pair always differ."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A difference from the site, or between peers; `where` is the configuration that differs."""

    server: str
    where: str
    difference: Difference

    def __str__(self) -> str:
        path = self.difference.path
        if not path:
            readable = "" if self.where == RUNNING else " that can be read"
            return f"{self.server}: {self.where}: there is none{readable}"
        wanted, actual = shown(path, self.difference.wanted), shown(path, self.difference.actual)
        return f"{self.server}: {self.where}: {dotted(path)}: wanted {wanted}, found {actual}"


def shown(path: KeyPath, value: Any) -> str:
    """Return a value as text, its secrets masked."""
    if isinstance(value, str) and value == ABSENT:
        return value
    return secret.shown(path, value)


def drifts(site: Site, servers: Mapping[str, ServerConfigs]) -> Iterator[Drift]:
    """Yield every difference of files and running configurations from the site, and between peers.

    `servers` are by name. The file and the running configuration are both compared with the site,
    so that the reader sees which of them somebody changed by hand.
    """
    for server in site.servers:
        if server.name not in servers:
            continue
        configs, wanted = servers[server.name], wanted_of(site, server)
        body = configs.comparable(wanted_body(wanted))
        yield from _drifts(server.name, FILE, differences, body, configs.file)
        yield from _drifts(server.name, RUNNING, differences, body, configs.running)
        for text in wanted.agent.values():
            agent = configs.comparable(json.loads(text)["Control-agent"])
            yield from _drifts(
                server.name, "agent's file", literal_differences, agent, configs.agent
            )
    running = {
        name: configs.running for name, configs in servers.items() if configs.running is not None
    }
    if len(running) == 2:
        yield from _between(site, *running.items())


def _drifts(
    server: str,
    where: str,
    compare: Callable[[Json, Json], Iterator[Difference]],
    wanted: Json,
    actual: Json | None,
) -> Iterator[Drift]:
    if actual is None:
        yield Drift(server, where, Difference((), "a configuration", ABSENT))
    else:
        yield from (Drift(server, where, difference) for difference in compare(wanted, actual))


def verdicts(all_drifts: Sequence[Drift], servers: Mapping[str, ServerConfigs]) -> dict[str, str]:
    """Return in words how each server that differs came to differ, as far as that is known."""
    return {name: verdict for name in servers if (verdict := _verdict(all_drifts, name, servers))}


def _verdict(all_drifts: Sequence[Drift], name: str, servers: Mapping[str, ServerConfigs]) -> str:
    differing = {(drift.server, drift.where) for drift in all_drifts}
    configs = servers[name]
    file_differs, running_differs = (name, FILE) in differing, (name, RUNNING) in differing
    if configs.running is None:
        return "kea-dhcp4 does not answer"
    if running_differs and not file_differs:
        return "runs changes that are not in its file: a restart would lose them"
    if file_differs and not running_differs:
        return "its file was changed, but kea-dhcp4 does not run it: a restart would load it"
    if not running_differs:
        return ""
    if configs.file is None or any(differences(configs.file, configs.running)):
        return "site, file and running configuration all differ"
    others = [other for other in servers if other != name and (other, RUNNING) not in differing]
    return f"left behind: {others[0]} runs the site's configuration" if others else "runs its file"


def _between(site: Site, first: tuple[str, Json], second: tuple[str, Json]) -> Iterator[Drift]:
    """Yield the differences of the second server's running configuration from the first's."""
    own = {*OWN, *((key,) for key in site.differing)}
    (first_name, first_body), (second_name, second_body) = first, second
    for difference in differences(first_body, second_body):
        key, path = str(difference.path[-1]), difference.path
        top_level = (first_body.get(key, ABSENT), second_body.get(key, ABSENT))
        inherited = top_level == (difference.wanted, difference.actual)
        own_value = any(path[:length] in own for length in range(1, len(path) + 1))
        if not own_value and (len(path) == 1 or not inherited):
            yield Drift(second_name, f"running, unlike {first_name}'s", difference)
