"""Lease times of dhcpd as Kea's: the time that a client gets, and its limits (dhcpd.conf(5))."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

INFINITE = 0xFFFFFFFF
WORDS = {
    "default-lease-time": "default",
    "min-lease-time": "least",
    "max-lease-time": "most",
}
"""dhcpd's statements by the field of `Lifetime`."""


@dataclass(frozen=True)
class Lifetime:
    """Lease times in seconds as dhcpd has them in a scope; its defaults are 12 h, 5 min, 1 day."""

    default: int = 43200
    least: int | None = None
    most: int = 86400

    def changed(self, statements: dict[str, int]) -> Lifetime:
        """Return the lease times of a scope inside, with the values of its own statements."""
        return replace(self, **{WORDS[word]: seconds for word, seconds in statements.items()})

    def keys(self) -> dict[str, Any]:
        """Return Kea's keys: what dhcpd gives a client that asks for no time, least and most.

        dhcpd cuts a time to the most first, then lengthens it to the least (server/dhcp.c).
        """
        least = min(300, self.most) if self.least is None else self.least
        most = max(self.most, least)
        return {
            "valid-lifetime": max(least, min(self.default, most)),
            "min-valid-lifetime": least,
            "max-valid-lifetime": most,
        }
