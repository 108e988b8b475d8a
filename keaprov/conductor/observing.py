"""Observe the servers of a site, all at once, over their channels: what the next step needs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from keaprov import paths
from keaprov.channel import Channel
from keaprov.conductor.together import by_server
from keaprov.conductor.views import View, Views
from keaprov.control.decoding import expected, unpacked
from keaprov.diff import differences
from keaprov.ha.live import Live, live
from keaprov.ha.observed import Observed
from keaprov.ha.plan import Wanted, need
from keaprov.ha.reading import from_report
from keaprov.ha.renumbering import commanded, cut, removed, renumbering
from keaprov.ha.serving import troubles
from keaprov.ha.states import State
from keaprov.importing import written
from keaprov.model import Json, Server, Site
from keaprov.observation import observe_request
from keaprov.replication.counts import STATISTICS, statistics_of
from keaprov.wanted import wanted_body

FULL: tuple[str, ...] = ()
"""Every part of the report."""
STEP = (
    "user", "packages", "updated_since_boot", "units", "files", "kea", "listening", "firewall",
    "chrony", "handover", "certificates", "disk", "read_only",
)  # fmt: skip
"""The parts that a step may change, and those that a finished deploy promises."""
FIELDS = {
    "packages": ("packages", "rpm_error"),
    "updated_since_boot": ("updated_since_boot",),
    "chrony": ("chrony",),
    "units": ("units",),
    "files": ("files",),
    "kea": ("kea",),
    "listening": ("listening",),
    "firewall": ("firewalld",),
    "handover": ("handover",),
    "certificates": ("certificates",),
    "disk": ("disk",),
    "read_only": ("read_only",),
}
"""The fields of `Observed` that each part of the report fills in."""


@dataclass
class Known:
    """What is known about one server: its last report, and what its process runs.

    `updates` are the pending updates of the system, read once: by the first report of a run.
    """

    first: Observed | None = None
    """The report from before this run changed anything."""
    observed: Observed | None = None
    pid: int = 0
    revision: str | None = None
    updates: tuple[str, ...] | None = None
    bodies: tuple[Json | None, Json | None] | None = None
    as_file: bool | None = None
    """Whether it runs what its file says, None if the two were not compared."""
    peer: Json | None = None
    """Where the peer is that the running configuration names."""
    statistics: Any = None
    """What Kea said of its leases in the last report of every part (``stat-lease4-get``)."""
    lacking: str = ""
    """See `View.lacking`."""
    proof: tuple[str, str, bool] | None = None
    """What the host is to keep as soon as the server serves: by then the configuration has run."""


@dataclass
class Observer:
    """Observes the servers of one site.

    `prove` is set while this run holds the locks: then a proof is kept on the host.
    """

    site: Site
    channels: Mapping[str, Channel]
    wanted: Mapping[str, Wanted]
    prove: Callable[[Server, str, str, bool], None] | None = None
    known: dict[str, Known] = field(default_factory=dict)

    def views(self, parts: Sequence[str] = STEP, *, updates: bool = False) -> Views:
        """Observe every server freshly; raises ControlError if one does not answer."""
        return by_server(self.site.servers, lambda server: self.view(server, parts, updates))

    def view(self, server: Server, parts: Sequence[str], updates: bool = False) -> View:
        """Observe one server, and say what it needs."""
        return self.judge(server, self.observe(server, parts, updates=updates))

    def judge(self, server: Server, observed: Observed) -> View:
        """Return the view of a server: what it needs, judged by what was observed."""
        observed = self.proven(server, observed)
        wanted, known = self.wanted[server.name], self.known[server.name]
        self._keep_proof(server, observed, known)
        todo = need(observed, wanted, self.site.kea.version)
        change: Live | str | None = None
        as_file = paths.DHCP4_CONF not in todo.stage
        if observed.kea.revision != wanted.revision:
            change, as_file = self._change(server, observed, known, wanted)
        as_file = as_file and observed.kea.answers
        view = View(observed, wanted, todo, change, as_file, lacking=known.lacking)
        if change is None:
            return self._left_behind(server, view, known)
        if observed.kea.foreign:
            known.bodies = known.bodies or self.bodies(server)
            body = known.bodies[0] or {}
            view = replace(view, differing=tuple(differences(wanted_body(wanted), body)))
        running = self.source(view, known)
        if running is None:
            return view
        changed = renumbering(running, wanted_body(wanted))
        if changed and not view.as_file:
            changed = replace(changed, obstacle=f"{server.name} does not run what its file says")
        return replace(
            view,
            removed=removed(running, wanted_body(wanted)),
            renumbering=changed,
            cut=cut(running, wanted_body(wanted)),
            commanded=commanded(running),
        )

    def _left_behind(self, server: Server, view: View, known: Known) -> View:
        """Return the view of a server that runs what is wanted, with ids that leases may lack.

        If its file has other ids, the program that changed them was interrupted before it renamed
        the file: some leases may still have the old ids.
        """
        if paths.DHCP4_CONF not in view.need.stage or not view.observed.kea.answers:
            return view
        _, file = known.bodies = known.bodies or self.bodies(server)
        changed = renumbering(file, wanted_body(view.wanted)) if file else None
        return replace(view, renumbering=changed)

    @staticmethod
    def source(view: View, known: Known) -> Json | None:
        """Return what a server runs, as its file says it if that is the same; None if unknown."""
        running, file = known.bodies or (None, None)
        return file if view.as_file and file is not None else running

    def observe(
        self, server: Server, parts: Sequence[str], *, updates: bool = False, secret: bool = True
    ) -> Observed:
        """Return a fresh report of these parts; the other parts are those of the last report."""
        known = self.known.setdefault(server.name, Known())
        if known.observed is None:
            parts = FULL
        request = observe_request(
            self.site,
            server,
            updates=updates and self.site.update,
            secret=secret and not parts,
            parts=parts,
            ask=() if parts or not self.site.failover else (STATISTICS,),
            known_pid=known.pid if parts else 0,
            peer=known.peer,
            unless=self.wanted[server.name].revision,
        )
        patience = 330.0 if updates and self.site.update else 60.0
        report = self.channels[server.name].program("observe", request, patience)
        with expected(f"{server.name}: the report of observe"):
            observed = from_report(report, arrived=time.time())
            if report["kea"].get("config"):
                known.peer = _peer_in(report["kea"])
            if not parts:
                known.statistics, known.lacking = statistics_of(report), ""
            packed = report["kea"].get("packed")
            bodies = _bodies(packed) if packed else None
        observed = self.take(server, observed, parts)
        known.bodies = bodies or known.bodies
        return observed

    def take(self, server: Server, observed: Observed, parts: Sequence[str] = FULL) -> Observed:
        """Add a report of some parts to what is known of a server; return all parts."""
        known = self.known.setdefault(server.name, Known())
        if not parts and known.updates is None:
            known.updates = observed.dnf.updates
        if parts and known.observed is not None:
            fields = [name for part in parts for name in FIELDS.get(part, ())]
            fresh = {name: getattr(observed, name) for name in fields}
            observed = replace(known.observed, ahead=observed.ahead, **fresh)
        observed = replace(observed, dnf=replace(observed.dnf, updates=known.updates or ()))
        ha = observed.kea.ha
        foreign = self.site.failover_by_tls and self.site.tls is None
        if ha and ha.direct is State.UNAVAILABLE and foreign:
            # this host's own client may not be admitted: the hook's own heartbeat counts
            observed = replace(observed, kea=replace(observed.kea, ha=replace(ha, direct=None)))
        if observed.kea.config_read:
            known.pid, known.bodies, known.as_file, known.proof = 0, None, None, None
        elif not observed.kea.error:
            last = known.observed.kea if known.observed else observed.kea
            kea = replace(observed.kea, this_server=last.this_server, role=last.role)
            kea = replace(kea, partner=last.partner, foreign=last.foreign)
            kea = replace(kea, cert_file=last.cert_file)
            observed = replace(observed, kea=replace(kea, revision=known.revision, proven=True))
        known.observed = observed
        known.first = known.first or observed
        return observed

    def forget(self, server: Server) -> None:
        """Have the running configuration read again: a command may have changed it."""
        self.known[server.name].pid = 0

    def updated(self, name: str) -> None:
        """Remember that a server's pending updates were installed."""
        self.known.setdefault(name, Known()).updates = ()

    def proven(self, server: Server, observed: Observed) -> Observed:
        """Return what was observed, with the revision that kea-dhcp4 is proven to run.

        A live change leaves the old revision in the running user-context, and commands by hand
        change what runs and leave no trace. So the hash of what runs counts: it is known from the
        last proof (`paths.RUNNING`), or all that runs is compared with what is wanted, then with
        the file. The revision is "" if it is neither.
        """
        known, kea = self.known[server.name], observed.kea
        if not kea.answers or not kea.config_read or not observed.root:
            return observed
        if not kea.proven:
            config, file = known.bodies = known.bodies or self.bodies(server)
            if config is None:  # it ended between the report and this question
                gone = replace(kea, revision=None, error="it ended while it was observed")
                known.observed = replace(observed, kea=gone)
                return known.observed
            revision, as_file = _revision(self.wanted[server.name], config, file)
            known.as_file = as_file
            kea = replace(kea, revision=revision, proven=True)
            known.proof = (kea.hash, revision, as_file) if revision else None
        known.pid, known.revision = kea.pid, kea.revision
        observed = replace(observed, kea=kea)
        known.observed = observed
        return observed

    def _keep_proof(self, server: Server, observed: Observed, known: Known) -> None:
        """Keep on the host what runs, as soon as the server serves with it, not before its gate."""
        if known.proof and self.prove and not any(troubles(self.site, server, observed)):
            self.prove(server, *known.proof)
            known.proof = None

    def bodies(self, server: Server) -> tuple[Json | None, Json | None]:
        """Return the ``Dhcp4`` maps that kea-dhcp4 runs and that its file has, None for no map."""
        request = {
            "socket": paths.CONTROL_SOCKET,
            "queries": ["config-get"],
            "files": [paths.DHCP4_CONF],
        }
        report = self.channels[server.name].program("command", request)
        with expected(f"{server.name}: the report of command"):
            return _bodies(report["packed"])

    def _change(
        self, server: Server, observed: Observed, known: Known, wanted: Wanted
    ) -> tuple[Live | str | None, bool]:
        """Return the way to what is wanted, and whether what runs is what the file says."""
        if not observed.kea.answers:
            return f"kea-dhcp4 of {server.name} does not answer", False
        running, file = known.bodies = known.bodies or self.bodies(server)
        if known.as_file is None:
            whole = running is not None and file is not None
            known.as_file = whole and not any(differences(file or {}, running or {}))
        if file is None or not known.as_file:
            return f"{server.name} does not run what its file says", False
        return live(file, wanted_body(wanted)), True


def _bodies(packed: str) -> tuple[Json | None, Json | None]:
    """Return the ``Dhcp4`` maps of what runs and of the file, None for no map."""
    answer: Any = unpacked(packed)
    config = (answer.get("config-get") or {}).get("Dhcp4")
    return config, written.dhcp4(answer.get(paths.DHCP4_CONF, ""))


def _peer_in(kea: Json) -> Json | None:
    """Return the other server that a running configuration names, None without HA."""
    peers = (peer for peer in kea["ha_peers"] if peer["role"] != "backup")
    return next((peer for peer in peers if peer["name"] != kea["this_server"]), None)


def _revision(wanted: Wanted, config: Json, file: Json | None) -> tuple[str, bool]:
    """Return the revision that runs, "" if it is unknown, and whether the file says the same."""
    as_file = file is not None and not any(differences(file, config))
    same = file == wanted_body(wanted)
    if as_file if same else not any(differences(wanted_body(wanted), config)):
        return wanted.revision, as_file
    if file is None or not as_file:
        return "", False
    kept = str(file.get("user-context", {}).get("keaprov", {}).get("revision", ""))
    return ("" if kept == wanted.revision else kept), True  # an edit by hand left it in
