"""Inputs that nobody has thought of: how many a decoder gets, and good ones that are damaged."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Sequence
from typing import Any

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


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value inside a value."""
    yield path
    if isinstance(value, (dict, list)):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(child, (*path, key))


NOISE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1 << 70, 1.5, float("nan"), float("inf"), "", "a", "\x1b[2J",
    "10.0.0.1",    "\ud800", [], [None], ["a", 1], [[]], {}, {"a": 1}, {"result-set": []}, {"": {}},
)  # fmt: skip
"""What a report has in the place of something else."""


def broken(good: Any, seed: int) -> Any:
    """Return a good report that lacks something, or has something else, in up to three places."""
    report, chance = copy.deepcopy(good), random.Random(seed)
    for _ in range(chance.randint(1, 3)):
        path = chance.choice(list(places(report)))
        if not path:
            return chance.choice(NOISE)
        parent = report
        for step in path[:-1]:
            parent = parent[step]
        if chance.random() < 0.7:
            parent[path[-1]] = copy.deepcopy(chance.choice(NOISE))
        else:
            del parent[path[-1]]
    return report
