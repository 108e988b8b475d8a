"""A site out of dhcpd.conf and dhcpd.leases of ISC DHCP.

`reading` and `tree` read the files; `scopes` says what is declared where; `networks`, `classes`,
`hosts` and `failover` translate it, and `precedence` takes out what Kea would rank otherwise. What
a site does not surely say as dhcpd does is in the report and in not-imported.json.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from keaprov.errors import Mark, Problem
from keaprov.importing import staging, table, text
from keaprov.importing.dhcpd import encapsulated, failover, leases, options, precedence, reading
from keaprov.importing.dhcpd.classes import Classes
from keaprov.importing.dhcpd.formats import Formats
from keaprov.importing.dhcpd.homes import Homes
from keaprov.importing.dhcpd.hosts import Hosts
from keaprov.importing.dhcpd.leases import Leases
from keaprov.importing.dhcpd.networks import Network, Networks
from keaprov.importing.dhcpd.notes import Notes, title
from keaprov.importing.dhcpd.parameters import Reader
from keaprov.importing.dhcpd.permits import Guards
from keaprov.importing.dhcpd.scopes import Kind, Scope, scopes
from keaprov.importing.dhcpd.tree import Statement, Untranslatable, parse
from keaprov.lint.definitions import builtin

USUAL_NAME = "dhcp"
_HEAD = "# Imported from dhcpd.conf. Check it: keaprov check site.yaml\n"
_WIDTHS = ["code", "width", "1", "length", "width", "1"]


@dataclass(frozen=True)
class Imported:
    """A site, its files' texts by name, and the report.

    `losses` are lines for a person: statements that are neither in the site nor in the report.
    """

    site: dict[str, Any]
    files: dict[str, str]
    notes: Notes
    comments: tuple[tuple[Mark, str], ...]
    losses: tuple[str, ...]
    subnets: tuple[tuple[str, int], ...]
    leases: Leases | None = None

    def texts(self) -> Iterator[tuple[str, str, int]]:
        """Yield each file's name, text and mode; leases are for their owner only."""
        secrets = {leases.FILE: self.leases.text} if self.leases else {}
        yield from staging.written(self.files, secrets, self.notes.kept(), self.comments)


def with_leases(imported: Imported, path: Path, now: int) -> Imported | list[Problem]:
    """Return a site with Kea's lease file of a dhcpd.leases; `now` in seconds since 1970."""
    made = leases.read(path, imported.subnets, now, imported.notes)
    return made.problems or replace(imported, leases=made)


def read(path: Path, name: str, servers: Mapping[str, str]) -> Imported | list[Problem]:
    """Return the site that dhcpd.conf says, or every problem that makes this impossible.

    `name` is the site's name, `servers` are addresses by name; either may be empty.
    """
    source = reading.read(path)
    statements, problems = parse(source.tokens)
    problems = [*source.problems, *problems]
    if problems:
        return _by_line(problems)
    notes = Notes()
    listed: dict[str, dict[str, Any]] = {}
    peers, problems = failover.read(statements, notes)
    if not problems:
        listed, problems = failover.servers(peers, servers, Mark(str(path)))
    dhcp4, others = _dhcp4(statements, notes)
    if problems or others:
        return _by_line([*problems, *others])
    site: dict[str, Any] = {"site": name or USUAL_NAME, "servers": listed}
    if len(listed) > 1:
        site["failover"] = {}
    site["dhcp4"] = dhcp4
    subnets = tuple((str(keys["subnet"]), int(keys["id"])) for keys in _subnets(dhcp4))
    if not subnets:
        return [_without_subnets(statements, Mark(str(path)))]
    tables = table.extract(dhcp4)
    files = {"site.yaml": text.site(site, _HEAD), **tables}
    lost = tuple(f"{s.mark}: {title(s)} is lost" for s in notes.lost(statements))
    return Imported(site, files, notes, tuple(source.comments), lost, subnets)


def _without_subnets(statements: Sequence[Statement], mark: Mark) -> Problem:
    """Return the problem of a file that declares no subnet: dhcpd does not start with it."""
    heads = {statement.head for statement in statements}
    hint = "Give the dhcpd.conf that dhcpd reads."
    if "lease" in heads:
        hint = "This is dhcpd.leases: give dhcpd.conf, and this file by --leases."
    elif "subnet6" in heads:
        hint = "A site has no DHCPv6: give the dhcpd.conf for IPv4."
    elif any(head.startswith("ldap-") for head in heads):
        hint = "dhcpd reads the rest from LDAP: import the file that its ldap-debug-file writes."
    return Problem("KP207", "the file declares no subnet", mark, hint=hint)


def _by_line(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.mark.file, problem.mark.line))


def _dhcp4(statements: Sequence[Statement], notes: Notes) -> tuple[dict[str, Any], list[Problem]]:
    reader = Reader(Formats(), notes)
    defined = [statement for statement in statements if _defines(statement)]
    rest = [s for s in statements if s not in defined and not failover.is_block(s)]
    top = scopes(rest)
    used = encapsulated.uses(top)
    for statement in defined:
        _define(statement, reader, used)
    reader.holders, reader.unsent = encapsulated.sent(reader.formats, used)
    classes = Classes(reader)
    classes.read(top)
    guards = Guards(classes)
    networks = Networks(reader, classes, guards)
    networks.read(top)
    precedence.settle(classes, networks)
    everything = networks.made[0]
    homes = Homes((s.prefix, s) for s in networks.subnets if s.prefix)
    hosts = Hosts(reader, homes, bool(everything.settings.names), guards.asks_known)
    hosts.read(top)
    _unread(top, notes)
    return _assembled(reader, classes, networks, hosts), networks.problems


def _defines(statement: Statement) -> bool:
    """Whether a statement declares an option space, or defines an option."""
    words = statement.words
    if statement.head != "option" or statement.body is not None:
        return False
    return statement.starts("option", "space") or any(t.is_word("code") for t in words[2:5])


def _define(statement: Statement, reader: Reader, used: encapsulated.Uses) -> None:
    """Take a declaration of a space, or a definition of an option."""
    try:
        if statement.starts("option", "space"):
            _space(statement, reader.formats)
        else:
            option = reader.formats.define(statement.words[1:])
            key = (options.kea_space(option.space), option.code)
            reader.definitions.pop(key, None)
            definition = options.definition(option)
            known = builtin().get(key)
            if known is not None:
                reader.notes.changed(statement, f"Kea has its own definition, {known.name}")
            elif option.encapsulates and option.name in used.names:
                reader.notes.changed(statement, "its octets are set: they need no definition")
            elif definition is None:
                words = "Kea cannot define it: a site has its values in hexadecimal"
                reader.notes.changed(statement, words)
            else:
                reader.definitions[key] = definition
        reader.notes.carry(statement)
    except Untranslatable as reason:
        reader.notes.keep(statement, str(reason))


def _space(statement: Statement, formats: Formats) -> None:
    words = [token.text.lower() for token in statement.words[3:]]
    if len(statement.words) < 3 or words not in ([], _WIDTHS, _WIDTHS[:3], _WIDTHS[3:]):
        raise Untranslatable("Kea's options of a space have a code and a length of one octet")
    formats.spaces.add(statement.words[2].text)


def _unread(top: Scope, notes: Notes) -> None:
    """Note the statements of groups in which no network and no reservation has them."""
    for scope in top.walk():
        if scope.kind is Kind.GROUP and scope.statement is not None:
            notes.carry(scope.statement)
            for statement in scope.statements:
                if id(statement) not in notes.carried:
                    notes.keep(statement, "no network and no reservation is in the group")


def _assembled(
    reader: Reader, classes: Classes, networks: Networks, hosts: Hosts
) -> dict[str, Any]:
    """Return the ``Dhcp4`` map, its lists in Kea's order."""
    everything = networks.made[0]
    dhcp4: dict[str, Any] = dict(everything.keys)
    dhcp4.update(hosts.keys())
    if reader.definitions:
        dhcp4["option-def"] = list(reader.definitions.values())
    listed = [made.keys() for made in classes.made]
    listed += [{"name": name, "test": test} for test, name in networks.guards.made.items()]
    for network in networks.made:
        branches = [made for made in network.branches if made.settings.keys()]
        listed += [made.keys() for made in branches]
        if branches and network is not everything:
            names = [made.name for made in branches]
            for keys in _evaluated_for(network):
                keys["evaluate-additional-classes"] = names
    if listed:
        dhcp4["client-classes"] = listed
    for network in networks.made:
        if network.scope.kind is Kind.SHARED:
            inner = [subnet.keys for subnet in network.inner]
            dhcp4.setdefault("shared-networks", []).append({**network.keys, "subnet4": inner})
    single = [subnet.keys for subnet in everything.inner]
    if single:
        dhcp4["subnet4"] = single
    return dhcp4


def _evaluated_for(network: Network) -> list[dict[str, Any]]:
    """Return Kea's maps of a network: of a pool, one for each of its ranges."""
    if network.scope.kind is Kind.POOL:
        return list(network.keys.get("pools", []))
    return [network.keys]


def _subnets(dhcp4: Mapping[str, Any]) -> list[dict[str, Any]]:
    shared = [subnet for each in dhcp4.get("shared-networks", []) for subnet in each["subnet4"]]
    return [*shared, *dhcp4.get("subnet4", [])]


__all__ = ["Imported", "read", "with_leases"]
