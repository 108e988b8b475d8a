"""What a deploy would do, in words: the same decisions as a deploy's, and no step taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from keaprov import paths
from keaprov.conductor.steps import next_step
from keaprov.conductor.views import Kind, Memory, Step, Views, observed, rolling_reason
from keaprov.firewall import openings, without_closing, zone_request
from keaprov.ha.live import Live
from keaprov.ha.situation import Found, situation
from keaprov.model import Site


@dataclass(frozen=True, slots=True)
class Outlook:
    """A site's situation, the next step, and what each server needs.

    `preparations` and `changes` are sentences by server name: what the bootstrap would do, and what
    the roll-out would.
    """

    situation: Found
    step: Step
    preparations: dict[str, list[str]]
    changes: dict[str, list[str]]

    def lines_of(self, name: str) -> Iterator[str]:
        """Yield what the roll-out does on a server; the first one's begins with the situation."""
        first = next(iter(self.changes))
        if name == first and (any(self.changes.values()) or self.step.kind is not Kind.DONE):
            yield str(self.situation)
        yield from self.changes[name]


def outlook(site: Site, views: Views) -> Outlook:
    """Return what a deploy would do; views must be of every server of the site."""
    rolling = rolling_reason(site, views)
    needs = {name: view.need for name, view in views.items()}
    carried = (view.carried.words for view in views.values() if view.carried)
    renumbering = next(carried, "")
    changes: dict[str, list[str]] = {name: [] for name in views}
    preparations: dict[str, list[str]] = {name: [] for name in views}
    for name, view in views.items():
        reasons = "; ".join(view.need.reasons)
        if rolling is not None and view.need.interrupts:
            changes[name].append(f"turn: {reasons}")
        elif view.need:
            changes[name].append(reasons)
        if rolling is None and isinstance(view.change, Live) and view.change.words:
            changes[name].append(f"live: {view.change.words}")
        missing = [package for package in paths.PACKAGES if package not in view.observed.packages]
        if missing:
            preparations[name].append(f"install {', '.join(missing)}")
        server, observation = site.server(name), view.observed
        open_ = without_closing(observation.firewalld, openings(site, server, view.wanted.ha_port))
        if zone_request(site, server, observation, open_):
            preparations[name].append("open the firewall for the service")
        if observation.dnf.updates and not view.need.update:
            preparations[name].append(f"install {len(observation.dnf.updates)} pending updates")
    return Outlook(
        situation(site, observed(views), needs, rolling, renumbering),
        next_step(site, views, Memory(staged=True)),
        preparations,
        changes,
    )
