"""Change the running servers of a site by Kea's own commands, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence

from keaprov import paths
from keaprov.conductor import reports
from keaprov.conductor.activation import renaming
from keaprov.conductor.observing import STEP, Observer
from keaprov.conductor.reports import Refusal
from keaprov.conductor.stopping import Stopped, Tell
from keaprov.conductor.together import by_server
from keaprov.conductor.views import Step, View, Views, observed_by_name
from keaprov.diff import differences
from keaprov.errors import ControlError
from keaprov.ha import turns
from keaprov.ha.commands import Command, undo
from keaprov.ha.live import Live, removal_steps
from keaprov.model import Server
from keaprov.wanted import wanted_body


class Living:
    """The live changes of one run."""

    def __init__(self, run: str, observer: Observer, tell: Tell) -> None:
        self._site, self._channels = observer.site, observer.channels
        self._run, self._observer, self._tell = run, observer, tell

    def change(self, views: Views) -> Views | str:
        """Change every server; return what was observed then, or why turns must follow.

        What grows is changed on the standby first, what shrinks on the primary first, so that no
        lease update names what its receiver does not have. If Kea refuses a command, what was
        changed is changed back, and the message says so only if it is so. Raises Stopped if a
        connection is lost: what runs there is not known then.
        """
        first, *others = turns.order(self._site.servers, observed_by_name(views))
        changes = {n: v.change if isinstance(v.change, Live) else Live() for n, v in views.items()}
        words = next((change.words for change in changes.values() if change.words), "")
        self._tell(first.name, f"live: {words or 'the files only'}", False)
        waves: list[tuple[Server, Sequence[Command]]] = [(first, changes[first.name].grow)]
        for server in others:
            own = changes[server.name]
            waves += [(server, (*own.grow, *own.shrink))]
        waves.append((first, changes[first.name].shrink))
        done: list[tuple[Server, Sequence[Command]]] = []
        for server, steps in waves:
            refusal = self._send(server, steps)
            if refusal:
                return self._give_up(server, refusal, done)
            done.append((server, steps))
        servers = (first, *others)
        by_server(servers, lambda server: self._activate(server, views))
        after = self._observer.views(STEP)
        gaps = (self._gap(server, after[server.name]) for server in servers)
        return next(filter(None, gaps), None) or after

    def remove(self, step: Step, views: Views) -> None:
        """Remove the subnets that are not wanted any more, from the server that answers first.

        Raises Stopped if Kea refuses; everything is changed back then.
        """
        order = reversed(turns.order(self._site.servers, observed_by_name(views)))
        peers = [server for server in order if server.name in step.servers]
        done: list[tuple[Server, Sequence[Command]]] = []
        for server in peers:
            running = self._observer.source(views[server.name], self._observer.known[server.name])
            steps = removal_steps(running or {}, wanted_body(views[server.name].wanted))
            self._tell(server.name, f"live: {', '.join(step.words for step in steps)}", False)
            refusal = self._send(server, steps)
            if refusal:
                words = self._give_up(server, refusal, done)
                raise Stopped(f"{words}. The subnets could not be removed first", server.name)
            done.append((server, steps))

    def _send(self, server: Server, steps: Sequence[Command]) -> Refusal | None:
        """Send the steps' commands; return what Kea refused, None if it took them all."""
        if not steps:
            return None
        self._observer.forget(server)
        request = {
            "run": self._run,
            "socket": paths.CONTROL_SOCKET,
            "steps": [step.request for step in steps],
        }
        try:
            report = self._channels[server.name].program("command", request)
            return reports.refusal(server.name, report)
        except ControlError as error:
            words = (
                f"a live change was interrupted: {error}. What it runs is not known: "
                "the next run compares it with the site and goes on from there"
            )
            raise Stopped(words, server.name) from error

    def _give_up(
        self,
        server: Server,
        refusal: Refusal,
        done: Sequence[tuple[Server, Sequence[Command]]],
    ) -> str:
        """Change back what was changed; return the reason for turns."""
        reason = f"{server.name} refuses {refusal.refused}"
        left = {} if refusal.undone else {server.name: "; ".join(refusal.left)}
        if refusal.partly:  # Kea could not restore what ran; an undo may not do it
            left.setdefault(server.name, "")
        for changed, steps in reversed(done):
            commands = [Command(command, (), "") for command in undo(steps)]
            if not_undone := self._send(changed, commands):
                left[changed.name] = not_undone.refused
        if left:
            rest = "; ".join(f"{name}: {words or 'partly applied'}" for name, words in left.items())
            end = f"Changing it back failed ({rest}): the rolling restart loads what is wanted"
        else:
            end = "keaprov reverts the change and falls back to a rolling restart"
        self._tell(server.name, f"{reason}. {end}", False)
        return reason

    def _activate(self, server: Server, views: Views) -> None:
        """Rename the staged file into place: what runs is what it says."""
        view = views[server.name]
        if not view.need.stage:
            return
        request = renaming(view.need, self._run, proven=view.as_file)
        try:
            self._channels[server.name].program("turn", request)
        except ControlError as error:
            words = f"it runs the wanted configuration, but its file is behind: {error}"
            raise Stopped(words, server.name) from error

    def _gap(self, server: Server, view: View) -> str:
        """Compare what runs with the site; return where it differs, "" if nowhere."""
        if view.observed.kea.revision == view.wanted.revision:
            self._tell(server.name, "it runs what the site wants, and so says its file", False)
            return ""
        deviations = list(
            differences(wanted_body(view.wanted), self._observer.bodies(server)[0] or {})
        )
        where = "; ".join(".".join(map(str, difference.path)) for difference in deviations[:3])
        return f"{server.name} does not run all of it: {where}"
