"""What a server's state means, what happens next without action, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from keaprov.ha.observed import Observed
from keaprov.ha.serving import unwritable
from keaprov.ha.states import SILENT, Ha, State
from keaprov.model import Role, Server, Site


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a state means, what happens next without action, what to do; `fine` if nothing."""

    words: str
    next: str
    do: str
    fine: bool = False


HOT_STANDBY: Mapping[Role, Meaning] = {
    Role.PRIMARY: Meaning(
        "serves",
        "It answers every client; its standby takes over if it is silent for max-response-delay",
        "Nothing",
        fine=True,
    ),
    Role.STANDBY: Meaning(
        "ready (no scopes while the primary serves)",
        "It keeps every lease, and takes over if its primary is silent for max-response-delay",
        "Nothing",
        fine=True,
    ),
}
MEANINGS: Mapping[State, Meaning] = {
    State.WAITING: Meaning(
        "waiting for its peer, answers no client",
        "It synchronises when it hears its peer; without it, partner-down after max-response-delay",
        "Wait; if it stays, find out why it does not hear its peer",
    ),
    State.SYNCING: Meaning(
        "fetching its peer's leases, answers no client", "It becomes ready, then serves", "Wait"
    ),
    State.READY: Meaning(
        "ready, answers no client yet", "Hot-standby at the next heartbeat", "Wait for a heartbeat"
    ),
    State.PARTNER_DOWN: Meaning(
        "serves alone: its peer is gone",
        "Hot-standby again when the peer is back and has its leases",
        "Bring the peer back: run the deploy",
    ),
    State.COMMUNICATION_RECOVERY: Meaning(
        "serves, but does not hear its peer",
        "It returns when they hear each other; otherwise partner-down",
        "Find what blocks the HA port",
    ),
    State.PARTNER_IN_MAINTENANCE: Meaning(
        "serves for both: its peer is in maintenance",
        "partner-down when the peer is stopped",
        "End the maintenance: run the deploy, which cancels it",
    ),
    State.IN_MAINTENANCE: Meaning(
        "in maintenance, answers no client",
        "It waits to be stopped",
        "Run the deploy: it cancels the maintenance",
    ),
    State.TERMINATED: Meaning(
        "terminated: serves without its peer, lease replication stopped",
        "Nothing, by itself",
        "Remove the cause (clocks, configurations that differ), then run the deploy",
    ),
}
SPLIT_BRAIN = Meaning(
    "split brain: both serve the same pools, because neither hears the other",
    "Two clients may get one address",
    "Find what blocks the HA port between them; they heal when they hear each other",
)
HAND_OVER = Meaning(
    "serves for its primary: a hand-over on purpose (a roll-out or a drill)",
    "It gives the scopes back by itself as soon as the primary is back in hot-standby",
    "Wait",
)
BESIDE = Meaning(
    "serves beside its primary: somebody has given it scopes",
    "Both answer the same clients until its next change of state",
    "Run the deploy: it takes the scopes back",
)
NO_SCOPES = Meaning(
    "answers no client: somebody has taken its scopes",
    "Nothing, until its next change of state",
    "Run the deploy: it takes its scopes again",
)
CLOSED = Meaning(
    "runs, but receives no DHCP packets: an interface or its socket is down",
    "Kea tries again every few seconds, for some minutes (service-sockets-max-retries)",
    "Bring the interface up with an IPv4 address; restart kea-dhcp4 if it has given up",
)
UNWRITTEN = Meaning(
    "runs, but grants no lease: it cannot write its lease file",
    "Its clients get no answer, and its peer does not take over: the heartbeats go on",
    "Make room for /var/lib/kea, or stop kea-dhcp4: then its peer answers",
)
DISABLED = Meaning(
    "runs, but answers no client: its DHCP service is disabled",
    "It answers again when the service is enabled",
    "Send dhcp-enable, or restart kea-dhcp4",
)
DIED = Meaning(
    "kea-dhcp4 ended unexpectedly",
    "systemd may start it again; its peer serves alone, if it runs",
    "Read its last words, then run the deploy",
)
DOWN = Meaning("kea-dhcp4 is not running", "Its peer serves alone, if it runs", "Run the deploy")
MUTE = Meaning(
    "kea-dhcp4 runs, but does not answer on its control socket",
    "It may serve clients: its state is unknown",
    "Read its log (journalctl -u kea-dhcp4), then run the deploy",
)
ALONE = Meaning("serves", "It stays so: the site has no second server", "Nothing", fine=True)
NO_HA = Meaning(
    "serves without its peer: its HA hook is not loaded", "Nothing, by itself", "Run the deploy"
)
FOREIGN = Meaning("in a state that no hot-standby pair has", "Unknown", "Run the deploy")


def meaning(site: Site, server: Server, observed: Observed) -> Meaning:
    """Return the meaning of a server's observed state."""
    meant = _meaning(site, server, observed)
    if site.failover is None:
        return meant
    delay = f"max-response-delay ({site.failover.max_response_delay / 1000:g} s)"
    return replace(meant, next=meant.next.replace("max-response-delay", delay))


def _meaning(site: Site, server: Server, observed: Observed) -> Meaning:
    kea, unit = observed.kea, observed.unit("kea-dhcp4")
    if unit.died:
        return DIED
    if not unit.running:
        return DOWN
    if not kea.answers:
        return MUTE
    silent = kea.ha is not None and kea.ha.state in SILENT
    if kea.disabled and not silent:
        return DISABLED
    if kea.sockets:
        return CLOSED
    if any(unwritable(site, server, observed)):
        return UNWRITTEN
    if site.failover is None:
        return ALONE
    if kea.ha is None:
        return NO_HA
    if kea.ha.state is State.HOT_STANDBY:
        return _hot_standby(server, kea.ha, observed)
    return MEANINGS.get(kea.ha.state, FOREIGN)


def _hot_standby(server: Server, ha: Ha, observed: Observed) -> Meaning:
    if server.role is Role.PRIMARY:
        return HOT_STANDBY[Role.PRIMARY] if ha.serves else NO_SCOPES
    if ha.serves:
        return HAND_OVER if observed.handover else BESIDE
    return HOT_STANDBY[Role.STANDBY]
