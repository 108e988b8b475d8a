"""The leases of a server, page by page, and which of them the pair lost during a drill."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from keaprov import paths
from keaprov.channel import Channel
from keaprov.control import Api, Socket
from keaprov.errors import KeaprovError
from keaprov.replication.leases import ACTIVE, INFINITE

PAGE = 10_000
"""Leases in one program call: about 3 MB."""
MOST = 200_000
"""The most leases that a drill compares; more take minutes, and Kea's time."""


class Uncompared(KeaprovError):  # noqa: N818 - no error: the drill goes on
    """The leases cannot be compared; the message says why."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease: Kea's state of it, and when it expires, in seconds since the epoch."""

    state: int
    expires: float


Table = Mapping[str, Lease]
"""A server's leases by address."""


def check_number(number: int) -> None:
    """Raise Uncompared if there are too many leases to compare."""
    if number > MOST:
        raise Uncompared(f"too many leases to compare: {number}")


def read_leases(channel: Channel, proceed: Callable[[], object]) -> Table:
    """Return every lease that a server keeps.

    It reads page by page: while Kea returns the whole table, it does not answer clients (Kea ARM,
    lease4-get-all). `proceed` is called before each page and may raise to end the reading. Raises
    Uncompared if there are more than `MOST`.
    """
    leases: dict[str, Lease] = {}
    last = "start"
    while True:
        proceed()
        page = _page(channel, last)
        leases |= {str(entry["ip-address"]): _lease(entry) for entry in page}
        check_number(len(leases))
        if len(page) < PAGE:
            return leases
        last = page[-1]["ip-address"]


def _page(channel: Channel, last: str) -> list[dict[str, Any]]:
    """Return the leases that follow an address."""
    kea = Api(Socket(channel, paths.CONTROL_SOCKET))
    reply = kea.ask("lease4-get-page", limit=PAGE, **{"from": last})
    page: list[dict[str, Any]] = reply.get("leases", [])
    return page


def _lease(entry: Mapping[str, Any]) -> Lease:
    lifetime = entry["valid-lft"]
    expires = float("inf") if lifetime == INFINITE else float(entry["cltt"] + lifetime)
    return Lease(int(entry["state"]), expires)


def lost(
    before: Mapping[str, Table], after: Mapping[str, Table], keeper: str, now: float
) -> set[str]:
    """Return the addresses whose lease a server has lost; tables are by server name.

    A lease that a client released, or that expired, is not lost. With ``hold-reclaimed-time: 0``
    Kea deletes such a lease, and its peer does too if it is reachable; otherwise the lease stays in
    the table, in another state. `keeper` is a server whose kea-dhcp4 ran all the time, "" if there
    is none: a lease that is missing there has ended. Without a keeper, a lease that is missing on
    both servers has ended.
    """
    return {
        address
        for entries in before.values()
        for address, lease in entries.items()
        if lease.state == ACTIVE and _lost(address, lease, before, after, keeper, now)
    }


def _lost(
    address: str,
    lease: Lease,
    before: Mapping[str, Table],
    after: Mapping[str, Table],
    keeper: str,
    now: float,
) -> bool:
    had = [name for name in after if address in before[name]]
    missing = [name for name in had if address not in after[name]]
    remaining = [after[name][address] for name in after if address in after[name]]
    if not missing or keeper in missing:
        return False
    if remaining:
        return any(entry.state == ACTIVE and entry.expires > now for entry in remaining)
    return len(had) == 1 and lease.expires > now
