"""A site out of the files of a running Kea: nothing is lost without an entry in the report.

`original` reads the files; `dhcp4`, `relationship`, `hooks`, `secrets`, `api`, `login` and `agent`
take them apart; `kea` puts the parts together. `proof` reads the site that was written, renders it,
and compares. `kea` touches nothing; `original` reads files, and `staging` writes the site.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any

from keaprov import diff, model, veil
from keaprov.diff import ABSENT
from keaprov.errors import NOWHERE, KeyPath, Mark, Problem
from keaprov.importing import agent, comments, dhcp4, own_keys, secrets, table, text, values
from keaprov.importing.original import Original, Originals
from keaprov.ip import canonical
from keaprov.model.names import HA
from keaprov.render import agent_body

__all__ = ["Imported", "Options", "kea", "placed"]

USUAL_NAME = "kea"
_INTERFACES: KeyPath = ("Dhcp4", "interfaces-config", "interfaces")


@dataclass(frozen=True)
class Options:
    """What the files do not say: the site's name, and addresses of servers by name."""

    site: str = ""
    addresses: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Imported:
    """A site and its files' texts by name; `secrets` are for their owner only.

    `comments` are those that the site file has no place for. `differing` has the paths, as
    `keaprov.diff` names them, in which the second server's file differs from the first; the site
    has the first one's values.
    """

    site: dict[str, Any]
    parts: tuple[dhcp4.Part, ...]
    agents: tuple[Original, ...]
    files: dict[str, str]
    secrets: dict[str, str]
    comments: tuple[comments.Comment, ...] = ()
    differing: frozenset[KeyPath] = frozenset()
    others: tuple[Original, ...] = ()

    @property
    def originals(self) -> tuple[Original, ...]:
        """The files that were read."""
        return (*(part.original for part in self.parts), *self.agents, *self.others)


def kea(originals: Originals, options: Options) -> Imported | list[Problem]:
    """Return the site that the files of Kea say, or every problem that makes this impossible."""
    problems = [p for o in originals.dhcp4 for p in placed(o, dhcp4.checked(o))]
    problems += [p for o in originals.agents for p in placed(o, agent.problems(o))]
    if problems:
        return problems
    with_api = not originals.agents
    parts = tuple(dhcp4.read(original, with_api=with_api) for original in originals.dhcp4)
    servers, problems = _servers(parts, options)
    if problems:
        return problems
    parts = _primary_first(parts, servers)
    own, passwords = own_keys.separated(parts, servers)
    differing = frozenset(_differing(*parts, own)) if len(parts) == 2 else frozenset()
    first = parts[0]
    passwords |= first.secrets
    site: dict[str, Any] = {"site": options.site or first.site or USUAL_NAME, "servers": servers}
    if first.peers.failover and len(servers) == 2:
        site["failover"] = first.peers.failover
    if originals.agents:
        site["control-agent"] = _agents(originals.agents, servers, passwords)
    elif first.api:
        site["api"] = first.api
    if not first.live:
        site["live"] = False
    site["dhcp4"] = values.copied({k: v for k, v in first.body.items() if k not in own})
    tables = table.extract(site["dhcp4"])
    read = (*(part.original for part in parts), *originals.agents)
    written, left = _commented(text.site(site), site, read)
    others = originals.others
    left += tuple(remark for file in others for remark, _ in comments.beside(file.document))
    files = {"site.yaml": written, **tables}
    return Imported(site, parts, originals.agents, files, passwords, left, differing, others)


def _commented(
    written: str, site: Mapping[str, Any], originals: Iterable[Original]
) -> tuple[str, tuple[comments.Comment, ...]]:
    """Return the text of a site file with the comments of the files, and those it has no place for.

    A comment that names a secret stays out of the site file, which everybody may read.
    """
    short = {**site, "dhcp4": text.shortened(site["dhcp4"])}
    every: list[comments.Comment] = []
    placed: list[list[tuple[comments.Comment, KeyPath]]] = []
    for original in originals:
        document = original.document
        cleared = veil.Veil(document.value, tuple(text for _, text in document.sources))
        placed.append([])
        for comment, path in comments.beside(document):
            every.append(comment)
            there = original.ledger.in_site(path)
            short_path = None if there is None else text.short_path(site, short, there)
            if short_path is not None and cleared.source(comment.text) == comment.text:
                placed[-1].append((comment, short_path))
    annotated, done = comments.annotated(written, placed)
    return annotated, tuple(comment for comment in every if comment not in done)


def placed(original: Original, problems: list[Problem]) -> list[Problem]:
    """Return problems with their lines, and without secrets."""
    document = original.document
    places = document.places(problem.path for problem in problems)
    cleared = veil.Veil(document.value, tuple(text for _, text in document.sources))
    return [
        cleared.problem(problem._replace(mark=places[problem.path].key))
        if problem.mark == NOWHERE
        else problem
        for problem in problems
    ]


def _servers(
    parts: tuple[dhcp4.Part, ...], options: Options
) -> tuple[dict[str, dict[str, Any]], list[Problem]]:
    first, mark = parts[0], Mark(parts[0].original.document.file)
    peers = dict(first.peers.servers)
    if len(parts) == 2 and (len(peers) < 2 or not _are_pair(*parts)):
        message = "the two files are not of one HA pair"
        hint = "Import each server into a directory of its own."
        return {}, [Problem("KP206", message, mark, hint=hint)]
    if peers and first.peers.this not in peers:
        message = f"this-server-name {first.peers.this!r} is not one of the peers"
        hint = "Write the name of one of the peers."
        return {}, [Problem("KP206", message, mark, hint=hint)]
    if len(peers) < 2:
        name = first.peers.this or next(iter(options.addresses), "")
        if not name:
            hint = "Name it, with its address: --server NAME=ADDRESS."
            return {}, [Problem("KP202", "the file does not name its server", mark, hint=hint)]
        peers = {name: {key: v for key, v in peers.get(name, {}).items() if key == "address"}}
    servers: dict[str, dict[str, Any]] = {}
    problems = []
    for name, peer in peers.items():
        part = next((part for part in parts if part.peers.this == name), first)
        if part.peers.this != name and len(peers) == 2:
            words = f"{name} has the same interfaces: its own file was not given"
            part.original.ledger.changed(_INTERFACES, words)
        server = {**peer, "interfaces": list(part.interfaces)}
        server["address"] = options.addresses.get(name, peer.get("address", ""))
        if not server["address"]:
            hint = f"Give it: --server {name}=ADDRESS."
            problems.append(Problem("KP202", f"the address of {name} is unknown", mark, hint=hint))
        part.original.ledger.move(_INTERFACES, ("servers", name, "interfaces"))
        servers[name] = {
            key: server[key] for key in ("role", "address", "interfaces") if key in server
        }
    return servers, problems


def _are_pair(first: dhcp4.Part, second: dhcp4.Part) -> bool:
    names = {first.peers.this, second.peers.this}
    return names == set(first.peers.servers) == set(second.peers.servers)


def _primary_first(
    parts: tuple[dhcp4.Part, ...], servers: Mapping[str, Any]
) -> tuple[dhcp4.Part, ...]:
    def rank(part: dhcp4.Part) -> bool:
        return bool(servers.get(part.peers.this, {}).get("role") == "standby")

    return tuple(sorted(parts, key=rank)) if len(parts) == 2 else parts


def _differing(first: dhcp4.Part, second: dhcp4.Part, own: Set[str]) -> list[KeyPath]:
    """Note where the second server's file differs from the first one's; return the paths.

    `own` are the keys that the servers have for themselves.
    """
    ledger = second.original.ledger
    words = f"the site has the value of {first.peers.this}"
    paths: list[KeyPath] = []
    bodies = [{k: v for k, v in part.body.items() if k not in own} for part in (first, second)]
    for difference in diff.literal_differences(*bodies):
        value = None if difference.actual is ABSENT else difference.actual
        ledger.keep(("Dhcp4", *difference.path), value, words)
        paths.append(difference.path)
    for key in bodies[0].keys() | bodies[1].keys():
        same = bodies[0].get(key) == bodies[1].get(key)
        if not same and not any(path[0] == key for path in paths):
            ledger.keep(("Dhcp4", key), second.body.get(key), words)
            paths.append((key,))
    if first.peers != replace(second.peers, this=first.peers.this):
        failover = {"servers": second.peers.servers, "failover": second.peers.failover}
        ledger.keep(("Dhcp4", "hooks-libraries"), failover, f"the failover: {words}")
        paths.append(("hooks-libraries", HA))
    for name, value in second.secrets.items():
        if first.secrets.get(name) != value:
            key = max((key for key in secrets.PLACES if f"/{key}" in name), key=len)
            ledger.keep(("Dhcp4", key), {name: value}, f"the password {name}: {words}")
            paths.append((key,))
    return paths


def _agents(
    agents: tuple[Original, ...], servers: Mapping[str, Any], passwords: dict[str, str]
) -> dict[str, Any]:
    """Return `control-agent` of the site; each file is compared with its own server's render."""
    values, texts = agent.read(agents[0])
    passwords |= texts
    wanted = model.ManagementApi(values["port"], values.get("user", "admin"), by_agent=True)
    for original, (name, server) in zip(agents, _homes(agents, servers), strict=False):
        if original is not agents[0]:
            _, others = agent.read(original)
            if others != texts:
                path: KeyPath = ("Control-agent", "authentication", "clients", 0)
                original.ledger.keep(
                    path, others, f"the site has the password of {agents[0].document.file}"
                )
        rendered = agent_body.body(wanted, model.Server(name, server["address"], ()))
        agent.compare(original, rendered)
    return values


def _homes(
    agents: tuple[Original, ...], servers: Mapping[str, Any]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the server of each agent's file: by its address, else in the order of the files."""
    homes = []
    for index, original in enumerate(agents):
        host = canonical(original.body["Control-agent"].get("http-host") or "")
        items = list(servers.items())
        usual = items[min(index, len(items) - 1)]
        homes.append(next((item for item in items if item[1]["address"] == host), usual))
    return homes
