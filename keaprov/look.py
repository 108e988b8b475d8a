"""Look at a site's servers from here, all at once, each over one SSH connection."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from keaprov import paths, render
from keaprov.control import Shell
from keaprov.control.client import answer, unpacked
from keaprov.diff import differences
from keaprov.errors import ControlError, Refused
from keaprov.ha.live import live
from keaprov.ha.observed import Observed, from_report
from keaprov.ha.plan import Need, Wanted, need, why_by_turns
from keaprov.ha.situation import Found, situation
from keaprov.model import Json, Server, Site
from keaprov.question import GLANCE, question
from keaprov.source.relaxed import parse_relaxed

T = TypeVar("T")
Answers = dict[str, "T | ControlError"]
"""By server's name."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A server as it was found: what it is, what runs and what its files say.

    `running` and `file` are ``Dhcp4`` maps, `agent` is the ``Control-agent`` map of its file; None
    for what is not there, or cannot be read as such.
    """

    observed: Observed
    running: Json | None
    file: Json | None
    agent: Json | None = None


class Shells:
    """A shell on every server of some sites, all asked at the same time.

    A connection is made at the first question and kept for the next, until `close`.

    + config: an ssh_config file; ``~/.ssh/config`` if None
    + sudo: become root by ``sudo -n``
    """

    def __init__(self, sites: Sequence[Site], config: Path | None = None, *, sudo: bool = False):
        self._shells = [
            (at, site, server, Shell(server.name, server.address, config, sudo=sudo))
            for at, site in enumerate(sites)
            for server in site.servers
        ]
        self._count = len(sites)
        self._threads = ThreadPoolExecutor(max_workers=len(self._shells))

    def __enter__(self) -> Shells:
        return self

    def __exit__(self, *of_an_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._threads.shutdown(cancel_futures=True)
        for *_, shell in self._shells:
            shell.close()

    def of(self, site: Site) -> dict[str, Shell]:
        """Return a site's shells by server."""
        return {server.name: shell for _, its, server, shell in self._shells if its is site}

    def ask(self, what: Callable[[Site, Server, Shell], T]) -> list[Answers[T]]:
        """Return each site's answers by server; an error is the answer of its server."""

        def one(asked: tuple[int, Site, Server, Shell]) -> T | ControlError:
            try:
                return what(*asked[1:])
            except ControlError as error:
                return error

        found: list[Answers[T]] = [{} for _ in range(self._count)]
        said = self._threads.map(one, self._shells)
        for (at, _, server, _), its in zip(self._shells, said, strict=True):
            found[at][server.name] = its
        return found


def everywhere(
    site: Site, ask: Callable[[Site, Server, Shell], T], config: Path | None, *, sudo: bool
) -> Answers[T]:
    """Ask every server of one site, once."""
    with Shells([site], config, sudo=sudo) as shells:
        (answers,) = shells.ask(ask)
    return answers


def look(site: Site, server: Server, shell: Shell) -> Seen:
    """Return what is seen of a server, with what it runs and what its file says."""
    report = shell.program("observe", question(site, server, updates=False, secret=False))
    observed = from_report(report, arrived=time.time())
    asked = {
        "socket": paths.CONTROL_SOCKET,
        "queries": ["config-get"],
        "files": [paths.DHCP4_CONF, paths.AGENT_CONF],
    }
    found = unpacked(shell.program("command", asked)["packed"])
    config = (found.get("config-get") or {}).get("Dhcp4")
    file = _body(found.get(paths.DHCP4_CONF, ""), "Dhcp4")
    return Seen(observed, config, file, _body(found.get(paths.AGENT_CONF, ""), "Control-agent"))


def _body(text: str, key: str) -> Json | None:
    """Return what a file of Kea's says, comments of somebody's hand aside."""
    if "<?include" in text:
        return None  # of files that are on the host
    try:
        whole: Any = json.loads(text)
    except ValueError:
        whole = parse_relaxed(text, key).value
    body = whole.get(key) if isinstance(whole, dict) else None
    return body if isinstance(body, dict) else None


@dataclass(frozen=True, slots=True)
class Glance:
    """A server at a glance: what is seen of it, how full its pools are, and drift in words."""

    observed: Observed
    statistics: Any
    drift: tuple[str, ...]


def glance(site: Site, server: Server, shell: Shell) -> Glance:
    """Return how a server is; all that runs is compared only when its hash is not known."""
    asked = question(
        site, server, updates=False, secret=False, parts=GLANCE, ask=["stat-lease4-get"]
    )
    report = shell.program("observe", asked)
    observed = from_report(report, arrived=time.time())
    statistics: Any = {}
    with suppress(KeyError, Refused):  # it is down; a configuration of before, without the hook
        statistics = answer("stat-lease4-get", report["kea"]["answers"]["stat-lease4-get"])
    return Glance(observed, statistics, tuple(_drift(site, server, shell, observed)))


def _drift(site: Site, server: Server, shell: Shell, observed: Observed) -> Iterator[str]:
    its = wanted(site, server)
    todo = need(observed, its)
    yield from (f"{path} is not the site's" for path in todo.stage)
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
