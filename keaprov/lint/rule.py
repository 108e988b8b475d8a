"""What a rule of the linter is: a code, a severity, a function from a configuration to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from keaprov.errors import NOWHERE, KeyPath, Problem, Severity
from keaprov.lint.config import Config


class Finding(NamedTuple):
    """Something a rule has found; `path` is in Kea's own forms (``dhcp4.subnet4[0].pools[1]``).

    `refused` is whether Kea refuses it, though it accepts other things that the rule refuses.
    """

    message: str
    path: KeyPath
    hint: str = ""
    refused: bool = False


Check = Callable[[Config], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; its check's docstring says what it wants, and why.

    `cure` says what to do about a finding that has no hint of its own.

    `stricter` marks an error that Kea accepts: it is an error in a site, which is to be deployed,
    and a warning in one of Kea's own files, unless Kea refuses just this finding.
    """

    code: str
    severity: Severity
    check: Check
    cure: str = ""
    stricter: bool = False

    def problems(self, config: Config) -> Iterator[Problem]:
        """Yield what the rule finds."""
        lenient = self.stricter and config.site is None
        for finding in self.check(config):
            severity = self.severity
            if lenient and not finding.refused:
                severity = Severity.WARNING
            hint = finding.hint or self.cure
            yield Problem(self.code, finding.message, NOWHERE, finding.path, hint, severity)


def error(code: str, cure: str = "", *, stricter: bool = False) -> Callable[[Check], Rule]:
    """Make a rule whose findings keep a host from being touched.

    Set `stricter` if Kea accepts what the rule refuses, or most of it.
    """
    return lambda check: Rule(code, Severity.ERROR, check, cure, stricter)


def warning(code: str, cure: str = "") -> Callable[[Check], Rule]:
    """Make a rule whose findings are worth a look."""
    return lambda check: Rule(code, Severity.WARNING, check, cure)
