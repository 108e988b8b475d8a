"""What a deploy would do, in words: the same decisions as a deploy's, and no step taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from keaprov import paths, secret
from keaprov.conductor.steps import next_step
from keaprov.conductor.views import Kind, Memory, Step, Views, observed_by_name, rolling_reason
from keaprov.diff import ABSENT, Difference
from keaprov.errors import KeyPath, dotted
from keaprov.firewall import openings, without_closing, zone_request
from keaprov.ha import units
from keaprov.ha.live import Live
from keaprov.ha.loading import loading_cost
from keaprov.ha.situation import Case, situation
from keaprov.model import Site
from keaprov.words import count

MOST_DIFFERENCES = 50
"""Differences of a server that are listed; of the others, the number."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """A site's situation, the next step, and what each server needs.

    `preparations` and `changes` are sentences by server name: what the bootstrap would do, and what
    the roll-out would.
    """

    situation: Case
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
    lacking = "; ".join(view.lacking for view in views.values() if view.lacking)
    changes: dict[str, list[str]] = {name: [] for name in views}
    preparations: dict[str, list[str]] = {name: [] for name in views}
    for name, view in views.items():
        reasons = "; ".join(view.need.reasons)
        if rolling is not None and view.need.interrupts:
            cost = loading_cost(site, site.server(name), view.need, view.observed)
            changes[name].append(f"turn: {reasons}{f' ({cost})' if cost else ''}")
        elif view.need:
            changes[name].append(reasons)
        if rolling is None and isinstance(view.change, Live) and view.change.words:
            changes[name].append(f"live: {view.change.words}")
        if view.lacking:
            changes[name].append(f"it fetches leases from its peer: {view.lacking}")
        changes[name] += _taken_over(view.differing)
        missing = [
            package
            for package in (*paths.PACKAGES, *site.kea.packages)
            if package not in view.observed.packages
        ]
        if missing and not view.observed.rpm_error:
            preparations[name].append(f"install {', '.join(missing)}")
        server, observation = site.server(name), view.observed
        open_ = without_closing(observation.firewalld, openings(site, server, view.wanted.ha_port))
        if zone_request(site, server, observation, open_):
            preparations[name].append("open the firewall for the service")
        preparations[name] += units.preparations(observation)
        preparations[name] += [f"give {path} to user kea" for path in observation.foreign_leases]
        if observation.dnf.updates and not view.need.update:
            preparations[name].append(f"install {len(observation.dnf.updates)} pending updates")
    step = next_step(site, views, Memory(staged=True))
    scopes = step.reason if step.kind in (Kind.GIVE_BACK, Kind.SERVE_AGAIN) else ""
    return Outlook(
        situation(site, observed_by_name(views), needs, rolling, renumbering, lacking, scopes),
        step,
        preparations,
        changes,
    )


def _taken_over(differing: Sequence[Difference]) -> Iterator[str]:
    """Yield how a configuration that keaprov did not write differs from the wanted one."""
    for difference in differing[:MOST_DIFFERENCES]:
        path = difference.path
        wanted, runs = (_shown(path, value) for value in (difference.wanted, difference.actual))
        yield f"{dotted(path)}: it runs {runs}, the site wants {wanted}"
    if len(differing) > MOST_DIFFERENCES:
        more = count(len(differing) - MOST_DIFFERENCES, "more difference")
        yield f"{more}: keaprov diff lists them all"


def _shown(path: KeyPath, value: object) -> str:
    return "nothing" if value == ABSENT else secret.shown(path, value)
