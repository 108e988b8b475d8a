"""Leases as Kea tells them, and the host program that counts them, without a host."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from keaprov.impact import Impact, Inquiry, compare, reported_impact
from tests.host.loading import HOST

Lease = dict[str, Any]


def program() -> Any:
    """Return files/host/impact.py as a module."""
    sys.path.insert(0, str(HOST))
    try:
        return importlib.import_module("impact")
    finally:
        sys.path.remove(str(HOST))
        for name in ("impact", "kea_socket", "paging"):
            sys.modules.pop(name, None)


PROGRAM = program()


def lease(address: str, subnet: int = 10, client: str = "", hw: str = "", **more: Any) -> Lease:
    """Return an active lease; without an identifier its client is named by the address."""
    tail = bytes(map(int, address.split("."))).hex(":")
    known = {"client-id": client} if client else {}
    return {
        "ip-address": address,
        "subnet-id": subnet,
        "hw-address": hw or f"02:00:{tail}",
        "state": 0,
        "cltt": 1000,
        "valid-lft": 0xFFFFFFFF,
        **known,
        **more,
    }


def counted(inquiry: Inquiry, leases: Iterable[Lease]) -> Impact:
    """Return what the host program counts."""
    change = PROGRAM.Change(inquiry.request("/socket"))
    for each in leases:
        change.take(each)
    report = {"unknown": "", "counts": change.counts, "clients": change.clients}
    return reported_impact(inquiry, "dhcp1", report)


def impact(running: Mapping[str, Any], wanted: Mapping[str, Any], *leases: Lease) -> Impact:
    """Return what a change touches of these leases."""
    return counted(compare(running, wanted), leases)
