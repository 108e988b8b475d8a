"""Options that hold the options of a space (``encapsulate SPACE``): where a site can send them.

dhcpd collects the options of a space from all scopes of a client, and sends them in the option that
holds the space. Kea sends that option from the nearest scope alone, with the options of the space
in that scope (Kea ARM, "Encapsulated DHCPv4 Options"). So a site has them if no client gets such
options from two scopes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from keaprov.importing.dhcpd.formats import DHCP, Format, Formats
from keaprov.importing.dhcpd.scopes import BRANCHES, Kind, Scope
from keaprov.importing.dhcpd.tree import Statement

_APART = (Kind.SHARED, Kind.SUBNET, Kind.POOL, Kind.HOST)
"""Scopes of which a client is in one of each kind."""
_NESTED = (
    "scopes that set options of the space {} may hold for one client, and Kea sends those of one: "
    "write all of them into each"
)
_TWICE = "{} is set by its octets too: set either the options of the space {}, or the octets"
_CONDITION = "a site has no options of the space {} in a condition: write a class"


@dataclass
class Uses:
    """Which scopes set options of each space, whether in a condition, and all option names."""

    scopes: dict[str, dict[Scope, bool]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def add(self, scope: Scope, statements: Sequence[Statement], *, condition: bool) -> None:
        """Add the statements of a scope, those in conditions too."""
        for statement in statements:
            texts = [token.text for token in statement.words[1:4]]
            if statement.body is not None:
                if statement.head in BRANCHES:
                    self.add(scope, statement.body, condition=True)
            elif statement.head == "option" and len(texts) == 3 and texts[1] == ".":
                users = self.scopes.setdefault(texts[0], {})
                users[scope] = users.get(scope, False) or condition
            elif statement.head == "option" and texts:
                self.names.add(texts[0])


def uses(top: Scope) -> Uses:
    """Return which options a file sets."""
    result = Uses()
    for scope in top.walk():
        result.add(scope, scope.statements, condition=False)
    return result


def sent(formats: Formats, used: Uses) -> tuple[Mapping[str, Format], Mapping[str, str]]:
    """Return the options that hold spaces, by space, and why other spaces cannot be sent."""
    usable, reasons = {}, {}
    for holder in formats.defined.values():
        space = holder.encapsulates
        if space and holder.space == DHCP and used.scopes.get(space):
            reason = _obstacle(space, holder, used)
            if reason:
                reasons[space] = reason
            else:
                usable[space] = holder
    return usable, reasons


def _obstacle(space: str, holder: Format, used: Uses) -> str:
    if holder.name in used.names:
        return _TWICE.format(holder.name, space)
    users = used.scopes[space]
    if any(users.values()):
        return _CONDITION.format(space)
    kinds = {scope.kind for scope in users}
    alone = len(users) < 2 or (len(kinds) == 1 and kinds.issubset(_APART))
    if not alone or any(outer in users for scope in users for outer in scope.around()):
        return _NESTED.format(space)
    return ""
