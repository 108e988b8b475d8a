"""The HA hook's states and what they mean for clients (Kea ARM, High Availability hook)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


class State(str, Enum):
    """A server's state in its HA relationship, in the hook's own words."""

    HOT_STANDBY = "hot-standby"
    LOAD_BALANCING = "load-balancing"
    PASSIVE_BACKUP = "passive-backup"
    WAITING = "waiting"
    SYNCING = "syncing"
    READY = "ready"
    PARTNER_DOWN = "partner-down"
    COMMUNICATION_RECOVERY = "communication-recovery"
    PARTNER_IN_MAINTENANCE = "partner-in-maintenance"
    IN_MAINTENANCE = "in-maintenance"
    TERMINATED = "terminated"
    UNAVAILABLE = "unavailable"
    UNKNOWN = ""

    @classmethod
    def of(cls, word: str | None) -> State:
        """Return the state of that name, `UNKNOWN` for a word the hook does not have."""
        return cls._value2member_map_.get(word or "", cls.UNKNOWN)  # type: ignore[return-value]


SILENT = frozenset({State.WAITING, State.SYNCING, State.READY, State.IN_MAINTENANCE})
"""States in which a server answers no client."""


MAINTENANCE = frozenset({State.IN_MAINTENANCE, State.PARTNER_IN_MAINTENANCE})
"""States of a maintenance that somebody started (Kea ARM, Controlled Shutdown)."""


SERVING = frozenset(State) - SILENT - {State.UNAVAILABLE, State.UNKNOWN}
"""States in which a server answers the clients of its scopes."""


@dataclass(frozen=True, slots=True)
class Ha:
    """A relationship as one server sees it; `age` is the heartbeat's, in seconds.

    `skew` is the peer's clock less this one's, in seconds. `unacked` is how many clients the peer
    has not answered, `unacked_left` how many more it takes for a take-over: Kea counts them while
    it does not hear the peer. `direct` is the state that the peer
    itself answered to a heartbeat sent from this server's host just now, `UNAVAILABLE` if it did
    not answer, None if it was not asked: fresher than the hook's own heartbeat. `scope` is the one
    that all clients of a hot-standby pair are in: its primary's name, "" if it is not known.
    """

    state: State
    scopes: tuple[str, ...]
    peer: State
    in_touch: bool
    interrupted: bool
    age: int | None = None
    skew: int | None = None
    unacked: int = 0
    unacked_left: int = 0
    direct: State | None = None
    scope: str = ""

    @property
    def serves(self) -> bool:
        """Whether this server answers clients now: a standby beside its primary does not."""
        return self.state in SERVING and serves_scope(self.scopes, self.scope)

    @property
    def healthy(self) -> bool:
        """Whether this server sees a healthy pair: both in hot-standby, in touch."""
        return self.state is State.HOT_STANDBY and self.peer_now is State.HOT_STANDBY

    @property
    def healing(self) -> bool:
        """Whether the peer answers, although the hook does not know it yet."""
        return self.direct not in (None, State.UNAVAILABLE)

    @property
    def peer_now(self) -> State:
        """The peer's state as far as it is known now: its own answer, or the last heartbeat's."""
        if self.direct is not None:
            return self.direct
        return self.peer if self.in_touch else State.UNAVAILABLE

    @classmethod
    def from_status(
        cls, status: Mapping[str, Any], peer: Mapping[str, Any] | None = None
    ) -> Ha | None:
        """Read the first relationship of `status-get`; None if the hook is not loaded.

        `peer` is what the peer answered to a direct heartbeat (files/host/observe.py).
        """
        relationships = status.get("high-availability") or []
        if not relationships:
            return None
        servers = relationships[0]["ha-servers"]
        local, remote = servers["local"], servers.get("remote", {})
        return cls(
            state=State.of(local.get("state")),
            scopes=tuple(local.get("scopes", ())),
            peer=State.of(remote.get("last-state")),
            in_touch=bool(remote.get("in-touch")),
            interrupted=bool(remote.get("communication-interrupted")),
            age=remote.get("age"),
            skew=remote.get("clock-skew"),
            unacked=remote.get("unacked-clients", 0),
            unacked_left=remote.get("unacked-clients-left", 0),
            direct=_direct(peer),
            scope=_scope(relationships[0].get("ha-mode"), local, remote),
        )


def serves_scope(scopes: Collection[str], scope: str) -> bool:
    """Whether a server with these scopes answers the clients of a scope (query_filter.cc).

    In a hot-standby pair all clients are in the primary's: another one answers nobody.
    """
    return scope in scopes if scope else bool(scopes)


def _scope(mode: object, *servers: Mapping[str, Any]) -> str:
    names = (server.get("server-name") for server in servers if server.get("role") == "primary")
    return str(next(names, None) or "") if mode == State.HOT_STANDBY.value else ""


def _direct(peer: Mapping[str, Any] | None) -> State | None:
    if not peer:
        return None
    return State.UNAVAILABLE if peer.get("error") else State.of(peer.get("state"))
