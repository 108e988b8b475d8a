"""The table of faults: what was injected, the result, the longest silence of a client.

A test that injects a fault is marked ``@pytest.mark.fault(WHAT, OUTCOME)``; `asking` measures the
silence. The table is printed at the end of the run (tests/conftest.py) and kept in
docs/rollout.md.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from keaprov.dhcp_client import ExchangeError, exchange
from tests.lab import lab
from tests.lab.load import Measured

ROWS: list[tuple[str, str, str]] = []
LOADED: list[tuple[str, Measured]] = []


MAC = "02:6b:65:61:00:01"
PAUSE = 0.1
"""Seconds between two questions of the client."""
PATIENCE = 2.0
"""Seconds that the client waits for an answer before it asks again."""


class Asking(threading.Thread):
    """A client that takes its lease and gives it back, again and again, by keaprov's own probe.

    `longest` is the longest time between two ACKs, in seconds.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.longest = 0.0

    def run(self) -> None:
        last = time.monotonic()
        with lab.in_space("voice"):
            while not self.over.is_set():
                if self._asks(int(time.monotonic() - last)):
                    now = time.monotonic()
                    self.longest, last = max(self.longest, now - last), now
                self.over.wait(PAUSE)
        self.longest = max(self.longest, time.monotonic() - last)

    def _asks(self, waited: int) -> bool:
        """Take a lease and give it back; `waited` is how long the client asks already."""
        request = {"interface": "eth0", "mac": MAC, "lease": True, "gather": 0.0}
        try:
            answer = exchange({**request, "patience": PATIENCE, "secs": waited})
        except ExchangeError:
            return False
        return bool(answer["lease"] and answer["lease"]["ack"])


_longest: list[float] = []


@contextmanager
def asking(most: float) -> Iterator[Asking]:
    """Hold that a client is never without an answer for longer than `most` seconds."""
    client = Asking()
    client.start()
    try:
        yield client
    finally:
        client.over.set()
        client.join()
    _longest.append(client.longest)
    assert client.longest < most


def begin() -> None:
    """Forget the silence of the test before."""
    _longest.clear()


def end(item: pytest.Item) -> None:
    """Take a passed test's row into the table."""
    mark = item.get_closest_marker("fault")
    if mark is None:
        return
    what, outcome = mark.args
    variant = item.callspec.id if hasattr(item, "callspec") else ""
    silence = f"{max(_longest):.1f} s" if _longest else ""
    ROWS.append((what.format(variant), outcome, silence))


def under(what: str, measured: Measured) -> None:
    """Take what clients noticed of a roll-out under load into its table."""
    LOADED.append((what, measured))


def loaded() -> list[str]:
    """Return the table of roll-outs under load, as Markdown."""
    words = "roll-out", "DISCOVERs", "unanswered", "longest silence", "REQUESTs lost"
    head = " | ".join((*words, "NAKs", "duplicate leases", "leases lost"))
    return [f"| {head} |", "|---|---|---|---|---|---|---|---|"] + [
        f"| {what} | {measured.discovers} | {measured.unanswered} | {measured.silence:.1f} s "
        f"| {measured.requests_lost} | {measured.naks} | {measured.duplicates} | {measured.lost} |"
        for what, measured in LOADED
    ]


def table() -> list[str]:
    """Return the table, as Markdown."""
    return ["| fault | outcome | longest silence |", "|---|---|---|"] + [
        f"| {' | '.join(row)} |" for row in ROWS
    ]
