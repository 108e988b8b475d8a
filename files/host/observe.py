"""Observe one server and report everything the deploy decides from.

Changes nothing; dnf keeps its cache, and known_updates.py what dnf said. It runs on the host
(Python >= 3.9, standard library only), as root. `main` takes the request and returns the report:
all of it, or the parts that are named. They are observed side by side, the slow question (dnf) too.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import look_system
import look_units
import reading

HANDOVER = "/run/keaprov-handover.json"
"""What handover.py writes while this server serves for its primary."""


# what a part needs is imported in it, so that a part that is not asked for costs nothing


def dnf(wanted: Any) -> Callable[[], object]:
    """Return the observation of dnf; ask who holds its lock now, before our own rpm does."""
    import look_dnf

    holder = look_dnf.holder()
    return lambda: look_dnf.dnf(wanted, holder)


def firewall(request: dict[str, Any]) -> object:
    """Observe firewalld."""
    import look_firewall

    return look_firewall.firewall(request["zone"], request["interfaces"])


def kea(request: dict[str, Any]) -> object:
    """Observe kea-dhcp4."""
    import look_kea

    return look_kea.kea(request)


def addresses(request: dict[str, Any]) -> object:
    """Observe the host's own addresses."""
    import look_network

    return look_network.addresses(request["addresses"])


def certificates(request: dict[str, Any]) -> object:
    """Observe the certificates."""
    import look_certificates

    return look_certificates.certificates(request["certificates"])


def signs(request: dict[str, Any]) -> object:
    """Look for early signs of trouble."""
    import look_signs

    return look_signs.signs(request["signs"])


def advisories() -> object:
    """Ask dnf for the advisories about installed packages."""
    import look_advisories

    return look_advisories.advisories()


def work() -> object:
    """Return whether a changing program is at work."""
    import held

    return held.busy(held.WORK)


def side_by_side(looks: dict[str, Callable[[], object]]) -> dict[str, object]:
    """Return what each look returned; raise what one raised."""
    report: dict[str, object] = {}
    failed: list[Exception] = []

    def look(name: str) -> None:
        try:
            report[name] = looks[name]()
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=look, args=(name,)) for name in looks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return report


def main(request: dict[str, Any]) -> dict[str, object]:
    """Return the report: a part by each name, and the clock."""
    interfaces = {name for _, name in socket.if_nameindex()}
    looks: dict[str, Callable[[], object]] = {
        "firewall": lambda: firewall(request),
        "packages": lambda: look_system.packages(request["packages"]),
        "updated_since_boot": look_system.updated_since_boot,
        "units": lambda: look_units.units(request["units"]),
        "kea": lambda: kea(request),
        "chrony": look_system.chrony,
        "key": lambda: look_system.fingerprints(request["key"]),
        "listening": look_system.listening,
        "user": os.geteuid,
        "os": look_system.operating_system,
        "interfaces": lambda: {name: name in interfaces for name in request["interfaces"]},
        "files": lambda: {path: look_system.file(path) for path in request["files"]},
        "texts": lambda: look_system.texts(request["texts"]),
        "disk": lambda: look_system.free_bytes(request["disk"]),
        "read_only": lambda: look_system.read_only(request["disk"]),
        "secret": lambda: look_system.secret(request["secret"]) if request["secret"] else None,
        "repository": lambda: look_system.same(request["repository"]),
        "lease_bytes": look_system.lease_bytes,
        "foreign_leases": lambda: look_system.foreign_leases(request["signs"]["leases"]),
        "handover": lambda: reading.mapping(HANDOVER) or None,
        "work": work,
        "addresses": lambda: addresses(request),
        "certificates": lambda: certificates(request),
    }
    parts = request["parts"] or ["dnf", *looks]
    if "dnf" in parts:
        looks["dnf"] = dnf(request["dnf"])
    looks["signs"] = lambda: signs(request)  # this and the next for those who name it
    looks["advisories"] = advisories
    report = side_by_side({name: looks[name] for name in parts})
    report["clock"] = time.time()
    return report
