"""The networks of dhcpd.conf as Kea's: shared networks, subnets, and their pools."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from keaprov.errors import Problem
from keaprov.importing.dhcpd import options
from keaprov.importing.dhcpd.classes import Classes, Made
from keaprov.importing.dhcpd.lifetimes import Lifetime
from keaprov.importing.dhcpd.parameters import Reader, Settings
from keaprov.importing.dhcpd.permits import Guards
from keaprov.importing.dhcpd.scopes import Kind, Scope
from keaprov.importing.dhcpd.tree import Statement, Untranslatable

WRONG = "KP204"
_POOL_WORDS = ("range", "allow", "deny", "failover", "no")


@dataclass(eq=False)
class Network:
    """A scope of Kea's: the global one, a shared network, a subnet or a pool, and its settings.

    `keys` is Kea's map; it gets its lists at the end. `branches` are the classes of its conditions.
    """

    scope: Scope
    settings: Settings
    outer: Network | None = None
    prefix: IPv4Network | None = None
    keys: dict[str, Any] = field(default_factory=dict)
    branches: list[Made] = field(default_factory=list)
    inner: list[Network] = field(default_factory=list)
    """The subnets right inside."""
    ranges: list[tuple[IPv4Address, IPv4Address]] = field(default_factory=list)
    """The ranges of a subnet's pools, in order: none overlaps another."""

    @property
    def lifetime(self) -> Lifetime:
        """The lease times that hold here."""
        around = self.outer.lifetime if self.outer else Lifetime()
        seconds = {word: value for word, (value, _) in self.settings.lifetimes.items()}
        return around.changed(seconds)

    @property
    def known_only(self) -> bool:
        """Whether unknown clients get no address."""
        if self.settings.known_only is None and self.outer is not None:
            return self.outer.known_only
        return bool(self.settings.known_only)


@dataclass
class Networks:
    """The networks of a site, in the order of the file, and what is wrong with them."""

    reader: Reader
    classes: Classes
    guards: Guards
    made: list[Network] = field(default_factory=list)
    subnets: list[Network] = field(default_factory=list)
    """The subnets, in the order of the file."""
    problems: list[Problem] = field(default_factory=list)

    def read(self, top: Scope) -> None:
        """Make the global scope, and every network with its pools."""
        everything = self._network(top, None)
        everything.keys.update(everything.lifetime.keys())
        networks = {top: everything}
        for scope in top.walk():
            if scope.kind in (Kind.SHARED, Kind.SUBNET):
                outer = networks.get(scope.home())
                if outer is None or (scope.kind is Kind.SHARED and outer is not everything):
                    self._refuse(scope, "a network is not declared in this place")
                    continue
                network = self._network(scope, outer)
                if network is not None:
                    networks[scope] = network
        for scope in top.walk():
            if scope.kind is Kind.POOL:
                home = networks.get(scope.home())
                if home is None or home is everything:
                    self._refuse(scope, "a pool is in a subnet or in a shared network")
                else:
                    self._pool(scope, home)

    def _network(self, scope: Scope, outer: Network | None) -> Any:
        prefix = self._prefix(scope) if scope.kind is Kind.SUBNET else None
        if scope.kind is Kind.SUBNET and prefix is None:
            return None
        statements = scope.effective() if outer else scope.statements
        ranges = [statement for statement in statements if statement.head == "range"]
        rest = [statement for statement in statements if statement.head != "range"]
        settings = self.reader.read(rest, scope.kind, prefix)
        network = Network(scope, settings, outer, prefix)
        network.keys.update(self._named(scope, prefix), **settings.keys())
        if outer and settings.lifetimes:
            network.keys.update(network.lifetime.keys())
        network.branches = self.classes.branches(settings, rest, additional=outer is not None)
        if scope.statement is not None:
            self.reader.notes.carry(scope.statement)
        self.made.append(network)
        if prefix is not None:
            self.subnets.append(network)
            if outer:
                outer.inner.append(network)
        if ranges:
            self._ranges(network, network, ranges, [], {})
        return network

    def _named(self, scope: Scope, prefix: IPv4Network | None) -> dict[str, Any]:
        if scope.kind is Kind.SHARED:
            return {"name": "".join(scope.words[1:])}
        if prefix is not None:
            return {"id": len(self.subnets) + 1, "subnet": str(prefix)}
        return {}

    def _prefix(self, scope: Scope) -> IPv4Network | None:
        words = scope.statement.words[1:] if scope.statement else ()
        try:
            if len(words) != 15 or not words[7].is_word("netmask"):
                raise Untranslatable("a subnet is written as: subnet ADDRESS netmask MASK")
            address, mask = options.address(words), options.address(words[8:])
            return IPv4Network(f"{address}/{mask}")
        except Untranslatable as reason:
            self._refuse(scope, str(reason))
        except ValueError:
            self._refuse(scope, "the address and the mask are not those of a subnet")
        return None

    def _pool(self, scope: Scope, home: Network) -> None:
        assert scope.statement is not None
        statements = scope.effective()
        ranges = [statement for statement in statements if statement.head == "range"]
        permits = [statement for statement in statements if _is_permit(statement)]
        rest = [s for s in statements if s not in ranges and s not in permits]
        peers = [statement for statement in rest if statement.head in ("failover", "no")]
        try:
            names = self.guards.names(permits, home.known_only)
        except Untranslatable as reason:
            self.reader.notes.keep(scope.statement, f"{reason}, so the pool is left out")
            return
        for statement in peers:
            self.reader.notes.own(statement, "a site's pair serves all pools")
        rest = [statement for statement in rest if statement not in peers]
        settings = self.reader.read(rest, Kind.POOL)
        network = Network(scope, settings, home)
        network.branches = self.classes.branches(settings, rest, additional=True)
        self.reader.notes.carry(scope.statement, *permits)
        self.made.append(network)
        if not ranges:
            self._refuse(scope, "the pool has no range")
        self._ranges(network, home, ranges, names, settings.keys())

    def _ranges(
        self,
        network: Network,
        home: Network,
        ranges: list[Statement],
        names: list[str],
        keys: dict[str, Any],
    ) -> None:
        if network is home and home.known_only:
            names = self.guards.names([], True)
        for statement in ranges:
            self.reader.notes.carry(statement)
            try:
                first, last = _range(statement)
            except Untranslatable as reason:
                self._wrong(statement, str(reason))
                continue
            around = [home] if home.prefix else home.inner
            subnet = next((s for s in around if s.prefix and _inside(first, last, s.prefix)), None)
            if subnet is None:
                self._wrong(statement, f"{first} - {last} is not in the network around it")
                continue
            pools = subnet.keys.setdefault("pools", [])
            at = bisect_right(subnet.ranges, (first, last))
            beside = subnet.ranges[max(at - 1, 0) : at + 1]
            if any(first <= high and low <= last for low, high in beside):
                self.reader.notes.keep(statement, "another pool has an address of this range")
                continue
            subnet.ranges.insert(at, (first, last))
            pool: dict[str, Any] = {"pool": f"{first} - {last}"}
            if names:
                pool["client-classes"] = names
            pools.append({**pool, **keys})
            if network is not home:
                network.keys.setdefault("pools", []).append(pools[-1])

    def _refuse(self, scope: Scope, message: str) -> None:
        if scope.statement is not None:
            self._wrong(scope.statement, message)

    def _wrong(self, statement: Statement, message: str) -> None:
        hint = "dhcpd refuses the file too: `dhcpd -t -cf FILE`."
        self.problems.append(Problem(WRONG, message, statement.mark, hint=hint))


def _is_permit(statement: Statement) -> bool:
    return statement.head in ("allow", "deny")


def _range(statement: Statement) -> tuple[IPv4Address, IPv4Address]:
    words = statement.words[1:]
    if words and words[0].is_word("dynamic-bootp"):
        words = words[1:]
    if len(words) not in (7, 14):
        raise Untranslatable("a range is one address, or the first and the last one")
    first, last = options.address(words), options.address(words[-7:])
    return min(first, last), max(first, last)


def _inside(first: IPv4Address, last: IPv4Address, prefix: IPv4Network) -> bool:
    return first in prefix and last in prefix
