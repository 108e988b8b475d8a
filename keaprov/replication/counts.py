"""The number of leases in each subnet of a server, by Kea's own statistics: pure."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from keaprov.control.api import answer
from keaprov.errors import Refused

STATISTICS = "stat-lease4-get"
"""Kea's command for the number of leases in each subnet (Kea ARM, libdhcp_stat_cmds.so)."""


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


def statistics_of(report: Mapping[str, Any]) -> Any:
    """Return the answer to `STATISTICS` in a report of files/host/observe.py that asked for it.

    It is {} if kea-dhcp4 is down, or runs without the hook. A report of another form raises what
    Python raises for it (`keaprov.control.decoding.expected`).
    """
    statistics: Any = {}
    with suppress(KeyError, Refused):
        statistics = answer(STATISTICS, report["kea"]["answers"][STATISTICS])
    counts(statistics)
    return statistics


def counts(statistics: Any) -> dict[int, Count]:
    """Return the counts by subnet id.

    `statistics` are the arguments of the answer to `STATISTICS`, for which Kea walks over the
    leases: a count includes expired leases that the server has not reclaimed yet.
    """
    table = statistics.get("result-set", {}) if isinstance(statistics, Mapping) else {}
    columns = table.get("columns", [])
    rows = (dict(zip(columns, cells, strict=False)) for cells in table.get("rows", []))
    return {
        int(row["subnet-id"]): Count(
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
