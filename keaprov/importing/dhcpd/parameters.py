"""The parameters of one scope: options, fields of the header, timers, and what Kea has not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

from keaprov.importing.dhcpd import options
from keaprov.importing.dhcpd.formats import DHCP, SPACES, Format, Formats
from keaprov.importing.dhcpd.lexer import Kind as TokenKind
from keaprov.importing.dhcpd.lexer import Token
from keaprov.importing.dhcpd.lifetimes import INFINITE, WORDS
from keaprov.importing.dhcpd.notes import Notes
from keaprov.importing.dhcpd.scopes import BRANCHES, Kind
from keaprov.importing.dhcpd.tree import Statement, Untranslatable
from keaprov.importing.dhcpd.unneeded import reason_of, unneeded

FIELDS = {
    "next-server": "next-server",
    "filename": "boot-file-name",
    "server-name": "server-hostname",
}
"""Kea's keys of the fields of the header by dhcpd's statements."""
SWITCHES = {
    "ignore-client-uids": ("match-client-id", True),
    "dhcp-cache-threshold": ("cache-threshold", True),
    "abandon-lease-time": ("decline-probation-period", False),
    "echo-client-id": ("echo-client-id", False),
    "stash-agent-options": ("stash-agent-options", False),
}
"""Kea's keys for the same thing by dhcpd's statements, and whether each network may have one."""
_LENGTHS = {"filename": 127, "server-name": 63}
"""Octets that Kea takes; RFC 2131 has one more, for the null octet at the end."""
_TIMERS = {58: "renew-timer", 59: "rebind-timer"}
_NETWORKS = (Kind.GLOBAL, Kind.SHARED, Kind.SUBNET)
_PROTOCOL = {50, 51, 52, 53, 54, 55, 57, 61, 82}
"""Options of the protocol itself: Kea sets them, and a configuration cannot."""

_IN_CLASS = "a site sends options of the space {0} in a class with `vendor-option-space {0}` only"

Key = tuple[str, int]
"""An option's space and code."""


@dataclass
class Settings:
    """What a scope says, with the statement of each value.

    `lifetimes` are seconds by dhcpd's word. `branches` are the statements of its conditions.
    `vendor` is the space of option 43. `known_only`: unknown clients get no address; `names`: a
    host's name is its host-name; None if the scope does not say.
    """

    options: dict[Key, tuple[dict[str, Any], Statement]] = field(default_factory=dict)
    fields: dict[str, tuple[Any, Statement]] = field(default_factory=dict)
    lifetimes: dict[str, tuple[int, Statement]] = field(default_factory=dict)
    branches: list[Statement] = field(default_factory=list)
    vendor: tuple[str, Statement] | None = None
    known_only: bool | None = None
    names: bool | None = None

    def keys(self) -> dict[str, Any]:
        """Return Kea's keys of the fields and options."""
        keys = {key: value for key, (value, _) in self.fields.items()}
        if self.options:
            keys["option-data"] = [value for value, _ in self.options.values()]
        return keys


@dataclass
class Reader:
    """Reads the statements of scopes; `definitions` has the option-defs that a site needs.

    `holders` are the options that a site sends with the options of a space in them, by the space;
    `unsent` says why it does not send those of other spaces.
    """

    formats: Formats
    notes: Notes
    definitions: dict[Key, dict[str, Any]] = field(default_factory=dict)
    holders: Mapping[str, Format] = field(default_factory=dict)
    unsent: Mapping[str, str] = field(default_factory=dict)

    def read(
        self, statements: Sequence[Statement], kind: Kind, subnet: IPv4Network | None = None
    ) -> Settings:
        """Return what statements say; the rest of them goes to the notes."""
        settings = Settings()
        for statement in statements:
            if statement.head in BRANCHES and statement.body is not None:
                settings.branches.append(statement)
                continue
            try:
                self._statement(statement, kind, settings, subnet)
            except Untranslatable as reason:
                self.notes.keep(statement, str(reason))
        return settings

    def _statement(
        self, statement: Statement, kind: Kind, settings: Settings, subnet: IPv4Network | None
    ) -> None:
        head = statement.head
        if statement.body is None and head == "option":
            self._option(statement, kind, settings, subnet)
        elif head in FIELDS:
            self._field(statement, kind, settings)
        elif head in WORDS:
            self._lifetime(statement, kind, settings)
        elif statement.says("authoritative") or statement.says("not", "authoritative"):
            if kind not in _NETWORKS:
                raise Untranslatable("Kea has it for subnets and shared networks")
            settings.fields["authoritative"] = (head != "not", statement)
            self.notes.carry(statement)
        elif head in SWITCHES:
            settings.fields[_key(head, kind)] = (_switched(statement), statement)
            self.notes.carry(statement)
        elif head == "vendor-option-space" and kind is Kind.CLASS and len(statement.words) == 2:
            settings.vendor = (statement.words[1].text, statement)
            self.notes.carry(statement)
        elif not self._switch(statement, kind, settings):
            words = unneeded(statement)
            if words is None:
                raise Untranslatable(reason_of(statement))
            self.notes.own(statement, words)

    def _switch(self, statement: Statement, kind: Kind, settings: Settings) -> bool:
        """Read what says who gets an address, and how hosts are called."""
        known = _known_only(statement)
        if known is not None and kind in _NETWORKS:
            settings.known_only = known
        elif statement.head == "use-host-decl-names" and kind in (Kind.GLOBAL, Kind.HOST):
            settings.names = _flag(statement.words[1:])
        else:
            return False
        self.notes.carry(statement)
        return True

    def _field(self, statement: Statement, kind: Kind, settings: Settings) -> None:
        if kind is Kind.POOL:
            raise Untranslatable("Kea has no such key for a pool")
        words = statement.words[1:]
        if statement.head == "next-server":
            held = str(options.address(words))
            if len(words) != 7:
                raise Untranslatable("it is not one address")
        elif len(words) == 1 and words[0].kind is TokenKind.STRING:
            held = words[0].text
            if not held or not held.isascii() or not held.isprintable():
                raise Untranslatable("Kea takes text that can be printed")
            if len(held) > _LENGTHS[statement.head]:
                raise Untranslatable(f"it has more than {_LENGTHS[statement.head]} octets")
        else:
            raise Untranslatable("dhcpd works the value out for each client, Kea has no such key")
        settings.fields[FIELDS[statement.head]] = (held, statement)
        self.notes.carry(statement)

    def _lifetime(self, statement: Statement, kind: Kind, settings: Settings) -> None:
        if kind not in (*_NETWORKS, Kind.CLASS):
            raise Untranslatable(f"Kea has no lease time for a {kind.value}")
        words = statement.words[1:]
        if len(words) != 1:
            raise Untranslatable("it is not a number of seconds")
        infinite = words[0].is_word("infinite")
        seconds = INFINITE if infinite else options.number(words[0])
        if not 0 <= seconds <= INFINITE:
            raise Untranslatable("it is not a number of seconds")
        settings.lifetimes[statement.head] = (seconds, statement)
        self.notes.carry(statement)

    def _option(
        self, statement: Statement, kind: Kind, settings: Settings, subnet: IPv4Network | None
    ) -> None:
        if any(token.is_word("code") for token in statement.words[2:5]):
            raise Untranslatable("dhcpd takes definitions of options outside of all blocks only")
        option, length = self.formats.find(statement.words[1:])
        if option.space in SPACES:
            raise Untranslatable(SPACES[option.space])
        listed = options.values(option, statement.words[1 + length :])
        if option.space == DHCP and option.code in _TIMERS and kind in _NETWORKS:
            if len(listed) != 1 or listed[0].kind != "uint32":
                raise Untranslatable("it is not a number of seconds")
            seconds = int(listed[0].text)
            settings.fields[_TIMERS[option.code]] = (seconds, statement)
            self.notes.carry(statement)
            return
        if option.space == DHCP and option.code in (*_PROTOCOL, *_TIMERS):
            raise Untranslatable("Kea sets this option itself")
        mask = str(subnet.netmask) if subnet is not None else ""
        if (option.space, option.code, listed[0].text) == (DHCP, 1, mask):
            self.notes.own(statement, "Kea sends the mask of the subnet")
            return
        if option.space != DHCP:
            self._inner(option.space, kind, settings, statement)
        key = (options.kea_space(option.space), option.code)
        definition = self.defined(option)
        settings.options[key] = (options.data(option, listed, definition), statement)
        self.notes.carry(statement)

    def _inner(self, space: str, kind: Kind, settings: Settings, statement: Statement) -> None:
        """Add the option that holds a space, or raise Untranslatable if no client would get it."""
        if space in self.unsent:
            raise Untranslatable(self.unsent[space])
        holder = self.holders.get(space)
        if holder is not None and kind is not Kind.SUBCLASS:
            key = (options.kea_space(DHCP), holder.code)
            settings.options.setdefault(key, ({"name": holder.name}, statement))
        elif space not in self.formats.spaces or kind is not Kind.CLASS:
            raise Untranslatable(_IN_CLASS.format(space))

    def defined(self, option: Format) -> dict[str, Any] | None:
        """Return the site's option-def of an option, None if there is none."""
        definition = self.definitions.get((options.kea_space(option.space), option.code))
        same = definition is not None and definition["name"] == option.name
        return definition if same else None


def _key(head: str, kind: Kind) -> str:
    """Return Kea's key of a switch; Untranslatable if a scope of this kind does not have it."""
    key, everywhere = SWITCHES[head]
    if kind not in _NETWORKS:
        raise Untranslatable(f"Kea has {key} for networks only")
    if not everywhere and kind is not Kind.GLOBAL:
        raise Untranslatable(f"Kea has {key} for all networks together")
    return key


def _switched(statement: Statement) -> bool | int | float:
    """Return the value of Kea's key for a statement of `SWITCHES`."""
    words = statement.words[1:]
    if statement.head == "ignore-client-uids":
        return not _flag(words)
    if statement.head in ("echo-client-id", "stash-agent-options"):
        return _flag(words)
    value = options.number(words[0]) if len(words) == 1 else -1
    if statement.head == "abandon-lease-time":
        if not 0 <= value <= INFINITE:
            raise Untranslatable("it is not a number of seconds")
        return value
    if not 0 <= value < 100:
        raise Untranslatable("Kea takes less than 100 percent")
    return value / 100


def _flag(words: Sequence[Token]) -> bool:
    text = words[0].text.lower() if len(words) == 1 else ""
    if text not in ("on", "true", "off", "false"):
        raise Untranslatable("it is neither on nor off")
    return text in ("on", "true")


def _known_only(statement: Statement) -> bool | None:
    """Return whether a statement keeps unknown clients out; None if it is about something else."""
    if statement.starts("boot-unknown-clients"):
        return not _flag(statement.words[1:])
    if statement.says(statement.head, "unknown-clients"):
        return {"allow": False, "deny": True, "ignore": True}.get(statement.head)
    return None
