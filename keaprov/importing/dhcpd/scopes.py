"""The scopes of dhcpd.conf, one in the other: what is declared where, and which statements hold.

dhcpd runs the statements of a network from the outside to the inside, then those of the client's
classes, then those of its host declaration; the last one counts (ISC DHCP, server/dhcp.c,
ack_lease). Kea prefers the options of a host, then those of the pool, the subnet, the shared
network, the classes, and all clients (Kea 3.0.3, Dhcpv4Srv::buildCfgOptionList).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from keaprov.importing.dhcpd.tree import Statement


class Kind(str, Enum):
    """What a scope is."""

    GLOBAL = "global"
    GROUP = "group"
    SHARED = "shared network"
    SUBNET = "subnet"
    POOL = "pool"
    HOST = "host"
    CLASS = "class"
    SUBCLASS = "subclass"
    BRANCH = "branch of an if"


_BLOCKS = {
    "group": Kind.GROUP,
    "shared-network": Kind.SHARED,
    "subnet": Kind.SUBNET,
    "pool": Kind.POOL,
    "host": Kind.HOST,
    "class": Kind.CLASS,
    "subclass": Kind.SUBCLASS,
}
_CLOSED = (Kind.HOST, Kind.CLASS, Kind.SUBCLASS)
"""Scopes that declare nothing inside: dhcpd refuses a block there."""
BRANCHES = ("if", "elsif", "else")
"""The words that begin the branches of a condition."""


@dataclass(eq=False)
class Scope:
    """A scope: its statement (None of the global one), what is in it, and the scope around it.

    `statements` are its own in their order, with the branches of conditions; `inner` are the
    scopes that it declares.
    """

    kind: Kind
    statement: Statement | None
    parent: Scope | None
    statements: list[Statement] = field(default_factory=list)
    inner: list[Scope] = field(default_factory=list)

    @property
    def words(self) -> Sequence[str]:
        """The texts of the words of the statement."""
        return [token.text for token in self.statement.words] if self.statement else []

    def walk(self) -> Iterator[Scope]:
        """Yield the scope and all that are declared inside it."""
        yield self
        for scope in self.inner:
            yield from scope.walk()

    def around(self) -> Iterator[Scope]:
        """Yield the scopes around it, from the inside to the outside."""
        scope = self.parent
        while scope is not None:
            yield scope
            scope = scope.parent

    def home(self) -> Scope:
        """Return the nearest scope around it that is not a group."""
        return next(scope for scope in self.around() if scope.kind is not Kind.GROUP)

    def effective(self) -> list[Statement]:
        """Return its statements after those of the groups around it, up to its home."""
        groups: list[Statement] = []
        for scope in self.around():
            if scope.kind is not Kind.GROUP:
                break
            groups = [*scope.statements, *groups]
        return [*groups, *self.statements]


def scopes(statements: Sequence[Statement]) -> Scope:
    """Return the global scope of a file."""
    top = Scope(Kind.GLOBAL, None, None)
    _fill(top, statements)
    return top


def _fill(scope: Scope, statements: Sequence[Statement]) -> None:
    for statement in statements:
        kind = _BLOCKS.get(statement.head)
        if scope.kind in _CLOSED:
            scope.statements.append(statement)
        elif statement.head == "subclass" or (kind is not None and statement.body is not None):
            inner = Scope(kind or Kind.SUBCLASS, statement, scope)
            scope.inner.append(inner)
            _fill(inner, statement.body or ())
        else:
            scope.statements.append(statement)
