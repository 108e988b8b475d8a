"""Whether both servers of a pair have the same leases.

`counts` compares the number of leases in each subnet, which an observation brings along. `reading`
compares the leases themselves, in bounded memory; what a difference is, is defined in `leases`.
`by_subnet` names the subnets whose leases differ: it reads leases only where the counts differ.
"""

from __future__ import annotations

from keaprov.replication.by_subnet import Parted, leases_apart, parted, summary
from keaprov.replication.leases import Lease, LeaseDifference
from keaprov.replication.reading import differences, fresh

__all__ = [
    "Lease",
    "LeaseDifference",
    "Parted",
    "differences",
    "fresh",
    "leases_apart",
    "parted",
    "summary",
]
