"""Inputs that nobody has thought of: how many a decoder gets, and good ones that are damaged."""

from __future__ import annotations

import random
from collections.abc import Sequence

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

MANY = settings(max_examples=10_000, suppress_health_check=list(HealthCheck))
"""What every decoder of hostile input gets."""
SEEDS = st.integers(0, 1 << 62)


def damaged(good: Sequence[str], seed: int, pieces: Sequence[str]) -> str:
    """Return one of some good texts, changed in up to four places.

    A change takes characters away, doubles them, or puts a piece in their place.
    """
    chance = random.Random(seed)
    text = chance.choice(good)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text) + 1)
        end = at + chance.choice((0, 1, 1, 2, 8, 40))
        put = chance.choice(
            ("", text[at:end] * 2, chance.choice(pieces), chr(chance.randrange(256)))
        )
        text = text[:at] + put + text[end:]
    return text
