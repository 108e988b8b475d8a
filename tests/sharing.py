"""Two runs share the lab's tests: each file is run by whichever of them comes to it first.

A run that is given a directory (``--share``) claims a test file there before its first test, and
passes over the files that the other run has claimed. While a test marked ``alone`` runs, the other
run begins no test: such a test measures what clients notice in fractions of a second.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest


class Shared:
    """pytest's plugin of one of the runs."""

    def __init__(self, claims: Path) -> None:
        self._claims = claims
        self._mine: dict[str, bool] = {}
        self._gate, self._tests = (
            os.open(claims / name, os.O_CREAT | os.O_RDWR, 0o600) for name in (".gate", ".tests")
        )

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        """Pass over a test whose file belongs to the other run.

        pytest tears down, after each test that it runs, what the next test does not need: so that
        has to be done for a test that is passed over, too.
        """
        if self._is_mine(item):
            self._begin(alone=item.get_closest_marker("alone") is not None)
            return None
        item.session._setupstate.teardown_exact(nextitem)
        return True

    def pytest_runtest_logfinish(self) -> None:
        """Let the other run begin a test that runs alone."""
        fcntl.flock(self._tests, fcntl.LOCK_UN)

    def _begin(self, *, alone: bool) -> None:
        """Wait until the other run lets a test begin; whoever waits holds the gate."""
        fcntl.flock(self._gate, fcntl.LOCK_EX)
        fcntl.flock(self._tests, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(self._gate, fcntl.LOCK_UN)

    def _is_mine(self, item: pytest.Item) -> bool:
        name = item.nodeid.split("::")[0].replace("/", ":")
        if name not in self._mine:
            try:
                os.close(os.open(self._claims / name, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                self._mine[name] = False
            else:
                self._mine[name] = True
        return self._mine[name]
