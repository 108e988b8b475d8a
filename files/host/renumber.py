"""Give subnets of the running kea-dhcp4 another id, and their leases with them.

Kea has no command for this, so it takes three steps: the subnets are removed, added with their new
ids, and each of their leases is updated (``lease4-update``). In between a client would be refused
its address, so the DHCP service is disabled meanwhile: Kea drops what clients send, and they send
it again. Kea enables the service by itself after `LONGEST`, should this program be killed.

If Kea refuses a command, everything is changed back. The peer must not be in service: it would
reject the lease updates of ids that it does not know.

It runs on the host (Python >= 3.9, standard library only), as root.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import held
import kea_socket
import paging
import taking
from kea_socket import Refused

LONGEST = 60
"""Seconds after which Kea enables the DHCP service by itself."""
AT_ONCE = 4
"""Commands under way: one is written and read while Kea works on another."""
COPIED = ("ip-address", "client-id", "valid-lft", "fqdn-fwd", "fqdn-rev", "hostname", "state",
          "user-context", "pool-id")  # fmt: skip
"""What ``lease4-update`` takes over as it is; what it is not given, it resets."""


def updated(lease: paging.Lease, subnet: int) -> dict[str, Any]:
    """Return the command that gives a lease another subnet id, and leaves the rest as it is."""
    kept = {key: lease[key] for key in COPIED if key in lease}
    expire = lease["cltt"] + lease["valid-lft"]
    arguments = {
        **kept,
        "hw-address": lease.get("hw-address", ""),
        "subnet-id": subnet,
        "expire": expire,
    }
    return {"command": "lease4-update", "arguments": arguments}


def leases_of(path: str, request: dict[str, Any], side: str) -> list[paging.Lease]:
    """Return the leases of the subnets, as far as they have the ids of one side.

    A lease outside the prefix of its subnet was left behind by an earlier change: it stays as it
    is.
    """
    rows = sorted(request["subnets"], key=lambda row: row["range"][0])
    ids = {row[side] for row in rows}
    ranges = [row["range"] for row in rows]
    own = {row[side]: row["range"] for row in rows}
    return [
        lease
        for lease in paging.leases(path, ranges)
        if lease["subnet-id"] in ids and _within(lease, own[lease["subnet-id"]])
    ]


def _within(lease: paging.Lease, ends: list[int]) -> bool:
    return ends[0] <= paging.number(lease["ip-address"]) <= ends[1]


def disable(path: str) -> None:
    """Have Kea answer no client, for `LONGEST` at most."""
    arguments = {"max-period": LONGEST, "origin": "user"}
    kea_socket.ask(path, {"command": "dhcp-disable", "arguments": arguments})


@contextlib.contextmanager
def silent(path: str) -> Iterator[None]:
    """Have Kea answer no client meanwhile."""
    disable(path)
    try:
        yield
    finally:
        enable = {"command": "dhcp-enable", "arguments": {"origin": "user"}}
        with contextlib.suppress(Refused):  # Kea does it by itself later, and status says so
            kea_socket.ask(path, enable)


def exists(path: str, address: str) -> bool:
    """Return whether Kea still has the lease of an address: it removes ended leases."""
    answer = kea_socket.talk(path, {"command": "lease4-get", "arguments": {"ip-address": address}})
    return bool(answer.get("result") != kea_socket.EMPTY)


def carry(path: str, request: dict[str, Any], before: str, after: str) -> int:
    """Give the leases that have the ids of one side those of the other; return how many."""
    new = {row[before]: row[after] for row in request["subnets"]}
    leases = leases_of(path, request, before)

    def update(lease: paging.Lease) -> None:
        try:
            kea_socket.ask(path, updated(lease, new[lease["subnet-id"]]))
        except Refused:
            if exists(path, lease["ip-address"]):
                raise

    with ThreadPoolExecutor(AT_ONCE) as threads:
        for first in range(0, len(leases), paging.PAGE):
            disable(path)  # again: the time that Kea waits begins anew
            for _ in threads.map(update, leases[first : first + paging.PAGE]):
                pass  # the first refusal is raised when all of them have ended
    return len(leases)


def carry_back(path: str, request: dict[str, Any]) -> list[str]:
    """Undo the steps, and what was done to leases; return what could not be undone."""
    left = []
    for step in reversed(request["steps"]):
        left += taking.undo(path, step)
    try:
        carry(path, request, "new", "old")
    except Refused as refused:
        left.append(str(refused))
    return left


def renumber(path: str, request: dict[str, Any]) -> dict[str, Any]:
    """Take the steps, then carry the leases; change everything back if Kea refuses one."""
    refusal = taking.take(path, request["steps"])
    if refusal:
        return refusal
    try:
        number = carry(path, request, "old", "new")
    except Refused as refused:
        left = carry_back(path, request)
        return {"refused": str(refused), "undone": not left, "left": left}
    return {"refused": "", "leases": number}


def main(request: dict[str, Any]) -> dict[str, object]:
    """Give the subnets their new ids; report how many leases came along, and the silence in s."""
    path = request["socket"]
    with held.working(request.get("run")):
        try:
            number = len(leases_of(path, request, "old"))
            if number > request["most"]:
                words = f"{number} leases are more than {request['most']}"
                return {"refused": words, "undone": True, "left": []}
            began = time.monotonic()
            with silent(path):
                report = renumber(path, request)
        except Refused as refused:  # nothing was changed: dhcp-disable, or a page of leases
            return {"refused": str(refused), "undone": True, "left": []}
    return {**report, "silence": round(time.monotonic() - began, 3)}
