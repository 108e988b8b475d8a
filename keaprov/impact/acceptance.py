"""What the operator accepted, and whether it covers the change.

A change that costs clients their address is accepted as ``REVISION:NUMBER``, as `keaprov plan`
prints it: the wanted configuration, and the largest number of active leases that may be lost. So
an edit of the site needs another acceptance, and so does a change that has grown since then; one
that has shrunk does not. A ``REVISION`` alone accepts this configuration with any known number.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from keaprov.ha.renumbering import MOST
from keaprov.impact.answer import UNKNOWN, Impact, counted, indented
from keaprov.impact.question import Kind

FORM = re.compile(rf"([^:,\s]+):(\d+|{UNKNOWN})")
HOW = "keaprov plan SITE prints what to accept"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """An acceptance: a revision, and a number of leases, `UNKNOWN`, or "" for any number."""

    revision: str
    amount: str = ""

    def covers(self, impact: Impact) -> bool:
        """Whether the change costs no more leases than were accepted."""
        if impact.unclear:
            return self.amount == UNKNOWN
        return not self.amount or (self.amount.isdigit() and impact.lost <= int(self.amount))

    def __str__(self) -> str:
        return f"{self.revision}:{self.amount}" if self.amount else self.revision


def parse_acceptances(text: str) -> list[Acceptance]:
    """Return the acceptances in ``--data accept=…``: one for each site, separated by commas."""
    acceptances = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = FORM.fullmatch(part)
        acceptances.append(Acceptance(*match.groups()) if match else Acceptance(part))
    return acceptances


def refusals(
    impact: Impact, revision: str, accepted: Collection[Acceptance], others: Collection[str] = ()
) -> Iterator[str]:
    """Yield why a change must not be made with what was accepted.

    `others` are the revisions of other sites in the same run: their acceptances are not judged.
    """
    own = [acceptance for acceptance in accepted if acceptance.revision == revision]
    known = {revision, *others}
    strange = [acceptance for acceptance in accepted if acceptance.revision not in known]
    if strange:
        yield (
            f"accept={strange[0].revision} names another revision: this deploy brings {revision}. "
            f"{HOW}"
        )
        return
    yield from _too_many(impact)
    if own and not impact.lost and not impact.unclear:
        yield (
            f"accept={own[0]} is not needed: no active lease loses its address. Run the deploy "
            "again without --data accept"
        )
    elif own and not own[0].covers(impact):
        yield (
            f"the change has grown since it was accepted: {_loss(impact)}, and "
            f"{_accepted(own[0])} accepted{indented([*impact.lines()])}\n"
            f"    {_way_out(impact, revision)}"
        )
    elif not own and (impact.lost or impact.unclear):
        counted_by = f" (as {impact.server} counts)" if impact.server else ""
        lines = indented([*impact.lines()])
        yield f"{_loss(impact)}{counted_by}{lines}\n    {_way_out(impact, revision)}"


def _too_many(impact: Impact) -> Iterator[str]:
    """Yield the subnets that have too many leases for another id."""
    carried = (answer for answer in impact.answers if answer.question.kind is Kind.CARRIED)
    number = sum(answer.count for answer in carried)
    if number > MOST:
        yield (
            f"{counted(number)} would get another subnet id. keaprov changes at most {MOST:,}, "
            "because no client is answered meanwhile. An id means nothing to clients: keep the ids "
            "that run"
        )


def verdict(impact: Impact, revision: str) -> str:
    """Return on one line why a change needs an acceptance, "" if it needs none."""
    if not (impact.lost or impact.unclear):
        return ""
    return f"{_loss(impact)}. {_way_out(impact, revision)}"


def token(impact: Impact, revision: str) -> str:
    """Return what to accept."""
    return f"{revision}:{impact.amount}"


def _loss(impact: Impact) -> str:
    if impact.unclear:
        return f"active leases may lose their address, and how many is not known: {impact.unknown}"
    may = "" if impact.certain else "may "
    verb, whose = ("loses", "its") if impact.lost == 1 else ("lose", "their")
    return f"{counted(impact.lost)} {may}{'lose' if may else verb} {whose} address"


def _accepted(acceptance: Acceptance) -> str:
    if not acceptance.amount:
        return "a number that is known was"
    if acceptance.amount == UNKNOWN:
        return "an unknown number was"
    return f"{acceptance.amount} {'was' if acceptance.amount == '1' else 'were'}"


def _way_out(impact: Impact, revision: str) -> str:
    return (
        "Correct the site file, or accept it by name: pyinfra INVENTORY deploy.py "
        f"--data accept={token(impact, revision)}. Nothing has changed yet"
    )
