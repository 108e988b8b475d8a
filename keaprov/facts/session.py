"""One site in one pyinfra run: its conductor, what the preflight found, and who acts for it.

pyinfra's options decide in which order hosts come to an operation, and whether they wait for each
other (``--serial``, ``--no-wait``, ``--parallel``). So no order rests on that: the first host of a
site that comes to the preflight does it for all of them, and the last one that comes to a later
phase acts for the site. A site whose servers are not all in the run is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from weakref import WeakKeyDictionary

from gevent.lock import RLock
from pyinfra import logger
from pyinfra.api.host import Host
from pyinfra.api.state import State

from keaprov.conductor import Conductor
from keaprov.conductor.kept import earlier
from keaprov.conductor.preflight import (
    Offers,
    reasons_of_pair,
    reasons_of_server,
    warnings_of_pair,
)
from keaprov.conductor.together import by_server, or_error
from keaprov.control import exchange
from keaprov.errors import ControlError, KeaprovError, SecretError
from keaprov.facts import ending
from keaprov.facts.channel import HostChannel, itself, rights_of
from keaprov.ha.observed import Observed
from keaprov.ha.plan import Wanted
from keaprov.impact import Acceptance, Impact, parse_acceptances, refusals
from keaprov.model import Server, Site
from keaprov.wanted import revision_of, wanted_of


class Place(Enum):
    """What a host does in a phase of its site."""

    ACTS = "acts for the site"
    LEAVES_IT = "another host acts for the site"


@dataclass(eq=False)
class SiteRun:
    """One site in one run; `hosts` are pyinfra's, by server name, those that are in the run."""

    site: Site
    hosts: dict[str, Host]
    missing: dict[str, str]
    conductor: Conductor | None = None
    reasons: dict[str, list[str]] | None = None
    offers: Offers = field(default_factory=Offers)
    impact: Impact = field(default_factory=Impact)
    """The active leases that the change touches."""
    failed: str = ""
    """Why no phase may follow in this run: the roll-out was stopped."""
    observed_after: dict[str, int] = field(default_factory=dict)
    """After how many changes each server was observed last (`keaprov.facts.server`)."""
    waited: bool = False
    """Whether an operation has waited for what the first observation lacked."""
    over: bool = False
    """Whether its verification has ended it: a preflight that follows begins another deploy."""
    guard: RLock = field(default_factory=RLock)
    _arrived: dict[str, set[str]] = field(default_factory=dict)
    _acts: dict[str, str] = field(default_factory=dict)

    def preflight(self, *, lock: bool) -> dict[str, list[str]]:
        """Lock and observe every server, once; return why one must not be touched, by name."""
        with self.guard:
            if self.reasons is None:
                self.reasons = {name: [] for name in self.hosts}
                self._preflight(lock)
                if any(self.reasons.values()) and self.conductor:
                    self.conductor.release()
            return self.reasons

    def _preflight(self, lock: bool) -> None:
        assert self.reasons is not None
        if self.missing:
            for reasons in self.reasons.values():
                reasons += [_stopped(absent, why) for absent, why in self.missing.items()]
            return
        channels = {name: HostChannel(host, rights_of(host)) for name, host in self.hosts.items()}

        def want(server: Server) -> Wanted:
            revision = asked_revision(self.hosts[server.name])
            kept = earlier(channels[server.name], revision) if revision else None
            return wanted_of(self.site, server, kept)

        answers = by_server(self.site.servers, or_error(want))
        if self._collect(answers):
            return
        all_wanted = {n: w for n, w in answers.items() if not isinstance(w, KeaprovError)}
        self.conductor = Conductor(self.site, channels, all_wanted, self.tell)
        refused = self.conductor.begin() if lock else self.conductor.observe(updates=True)
        for name, words in refused.items():
            self.reasons[name].append(_not_observed(words.removeprefix(f"{name}: ")))
        if refused:
            return
        by_name = {name: view.observed for name, view in self.conductor.views.items()}

        def judge(server: Server) -> list[str]:
            channel = channels[server.name]
            return reasons_of_server(self.site, server, by_name, channel, self.offers)

        judged = by_server(self.site.servers, or_error(judge))
        if not self._collect(judged):
            for name, reasons_or_error in judged.items():
                self.reasons[name] += reasons_or_error if isinstance(reasons_or_error, list) else []
        if not any(self.reasons.values()):
            for reason in reasons_of_pair(self.site, self.conductor.views):
                for reasons in self.reasons.values():
                    reasons.append(reason)
            for warning in warnings_of_pair(self.site, self.conductor.views):
                self.tell(warning.server, f"Warning: {warning.words}", False)
        if not any(self.reasons.values()):
            self._weigh(self.conductor)

    def _weigh(self, conductor: Conductor) -> None:
        """Count the leases that the change touches; refuse what costs addresses, not accepted."""
        assert self.reasons is not None
        first = self.site.servers[0].name
        revision = conductor.views[first].wanted.revision
        accepted = parse_acceptances(asked_acceptance(self.hosts[first]))
        try:
            self.impact = conductor.touched()
        except ControlError as error:
            name = str(error).partition(":")[0]
            name = name if name in self.reasons else first
            self.reasons[name].append(str(error).removeprefix(f"{name}: "))
            return
        others = _other_revisions(self.hosts[first], self.site)
        reasons = self.reasons[self.impact.server or first]
        reasons += refusals(self.impact, revision, accepted, others)
        own = [acceptance for acceptance in accepted if acceptance.revision == revision]
        conductor.accepted = own[0] if own else Acceptance(revision, "0")

    def _collect(self, answers: Mapping[str, object]) -> bool:
        """Take the errors among some answers as reasons; return whether there was one."""
        assert self.reasons is not None
        for name, answer in answers.items():
            if isinstance(answer, KeaprovError):
                self.reasons[name].append(str(answer).removeprefix(f"{name}: "))
        return any(self.reasons.values())

    def arrive(self, phase: str, host: Host) -> Place:
        """Say whether this host acts for the site in a phase: the last one that comes to it.

        It does so again if pyinfra repeats the operation (``--retry``).
        """
        with self.guard:
            arrived = self._arrived.setdefault(phase, set())
            arrived.add(host.name)
            if arrived >= set(self.hosts) and host.name == self._acts.setdefault(phase, host.name):
                return Place.ACTS
            return Place.LEAVES_IT

    def gaps(self, host: Host, before: str) -> Iterator[str]:
        """Yield why a phase must not begin: another server of the site did not come this far."""
        if self.failed:
            yield f"stopped before {before}: {self.failed}"
            return
        for absent, why in self.missing.items():
            yield _stopped(absent, why, before)
        for name, other in self.hosts.items():
            if name != host.name and other in host.state.failed_hosts:
                yield _stopped(name, "it did not come this far (see its own message above)", before)

    def end(self) -> None:
        """Free the servers: the site is as promised."""
        self.over = True
        if self.conductor:
            self.conductor.release()

    def begin_again(self) -> None:
        """Forget a deploy that has ended: a deploy may include the phases twice."""
        with self.guard:
            if self.over:
                self.over, self.reasons, self.conductor = False, None, None

    def fail(self, reason: str) -> None:
        """Let no phase of this site follow in this run."""
        self.failed = reason
        if self.conductor:
            self.conductor.release()

    def tell(self, server: str, words: str, error: bool) -> None:
        """Print what happens under the name of the server that it is about."""
        host = self.hosts.get(server) or next(iter(self.hosts.values()))
        if error:
            host.log_styled(words, fg="red", log_func=logger.error)
        else:
            host.log(words)

    def last_observed(self, name: str) -> Observed | None:
        """Return what was observed last of a server, None before the first time."""
        known = self.conductor.observer.known.get(name) if self.conductor else None
        return known.observed if known else None


def _stopped(absent: str, why: str, before: str = "anything is changed") -> str:
    return (
        f"stopped before {before}, because {absent} is not ready: {why}. Nothing more is done on "
        "this host; remove the cause and run the deploy again"
    )


def _not_observed(words: str) -> str:
    """Return why a server cannot be observed, with the usual causes if the words have no cure."""
    if "sudo" in words and ("password" in words or "not allowed" in words):
        return words
    if any(cure in words for cure in _WITH_A_CURE):
        return words
    return f"{words}: it needs /usr/bin/python3, and root's rights (log in as root, or --sudo)"


_WITH_A_CURE = (
    "sudo requires a terminal",
    "another run",
    "control-agent.password",
    "run keaprov again",
    "please report it",
    exchange.NO_SESSION,
)
"""What is in the words of a host, or of its sshd, that say what to do."""
_runs: WeakKeyDictionary[State, dict[tuple[str, bool], SiteRun]] = WeakKeyDictionary()
_making = RLock()


def run_of(host: Host) -> SiteRun:
    """Return the run of a host's site; a dry run's look ahead has one of its own."""
    host = itself(host)
    site: Site = host.data.site
    with _making:
        runs = _runs.setdefault(host.state, {})
        key = (site.source or site.name, host.state.is_executing)
        if key not in runs:
            ending.watch(host.state)
            runs[key] = _run(host, site)
        return runs[key]


def _run(host: Host, site: Site) -> SiteRun:
    state, members = host.state, {}
    missing: dict[str, str] = {}
    for other in host.inventory:
        own: Site | None = other.data.get("site") if other.data.get("server") else None
        if own and (own.name, own.source) == (site.name, site.source):
            members[other.data.server.name] = other
    for server in site.servers:
        member = members.get(server.name)
        if member is None:
            missing[server.name] = f"the inventory does not have it as a server of {site.name}"
        elif not state.is_host_in_limit(member):
            missing[server.name] = (
                "--limit leaves it out, and a deploy changes all servers of a site together"
            )
        elif member in state.failed_hosts or member not in state.activated_hosts:
            missing[server.name] = "it is not reachable (see its own message above)"
    present = {name: member for name, member in members.items() if name not in missing}
    return SiteRun(site, present or {host.name: host}, missing)


NO_SERVER = (
    "no host of this inventory is a server of a site: there is nothing to deploy. Run pyinfra with "
    "the inventory of the site (the inventory.py that keaprov init writes, or keaprov.inventory)"
)


def has_servers(host: Host) -> bool:
    """Whether the inventory of a run has a server of a site, whatever --limit leaves out."""
    return any(other.data.get("server") is not None for other in host.inventory)


def asked_revision(host: Host) -> str:
    """Return the revision that the run asks for instead of the site file's, "" for none."""
    return str(host.data.get("revision") or "")


def asked_acceptance(host: Host) -> str:
    """Return what the run accepts (``--data accept=REVISION:NUMBER``), "" for nothing."""
    return str(host.data.get("accept") or "")


def _other_revisions(host: Host, site: Site) -> set[str]:
    """Return what the other sites of the inventory want: an acceptance may be theirs."""
    sites = [other.data.get("site") for other in host.inventory if other.data.get("server")]
    others = [other for other in sites if other and other.source != site.source]
    revisions: set[str] = set()
    for other in others:
        with suppress(SecretError):  # that site's own preflight reports it
            revisions.add(revision_of(other))
    return revisions
