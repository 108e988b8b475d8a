"""Tests that need no host and failed run again when the machine has nothing else to do.

They run beside two labs with the least priority: a deadline of a second may pass while a process
waits for its turn. What is wrong fails again. A test that drives hosts is never repeated: if a
roll-out fails once, that may be a race of keaprov's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

MOST = 5
"""Tests that are repeated; if more fail, the machine is not the reason."""


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


def targets(failed: Iterable[str]) -> list[str]:
    """Return what to run again, [] if it is too much.

    The tests of a class share a pair, and build on each other: the whole class is repeated.
    """
    wanted = dict.fromkeys(
        "::".join(name.split("::")[:2]) if name.count("::") > 1 else name for name in failed
    )
    return list(wanted) if len(wanted) <= MOST else []
