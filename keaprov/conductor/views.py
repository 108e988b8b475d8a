"""What the next step is decided from: the views of all servers, and what a run remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from keaprov.diff import Difference
from keaprov.ha.live import Live
from keaprov.ha.observed import Observed
from keaprov.ha.plan import Need, Wanted, why_by_turns
from keaprov.ha.renumbering import Renumbering
from keaprov.model import Site


class Kind(str, Enum):
    """What a step does."""

    REFUSE = "refuse"
    WAIT = "wait"
    CANCEL_MAINTENANCE = "cancel the maintenance"
    REVIVE = "serve alone"
    RESET = "wait for the peer again"
    GIVE_BACK = "give the scopes back"
    SERVE_AGAIN = "serve again"
    STAGE = "stage"
    RENUMBER = "renumber"
    REMOVE = "remove subnets"
    LIVE = "live change"
    TURN = "turn"
    FETCH = "fetch the leases again"
    CLOSE_PORTS = "close ports"
    DONE = "nothing to do"


@dataclass(frozen=True, slots=True)
class View:
    """A server as it was observed, what is wanted of it, and what it needs.

    `change` is the way from what runs to what is wanted by Kea's commands, a reason in words if
    there is none, None if what is wanted runs already. `as_file` says whether what runs is what
    the active file says: then that file is proven. `removed` are the ids of the subnets that it
    runs and that are not wanted any more, `renumbering` those that get another id.
    `cut` are those that get a prefix without some addresses that they give. `commanded` says
    whether it takes Kea's commands for this. `differing` is what differs from what is wanted, if
    keaprov did not write what runs. `lacking` says in words which leases it lacks and its peer has,
    "" if none: the first observation of a run looks for them.
    """

    observed: Observed
    wanted: Wanted
    need: Need
    change: Live | str | None = None
    as_file: bool = False
    removed: tuple[int, ...] = ()
    renumbering: Renumbering | None = None
    cut: tuple[int, ...] = ()
    commanded: bool = False
    differing: tuple[Difference, ...] = ()
    lacking: str = ""

    @property
    def carried(self) -> Renumbering | None:
        """The subnets that get another id, and whose leases come along."""
        return self.renumbering if self.renumbering and not self.renumbering.obstacle else None


@dataclass(frozen=True, slots=True)
class Memory:
    """What a run remembers of itself: it stages once, and each server has one turn.

    `rolling` is why this run makes no more live changes, in words, "" if it still does. `taken`
    holds the other steps that were taken, by kind and servers: each helps the first time, or not at
    all. `moved` says that the peers did not hear each other between two turns of this run.
    """

    staged: bool = False
    turned: frozenset[str] = field(default_factory=frozenset)
    moved: bool = False
    rolling: str = ""
    taken: frozenset[tuple[Kind, tuple[str, ...]]] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: `servers` take part, `reason` is for the operator.

    `hand_over` names the server that takes the scopes while this one restarts, "" if there is no
    hand-over; then `cost` says what clients notice. `guard` names the server that goes on serving,
    and is to stay enabled while this one fetches its leases. `with_peer` says whether the gate
    wants both in hot-standby. `moving` is set if the peers do not hear each other between the
    turns, `soon` if what is waited for ends within seconds or not at all.
    """

    kind: Kind
    reason: str
    servers: tuple[str, ...] = ()
    hand_over: str = ""
    guard: str = ""
    cost: str = ""
    with_peer: bool = True
    moving: bool = False
    soon: bool = False


Views = Mapping[str, View]


def observed_by_name(views: Views) -> dict[str, Observed]:
    """Return what was observed, by server name."""
    return {name: view.observed for name, view in views.items()}


def rolling_reason(site: Site, views: Views, memory: Memory | None = None) -> str | None:
    """Return why the change cannot be made live, None if it can."""
    if memory and memory.rolling:
        return memory.rolling
    needs = {name: view.need for name, view in views.items()}
    reason = why_by_turns(site, observed_by_name(views), needs)
    reasons = (view.change for view in views.values() if isinstance(view.change, str))
    return reason or next(reasons, None) or _nothing_live(views)


def _nothing_live(views: Views) -> str | None:
    """Return why servers restart though no configuration changes: updates, or another password."""
    behind = any(view.change is not None or view.need.stage for view in views.values())
    restarts = any(view.need.interrupts for view in views.values())
    return "no command of Kea does this" if restarts and not behind else None
