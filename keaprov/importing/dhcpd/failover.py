"""The servers of a site: from a failover block of dhcpd, or as the command names them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from keaprov.errors import Mark, Problem
from keaprov.importing.dhcpd.notes import Notes
from keaprov.importing.dhcpd.tree import Statement, written
from keaprov.ip import is_address

_ROLES = ("primary", "standby")
_USUAL = {"primary": "dhcp1", "standby": "dhcp2"}
INTERFACES = ["*"]
"""dhcpd.conf names no interfaces: dhcpd gets them when it is started."""
_SPREAD = "a site's pair is hot-standby: one server answers all clients"
_REASONS = {
    "split": _SPREAD,
    "hba": _SPREAD,
    "load": _SPREAD,
    "mclt": "Kea's pair has the same leases on both servers at once",
    "port": "Kea's pair has another protocol, on failover.port",
    "peer": "Kea's pair has another protocol, on failover.port",
}
_OTHER = "Kea's pair has timers of its own: `failover`"


@dataclass
class Peers:
    """What a failover block says: the role of this server, and the address of each, as text."""

    statement: Statement
    role: str = ""
    addresses: dict[str, str] = field(default_factory=dict)


def read(statements: Sequence[Statement], notes: Notes) -> tuple[Peers | None, list[Problem]]:
    """Return the pair of a file, None if it has none, and what is wrong with it."""
    blocks = [statement for statement in statements if is_block(statement)]
    for statement in blocks[1:]:
        notes.keep(statement, "a site has one pair")
    if not blocks:
        return None, []
    peers = _peers(blocks[0], notes)
    if peers.role:
        return peers, []
    hint = "dhcpd refuses the file too: `dhcpd -t -cf FILE`."
    message = "the failover block is neither primary nor secondary"
    return peers, [Problem("KP204", message, blocks[0].mark, hint=hint)]


def is_block(statement: Statement) -> bool:
    """Return whether a statement declares a pair."""
    return statement.starts("failover", "peer") and statement.body is not None


def _peers(block: Statement, notes: Notes) -> Peers:
    peers = Peers(block)
    notes.carry(block)
    addresses: dict[str, str] = {}
    for statement in block.body or ():
        if statement.says("primary") or statement.says("secondary"):
            peers.role = "standby" if statement.says("secondary") else "primary"
            notes.own(statement, f"is the role of this server: {peers.role}")
        elif statement.head == "address":
            addresses["own"] = written(statement.words[1:])
            notes.own(statement, "is the address of this server")
        elif statement.starts("peer", "address"):
            addresses["peer"] = written(statement.words[2:])
            notes.own(statement, "is the address of the other server")
        else:
            notes.keep(statement, _REASONS.get(statement.head, _OTHER))
    other = "primary" if peers.role == "standby" else "standby"
    peers.addresses = {
        role: addresses[key] for role, key in ((peers.role, "own"), (other, "peer"))
        if key in addresses
    }  # fmt: skip
    return peers


def servers(
    peers: Peers | None, named: Mapping[str, str], mark: Mark
) -> tuple[dict[str, dict[str, Any]], list[Problem]]:
    """Return the servers of a site by name, and what is missing.

    `named` are addresses by the names that the command gives. Without a failover block the first
    of two is the primary.
    """
    if peers is None:
        return _named(named, mark)
    listed: dict[str, dict[str, Any]] = {}
    problems = []
    for role in _ROLES:
        text = peers.addresses.get(role, "")
        name = next((n for n, address in named.items() if address == text), "")
        address = text if name or is_address(text) else ""
        if not name:
            name = text.partition(".")[0] if text and not address else _USUAL[role]
            address = named.get(name, address)
        if not address:
            hint = f"Give it: --server {name}=ADDRESS."
            message = f"the address of {name} is unknown"
            problems.append(Problem("KP202", message, peers.statement.mark, hint=hint))
        listed[name] = {"role": role, "address": address, "interfaces": INTERFACES}
    return listed, problems


def _named(named: Mapping[str, str], mark: Mark) -> tuple[dict[str, dict[str, Any]], list[Problem]]:
    if not 1 <= len(named) <= len(_ROLES):
        hint = "Name them: --server NAME=ADDRESS, the primary first if there are two."
        return {}, [Problem("KP202", "the file does not name its servers", mark, hint=hint)]
    pair = len(named) == len(_ROLES)
    return {
        name: {**({"role": role} if pair else {}), "address": address, "interfaces": INTERFACES}
        for role, (name, address) in zip(_ROLES, named.items(), strict=False)
    }, []
