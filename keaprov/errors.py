"""The error tree, and `Problem`: a finding about input, as data.

KeaprovError
├── SiteError        the site file has problems; carries all of them
├── SecretError      a secret that the site refers to cannot be read
├── CertificateError a certificate, or the authority that signs it, cannot be used
└── ControlError     a Kea server could not be asked, or answered with an error
    ├── Unreachable  no answer: no verdict about the server's state
    └── Refused      an answer, and it says no
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from keaprov import visible

__all__ = [
    "CertificateError",
    "ControlError",
    "KeaprovError",
    "KeyPath",
    "Mark",
    "Problem",
    "Refused",
    "SecretError",
    "Severity",
    "SiteError",
    "Unreachable",
]

KeyPath = tuple["str | int", ...]
"""Where a value is: keys and list positions from the top of the document."""


class Severity(str, Enum):
    """How bad a problem is: an error keeps a host from being touched, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Mark(NamedTuple):
    """A place in a file; line and column count from 1, 0 means unknown."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])


NOWHERE = Mark("")
"""The mark of a problem whose line is still to be looked up by its path."""


def dotted(path: Sequence[str | int]) -> str:
    """Write a path as people read it: ``dhcp4.subnet4[2].pools[0]``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


class Problem(NamedTuple):
    """A finding about input.

    `code` is stable (``KP101``), `message` says what is wrong, `hint` what to do about it.
    """

    code: str
    message: str
    mark: Mark
    path: KeyPath = ()
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        where = f" {dotted(self.path)}" if self.path else ""
        head = f"{self.mark}: {self.severity.value} {self.code}{where}: {self.message}"
        return visible.line(head) + (f"\n    {visible.line(self.hint)}" if self.hint else "")


class KeaprovError(Exception):
    """Anything that keaprov raises on purpose."""


@dataclass(eq=False)
class SiteError(KeaprovError):
    """The site file has problems; `problems` holds all of them, sorted by place."""

    problems: tuple[Problem, ...] = field(default_factory=tuple)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class SecretError(KeaprovError):
    """A secret that the site refers to cannot be read; the message never holds the secret."""


class CertificateError(KeaprovError):
    """A certificate, or the authority that signs it, cannot be used; never has a key in it."""


class ControlError(KeaprovError):
    """A Kea server could not be asked, or answered with an error."""


class Unreachable(ControlError):  # noqa: N818 - the field's word for it
    """No answer came: nothing is known about the server's state."""


class Refused(ControlError):  # noqa: N818 - the field's word for it
    """An answer came, and it says no."""
