"""Questions about leases: one for each kind of change in each subnet."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Kind(Enum):
    """A kind of change, and its effect on the leases that it touches."""

    REMOVED = "removed"
    RENUMBERED = "renumbered"
    RESIZED = "resized"
    POOL = "outside the pools"
    TAKEN = "reserved for another client"
    MAY_BE_TAKEN = "reserved by circuit-id or flex-id"
    GIVEN = "another address reserved"
    MOVED = "other ways to the subnet"
    GUARD = "other client classes let in"
    DATABASE = "another lease database"
    CARRIED = "another id"
    OPTIONS = "options and lifetimes"
    RESERVED_OPTIONS = "a reservation's own options"
    CLASSES = "classes"

    @property
    def costs(self) -> bool:
        """Whether a lease that is touched is lost: its client gets another address, or none."""
        return self not in (Kind.CARRIED, Kind.OPTIONS, Kind.RESERVED_OPTIONS, Kind.CLASSES)

    @property
    def certain(self) -> bool:
        """Whether every counted lease is touched; otherwise each of them may be touched."""
        return self not in (Kind.MAY_BE_TAKEN, Kind.MOVED, Kind.GUARD, Kind.CLASSES)


@dataclass(frozen=True, slots=True)
class Question:
    """How many leases does this change of this subnet touch?

    `subnet` is the subnet's name for people, `words` say what changes there. A question is `rare`
    if it comes from another change: it is not reported if it touches no lease.
    """

    kind: Kind
    subnet: str
    words: str
    rare: bool = False


@dataclass(slots=True)
class Inquiry:
    """The questions about a change, and what a host needs to match leases with them.

    `subnets` maps the id of each touched subnet to what files/host/impact.py matches, in plain
    JSON; a question is named by its position in `questions`, and so is what several subnets share,
    in `parts`. `notes` are sentences about what leases do not show.
    """

    questions: list[Question] = field(default_factory=list)
    subnets: dict[int, dict[str, Any]] = field(default_factory=dict)
    parts: list[dict[str, Any]] = field(default_factory=list)
    reservations: dict[int, list[list[Any]]] = field(default_factory=dict)
    identifiers: tuple[Sequence[str], Sequence[str]] = ((), ())
    ranges: list[tuple[int, int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _shared: dict[Hashable, int] = field(default_factory=dict)

    def add(self, kind: Kind, subnet: str, words: str, *, rare: bool = False) -> int:
        """Add a question and return its number."""
        self.questions.append(Question(kind, subnet, words, rare))
        return len(self.questions) - 1

    def share(self, owner: Hashable, made: Callable[[], dict[str, Any]]) -> int:
        """Return the number of what belongs to an owner; it is made for the first who asks."""
        if owner not in self._shared:
            self._shared[owner] = len(self.parts)
            self.parts.append(made())
        return self._shared[owner]

    @property
    def costs(self) -> bool:
        """Whether a lease may be lost."""
        return any(question.kind.costs for question in self.questions)

    def request(self, socket: str) -> dict[str, Any]:
        """Return the request to files/host/impact.py."""
        return {
            "socket": socket,
            "questions": len(self.questions),
            "subnets": {str(number): entry for number, entry in self.subnets.items()},
            "parts": self.parts,
            "reservations": {str(number): rows for number, rows in self.reservations.items()},
            "identifiers": [list(kinds) for kinds in self.identifiers],
            "ranges": [list(ends) for ends in self.ranges],
        }
