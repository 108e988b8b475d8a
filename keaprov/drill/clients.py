"""Clients that ask all the time during a drill, and how long they get no answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import Any

from keaprov.errors import KeaprovError
from keaprov.model import Server, Site
from keaprov.promise import broken_promises, option_codes

ASK = 0.2
"""Seconds for which a client waits for an offer, and after which the next client asks."""
TRY = 2.0
"""Seconds for which a client waits for a lease before another client tries."""
LEASE = 10.0
"""Seconds for any client to get a lease."""
NOTHING = "no server offered one"
Exchange = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""Makes one exchange as a client, on this machine or a host: see `keaprov.dhcp_client.exchange`."""


class NoLease(KeaprovError):  # noqa: N818 - the state that it names
    """No client got the lease that the site promises."""


class Clients:
    """Clients of a site that ask by `probe`, one exchange at a time: a relay has but one port."""

    def __init__(self, site: Site, exchange: Exchange) -> None:
        self._site = site
        self._make_exchange = exchange
        self._alone = threading.Lock()
        self._offers = [time.monotonic()]

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask until the block ends."""
        over = threading.Event()
        self._offers = [time.monotonic()]
        thread = threading.Thread(target=self._ask, args=(over,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self._offers.append(time.monotonic())

    @property
    def silence(self) -> float:
        """The longest time without an offer, in seconds."""
        return max((after - before for before, after in pairwise(self._offers)), default=0.0)

    def lease(self, server: Server, proceed: Callable[[], object]) -> str:
        """Let a client take a lease from a server and release it; return the lease in words.

        `proceed` is called before each attempt and may raise to end it. Raises NoLease.
        """
        deadline, reason = time.monotonic() + LEASE, NOTHING
        codes = option_codes(self._site)
        while time.monotonic() < deadline:
            proceed()
            answers = self._ask_once({"lease": True, "patience": TRY, "codes": codes})
            lease = answers["lease"]
            if lease and lease["ack"] and lease["server"] in server.identifiers:
                broken = broken_promises(self._site, lease, answers["mac"])
                wrong = [str(promise) for promise in broken]
                if wrong:
                    raise NoLease(f"a client's lease is not as promised: {'; '.join(wrong)}")
                return f"{lease['address']} from {lease['server']}"
            reason = _reason(answers)
        raise NoLease(
            f"no client got a lease from {server.name} within {LEASE:.0f} s: {reason}. "
            f"Read the log of {server.name} (journalctl -u kea-dhcp4), and try keaprov probe"
        )

    def _ask(self, over: threading.Event) -> None:
        while not over.is_set():
            # a new client each time, which has asked since the last offer: Kea counts it as unacked
            waited = int(time.monotonic() - self._offers[-1])
            with suppress(KeaprovError):  # an unreachable client host counts as silence
                self._ask_once({"patience": ASK, "secs": waited})
            over.wait(ASK)

    def _ask_once(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        with self._alone:
            answers = self._make_exchange({"gather": 0.0, **request})
        if answers["offers"]:
            self._offers.append(time.monotonic())
        return answers


def _reason(answers: Mapping[str, Any]) -> str:
    """Return why an exchange did not end in a lease of the right server."""
    lease, offers = answers["lease"], answers["offers"]
    if lease and lease["ack"]:
        return f"{lease['server']} gave the lease"
    if lease:
        return f"{lease['server']} refused it ({lease['message'] or 'without a reason'})"
    if offers:
        return f"{offers[0]['server']} offered one and did not acknowledge it"
    return NOTHING
