"""Which prefix an address belongs to (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address

from keaprov.sync.model import Prefix


class Lookup:
    """The smallest prefix that has an address: one step for each length of a prefix."""

    def __init__(self, prefixes: Iterable[Prefix]) -> None:
        self._by_length: dict[int, dict[tuple[str, int], Prefix]] = {}
        for prefix in prefixes:
            networks = self._by_length.setdefault(prefix.network.prefixlen, {})
            networks[prefix.realm, int(prefix.network.network_address)] = prefix
        self._lengths = sorted(self._by_length, reverse=True)

    def of(self, realm: str, address: IPv4Address) -> Prefix | None:
        """Return the smallest prefix of a realm that has an address, None if there is none."""
        for length in self._lengths:
            start = int(address) >> (32 - length) << (32 - length)
            if prefix := self._by_length[length].get((realm, start)):
                return prefix
        return None
