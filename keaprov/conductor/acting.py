"""What each step does on the servers: thin effects; what to do is decided in `steps`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from keaprov import paths
from keaprov.conductor.activation import ACTIVE, TESTS, activation
from keaprov.conductor.commanding import send
from keaprov.conductor.gating import Gates
from keaprov.conductor.living import Living
from keaprov.conductor.observing import Observer
from keaprov.conductor.renumbering import Renumbers
from keaprov.conductor.restoring import INSTALLS, undo
from keaprov.conductor.reviving import Reviving
from keaprov.conductor.stopping import Stopped, Tell
from keaprov.conductor.together import by_server
from keaprov.conductor.verdicts import at_the_site
from keaprov.conductor.views import Step, View, Views
from keaprov.errors import ControlError, KeaprovError, Refused
from keaprov.firewall import openings, zone_request
from keaprov.ha import turns
from keaprov.ha.serving import answers_clients
from keaprov.model import Server
from keaprov.observation import lease_file, peer_of
from keaprov.replication import difference_sentences, lasting_differences
from keaprov.wanted import revision_of

__all__ = ["INSTALLS", "Actions", "Stopped", "Tell"]

READABLE_BY_KEA = {"mode": "640", "owner": "root", "group": "kea"}
RESTARTS = 400.0
"""Seconds for a turn that restarts units, and restores them if they do not come up."""


class Actions:
    """Takes the steps of one run."""

    def __init__(self, run: str, observer: Observer, tell: Tell) -> None:
        self._site, self._channels = observer.site, observer.channels
        self._run, self._observer, self._tell = run, observer, tell
        self._gates = Gates(observer.site, observer, tell)
        self._turned: dict[str, dict[str, Any]] = {}
        living = Living(run, observer, tell)
        self.live: Callable[[Views], Views | str] = living.change
        self.remove_subnets: Callable[[Step, Views], None] = living.remove
        self.renumber: Callable[[Step, Views], None] = Renumbers(run, observer, tell).take
        reviving = Reviving(run, observer, tell)
        self.revive: Callable[[Step, Views], None] = reviving.serve_alone
        self.reset: Callable[[Step, Views], None] = reviving.wait_again

    def stage(self, views: Views, names: tuple[str, ...]) -> None:
        """Write the new files beside the active ones, once Kea has accepted them on every server.

        Kea tests them as the user that the daemon runs as, hooks included (`kea-dhcp4 -T`); if the
        installed Kea cannot, the one that the turn installs does. Raises Stopped if a server
        refuses; no active file has changed then.
        """

        def write(server: Server) -> str:
            need, kept = views[server.name].need, views[server.name].wanted
            files = [
                {"path": path + paths.STAGED, "content": text, **READABLE_BY_KEA}
                for path, text in need.stage.items()
            ]
            file = lease_file(self._site, server)
            leases = [f"{paths.LEASE_DIR}/{file}"] if file else []
            checks = [
                {
                    "argv": [*TESTS[path], f"{path}{paths.STAGED}.keaprov-new"],
                    "user": "kea",
                    "leases": leases if path == paths.DHCP4_CONF else [],
                }
                for path in (() if need.test_later else need.stage)
            ]
            request = {"run": self._run, "files": files, "checks": checks}
            try:
                self._channels[server.name].program("write", request, 300.0)
            except Refused as refused:
                own = kept.revision == revision_of(self._site)  # not an earlier one
                return (own and at_the_site(self._site, server, str(refused))) or str(refused)
            except ControlError as error:
                return str(error)
            return ""

        servers = [self._site.server(name) for name in names]
        refusals = {name: text for name, text in by_server(servers, write).items() if text}
        for name, text in refusals.items():
            self._tell(name, f"Refused: {text}", True)
        if refusals:
            words = f"{', '.join(refusals)} refused the new configuration; nothing active changed"
            raise Stopped(words)

    def turn(self, step: Step, views: Views) -> None:
        """Take a server's turn and wait at its gate; raises Stopped if the gate closes.

        A closed gate restores what was proven to run before: packages, files and units.
        """
        (name,) = step.servers
        server, view = self._site.server(name), with_updates(views[name])
        foreign = view.observed.kea.foreign
        request = activation(view.need, self._run, proven=view.as_file, foreign=foreign)
        patience = INSTALLS if view.need.upgrade or view.need.update else RESTARTS
        handed = self._take_scopes(step, patience) if step.hand_over else False
        cost = step.cost or ("" if handed or not step.hand_over else self._silence())
        self._tell(name, f"turn: {step.reason}{f' ({cost})' if cost else ''}", False)
        self._turned[name] = request
        with ThreadPoolExecutor(max_workers=1) as thread:
            guard = thread.submit(self._guard, step, patience) if step.guard else None
            try:
                self._channels[name].program("turn", request, patience)
            except ControlError as error:
                self._restore_peer(server, step)
                raise Stopped(f"{error}. {self._others(name)}", name) from error
            finally:
                if guard:
                    guard.result()
        if view.need.update:
            self._observer.updated(name)
        verdict = self._gates.wait(server, view, step)
        if verdict:
            self._tell(name, f"Gate closed: {verdict}", True)
            self._restore(server, step)
            raise Stopped(f"the gate of its turn closed. {self._others(name)}", name)

    def fetch(self, step: Step, views: Views) -> None:
        """Restart the standby if it lacks leases: it fetches every lease when it starts."""
        differences = "; ".join(lasting_differences(self._site, self._channels))
        if not differences:
            return
        (name,) = step.servers
        view = views[name]
        need = replace(view.need, restart=("kea-dhcp4",), reasons=(differences,))
        self.turn(replace(step, reason=differences), {**views, name: replace(view, need=need)})

    def _others(self, name: str) -> str:
        """Return what became of the other server, in a sentence."""
        changed = [other for other in self._turned if other != name]
        if changed:
            return f"{changed[0]} had its turn before and goes on"
        return "No other server was touched"

    def _silence(self) -> str:
        delay = self._site.failover.heartbeat_delay / 1000 if self._site.failover else 0.0
        return f"no hand-over: clients wait for one heartbeat-delay ({delay:g} s)"

    def _watch(self, server: Server, scopes: list[str], seconds: float) -> None:
        """Have a server's host watch its peer's restart, with or without the peer's scopes."""
        request = {
            "run": self._run,
            "socket": paths.CONTROL_SOCKET,
            "scopes": scopes,
            "peer": peer_of(self._site, server),
            "patience": seconds,
        }
        self._channels[server.name].program("handover", request, 30.0)

    def _guard(self, step: Step, seconds: float) -> None:
        """Have the server that serves stay enabled while its peer fetches the leases."""
        server = self._site.server(step.guard)
        try:
            self._watch(server, [], seconds)
        except ControlError as error:
            peer = step.servers[0]
            words = f"clients wait while {peer} fetches its leases: {error}"
            self._tell(server.name, words, False)

    def _take_scopes(self, step: Step, seconds: float) -> bool:
        """Have the standby answer while its primary restarts; return whether it does."""
        standby, (primary,) = self._site.server(step.hand_over), step.servers
        if reason := "; ".join(difference_sentences(self._site, self._channels)):
            self._tell(standby.name, f"it does not take the scopes: {reason}", False)
            return False
        try:
            self._watch(standby, [primary], seconds)
        except ControlError as error:
            self._tell(standby.name, f"it cannot take the scopes: {error}", False)
            return False
        self._tell(standby.name, f"it answers clients while {primary} restarts", False)
        return True

    def _end_hand_over(self, standby: str) -> None:
        """Have the scopes given back, if the standby has not done it by itself yet."""
        self._channels[standby].program("handover", {"run": self._run, "end": True}, 30.0)

    def give_back(self, step: Step, views: Views) -> None:
        """Take scopes back that a standby has beside its primary."""
        (name,) = step.servers
        self._tell(name, step.reason, False)
        if views[name].observed.handover:
            self._end_hand_over(name)
        send(self._channels[name], self._run, {"command": "ha-scopes", "arguments": {"scopes": []}})

    def serve_again(self, step: Step, views: Views) -> None:
        """Give a primary its own scopes again, which somebody has taken by command."""
        (name,) = step.servers
        self._tell(name, step.reason, False)
        scopes = [views[name].observed.kea.this_server or name]
        command = {"command": "ha-scopes", "arguments": {"scopes": scopes}}
        send(self._channels[name], self._run, command)

    def _restore(self, server: Server, step: Step) -> None:
        """Restore what ran before on a server whose gate closed, unless it alone answers."""
        observed, peer = self._gates.observe(server)
        if isinstance(observed, KeaprovError):
            words = f"its state is unknown, and nothing was restored there: {observed}"
            self._tell(server.name, words, True)
            return
        if not turns.may_put_back(server, observed, peer):
            words = "this server alone answers clients: it stays as it is"
            self._tell(server.name, words, True)
            return
        self._undo(server.name, alone=peer is None or not answers_clients(peer))
        self._restore_peer(server, step)

    def _restore_peer(self, server: Server, step: Step) -> None:
        """Restore the other server too, if the two would not hear each other on two ports.

        Both would go to partner-down, and serve the same pools.
        """
        peer = self._site.peer(server)
        if step.moving and peer and peer.name in self._turned:
            self._undo(peer.name)

    def _undo(self, name: str, *, alone: bool = True) -> None:
        server, turn = self._site.server(name), self._turned[name]
        undo(self._channels[name], self._gates, self._tell, server, turn, alone=alone)

    def cancel_maintenance(self, step: Step, views: Views) -> None:
        """Cancel a maintenance on the server that answers for both, and wait until it has ended."""
        (name,) = step.servers
        self._tell(name, step.reason, False)
        send(self._channels[name], self._run, {"command": "ha-maintenance-cancel"})
        self._gates.await_end_of_maintenance()

    def close_ports(self, step: Step, views: Views) -> None:
        """Bring the firewall to exactly what the site needs: after the last gate, not before."""
        (name,) = step.servers
        server, view = self._site.server(name), views[name]
        wanted = openings(self._site, server, view.wanted.ha_port)
        request = zone_request(self._site, server, view.observed, wanted)
        if request:
            self._tell(name, f"the firewall: {step.reason}", False)
            self._channels[name].program("write", {**request, "run": self._run}, 120.0)

    def prove(self, server: Server, hash_: str, revision: str, as_file: bool) -> None:
        """Keep on the host that a configuration of this hash is this revision, and has run."""
        request = {
            "run": self._run,
            "prove": {"hash": hash_, "revision": revision},
            "files": ACTIVE if as_file else [],
            "backup": paths.BACKUP_DIR,
            "running": paths.RUNNING,
        }
        self._channels[server.name].program("turn", request)


def with_updates(view: View) -> View:
    """Return a view whose turn takes pending updates along.

    Where kea-dhcp4 does not run, they are installed before the roll-out; a daemon may have died
    after that was decided.
    """
    pending = view.observed.dnf.updates
    return replace(view, need=replace(view.need, update=view.need.update or pending))
