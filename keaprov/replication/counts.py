"""The number of leases in each subnet of a server, by Kea's own statistics: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Count:
    """Numbers of addresses in a subnet: assigned to clients, declined, and in its pools."""

    assigned: int = 0
    declined: int = 0
    total: int = 0

    @property
    def used(self) -> int:
        """The addresses that no other client can get."""
        return self.assigned + self.declined


def counts(statistics: Any) -> dict[int, Count]:
    """Return the counts by subnet id.

    `statistics` are the arguments of ``stat-lease4-get`` (Kea ARM, libdhcp_stat_cmds.so), which
    walks over the leases: a count includes expired leases that the server has not reclaimed yet.
    """
    table = statistics.get("result-set", {}) if isinstance(statistics, Mapping) else {}
    columns = table.get("columns", [])
    rows = (dict(zip(columns, cells, strict=False)) for cells in table.get("rows", []))
    return {
        row["subnet-id"]: Count(
            int(row.get("assigned-addresses", 0)),
            int(row.get("declined-addresses", 0)),
            int(row.get("total-addresses", 0)),
        )
        for row in rows
    }


def differing_counts(first: Mapping[int, Count], second: Mapping[int, Count]) -> tuple[int, ...]:
    """Return the ids of the subnets whose counts differ, of those that both servers have."""
    return tuple(
        subnet
        for subnet in sorted(first.keys() & second.keys())
        if (first[subnet].assigned, first[subnet].declined)
        != (second[subnet].assigned, second[subnet].declined)
    )
