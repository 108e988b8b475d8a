"""Words for people: counts, times, and "did you mean" for names that look alike."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``Did you mean NAME?`` for the nearest known name, an empty text when none is near."""
    from difflib import get_close_matches

    near = get_close_matches(name, [*known], n=1, cutoff=0.6)
    return f"Did you mean {near[0]}?" if near else ""


class Suggestions:
    """Says "did you mean" for the first unknown names, twenty of them.

    `known` may still grow. Names are compared in pairs: thousands of unknown names among thousands
    of known ones would take minutes, and nobody reads so many suggestions.
    """

    MOST = 20

    def __init__(self, known: Collection[str]) -> None:
        self._known = known
        self._left = self.MOST

    def hint(self, name: str) -> str:
        """Return ``Did you mean NAME?``, or an empty text."""
        self._left -= 1
        return did_you_mean(name, self._known) if self._left >= 0 else ""


def count(number: int, noun: str) -> str:
    """Return a number of things: ``1 lease``, ``2 leases``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def when(seconds: float) -> str:
    """Return a time in UTC, "never" for 0; `seconds` are since the epoch."""
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(seconds)) if seconds else "never"
