"""Clients that ask as long as a drill lasts, and how long they asked in vain."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import Any

from keaprov.errors import KeaprovError
from keaprov.model import Site
from keaprov.promise import broken, codes

ASK = 0.2
"""Seconds that a client waits for an offer, and until the next one asks."""
LEASE = 10.0
"""Seconds that a client waits for a lease."""
Probe = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Makes one exchange as a client, from somewhere: see `keaprov.probe.probe`."""


class NoLease(KeaprovError):  # noqa: N818 - what a client has then
    """A client did not get the lease that the site promises."""


class Clients:
    """Clients of a site that ask by `probe`, one exchange at a time: a relay has but one port."""

    def __init__(self, site: Site, probe: Probe) -> None:
        self._site = site
        self._probe = probe
        self._alone = threading.Lock()
        self._moments = [time.monotonic()]

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask as long as it lasts."""
        over = threading.Event()
        self._moments = [time.monotonic()]
        thread = threading.Thread(target=self._ask, args=(over,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self._moments.append(time.monotonic())

    @property
    def silence(self) -> float:
        """The longest time without an offer, in seconds."""
        return max((b - a for a, b in pairwise(self._moments)), default=0.0)

    def lease(self) -> str:
        """Take a lease and give it back; return its address and server, NoLease without."""
        found = self._exchange({"lease": True, "patience": LEASE, "codes": codes(self._site)})
        lease = found["lease"]
        if not lease or not lease["ack"]:
            raise NoLease("a client had no lease from the standby")
        wrong = [str(one) for one in broken(self._site, lease, found["mac"])]
        if wrong:
            raise NoLease(f"a client's lease is not as promised: {'; '.join(wrong)}")
        return f"{lease['address']} from {lease['server']}"

    def _ask(self, over: threading.Event) -> None:
        while not over.is_set():
            # a new client each time, as old as the silence: Kea counts those as unacked
            waited = int(time.monotonic() - self._moments[-1])
            with suppress(KeaprovError):  # a client host out of reach is silence, and shows as it
                self._exchange({"patience": ASK, "secs": waited})
            over.wait(ASK)

    def _exchange(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        with self._alone:
            found = self._probe({"gather": 0.0, **request})
        if found["offers"]:
            self._moments.append(time.monotonic())
        return found
