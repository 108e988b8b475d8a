"""Subnets that get another id: how their leases come along, or why they cannot.

A lease belongs to a subnet by the subnet's id. So a subnet with another id has no leases, and its
clients get other addresses, unless each lease gets the new id too. Kea's commands do that on a
running server (files/host/renumber.py). A server that starts does it by itself if its
``sanity-checks`` say ``lease-checks: fix`` (Kea ARM, "Sanity Checks in DHCPv4").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from keaprov.model import Json
from keaprov.model.names import LEASE_CMDS, LIVE_CMDS
from keaprov.paths import base_name

MOST = 10_000
"""Leases that come along: Kea updates some thousand in a second, and answers no client meanwhile.
[measured, Kea 3.0.3]"""
NumberOf = Callable[[int, IPv4Network], int | None]
FIXING = ("fix", "fix-del")
"""The values of ``lease-checks`` that give a lease the id of the subnet that its address is in."""


@dataclass(frozen=True, slots=True)
class Renumbering:
    """The subnets of a running configuration that get another id, by the old one.

    `prefixes` has the prefix of each. `obstacle` says why their leases cannot come along, "" if
    they can.
    """

    ids: Mapping[int, int]
    prefixes: Mapping[int, IPv4Network]
    obstacle: str = ""

    @property
    def words(self) -> str:
        """The change in words."""
        changes = (
            f"subnet {old} ({self.prefixes[old]}) gets the id {new}"
            for old, new in self.ids.items()
        )
        return ", ".join(changes)


def renumbering(running: Json, wanted: Json) -> Renumbering | None:
    """Return the subnets of `running` that have another id in `wanted`, None if there are none."""
    new = {prefix: number for number, prefix in _subnets(wanted)}
    old = {number: prefix for number, prefix in _subnets(running) if prefix in new}
    ids = {number: new[prefix] for number, prefix in old.items() if new[prefix] != number}
    if not ids:
        return None
    prefixes = {number: old[number] for number in ids}
    return Renumbering(ids, prefixes, next(_obstacles(running, wanted), ""))


def renumbered(running: Json, wanted: Json) -> dict[str, Any]:
    """Return `running` with the ids that its subnets have in `wanted`, and without the others."""
    new = {prefix: number for number, prefix in _subnets(wanted)}
    gone = removed(running, wanted)

    def number_of(number: int, prefix: IPv4Network) -> int | None:
        return new.get(prefix, None if number in gone else number)

    return _with_subnets(running, number_of)


def with_ids(body: Json, ids: Mapping[int, int]) -> dict[str, Any]:
    """Return a configuration in which subnets have other ids, by the ids that they have."""
    return _with_subnets(body, lambda number, _: ids.get(number, number))


def removed(running: Json, wanted: Json) -> tuple[int, ...]:
    """Return the ids of the subnets that run, and none of whose addresses is wanted with that id.

    A subnet whose prefix is wanted with another id is not among them.
    """
    kept, by_id = {prefix for _, prefix in _subnets(wanted)}, dict(_subnets(wanted))
    gone = (
        number
        for number, prefix in _subnets(running)
        if prefix not in kept and not (number in by_id and by_id[number].overlaps(prefix))
    )
    return tuple(sorted(gone))


def cut(running: Json, wanted: Json) -> tuple[int, ...]:
    """Return the ids of the subnets that get a prefix without some addresses that they give."""
    by_id = dict(_subnets(wanted))
    return tuple(
        sorted(
            number
            for number, subnet in _by_id(running)
            if number in by_id
            and by_id[number].overlaps(_named(subnet)[1])
            and any(address not in by_id[number] for address in _ends(subnet))
        )
    )


def _ends(subnet: Json) -> Iterator[IPv4Address]:
    """Yield the first and last address of each pool of a subnet, and its reserved addresses."""
    for pool in subnet.get("pools") or ():
        first, dash, last = str(pool["pool"]).partition("-")
        if dash:
            yield from (IPv4Address(first.strip()), IPv4Address(last.strip()))
        else:
            prefix = IPv4Network(first.strip(), strict=False)
            yield from (prefix[0], prefix[-1])
    for reservation in subnet.get("reservations") or ():
        if reservation.get("ip-address"):
            yield IPv4Address(reservation["ip-address"])


def commanded(body: Json) -> bool:
    """Whether a server with this configuration takes commands for subnets and leases."""
    hooks = body.get("hooks-libraries") or ()
    loaded = {base_name(hook.get("library", "")) for hook in hooks}
    return loaded.issuperset((LEASE_CMDS, *LIVE_CMDS))


def _with_subnets(
    body: Json, number_of: Callable[[int, IPv4Network], int | None]
) -> dict[str, Any]:
    """Return a configuration with another id for each subnet, None to leave it out."""

    def made(scope: Json) -> dict[str, Any]:
        if "subnet4" not in scope:
            return dict(scope)
        numbers = ((subnet, number_of(*_named(subnet))) for subnet in scope["subnet4"] or ())
        subnets = [{**subnet, "id": number} for subnet, number in numbers if number is not None]
        return {**scope, "subnet4": subnets}

    whole = made(body)
    if "shared-networks" in whole:
        whole["shared-networks"] = [made(network) for network in whole["shared-networks"] or ()]
    return whole


def _named(subnet: Json) -> tuple[int, IPv4Network]:
    return subnet["id"], IPv4Network(subnet["subnet"], strict=False)


def _by_id(body: Json) -> Iterator[tuple[int, Json]]:
    networks = body.get("shared-networks") or ()
    for scope in (body, *networks):
        for subnet in scope.get("subnet4") or ():
            yield subnet["id"], subnet


def _subnets(body: Json) -> Iterator[tuple[int, IPv4Network]]:
    for _, subnet in _by_id(body):
        yield _named(subnet)


def _obstacles(running: Json, wanted: Json) -> Iterator[str]:
    """Yield why leases cannot come along."""
    if not commanded(running):
        yield "kea-dhcp4 runs without the hooks for Kea's commands (live: true loads them)"
    for body in (running, wanted):
        kind = (body.get("lease-database") or {}).get("type", "memfile")
        if kind != "memfile":
            yield f"the leases are in a database ({kind})"
    checks = (wanted.get("sanity-checks") or {}).get("lease-checks", "warn")
    if checks not in FIXING:
        yield (
            f"sanity-checks say lease-checks: {checks}. With fix a server gives its leases the new "
            "id when it starts"
        )
