"""What a rule of the linter is: a code, a severity, a function from a plan to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from keaprov.errors import NOWHERE, Path, Problem, Severity
from keaprov.lint.plan import Plan


@dataclass(frozen=True, slots=True)
class Finding:
    """Something a rule has found; `path` is in Kea's own forms (``dhcp4.subnet4[0].pools[1]``)."""

    message: str
    path: Path
    hint: str = ""


Check = Callable[[Plan], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; its check's docstring says what it wants, and why.

    `cure` says what to do about a finding that has no hint of its own.
    """

    code: str
    severity: Severity
    check: Check
    cure: str = ""

    def problems(self, plan: Plan) -> Iterator[Problem]:
        """Yield what the rule finds."""
        for finding in self.check(plan):
            hint = finding.hint or self.cure
            yield Problem(self.code, finding.message, NOWHERE, finding.path, hint, self.severity)


def error(code: str, cure: str = "") -> Callable[[Check], Rule]:
    """Make a rule whose findings keep a host from being touched."""
    return lambda check: Rule(code, Severity.ERROR, check, cure)


def warning(code: str, cure: str = "") -> Callable[[Check], Rule]:
    """Make a rule whose findings are worth a look."""
    return lambda check: Rule(code, Severity.WARNING, check, cure)
