"""The result of a drill as a value: printed, kept as JSON, shown on the status page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from keaprov.errors import KeaprovError
from keaprov.words import count


class DrillError(KeaprovError):
    """A step of the drill failed; the message says whether the pair was restored."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event, `at` seconds after the drill began."""

    at: float
    words: str


@dataclass
class DrillReport:
    """The result of a drill: its timeline, the longest time without an offer, lost leases.

    `began` is in seconds since the epoch; `silence` is in seconds, None if no client asked.
    `uncompared` says why the leases were not compared, `failed` which step failed; both are "" if
    the drill succeeded.
    """

    site: str
    began: float
    timeline: list[Event] = field(default_factory=list)
    silence: float | None = None
    lost: int = 0
    failed: str = ""
    uncompared: str = ""

    @property
    def words(self) -> str:
        """The result on one line."""
        if self.failed:
            return f"FAILED: {self.failed}"
        leases = f"{count(self.lost, 'lease')} lost"
        if self.uncompared:
            leases = f"leases not compared ({self.uncompared})"
        if self.silence is None:
            return f"no client asked, {leases}"
        return f"{self.silence:.1f} s without an offer at the longest, {leases}"

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> DrillReport:
        """Return the report that ``keaprov drill --json`` printed.

        Raises ValueError, TypeError or KeyError if it is none.
        """
        silence = entry["silence"]
        return cls(
            site=str(entry["site"]),
            began=float(entry["began"]),
            timeline=[Event(float(row["at"]), str(row["words"])) for row in entry["timeline"]],
            silence=None if silence is None else float(silence),
            lost=int(entry["lost"]),
            failed=str(entry["failed"]),
            uncompared=str(entry.get("uncompared", "")),
        )
