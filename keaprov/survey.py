"""Ask the servers of some sites, all at once, each over one SSH connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

from keaprov import paths, secret
from keaprov.channel import Channel
from keaprov.control import Shell, Sudo
from keaprov.control.decoding import expected, unpacked
from keaprov.diff import differences
from keaprov.errors import ControlError
from keaprov.ha.observed import Observed
from keaprov.ha.plan import need
from keaprov.ha.reading import from_report
from keaprov.ha.signs import Signs
from keaprov.ha.states import State
from keaprov.model import Json, Server, Site
from keaprov.observation import ADVISORIES, STATUS_PARTS, observe_request
from keaprov.replication import SubnetDifference, subnet_differences
from keaprov.replication.counts import STATISTICS, statistics_of
from keaprov.source.relaxed import parse_relaxed
from keaprov.wanted import wanted_body, wanted_of
from keaprov.words import count

__all__ = [
    "Answers",
    "ServerConfigs",
    "ServerStatus",
    "Shells",
    "ask_servers",
    "errors_of",
    "lease_differences",
    "read_configs",
    "read_status",
    "results_of",
]

T = TypeVar("T")
Answers = dict[str, "T | ControlError"]
"""By server name: a result, or why the server could not be asked."""


@dataclass(frozen=True, slots=True)
class ServerConfigs:
    """A server as observed, with the configuration that runs and those in its files.

    `running` and `file` are ``Dhcp4`` maps, `agent` is the ``Control-agent`` map of its file; None
    for each that is missing or cannot be read. With `masked` they have `secret.MASK` in place of
    secrets.
    """

    observed: Observed
    running: Json | None
    file: Json | None
    agent: Json | None = None
    masked: bool = False

    def comparable(self, wanted: Json) -> Json:
        """Return a wanted map for a comparison: its secrets are masked if these here are."""
        return cast("Json", secret.masked(wanted)) if self.masked else wanted


class Shells:
    """A shell on every server of some sites; `ask` uses all of them at the same time.

    A shell connects when it is first used, and stays connected until `close`.

    + config: an ssh_config file; ``~/.ssh/config`` if None
    + sudo: become root by sudo, None if the user is root already
    """

    def __init__(
        self, sites: Sequence[Site], config: Path | None = None, *, sudo: Sudo | None = None
    ):
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

    def ask(self, function: Callable[[Site, Server, Shell], T]) -> list[Answers[T]]:
        """Call a function for every server; return each site's results by server.

        If the function raises ControlError, the error is the result of that server.
        """

        def result_of(entry: tuple[int, Site, Server, Shell]) -> T | ControlError:
            try:
                return function(*entry[1:])
            except ControlError as error:
                return error

        sites: list[Answers[T]] = [{} for _ in range(self._count)]
        results = self._threads.map(result_of, self._shells)
        for (at, _, server, _), result in zip(self._shells, results, strict=True):
            sites[at][server.name] = result
        return sites


def ask_servers(
    site: Site,
    function: Callable[[Site, Server, Shell], T],
    config: Path | None,
    *,
    sudo: Sudo | None,
) -> Answers[T]:
    """Call a function for every server of one site, as `Shells.ask` does."""
    with Shells([site], config, sudo=sudo) as shells:
        (answers,) = shells.ask(function)
    return answers


def read_configs(site: Site, server: Server, shell: Shell) -> ServerConfigs:
    """Observe a server, and read the configuration that runs and those in its files."""
    report = shell.program("observe", observe_request(site, server, updates=False, secret=False))
    with expected(f"{server.name}: the report of observe"):
        observed = from_report(report, arrived=time.time())
    request = {
        "socket": paths.CONTROL_SOCKET,
        "queries": ["config-get"],
        "files": [paths.DHCP4_CONF, paths.AGENT_CONF],
    }
    from keaprov.importing import written  # needed only if a server's revision is unknown

    report = shell.program("command", request)
    with expected(f"{server.name}: the report of command"):
        answers = unpacked(report["packed"])
        running = (answers.get("config-get") or {}).get("Dhcp4")
        file = written.dhcp4(answers.get(paths.DHCP4_CONF, ""))
        agent = _agent(answers.get(paths.AGENT_CONF, ""))
    return ServerConfigs(observed, running, file, agent, masked=shell.read_only)


def _agent(text: str) -> Json | None:
    """Return the map in an agent's file, which may have comments; None if it has none."""
    if "<?include" in text:
        return None  # the included files are on the host
    whole = parse_relaxed(text, "kea-ctrl-agent.conf").value
    inner = whole.get("Control-agent") if isinstance(whole, dict) else None
    return inner if isinstance(inner, dict) else None


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """A server as observed, Kea's lease statistics, and its drift from the site in words.

    `statistics` are the arguments of ``stat-lease4-get``, {} if Kea does not give them; `signs` are
    early signs of trouble.
    """

    observed: Observed
    statistics: Any
    drift: tuple[str, ...]
    signs: Signs = field(default_factory=Signs)


def read_status(site: Site, server: Server, shell: Shell, *, verify: bool = False) -> ServerStatus:
    """Return a server's status; one program call, a second one if the running hash is unknown.

    With `verify` rpm verifies Kea's packages too, which reads all of their files, and dnf reports
    the advisories about the host's packages.
    """
    request = observe_request(
        site,
        server,
        updates=False,
        secret=False,
        parts=(*STATUS_PARTS, ADVISORIES) if verify else STATUS_PARTS,
        ask=[STATISTICS],
        verify=verify,
    )
    report = shell.program("observe", request)
    with expected(f"{server.name}: the report of observe"):
        observed = from_report(report, arrived=time.time())
        statistics = statistics_of(report)
        signs = Signs.from_report({**report["signs"], ADVISORIES: report.get(ADVISORIES)})
    drift = tuple(_drift(site, server, shell, observed))
    return ServerStatus(observed, statistics, drift, signs)


def _drift(site: Site, server: Server, shell: Shell, observed: Observed) -> Iterator[str]:
    wanted = wanted_of(site, server)
    todo = need(observed, wanted)
    yield from (f"{path} is not the site's" for path in todo.stage)
    if not observed.kea.answers:
        return
    if observed.kea.proven:
        if observed.kea.revision != wanted.revision:
            yield f"it runs revision {observed.kea.revision or 'unknown'}, not the site's"
        return
    configs = read_configs(site, server, shell)
    body = configs.comparable(wanted_body(wanted))
    number = sum(1 for _ in differences(body, configs.running or {}))
    if number:
        yield f"what runs differs from the site in {count(number, 'place')}"


def lease_differences(
    site: Site, channels: Mapping[str, Channel], answers: Answers[ServerStatus]
) -> tuple[SubnetDifference, ...]:
    """Return the subnets whose leases differ between the servers of a pair, by their status.

    Only two servers in hot-standby send each other every lease. If both have the same number of
    leases in every subnet, they need no further command.
    """
    by_name = results_of(answers)
    if len(by_name) != 2 or not all(map(_replicates, by_name.values())):
        return ()
    statistics = {name: status.statistics for name, status in by_name.items()}
    with suppress(ControlError):  # a server is gone since then: the next observation reports it
        return subnet_differences(site, channels, statistics)
    return ()


def results_of(answers: Answers[T]) -> dict[str, T]:
    """Return the results of the servers that answered, by server name."""
    return {
        name: answer for name, answer in answers.items() if not isinstance(answer, ControlError)
    }


def errors_of(answers: Answers[T]) -> dict[str, ControlError]:
    """Return the errors of the servers that did not answer, by server name."""
    return {name: answer for name, answer in answers.items() if isinstance(answer, ControlError)}


def _replicates(status: ServerStatus) -> bool:
    ha = status.observed.kea.ha
    return ha is not None and ha.state is State.HOT_STANDBY and ha.healthy
