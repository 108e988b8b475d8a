"""What a change touches, in numbers, and in words for the operator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from keaprov.impact.question import Plan, Question

LISTED = 20
"""Subnets that are listed of those whose clients see a change at renewal; the rest is summed up."""
UNKNOWN = "unknown"
"""What is accepted if the number of leases is not known."""


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
    """How many active leases a question is about, and the first clients."""

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
        up_to = "" if kind.certain else "up to "
        return f"{up_to}{number} {'sees' if self.count == 1 else 'see'} it at renewal"


@dataclass(frozen=True, slots=True)
class Impact:
    """The active leases that a change touches, by question.

    `server` was asked. `unknown` says why nobody could be asked, "" if somebody was.
    """

    answers: tuple[Answer, ...] = ()
    server: str = ""
    unknown: str = ""
    notes: tuple[str, ...] = ()

    @property
    def lost(self) -> int:
        """How many active leases are lost, each counted once; 0 if that is not known."""
        return sum(answer.count for answer in self.answers if answer.question.kind.costs)

    @property
    def certain(self) -> bool:
        """Whether every lease that counts as lost is lost."""
        costs = (answer for answer in self.answers if answer.question.kind.costs)
        return all(answer.question.kind.certain for answer in costs if answer.count)

    @property
    def unclear(self) -> bool:
        """Whether leases may be lost, and how many is not known."""
        return bool(self.unknown) and any(answer.question.kind.costs for answer in self.answers)

    @property
    def amount(self) -> str:
        """What is to be accepted: the number of leases that are lost, or `UNKNOWN`."""
        return UNKNOWN if self.unclear else str(self.lost)

    def lines(self) -> Iterator[str]:
        """Yield what the change touches, in words: first what costs an address."""
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


def answered(plan: Plan, server: str, report: Mapping[str, Any]) -> Impact:
    """Return what the report of files/host/impact.py says about a plan."""
    if report["unknown"]:
        return unanswered(plan, f"{server} does not tell its leases ({report['unknown']})")
    rows = zip(plan.questions, report["counts"], report["clients"], strict=True)
    answers = tuple(
        Answer(question, count, tuple(map(_client, clients))) for question, count, clients in rows
    )
    return Impact(answers, server, notes=tuple(plan.notes))


def unanswered(plan: Plan, why: str) -> Impact:
    """Return what is known of a plan that nobody can be asked about."""
    return Impact(tuple(map(Answer, plan.questions)), unknown=why)


def _client(lease: Mapping[str, Any]) -> Client:
    keys = ("ip-address", "hw-address", "client-id", "hostname")
    return Client(*(str(lease.get(key, "")) for key in keys))


def counted(count: int) -> str:
    """Return a number of leases in words."""
    return "1 active lease" if count == 1 else f"{count} active leases"


def indented(lines: Sequence[str]) -> str:
    """Return lines below a sentence."""
    return "".join(f"\n    {line}" for line in lines)
