"""Look at a site's servers from here, all at once, each over one SSH connection."""

from __future__ import annotations

import base64
import json
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from keaprov import paths, render
from keaprov.control import Client, Shell, Socket
from keaprov.diff import differences
from keaprov.errors import ControlError, Refused
from keaprov.ha.live import live
from keaprov.ha.observed import Observed, from_report
from keaprov.ha.plan import Need, Wanted, need, why_by_turns
from keaprov.ha.situation import Found, situation
from keaprov.model import Json, Server, Site
from keaprov.question import question

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """A server as it was found: what it is, what runs and what its file says (``Dhcp4`` maps)."""

    observed: Observed
    running: Json | None
    file: Json | None


def everywhere(
    site: Site, ask: Callable[[Server, Shell], T], config: Path | None, *, sudo: bool
) -> dict[str, T | ControlError]:
    """Ask every server of a site at the same time; an error is the answer of that server."""

    def one(server: Server) -> T | ControlError:
        try:
            with Shell(server.name, server.address, config, sudo=sudo) as shell:
                return ask(server, shell)
        except ControlError as error:
            return error

    with ThreadPoolExecutor(max_workers=len(site.servers)) as pool:
        answers = pool.map(one, site.servers)
        return dict(zip((server.name for server in site.servers), answers, strict=True))


def look(site: Site, server: Server, shell: Shell) -> Seen:
    """Return what is seen of a server, with what it runs and what its file says."""
    report = shell.program("observe", question(site, server, updates=False, secret=False))
    observed = from_report(report, arrived=time.time())
    asked = {
        "socket": paths.CONTROL_SOCKET,
        "queries": ["config-get"],
        "files": [paths.DHCP4_CONF],
    }
    found = unpacked(shell.program("command", asked)["packed"])
    config = (found.get("config-get") or {}).get("Dhcp4")
    try:
        file = json.loads(found.get(paths.DHCP4_CONF, "")).get("Dhcp4")
    except ValueError:
        file = None  # somebody's hand, or the packaged one
    return Seen(observed, config, file)


@dataclass(frozen=True, slots=True)
class Glance:
    """A server at a glance: what is seen of it, how full its pools are, and drift in words."""

    observed: Observed
    statistics: Any
    drift: tuple[str, ...]


def glance(site: Site, server: Server, shell: Shell) -> Glance:
    """Return how a server is; all that runs is compared only when its hash is not known."""
    report = shell.program("observe", question(site, server, updates=False, secret=False))
    observed = from_report(report, arrived=time.time())
    statistics: Any = {}
    if observed.kea.answers:
        client = Client(Socket(shell, paths.CONTROL_SOCKET))
        with suppress(Refused):  # a configuration of before, without the hook
            statistics = client.ask("stat-lease4-get")
    return Glance(observed, statistics, tuple(_drift(site, server, shell, observed)))


def _drift(site: Site, server: Server, shell: Shell, observed: Observed) -> Iterator[str]:
    its = wanted(site, server)
    todo = need(observed, its)
    if paths.DHCP4_CONF in todo.stage:
        yield "its file is not the site's"
    if not observed.kea.answers:
        return
    if observed.kea.proven:
        if observed.kea.revision != its.revision:
            yield f"it runs revision {observed.kea.revision or 'unknown'}, not the site's"
        return
    running = look(site, server, shell).running or {}
    body = json.loads(its.dhcp4[paths.DHCP4_CONF])["Dhcp4"]
    count = sum(1 for _ in differences(body, running))
    if count:
        yield f"what runs differs from the site in {count} places (keaprov diff)"


def unpacked(text: str) -> Any:
    """Return what a program on a host packed so that no log can show it."""
    return json.loads(zlib.decompress(base64.b64decode(text)))


def wanted(site: Site, server: Server) -> Wanted:
    """Return what a site wants of a server."""
    agent = {paths.AGENT_CONF: render.agent(site, server)} if site.control_agent else {}
    return Wanted(
        revision=render.revision(site),
        dhcp4={paths.DHCP4_CONF: render.dhcp4(site, server)},
        agent=agent,
        agent_files=(paths.AGENT_CONF,) if agent else (),
    )


def outlook(site: Site, seen: Mapping[str, Seen]) -> tuple[Found, dict[str, Need], dict[str, str]]:
    """Return the situation, and by server what it needs and what of it goes live, in words."""
    observed, needs, lives, reason = {}, {}, {}, None
    for server in site.servers:
        if server.name not in seen:
            continue
        one, its = seen[server.name], wanted(site, server)
        (text,) = its.dhcp4.values()
        body = json.loads(text)["Dhcp4"]
        runs = one.running is not None and not any(differences(body, one.running))
        kea = one.observed.kea
        if kea.answers:
            loaded = (one.file or {}).get("user-context", {}).get("keaprov", {}).get("revision", "")
            as_file = bool(one.file) and not any(differences(one.file or {}, one.running or {}))
            known = loaded if as_file and loaded != its.revision else ""
            kea = replace(kea, revision=its.revision if runs else known, proven=True)
        observed[server.name] = replace(one.observed, kea=kea)
        needs[server.name] = need(observed[server.name], its, site.kea.version)
        if runs:
            continue
        if not kea.revision or one.file is None:
            reason = reason or f"{server.name} does not run what its file says"
            continue
        way = live(one.file, body)
        if isinstance(way, str):
            reason = reason or way
        else:
            lives[server.name] = way.words
    if observed:
        reason = why_by_turns(site, observed, needs) or reason
    return situation(site, observed, needs, reason), needs, lives if reason is None else {}
