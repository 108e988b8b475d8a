"""Names that look alike: "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``Did you mean NAME?`` for the nearest known name, an empty text when none is near."""
    from difflib import get_close_matches

    near = get_close_matches(name, [*known], n=1, cutoff=0.6)
    return f"Did you mean {near[0]}?" if near else ""
