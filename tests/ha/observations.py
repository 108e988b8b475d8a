"""Build `Observed` values for tests: a healthy server, and what differs from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from keaprov.ha.observed import Chrony, Dnf, Firewalld, Observed, Running, Unit, Zone
from keaprov.ha.states import Ha, State

REVISION = "0123456789abcdef"
UP = Unit("active", enabled=True, pid=100, started=1000.0)
DOWN = Unit("inactive", enabled=False, pid=0, started=0.0)


def ha(
    state: State = State.HOT_STANDBY, peer: State = State.HOT_STANDBY, *, in_touch: bool = True
) -> Ha:
    """Return a relationship in these states."""
    return Ha(state, (), peer, in_touch=in_touch, interrupted=not in_touch)


def kea(revision: str | None = REVISION, relationship: Ha | None = None) -> Running:
    """Return a kea-dhcp4 that runs this revision; None: it does not answer."""
    if revision is None:
        return Running(None, None, None, "no such socket")
    return Running("3.0.3", revision, relationship or ha(), None)


def server(**changes: Any) -> Observed:
    """Return a healthy standby or primary on Rocky Linux 9, with these changes."""
    healthy = Observed(
        ahead=0.0,
        root=True,
        os_id="rocky",
        os_version="9.6",
        os_name="Rocky Linux 9.6",
        interfaces={"ens18": True},
        packages={"isc-kea-dhcp4": "3.0.3-isc1"},
        units=dict.fromkeys(("chronyd", "firewalld", "kea-ctrl-agent", "kea-dhcp4"), UP),
        files={},
        texts={},
        disk=dict.fromkeys(("/etc/kea", "/var/lib/kea", "/var/cache/dnf", "/usr"), 1 << 40),
        firewalld=Firewalld({}, Zone(), Zone(), {"ens18": "public"}, "public"),
        chrony=Chrony(synchronised=True, detail="Normal"),
        kea=kea(),
        dnf=Dnf((), None, None),
        key=(),
        listening=("tcp 10.60.1.67:8000", "tcp 10.60.1.67:8005"),
        updated_since_boot=(),
        os_like="rhel centos fedora",
        machine="x86_64",
        secret_exists=True,
        secret_equal=True,
        repository_equal=True,
    )
    return replace(healthy, **changes)
