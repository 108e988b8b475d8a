"""Which operating systems keaprov deploys to: Enterprise Linux, by os-release(5) and machine."""

from __future__ import annotations

from keaprov.ha.observed import Observed

FAMILY = ("rocky", "almalinux", "rhel", "ol", "centos")
"""ID of Rocky Linux, AlmaLinux, Red Hat Enterprise Linux, Oracle Linux and CentOS Stream."""
RELEASES = ("9", "10")
MACHINES = ("x86_64", "aarch64")
"""The machines that ISC builds its packages for."""
SUPPORTED = (
    "Rocky Linux, AlmaLinux, RHEL, Oracle Linux and CentOS Stream, releases 9 and 10, on x86_64 "
    "and aarch64"
)


def refusal(observed: Observed) -> str | None:
    """Return why keaprov does not deploy to this host, None if it does.

    A system that calls itself like RHEL (ID_LIKE) counts as one of the family.
    """
    like = observed.os_like.split()
    system = observed.os_name or observed.os_id or "an unknown system"
    known = observed.os_id in FAMILY or "rhel" in like
    if not known or release(observed) not in RELEASES:
        return f"this host runs {system}; keaprov deploys to {SUPPORTED}"
    if observed.machine not in MACHINES:
        machine = observed.machine or "an unknown machine"
        return f"this host runs {system} on {machine}; keaprov deploys to {SUPPORTED}"
    return None


def release(observed: Observed) -> str:
    """Return the major release (``9``): the vendor's packages lie below ``rpm/el/9``."""
    return observed.os_version.partition(".")[0]
