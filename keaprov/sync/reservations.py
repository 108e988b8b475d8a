"""The table of reservations that `keaprov sync` writes, and those that a person wrote (pure)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from keaprov.source.changes import Change, Put
from keaprov.sync import values
from keaprov.sync.model import Reservation, Truth
from keaprov.sync.place import DHCP4

TABLE = "sync-reservations.csv"
"""The table's file, beside the site file: `keaprov sync` writes all of it."""
COLUMNS = ("subnet-id", "hw-address", "ip-address", "hostname")
Rows = dict[tuple[str, str], tuple[str, str]]
"""Address and host name by the subnet's id and the MAC address."""


def rows(truth: Truth, ids: Mapping[str, int]) -> Rows:
    """Return the rows that the sources want; `ids` are Kea's ids by the key of a subnet's origin.

    A subnet without an id has no rows.
    """
    return {
        (str(ids[subnet.prefix.origin.key]), host.mac): (str(host.address), host.hostname)
        for subnet in truth.subnets
        if subnet.prefix.origin.key in ids
        for host in subnet.reservations
    }


def text(wanted: Rows) -> str:
    """Return the text of the table."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((id_, mac, *rest) for (id_, mac), rest in wanted.items())
    return out.getvalue()


def parsed(text: str) -> Rows:
    """Return the rows of a table that `text` made."""
    reader = csv.DictReader(io.StringIO(text))
    return {
        (row.get("subnet-id") or "", row.get("hw-address") or ""): (
            row.get("ip-address") or "",
            row.get("hostname") or "",
        )
        for row in reader
    }


def differences(old: Rows, new: Rows) -> dict[str, tuple[int, int, int]]:
    """Return how many reservations are new, changed and gone, by subnet id, if any is."""
    counts: dict[str, tuple[int, int, int]] = {}
    for key in (*new, *(key for key in old if key not in new)):
        kind = 0 if key not in old else 2 if key not in new else 1
        if kind != 1 or old[key] != new[key]:
            before = counts.get(key[0], (0, 0, 0))
            counts[key[0]] = (
                before[0] + (kind == 0),
                before[1] + (kind == 1),
                before[2] + (kind == 2),
            )
    return counts


def reference(dhcp4: Any, wanted: Rows) -> tuple[list[Change], list[str]]:
    """Return the change that names the table in ``dhcp4``, or why it cannot be named there."""
    there = values.inner(dhcp4, "reservations")
    if there == {"csv": TABLE} or (not wanted and there is None):
        return [], []
    if there is None or there == []:
        return [Put((*DHCP4, "reservations"), {"csv": TABLE})], []
    hint = f"move its reservations into the subnets, so that it can be {{csv: {TABLE}}}"
    return [], [f"dhcp4.reservations is written by hand: {hint}"]


def by_hand(dhcp4: Any, truth: Truth, ids: Mapping[str, int]) -> Iterator[str]:
    """Yield the reservations of a source whose client or address has one in the site already.

    `dhcp4` is in Kea's own forms, without the table.
    """
    scopes = [dhcp4, *(values.inner(dhcp4, "shared-networks") or ())]
    there = {
        subnet.get("id"): subnet.get("reservations") or ()
        for scope in scopes
        for subnet in scope.get("subnet4") or ()
    }
    for subnet in truth.subnets:
        written = there.get(ids.get(subnet.prefix.origin.key), ())
        macs = {str(row.get("hw-address", "")).lower() for row in written}
        addresses = {row.get("ip-address") for row in written}
        for host in subnet.reservations:
            if host.mac in macs or str(host.address) in addresses:
                yield _already(host)


def _already(host: Reservation) -> str:
    return (
        f"{host.origin}: {host.address} or {host.mac} has a reservation in the site already; "
        "delete it there"
    )
