"""What a server's state means: in words, what comes next by itself, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from keaprov.ha.observed import Observed
from keaprov.ha.states import State
from keaprov.model import Role, Server, Site


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a state means, what comes next by itself, what to do; `fine` when nothing."""

    words: str
    next: str
    do: str
    fine: bool = False


HOT_STANDBY: Mapping[Role, Meaning] = {
    Role.PRIMARY: Meaning(
        "in hot-standby",
        "It answers every client; its standby takes over when it is silent for max-response-delay",
        "Nothing",
        fine=True,
    ),
    Role.STANDBY: Meaning(
        "in hot-standby",
        "It keeps every lease, and takes over when its primary is silent for max-response-delay",
        "Nothing",
        fine=True,
    ),
}
MEANINGS: Mapping[State, Meaning] = {
    State.WAITING: Meaning(
        "waiting for its peer, answers nobody",
        "It synchronises when it hears its peer; without it, partner-down after max-response-delay",
        "Wait; if it stays, see why it does not hear its peer",
    ),
    State.SYNCING: Meaning(
        "fetching its peer's leases, answers nobody", "It becomes ready, then serves", "Wait"
    ),
    State.READY: Meaning(
        "ready, answers nobody yet", "Hot-standby at the next heartbeat", "Wait a heartbeat"
    ),
    State.PARTNER_DOWN: Meaning(
        "serves alone: its peer is gone",
        "Hot-standby again when the peer is back and has its leases",
        "Bring the peer back: run the deploy",
    ),
    State.COMMUNICATION_RECOVERY: Meaning(
        "serves, but has lost touch with its peer",
        "Back when they hear each other; else partner-down",
        "See what blocks the HA port",
    ),
    State.PARTNER_IN_MAINTENANCE: Meaning(
        "serves for both: its peer is in maintenance",
        "partner-down when the peer is stopped",
        "End the maintenance: run the deploy, which cancels it",
    ),
    State.IN_MAINTENANCE: Meaning(
        "in maintenance, answers nobody", "It waits to be stopped", "Run the deploy: it cancels it"
    ),
    State.TERMINATED: Meaning(
        "terminated: serves without its peer, leases part ways",
        "Nothing, by itself",
        "Put the clocks right, restart kea-dhcp4 on both within 10 minutes, standby first",
    ),
}
SPLIT_BRAIN = Meaning(
    "split brain: both serve the same pools, for neither hears the other",
    "Two clients may get one address",
    "Find what blocks the HA port between them; they heal when they hear each other",
)
DOWN = Meaning("kea-dhcp4 does not run", "Its peer serves alone, if it runs", "Run the deploy")
MUTE = Meaning(
    "kea-dhcp4 runs, but does not answer on its control socket",
    "Clients may be served: nothing is known",
    "See its log (journalctl -u kea-dhcp4), then run the deploy",
)
ALONE = Meaning("serves", "It stays so: the site has no second server", "Nothing", fine=True)
NO_HA = Meaning(
    "serves without its peer: its HA hook is not loaded", "Nothing, by itself", "Run the deploy"
)
FOREIGN = Meaning("in a state that no hot-standby pair has", "Nothing is known", "Run the deploy")


def meaning(site: Site, server: Server, seen: Observed) -> Meaning:
    """Return what it means that a server is found like this."""
    ha = seen.kea.ha
    if not seen.kea.answers:
        return MUTE if seen.unit("kea-dhcp4").running else DOWN
    if site.failover is None:
        return ALONE
    if ha is None:
        return NO_HA
    usual = ha.state is State.HOT_STANDBY
    found = HOT_STANDBY[server.role] if usual else MEANINGS.get(ha.state, FOREIGN)
    delay = f"max-response-delay ({site.failover.max_response_delay / 1000:g} s)"
    return replace(found, next=found.next.replace("max-response-delay", delay))
