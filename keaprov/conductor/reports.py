"""What the hosts' programs report of a step, as values.

A report of another form is of no use: it raises Unreachable, as an answer that did not arrive does
(`keaprov.control.decoding.expected`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keaprov import typed
from keaprov.control.decoding import expected

NOTHING: Mapping[str, Any] = {"removed": []}
"""What a report may leave out."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What kea-dhcp4 refused, and whether the commands before it were undone.

    `left` says what could not be undone. `partly`: Kea says that it applied a part of a command.
    """

    refused: str
    undone: bool = False
    left: Sequence[str] = ()
    partly: bool = False


@dataclass(frozen=True, slots=True)
class Renumbered:
    """The number of leases that came along, and for how many seconds no client was answered."""

    leases: int
    silence: float


@dataclass(frozen=True, slots=True)
class Restored:
    """What a server got back: files, packages, drop-ins removed, and what failed.

    `stopped`: it is new, so it was stopped instead. `up`: the daemon was started. `proven`: there
    is a configuration that ran before; if nothing was put back, it was in place already.
    """

    failed: Sequence[str]
    put_back: Sequence[str]
    packages: Sequence[str]
    removed: Sequence[str]
    stopped: bool
    up: bool
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """The vendor's key, the package that enables EPEL, and why the packages cannot be had."""

    key: str
    epel: str
    refusal: str | None


def refusal(name: str, report: Any) -> Refusal | None:
    """Return what kea-dhcp4 refused of a server's commands, None if it took them all."""
    with expected(f"{name}: the report of command"):
        if not report.get("refused"):
            return None
        read = Refusal(**{key: report[key] for key in Refusal.__slots__ if key in report})
        typed.check(read)
        return read


def renumbered(name: str, report: Any) -> Renumbered | Refusal:
    """Return what a renumbering did on a server, or what kea-dhcp4 refused."""
    refused = refusal(name, report)
    if refused:
        return refused
    with expected(f"{name}: the report of renumber"):
        read = Renumbered(report["leases"], report["silence"])
        typed.check(read)
        return read


def restored(name: str, report: Any) -> Restored:
    """Return what a server got back."""
    with expected(f"{name}: the report of turn"):
        read = Restored(**{**NOTHING, **report})
        typed.check(read)
        return read


def not_stopped(name: str, report: Any) -> Sequence[str]:
    """Return why units of a server could not be stopped."""
    with expected(f"{name}: the report of turn"):
        words: Sequence[str] = report["warnings"]
        typed.check(words, Sequence[str], "warnings")
        return words


def offered(name: str, report: Any) -> Offered:
    """Return what the repositories of a server offer."""
    with expected(f"{name}: the report of rehearse"):
        read = Offered(**report)
        typed.check(read)
        return read
