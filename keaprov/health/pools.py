"""How full the subnets of a site are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from keaprov.model import Site
from keaprov.replication.counts import Count, counts


@dataclass(frozen=True, slots=True)
class Pools:
    """How full a subnet is; `known` is whether a server reports it.

    `total` is the number of addresses in its pools. A client with a reservation outside the pools
    counts as assigned too. A `declined` address is in use by a device that Kea did not give it to.
    """

    subnet: int
    prefix: str
    label: str
    assigned: int
    total: int
    known: bool
    declined: int = 0

    @property
    def words(self) -> str:
        """The leases, of how many addresses, in words."""
        if not self.known:
            return "no figures"
        declined = f", {self.declined} declined" if self.declined else ""
        return f"{self.assigned}/{self.total}{declined}"

    @property
    def used(self) -> int:
        """The addresses that no other client can get."""
        return self.assigned + self.declined


def pools_of(site: Site, statistics: Any) -> Iterator[Pools]:
    """Yield how full each subnet is; `statistics` are those of a server that serves."""
    reported = counts(statistics)
    for subnet in site.subnets:
        known = subnet["id"] in reported
        figures = reported.get(subnet["id"], Count())
        yield Pools(
            subnet["id"],
            subnet["subnet"],
            _label(subnet),
            figures.assigned,
            figures.total,
            known,
            figures.declined,
        )


def _label(subnet: Mapping[str, Any]) -> str:
    context = subnet.get("user-context") or {}
    return str(context.get("vlan") or context.get("comment") or subnet.get("comment") or "")
