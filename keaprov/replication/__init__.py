"""Whether both servers of a pair have the same leases.

`counts` compares the number of leases in each subnet, which an observation brings along. `reading`
compares the leases themselves, in bounded memory; what a difference is, is defined in `leases`.
`by_subnet` names the subnets whose leases differ: it reads leases only where the counts differ.
"""

from __future__ import annotations

from keaprov.replication.by_subnet import (
    SubnetDifference,
    differences_in_words,
    subnet_differences,
    summary,
)
from keaprov.replication.leases import Lease, LeaseDifference
from keaprov.replication.reading import differences, fresh

__all__ = [
    "Lease",
    "LeaseDifference",
    "SubnetDifference",
    "differences",
    "differences_in_words",
    "fresh",
    "subnet_differences",
    "summary",
]
