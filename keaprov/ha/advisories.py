"""What is known of the packages of a host: the advisories of its repositories, by dnf: pure.

dnf reads what it has fetched before. Some repositories offer no advisories: then nothing is known
of their packages here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keaprov import typed
from keaprov.ha.serving import Trouble
from keaprov.words import and_more, count, when

LISTED = 5
"""Advisories that a warning names."""
GRAVITY = ("Critical", "Important", "Moderate", "Low")
"""dnf's words for the severity of an advisory about security, the gravest first."""
SECURITY = "/Sec."


@dataclass(frozen=True, slots=True)
class Package:
    """A package that an advisory is about: the installed version, and the one that it brings."""

    name: str
    installed: str
    fixed: str


@dataclass(frozen=True, slots=True)
class Advisory:
    """An advisory, such as RHSA-2026:0815; `kind` is dnf's word: ``Important/Sec.``, ``bugfix``."""

    id: str
    kind: str
    packages: Sequence[Package]

    @property
    def severity(self) -> str:
        """The severity of an advisory about security, "" of any other one."""
        return self.kind.removesuffix(SECURITY) if self.kind.endswith(SECURITY) else ""


@dataclass(frozen=True, slots=True)
class Advisories:
    """The advisories whose packages are newer than the installed ones.

    `repositories` are those that offer advisories, `as_of` is when dnf last asked for them (seconds
    since the epoch, 0 for never). `pending` are the first of `number`, those about security first;
    `security` is how many are about security. `error` is why dnf cannot tell.
    """

    repositories: Sequence[str]
    as_of: float
    pending: Sequence[Advisory]
    number: int
    security: int
    error: str | None

    @classmethod
    def from_report(cls, report: Mapping[str, Any]) -> Advisories:
        """Read the report of files/host/look_advisories.py."""
        pending = tuple(
            Advisory(**{**entry, "packages": tuple(Package(**each) for each in entry["packages"])})
            for entry in report["pending"]
        )
        read = cls(**{**report, "pending": pending})
        typed.check(read)
        return read

    @property
    def words(self) -> str:
        """What is known, in one line."""
        if self.error:
            return f"unknown: {self.error}"
        if not self.repositories:
            return "unknown: no repository of this host offers any, or dnf has not asked them yet"
        source = f"{', '.join(self.repositories)}, as of {when(self.as_of)}"
        if not self.number:
            return f"none is pending ({source})"
        return f"{self.number} pending, {self.security} of them for security ({source})"


def shortcomings(advisories: Advisories, *, updates: bool) -> Sequence[Trouble]:
    """Return the pending advisories about security, as one warning; none if there are none.

    + updates: whether the deploy installs updates
    """
    if not advisories.security:
        return ()
    security = [advisory for advisory in advisories.pending if advisory.severity]
    grave = {advisory.severity for advisory in security}
    gravest = next((word for word in GRAVITY if word in grave), "of unknown severity")
    listed = ", ".join(
        f"{advisory.id} ({', '.join(package.name for package in advisory.packages[:LISTED])})"
        for advisory in security[:LISTED]
    )
    more = and_more(advisories.security - len(security[:LISTED]))
    number = count(advisories.security, "security update")
    verb = "is" if advisories.security == 1 else "are"
    what = f"{number} {verb} pending, the gravest {gravest}: {listed}{more}"
    cure = "Run the deploy: it installs updates" if updates else "Install the updates (dnf update)"
    return (Trouble(what, cure),)
