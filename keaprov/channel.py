"""The channel to a host, whatever carries it: pyinfra's connection, or a shell of `control`.

Both implementations send the same programs (files/host) in the same form, keep the same deadlines
and raise the same errors, so that whoever drives a host does not have to know which of them it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

ANSWER = 60.0
"""Seconds for a program to do its work and report."""


class Held(Protocol):
    """A lock on a host that a run holds."""

    @property
    def lost(self) -> bool:
        """Whether the lock ended without `free`: the connection or the holder is gone."""
        ...

    def free(self) -> None:
        """Let other runs use the host; does nothing the second time."""
        ...


class Channel(Protocol):
    """A way to run keaprov's programs on one host as root.

    Every error begins with ``NAME: `` once.
    """

    @property
    def name(self) -> str:
        """The host's name."""
        ...

    def program(self, name: str, request: Mapping[str, Any], patience: float = ANSWER) -> Any:
        """Run ``files/host/NAME.py`` with its request and return its JSON report.

        `patience` limits the whole call, in seconds. Raises Unreachable if the host does not
        answer in time or the connection is lost, Refused with the program's own sentence if it
        exits non-zero.
        """
        ...

    def hold(self, run: str) -> Held:
        """Lock the host for the run that the token `run` names.

        Raises Refused if another run holds it, Unreachable if the host cannot be locked.
        """
        ...
