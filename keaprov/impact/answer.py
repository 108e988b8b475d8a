"""The leases that a change touches: in numbers, and in words for the operator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keaprov.impact.question import Inquiry, Kind, Question
from keaprov.words import count

LISTED = 20
"""Changes at renewal that are listed one by one; the rest is one line."""
UNKNOWN = "unknown"
"""The amount to accept if the number of leases is not known."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client that a change touches."""

    address: str
    hw_address: str = ""
    client_id: str = ""
    hostname: str = ""

    def __str__(self) -> str:
        name = f" ({self.hostname})" if self.hostname else ""
        return f"{self.address} {self.hw_address or self.client_id}{name}"


@dataclass(frozen=True, slots=True)
class Answer:
    """The number of active leases that a question counts, and the first clients."""

    question: Question
    count: int = 0
    clients: tuple[Client, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield the answer in words, then its clients, indented."""
        yield f"{self.question.subnet}: {self.question.words}: {self._effect()}"
        if self.clients:
            more = self.count - len(self.clients)
            listed = ", ".join(map(str, self.clients))
            yield f"    {listed}{f', and {more} more' if more else ''}"

    def _effect(self) -> str:
        kind = self.question.kind
        if not self.count:
            return "no active lease"
        number = counted(self.count)
        if kind.costs:
            verb = "loses" if self.count == 1 else "lose"
            whose = "its" if self.count == 1 else "their"
            return f"{number} {verb if kind.certain else 'may lose'} {whose} address"
        if kind is Kind.CARRIED:
            return f"{number} {'comes' if self.count == 1 else 'come'} along"
        up_to = "" if kind.certain else "up to "
        return f"{up_to}{number} {'sees' if self.count == 1 else 'see'} it at renewal"


@dataclass(frozen=True, slots=True)
class Impact:
    """The active leases that a change touches, by question.

    `server` is the one that counted. `unknown` says why no server could count, "" if one did.
    """

    answers: tuple[Answer, ...] = ()
    server: str = ""
    unknown: str = ""
    notes: tuple[str, ...] = ()

    @property
    def lost(self) -> int:
        """The number of active leases that are lost, each counted once; 0 if it is not known."""
        return sum(answer.count for answer in self.answers if answer.question.kind.costs)

    @property
    def certain(self) -> bool:
        """Whether every lease that counts as lost is certain to be lost."""
        costs = (answer for answer in self.answers if answer.question.kind.costs)
        return all(answer.question.kind.certain for answer in costs if answer.count)

    @property
    def unclear(self) -> bool:
        """Whether leases may be lost in an unknown number."""
        return bool(self.unknown) and any(answer.question.kind.costs for answer in self.answers)

    @property
    def amount(self) -> str:
        """The amount to accept: the number of leases that are lost, or `UNKNOWN`."""
        return UNKNOWN if self.unclear else str(self.lost)

    def lines(self) -> Iterator[str]:
        """Yield in words what the change touches: lost addresses first."""
        if self.unknown:
            for answer in self.answers:
                yield f"{answer.question.subnet}: {answer.question.words}: number of leases unknown"
            return
        later = [answer for answer in self.answers if not answer.question.kind.costs]
        for answer in self.answers:
            if answer.question.kind.costs and (answer.count or not answer.question.rare):
                yield from answer.lines()
        later.sort(key=lambda answer: -answer.count)
        for answer in later[:LISTED]:
            yield from answer.lines()
        if rest := later[LISTED:]:
            number = counted(sum(answer.count for answer in rest))
            yield f"{len(rest)} more changes of options or classes: {number} see them at renewal"
        yield from self.notes


def reported_impact(inquiry: Inquiry, server: str, report: Mapping[str, Any]) -> Impact:
    """Return the impact that the report of files/host/impact.py gives for an inquiry."""
    if report["unknown"]:
        return unknown_impact(inquiry, f"{server} does not report its leases ({report['unknown']})")
    rows = zip(inquiry.questions, report["counts"], report["clients"], strict=True)
    answers = tuple(
        Answer(question, int(number), tuple(map(_client, clients)))
        for question, number, clients in rows
    )
    return Impact(answers, server, notes=tuple(inquiry.notes))


def unknown_impact(inquiry: Inquiry, why: str) -> Impact:
    """Return the impact of an inquiry that no server can answer."""
    return Impact(tuple(map(Answer, inquiry.questions)), unknown=why)


def _client(lease: Mapping[str, Any]) -> Client:
    keys = ("ip-address", "hw-address", "client-id", "hostname")
    return Client(*(str(lease.get(key, "")) for key in keys))


def counted(number: int) -> str:
    """Return a number of leases in words."""
    return count(number, "active lease")


def indented(lines: Sequence[str]) -> str:
    """Return lines below a sentence."""
    return "".join(f"\n    {line}" for line in lines)
