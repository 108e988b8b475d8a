"""Early signs of trouble on one server, as a value (files/host/look_signs.py looks for them)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keaprov import typed
from keaprov.ha.advisories import Advisories


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
class Denials:
    """What SELinux has denied Kea's programs in a day, by auditd's log.

    `count` is how often, `last` the last one in words, `permissive` whether it was only reported.
    """

    count: int
    last: str
    permissive: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """A file of a package that is not as rpm installed it.

    `tests` are the letters of rpm(8) for what differs (``S5``), or ``missing``.
    """

    path: str
    tests: str


@dataclass(frozen=True, slots=True)
class Packages:
    """Kea's packages as rpm verifies them: their signatures, and their files.

    `signers` is the id of the key by package, "" for no signature. `keys` are the ids of the pinned
    key and of its subkeys, none if the host does not have it. `changed` are the first of `number`
    files that are not as installed. `error` is why rpm cannot tell.
    """

    signers: Mapping[str, str]
    keys: Sequence[str]
    changed: Sequence[Changed]
    number: int
    error: str | None

    @classmethod
    def from_report(cls, report: Mapping[str, Any]) -> Packages:
        """Read the report of files/host/look_packages.py."""
        return cls(**{**report, "changed": tuple(Changed(**file) for file in report["changed"])})


@dataclass(frozen=True, slots=True)
class Signs:
    """What was observed; None for what cannot be read, is kept elsewhere, or was not asked."""

    log: Log | None = None
    leases: LeaseFile | None = None
    denials: Denials | None = None
    packages: Packages | None = None
    advisories: Advisories | None = None

    @classmethod
    def from_report(cls, signs: Mapping[str, Any]) -> Signs:
        """Read the parts `signs` and `advisories` of files/host/observe.py's report, as one."""
        names = ("log", "leases", "denials", "packages", "advisories")
        log, leases, denials, packages, advisories = map(signs.get, names)
        read = cls(
            Log(**log) if log else None,
            LeaseFile(**leases) if leases else None,
            Denials(**denials) if denials else None,
            Packages.from_report(packages) if packages else None,
            Advisories.from_report(advisories) if advisories else None,
        )
        typed.check(read)
        return read
