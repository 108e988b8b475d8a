"""Host declarations of dhcpd as Kea's reservations.

A host with fixed addresses gets a reservation in each subnet that has one of them; a host without
one is known in every network, so its reservation is global (Kea ARM, Host Reservations in DHCPv4).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address
from typing import Any

from keaprov.importing.dhcpd import options
from keaprov.importing.dhcpd.homes import Homes
from keaprov.importing.dhcpd.networks import Network
from keaprov.importing.dhcpd.parameters import Reader, Settings
from keaprov.importing.dhcpd.scopes import Kind, Scope
from keaprov.importing.dhcpd.tree import Statement, Untranslatable

_ORDER = ("client-id", "hw-address", "circuit-id")
"""Identifiers in the order in which dhcpd looks for hosts (server/dhcp.c, find_lease)."""


@dataclass
class Hosts:
    """The reservations of a file; `everywhere` are the global ones."""

    reader: Reader
    homes: Homes[Network]
    names: bool
    known_everywhere: bool
    everywhere: list[dict[str, Any]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    addresses: set[tuple[int, str]] = field(default_factory=set)
    identified: set[tuple[int, str, str]] = field(default_factory=set)
    shared_addresses: bool = False

    def read(self, top: Scope) -> None:
        """Make the reservations of every host declaration, wherever it is."""
        for scope in top.walk():
            if scope.kind is Kind.HOST and scope.statement is not None:
                try:
                    self._host(scope, scope.statement)
                except Untranslatable as reason:
                    self.reader.notes.keep(scope.statement, str(reason))

    def keys(self) -> dict[str, Any]:
        """Return Kea's global keys."""
        keys: dict[str, Any] = {}
        if self.used:
            keys["host-reservation-identifiers"] = [name for name in _ORDER if name in self.used]
        if self.shared_addresses:
            keys["ip-reservations-unique"] = False
        if self.everywhere:
            keys.update({"reservations-global": True, "reservations-in-subnet": True})
            keys["reservations"] = self.everywhere
        return keys

    def _host(self, scope: Scope, statement: Statement) -> None:
        own = self._last([s for s in scope.statements if _kind(s)])
        identifiers = [identifier for s in own for identifier in self._identifiers(s)]
        if len(statement.words) < 2:
            raise Untranslatable("it has no name")
        if any(s.says("deleted") for s in scope.statements):
            raise Untranslatable("dhcpd has deleted the host")
        if not identifiers:
            raise Untranslatable("it does not say who the client is")
        if any(map(_is_refused, scope.effective())):
            self._refused(scope, statement, identifiers)
            return
        addresses = self._addresses(own)
        rest = [s for s in scope.effective() if not _kind(s)]
        settings = self.reader.read(rest, Kind.HOST)
        for branch in settings.branches:
            self.reader.notes.keep(branch, "a reservation has no condition")
        keys = self._keys(scope, settings)
        self.reader.notes.carry(statement, *own)
        homes = self._homes(statement, addresses)
        if addresses is not None and not homes:
            raise Untranslatable("no subnet has its address")
        self._taken_along(scope, homes)
        for kind, value in identifiers:
            self.used.add(kind)
            for subnet, address in homes:
                row = {kind: value, "ip-address": address, **keys}
                self._add(statement, subnet, row, kind, value)
            if addresses is None:
                self._add(statement, None, {kind: value, **keys}, kind, value)
            elif self.known_everywhere:
                self._add(statement, None, {kind: value}, kind, value)

    def _last(self, own: list[Statement]) -> list[Statement]:
        """Return the statements that count: of several of a kind, dhcpd takes the last."""
        by_kind = {_kind(statement): statement for statement in own}
        for statement in own:
            if by_kind[_kind(statement)] is not statement:
                words = f"the host has another {_kind(statement)} behind it, which counts"
                self.reader.notes.keep(statement, words)
        return list(by_kind.values())

    def _refused(
        self, scope: Scope, statement: Statement, identifiers: list[tuple[str, str]]
    ) -> None:
        """Make a reservation that drops what a client sends: ``deny booting``."""
        self.reader.notes.changed(statement, "Kea drops what a client of the class DROP sends")
        self.reader.notes.carry(*statement.walk(), *scope.effective())
        for kind, value in identifiers:
            self.used.add(kind)
            row = {kind: value, "comment": "".join(scope.words[1:]), "client-classes": ["DROP"]}
            self._add(statement, None, row, kind, value)

    def _add(
        self,
        statement: Statement,
        subnet: Network | None,
        row: dict[str, Any],
        kind: str,
        value: str,
    ) -> None:
        home = subnet.keys["id"] if subnet else 0
        if (home, kind, value) in self.identified:
            words = "another host with this identifier is before it"
            self.reader.notes.keep(statement, words)
            return
        self.identified.add((home, kind, value))
        if subnet is None:
            self.everywhere.append(row)
            return
        address = (home, row["ip-address"])
        if address in self.addresses:
            self.shared_addresses = True
        self.addresses.add(address)
        subnet.keys.setdefault("reservations", []).append(row)

    def _identifiers(self, statement: Statement) -> list[tuple[str, str]]:
        words = statement.words
        if statement.head == "hardware":
            if not statement.starts("hardware", "ethernet"):
                raise Untranslatable("Kea's reservations are for ethernet")
            octets = options.hexadecimal(words[2:])
            if len(octets) != 6:
                raise Untranslatable("an ethernet address has six octets")
            return [("hw-address", octets.hex(":"))]
        if statement.head == "fixed-address":
            return []
        if statement.head == "host-identifier":
            option, length = self.reader.formats.find(words[2:])
            if (option.space, option.code) != ("agent", 1) or not words[1].is_word("option"):
                raise Untranslatable("Kea has no identifier of this option")
            return [("circuit-id", options.octets(words[2 + length :]).hex(":"))]
        octets = options.octets(words[2 if statement.head == "option" else 1 :])
        if len(octets) < 2:
            raise Untranslatable("Kea's client identifiers have two octets at least")
        return [("client-id", octets.hex(":"))]

    def _addresses(self, own: list[Statement]) -> list[IPv4Address] | None:
        statement = next((s for s in own if s.head == "fixed-address"), None)
        if statement is None:
            return None
        words = statement.words[1:]
        if len(words) % 8 != 7 or not all(comma.is_sign(",") for comma in words[7::8]):
            options.address(words)
            raise Untranslatable("the addresses are not a list with commas")
        return [options.address(words[at:]) for at in range(0, len(words), 8)]

    def _homes(
        self, statement: Statement, addresses: list[IPv4Address] | None
    ) -> list[tuple[Network, str]]:
        """Return the subnet of each address, the first address of a subnet only."""
        homes: dict[int, tuple[Network, str]] = {}
        for address in addresses or ():
            subnet = self.homes.of(address)
            reason = "no subnet has this address"
            if subnet is not None and subnet.keys["id"] not in homes:
                homes[subnet.keys["id"]] = (subnet, str(address))
                continue
            if subnet is not None:
                reason = "a reservation has one address in a subnet"
            what = f"fixed-address {address}"
            self.reader.notes.keep_value(statement.mark, what, str(address), reason)
        return list(homes.values())

    def _keys(self, scope: Scope, settings: Settings) -> dict[str, Any]:
        name = "".join(scope.words[1:])
        names = self.names if settings.names is None else settings.names
        keys = settings.keys()
        if names and ("dhcp4", 12) not in settings.options:
            host_name = {"name": "host-name", "data": name}
            keys["option-data"] = [host_name, *keys.get("option-data", [])]
        return {"comment": name, **keys}

    def _taken_along(self, scope: Scope, homes: list[tuple[Network, str]]) -> None:
        """Note a host inside a network: dhcpd takes the network's statements along with it."""
        home = scope.home()
        if home.kind is Kind.GLOBAL or not home.statements or scope.statement is None:
            return
        if any(home in (subnet.scope, *subnet.scope.around()) for subnet, _ in homes):
            return
        words = (
            "is known in every network; dhcpd takes the statements of the network around it along, "
            "the site does not"
        )
        self.reader.notes.changed(scope.statement, words)


def _kind(statement: Statement) -> str:
    """Return what a statement says of its host: who it is, or its address; "" for the rest."""
    if statement.head in ("hardware", "host-identifier", "fixed-address"):
        return statement.head
    names = statement.head == "uid" or statement.starts("option", "dhcp-client-identifier")
    return "client identifier" if names else ""


def _is_refused(statement: Statement) -> bool:
    return statement.head in ("deny", "ignore") and statement.says(statement.head, "booting")
