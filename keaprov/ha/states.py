"""The HA hook's states and what they mean for clients (Kea ARM, High Availability hook)."""

from __future__ import annotations

from collections.abc import Mapping
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


SERVING = frozenset(State) - SILENT - {State.UNAVAILABLE, State.UNKNOWN}
"""States in which a server answers the clients of its scopes."""


@dataclass(frozen=True, slots=True)
class Ha:
    """A relationship as one server sees it; `age` is the heartbeat's, in seconds.

    `skew` is the peer's clock less this one's, in seconds.
    """

    state: State
    scopes: tuple[str, ...]
    peer: State
    in_touch: bool
    interrupted: bool
    age: int | None = None
    skew: int | None = None
    unacked: int = 0

    @property
    def serves(self) -> bool:
        """Whether this server answers clients now: a standby beside its primary does not."""
        return self.state in SERVING and bool(self.scopes)

    @property
    def healthy(self) -> bool:
        """Whether this server sees the pair as it should be: both in hot-standby, in touch."""
        return self.state is self.peer is State.HOT_STANDBY and self.in_touch

    @classmethod
    def from_status(cls, status: Mapping[str, Any]) -> Ha | None:
        """Read the first relationship of `status-get`; None when the hook is not loaded."""
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
        )
