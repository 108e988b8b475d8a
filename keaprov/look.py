"""Look at a site's servers from here, all at once, each over one SSH connection."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from keaprov import paths
from keaprov.channel import Channel
from keaprov.control import Shell
from keaprov.control.api import answer, unpacked
from keaprov.diff import differences
from keaprov.errors import ControlError, Refused
from keaprov.ha.observed import Observed, from_report
from keaprov.ha.plan import need
from keaprov.ha.signs import Signs
from keaprov.ha.states import State
from keaprov.model import Json, Server, Site
from keaprov.question import GLANCE, question
from keaprov.replication import SubnetDifference, subnet_differences
from keaprov.source.relaxed import parse_relaxed
from keaprov.wanted import body, wanted

T = TypeVar("T")
Answers = dict[str, "T | ControlError"]
"""By server's name."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A server as it was observed: what it is, what runs and what its files say.

    `running` and `file` are ``Dhcp4`` maps, `agent` is the ``Control-agent`` map of its file; None
    for what is missing, or cannot be read as such.
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
        return {server.name: shell for _, owner, server, shell in self._shells if owner is site}

    def ask(self, what: Callable[[Site, Server, Shell], T]) -> list[Answers[T]]:
        """Return each site's answers by server; an error is the answer of its server."""

        def answer_of(entry: tuple[int, Site, Server, Shell]) -> T | ControlError:
            try:
                return what(*entry[1:])
            except ControlError as error:
                return error

        sites: list[Answers[T]] = [{} for _ in range(self._count)]
        answers = self._threads.map(answer_of, self._shells)
        for (at, _, server, _), given in zip(self._shells, answers, strict=True):
            sites[at][server.name] = given
        return sites


def everywhere(
    site: Site, ask: Callable[[Site, Server, Shell], T], config: Path | None, *, sudo: bool
) -> Answers[T]:
    """Ask every server of one site, once."""
    with Shells([site], config, sudo=sudo) as shells:
        (answers,) = shells.ask(ask)
    return answers


def look(site: Site, server: Server, shell: Shell) -> Seen:
    """Observe a server, with what it runs and what its file says."""
    report = shell.program("observe", question(site, server, updates=False, secret=False))
    observed = from_report(report, arrived=time.time())
    request = {
        "socket": paths.CONTROL_SOCKET,
        "queries": ["config-get"],
        "files": [paths.DHCP4_CONF, paths.AGENT_CONF],
    }
    answers = unpacked(shell.program("command", request)["packed"])
    config = (answers.get("config-get") or {}).get("Dhcp4")
    file = _body(answers.get(paths.DHCP4_CONF, ""), "Dhcp4")
    return Seen(observed, config, file, _body(answers.get(paths.AGENT_CONF, ""), "Control-agent"))


def _body(text: str, key: str) -> Json | None:
    """Return what a file of Kea's says; somebody may have written comments into it."""
    if "<?include" in text:
        return None  # the included files are on the host
    try:
        whole: Any = json.loads(text)
    except ValueError:
        whole = parse_relaxed(text, key).value
    inner = whole.get(key) if isinstance(whole, dict) else None
    return inner if isinstance(inner, dict) else None


@dataclass(frozen=True, slots=True)
class Glance:
    """A server at a glance: how it is observed, how full its pools are, and drift in words.

    `signs` are early signs of trouble.
    """

    observed: Observed
    statistics: Any
    drift: tuple[str, ...]
    signs: Signs = field(default_factory=Signs)


def glance(site: Site, server: Server, shell: Shell) -> Glance:
    """Return how a server is; all that runs is compared only if its hash is not known."""
    request = question(
        site, server, updates=False, secret=False, parts=GLANCE, ask=["stat-lease4-get"]
    )
    report = shell.program("observe", request)
    observed = from_report(report, arrived=time.time())
    statistics: Any = {}
    with suppress(KeyError, Refused):  # it is down, or runs without the hook
        statistics = answer("stat-lease4-get", report["kea"]["answers"]["stat-lease4-get"])
    drift = tuple(_drift(site, server, shell, observed))
    return Glance(observed, statistics, drift, Signs.from_report(report["signs"]))


def _drift(site: Site, server: Server, shell: Shell, observed: Observed) -> Iterator[str]:
    ours = wanted(site, server)
    todo = need(observed, ours)
    yield from (f"{path} is not the site's" for path in todo.stage)
    if not observed.kea.answers:
        return
    if observed.kea.proven:
        if observed.kea.revision != ours.revision:
            yield f"it runs revision {observed.kea.revision or 'unknown'}, not the site's"
        return
    running = look(site, server, shell).running or {}
    count = sum(1 for _ in differences(body(ours), running))
    if count:
        yield f"what runs differs from the site in {count} {'place' if count == 1 else 'places'}"


def replication(
    site: Site, shells: Mapping[str, Channel], answers: Answers[Glance]
) -> tuple[SubnetDifference, ...]:
    """Return the subnets whose leases differ between the servers of a pair, by their glances.

    Only two servers in hot-standby send each other every lease. Nothing more is asked if they have
    the same number of leases in every subnet.
    """
    glances = {name: answer for name, answer in answers.items() if isinstance(answer, Glance)}
    if len(glances) != 2 or not all(map(_replicates, glances.values())):
        return ()
    statistics = {name: glance.statistics for name, glance in glances.items()}
    with suppress(ControlError):  # it is gone since: the next observation says so
        return subnet_differences(site, shells, statistics)
    return ()


def _replicates(glance: Glance) -> bool:
    ha = glance.observed.kea.ha
    return ha is not None and ha.state is State.HOT_STANDBY and ha.healthy
