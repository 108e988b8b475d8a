"""For any two configurations and any leases: what is not accepted never costs an address.

An oracle, written from Kea's allocation engine apart from `keaprov.impact`, says whether a client
keeps its address at renewal (alloc_engine.cc: findClientLease, requestLease4).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import chain
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keaprov.impact import Acceptance, compare, refusals
from tests.impact.leases import PROGRAM, Lease, counted, lease

Body = dict[str, Any]
PREFIXES = ("10.0.0.0/28", "10.0.0.16/28", "10.0.0.0/27", "10.0.0.32/28", "10.0.0.48/28")
CLIENTS = [f"02:00:00:00:00:{n:02x}" for n in range(6)]
IDS = ("01:aa", "ff:00:00:00:01:0a:0b", "")
RELAYS = ("10.0.0.3", "10.0.0.20", "192.0.2.1")


def disjoint(subnets: list[Body]) -> bool:
    networks = [IPv4Network(entry["subnet"]) for entry in subnets]
    return not any(a.overlaps(b) for n, a in enumerate(networks) for b in networks[:n])


@st.composite
def subnet(draw: st.DrawFn, number: int) -> Body:
    prefix = IPv4Network(draw(st.sampled_from(PREFIXES)))
    edges = sorted(draw(st.sets(st.integers(0, prefix.num_addresses - 1), max_size=4)))
    ranges = [*zip(edges[::2], edges[1::2], strict=False)]
    pools = [{"pool": f"{prefix[first]} - {prefix[last]}"} for first, last in ranges]
    hosts: list[Body] = []
    for client in draw(st.sets(st.sampled_from([*CLIENTS[:4], "duid", "client-id"]), max_size=3)):
        key = {"duid": ("duid", "0a:0b"), "client-id": ("client-id", "01:aa")}
        kind, value = key.get(client, ("hw-address", client))
        at = draw(st.integers(0, prefix.num_addresses - 1))
        if all(host["ip-address"] != str(prefix[at]) for host in hosts):
            hosts.append({kind: value, "ip-address": str(prefix[at])})
    made: Body = {"id": number, "subnet": str(prefix), "pools": pools, "reservations": hosts}
    if draw(st.booleans()) and draw(st.booleans()):
        made["relay"] = {"ip-addresses": [draw(st.sampled_from(RELAYS))]}
    if draw(st.integers(0, 5)) == 0:
        made["reservations-out-of-pool"] = True
    if draw(st.integers(0, 5)) == 0:
        made["reservations-global"] = True
    if draw(st.integers(0, 5)) == 0:
        made["reservations-in-subnet"] = False
    return made


@st.composite
def body(draw: st.DrawFn) -> Body:
    numbers = draw(st.sets(st.integers(1, 3), max_size=3))
    subnets: list[Body] = []
    for number in sorted(numbers):
        each = draw(subnet(number))
        if disjoint([*subnets, each]):
            subnets.append(each)
    made: Body = {"subnet4": subnets}
    if draw(st.booleans()):
        inside = [entry for entry in subnets if draw(st.integers(0, 3))]
        outside = [entry for entry in subnets if entry not in inside]
        made = {"subnet4": outside, "shared-networks": [{"name": "n", "subnet4": inside}]}
    if draw(st.booleans()):
        address = draw(st.sampled_from(["10.0.0.5", "10.0.0.18"]))
        made["reservations"] = [{"hw-address": CLIENTS[0], "ip-address": address}]
    if draw(st.integers(0, 5)) == 0:
        made["host-reservation-identifiers"] = ["client-id", "hw-address"]
    return made


@st.composite
def populated(draw: st.DrawFn) -> tuple[Body, list[Lease]]:
    """Return a configuration, and leases: most in its subnets, some left behind."""
    configuration = draw(body())
    made: dict[str, Lease] = {}
    subnets = Kea(configuration).subnets
    for hw in CLIENTS:
        if draw(st.integers(0, 4)) and subnets:
            home: Body = draw(st.sampled_from(subnets))
            number, prefix = int(home["id"]), IPv4Network(home["subnet"])
        else:
            number, prefix = int(draw(st.integers(1, 3))), IPv4Network("10.0.0.0/26")
        address = str(prefix[draw(st.integers(0, prefix.num_addresses - 1))])
        client = draw(st.sampled_from(IDS)) if hw == CLIENTS[1] else ""
        made[address] = lease(address, number, client, hw)
    for home in subnets:
        for host in home["reservations"]:
            if "hw-address" in host and draw(st.booleans()):
                held = lease(host["ip-address"], home["id"], hw=host["hw-address"])
                made[host["ip-address"]] = held
    return configuration, [*made.values()]


class Kea:
    """What a kea-dhcp4 with a configuration does at renewal."""

    def __init__(self, configuration: Body) -> None:
        self.body = configuration
        self.networks: list[list[Body]] = [[entry] for entry in configuration.get("subnet4", [])]
        for network in configuration.get("shared-networks", []):
            self.networks.append(network["subnet4"])
        self.subnets = [*chain(*self.networks)]

    def network_of(self, number: int) -> list[Body]:
        return next((n for n in self.networks if any(s["id"] == number for s in n)), [])

    def selected(self, relay: str) -> list[Body]:
        """Return the shared network that a relay's packet is for (CfgSubnets4::selectSubnet)."""
        for entry in self.subnets:
            if relay in entry.get("relay", {}).get("ip-addresses", ()):
                return self.network_of(entry["id"])
        for entry in self.subnets:
            if IPv4Address(relay) in IPv4Network(entry["subnet"]):
                return self.network_of(entry["id"])
        return []

    def relays(self, number: int) -> Iterator[str]:
        """Yield every relay's address that a client of a subnet may come through."""
        for relay in (*RELAYS, *(str(IPv4Address("10.0.0.0") + n) for n in range(64))):
            if any(entry["id"] == number for entry in self.selected(relay)):
                yield relay

    def host(self, hosts: list[Body], held: Lease) -> str:
        """Return the address that is reserved for a client, "" for none."""
        known = PROGRAM.identifiers(held)
        usual = ["hw-address", "duid", "circuit-id", "client-id"]
        for kind in self.body.get("host-reservation-identifiers", usual):
            for entry in hosts:
                if kind in entry and known.get(kind) == entry[kind].replace(":", ""):
                    return str(entry["ip-address"])
        return ""

    def counts(self, entry: Body, address: str) -> bool:
        if not entry.get("reservations-in-subnet", True):
            return False
        return not (entry.get("reservations-out-of-pool") and in_pool(entry, address))

    def reserved(self, network: list[Body], first: Body, held: Lease) -> str:
        """Return what hasAddressReservation finds."""
        at_large = self.host(self.body.get("reservations", []), held)
        ids = sorted(entry["id"] for entry in network)
        order = sorted(ids, key=lambda number: (number < first["id"], number))
        for number in order:
            (entry,) = (each for each in network if each["id"] == number)
            inside = at_large and IPv4Address(at_large) in IPv4Network(entry["subnet"])
            if entry.get("reservations-global") and inside:
                return at_large
            own = self.host(entry["reservations"], held)
            if own and self.counts(entry, own):
                return own
        return ""

    def keeps(self, held: Lease, relay: str) -> bool:
        """Whether a client gets its address again."""
        network = self.selected(relay)
        subnet = next((entry for entry in network if entry["id"] == held["subnet-id"]), None)
        if subnet is None:
            return False
        address = held["ip-address"]
        holders = [entry for entry in subnet["reservations"] if entry["ip-address"] == address]
        mine = bool(self.host(holders, held))
        if holders and self.counts(subnet, address) and not mine:
            return False
        reserved = self.reserved(network, subnet, held)
        if reserved:
            return bool(reserved == address)
        return any(in_pool(entry, address) for entry in network)


def in_pool(entry: Body, address: str) -> bool:
    for pool in entry["pools"]:
        first, last = (IPv4Address(end) for end in pool["pool"].split(" - "))
        if first <= IPv4Address(address) <= last:
            return True
    return False


@pytest.mark.slow
@settings(max_examples=400)
@given(populated(), body())
def test_whoever_loses_an_address_is_counted(running: tuple[Body, list[Lease]], new: Body) -> None:
    old, leases = running
    before, after, inquiry = Kea(old), Kea(new), compare(old, new)
    for held in leases:
        impact = counted(inquiry, [held])
        assert impact.lost in (0, 1), "each lease counts once"
        relays = [relay for relay in before.relays(held["subnet-id"]) if before.keeps(held, relay)]
        loses = [relay for relay in relays if not after.keeps(held, relay)]
        if loses:
            assert impact.lost == 1, (held, loses)
        costs = [entry for entry in impact.answers if entry.count and entry.question.kind.costs]
        if costs and costs[0].question.kind.certain and at_home(old, held):
            relays = [*after.relays(held["subnet-id"])]
            assert not any(after.keeps(held, relay) for relay in relays), costs


def at_home(configuration: Body, held: Lease) -> bool:
    """Whether a lease is of its own subnet, not of another one in the same shared network."""
    subnets = Kea(configuration).subnets
    (prefix,) = (entry["subnet"] for entry in subnets if entry["id"] == held["subnet-id"])
    return IPv4Address(held["ip-address"]) in IPv4Network(prefix)


@pytest.mark.slow
@settings(max_examples=100)
@given(populated(), body(), st.integers(0, 6))
def test_what_is_not_accepted_costs_nothing(
    running: tuple[Body, list[Lease]], new: Body, number: int
) -> None:
    old, leases = running
    impact = counted(compare(old, new), leases)
    assert impact.lost <= len(leases)
    passes = not any(refusals(impact, "r1", []))
    assert passes == (impact.lost == 0)
    accepted = not any(refusals(impact, "r1", [Acceptance("r1", str(number))]))
    assert accepted == (0 < impact.lost <= number)
    assert any(refusals(impact, "r2", [Acceptance("r1", str(impact.lost))]))


@pytest.mark.slow
@settings(max_examples=100)
@given(populated())
def test_no_change_touches_nothing(running: tuple[Body, list[Lease]]) -> None:
    same, leases = running
    assert counted(compare(same, same), leases).answers == ()
