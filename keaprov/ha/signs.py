"""Early signs of trouble on one server, as a value (files/host/look_signs.py looks for them)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Log:
    """What kea-dhcp4 has logged since its last change of HA state.

    `rejected` is how many clients have had a lease update rejected by the peer, `failed` the
    message of the last cleanup of the lease file if that failed, "" if it did not. `whole` is unset
    if the log begins later than that change of state.
    """

    rejected: int
    failed: str
    whole: bool

    @property
    def unwritten(self) -> bool:
        """Whether Kea keeps its leases in memory alone (memfile_lease_mgr.cc, lfcExecute)."""
        return "LFC_LEASE_FILE_REOPEN_FAIL" in self.failed


@dataclass(frozen=True, slots=True)
class LeaseFile:
    """The lease file: its size, and its cleanup (LFC).

    `uncleaned` is how many seconds ago a cleanup began that has not ended, 0 if there is none;
    `cleaning` is whether kea-lfc is at work on it.
    """

    bytes: int
    uncleaned: float
    cleaning: bool


@dataclass(frozen=True, slots=True)
class Signs:
    """What was observed; None for a log that cannot be read, and for leases kept elsewhere."""

    log: Log | None = None
    leases: LeaseFile | None = None

    @classmethod
    def from_report(cls, signs: Mapping[str, Any]) -> Signs:
        """Read the part `signs` of the report of files/host/observe.py."""
        log, leases = signs.get("log"), signs.get("leases")
        return cls(Log(**log) if log else None, LeaseFile(**leases) if leases else None)
