"""A few tests that failed run again when the machine has nothing else to do.

What needs no host runs beside two labs with the least priority: a deadline of a second may pass
while a process waits for its turn. What is wrong fails again.

A roll-out that fails once may be a race of keaprov's own. So a single test that drives hosts is
repeated, not a second one; it has to pass several times in a row, and the report of its failure
stays in the output, under a heading that says what it may be.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

MOST, MOST_WITH_HOSTS = 5, 1
"""Tests that are repeated; if more fail, the machine is not the reason."""
TIMES = 3
"""How often a test that drives hosts has to pass when it is repeated."""


class Failures:
    """pytest's plugin that writes down which tests failed, for `names`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write down a test that failed, or whose fixtures did."""
        if report.failed:
            with (self._folder / "failed").open("a") as file:
                file.write(f"{report.nodeid}\n")


def names(folder: Path) -> list[str]:
    """Return the tests that failed in any of the runs that shared a folder."""
    file = folder / "failed"
    return list(dict.fromkeys(file.read_text().splitlines())) if file.exists() else []


def targets(failed: Iterable[str], most: int = MOST) -> list[str]:
    """Return what to run again, [] if it is more than `most`.

    The tests of a class share a pair, and build on each other: the whole class is repeated.
    """
    wanted = dict.fromkeys(
        "::".join(name.split("::")[:2]) if name.count("::") > 1 else name for name in failed
    )
    return list(wanted) if len(wanted) <= most else []
