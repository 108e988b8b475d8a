"""Whether both servers of a pair have the same leases.

`counts` compares the number of leases in each subnet, which is part of an observation. `reading`
compares the leases themselves, in bounded memory; `leases` defines what counts as a difference.
`by_subnet` returns the subnets whose leases differ: it reads leases only where the counts differ.
"""

from __future__ import annotations

from keaprov.replication.by_subnet import (
    SubnetDifference,
    difference_sentences,
    lasting_differences,
    subnet_differences,
    summary,
)
from keaprov.replication.leases import Lease, LeaseDifference
from keaprov.replication.reading import compare_leases, fresh_seconds

__all__ = [
    "Lease",
    "LeaseDifference",
    "SubnetDifference",
    "compare_leases",
    "difference_sentences",
    "fresh_seconds",
    "lasting_differences",
    "subnet_differences",
    "summary",
]
