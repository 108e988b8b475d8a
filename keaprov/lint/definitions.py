"""Definitions of options: Kea's own, in every option space, and the configuration's.

Kea's own definitions (`schema/options.csv`) are those of Kea 3.0 (std_option_defs.h and
docsis3_option_defs.h; Kea ARM, DHCPv4 Server: Standard DHCPv4 Options).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from keaprov.errors import KeyPath
from keaprov.lint.config import Config, Raw, maps
from keaprov.lint.forms import address

SPACE = "dhcp4"
FOREIGN = "dhcp6"
"""The space of DHCPv6: a DHCPv4 server may define options there, but not send any."""
VENDOR_43 = 43
"""Vendor-specific information: a client class may have its own definition (RFC 2132, 8.4)."""
_LAST_RESORT = "last-resort-v4"
_CABLELABS = 4491
_DOCSIS = "docsis3-v4"
_VENDOR = re.compile(r"vendor-(-?[0-9]{1,18})\Z")
_SPACE_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?\Z")


_NUMBERED = re.compile(r"(?:dhcp-?)?(?:opt|option|code)[ _-]?([0-9]{1,3})", re.IGNORECASE)
"""An option by its code, as other tools write it."""


class Definition(NamedTuple):
    """An option's definition: its fields' types, and whether the last may come again.

    `encapsulates` is the space of its sub-options, empty if it has none.
    """

    space: str
    name: str
    code: int
    types: tuple[str, ...]
    array: bool
    encapsulates: str = ""


Table = dict[tuple[str, int | str], Definition]
"""Definitions by space and code, and by space and name."""


@cache
def _builtin() -> tuple[Definition, ...]:
    text = files("keaprov").joinpath("schema/options.csv").read_text("utf-8")
    return tuple(
        Definition(
            row["space"],
            row["name"],
            int(row["code"]),
            tuple(row["type"].split()),
            row["array"] != "",
            row["encapsulates"],
        )
        for row in csv.DictReader(io.StringIO(text))
    )


@cache
def builtin() -> Table:
    """Return Kea's own definitions; a configuration cannot replace them."""
    return _table(_builtin())


@cache
def standard() -> tuple[Definition, ...]:
    """Return Kea's own definitions of DHCPv4's options, with option 43's, by code."""
    wanted = [entry for entry in _builtin() if entry.space in (SPACE, _LAST_RESORT)]
    return tuple(sorted((entry._replace(space=SPACE) for entry in wanted), key=lambda e: e.code))


def _table(definitions: Iterator[Definition] | tuple[Definition, ...]) -> Table:
    """Index definitions; the first of two with the same name or code counts."""
    table: Table = {}
    for definition in definitions:
        table.setdefault((definition.space, definition.code), definition)
        table.setdefault((definition.space, definition.name), definition)
    return table


def is_space_name(text: str) -> bool:
    """Whether Kea takes a name for an option space or an option (OptionSpace::validateName)."""
    return bool(_SPACE_NAME.match(text))


def deferred(space: str, code: int) -> bool:
    """Whether a client class may define an option (Kea ARM, Private DHCPv4 Options)."""
    return space == SPACE and (code == VENDOR_43 or 224 <= code <= 254)


class Definitions:
    """What an option can be held against, looked up in Kea's order.

    The definitions of a client class are that class's alone. Kea looks them up first, then its own,
    then the vendor's, then the configuration's, and at last its definition of option 43
    (OptionDataParser::findOptionDefinition).
    """

    def __init__(self, config: Config) -> None:
        written: dict[KeyPath, list[Definition]] = {}
        self._faulty: list[Raw] = []
        for path, raw in option_defs(config):
            definition = _definition(raw)
            if definition is None or not _is_named(raw):
                self._faulty.append(raw)
            if definition is not None:
                written.setdefault(path[:-2], []).append(definition)
        self.common = _table(tuple(written.pop(config.root, ())))
        self.of_class = {path: _table(tuple(entries)) for path, entries in written.items()}
        self._known: dict[tuple[str, int | str], Definition | None] = {}

    def find(self, space: str, key: int | str, scope: KeyPath = ()) -> Definition | None:
        """Return the definition of an option of a scope, by its code or its name."""
        own = self.of_class[scope].get((space, key)) if scope in self.of_class else None
        if own is not None:
            return own
        if (space, key) not in self._known:
            self._known[space, key] = self._find(space, key)
        return self._known[space, key]

    def _find(self, space: str, key: int | str) -> Definition | None:
        """Return the definition of an option of any scope."""
        for table, wanted in (
            (builtin(), space),
            (builtin(), vendor_space(space)),
            (self.common, space),
            (builtin(), _LAST_RESORT if space == SPACE else ""),
        ):
            definition = table.get((wanted, key))
            if definition is not None:
                return definition
        return None

    def without_vendors(self, space: str, key: int | str) -> Definition | None:
        """Return the definition of an option, not looked up among those of vendors."""
        tables = ((builtin(), space), (self.common, space))
        last = ((builtin(), _LAST_RESORT),) if space == SPACE else ()
        entries = (table.get((wanted, key)) for table, wanted in (*tables, *last))
        return next((entry for entry in entries if entry), None)

    def suboption(self, space: str, code: int) -> Definition | None:
        """Return the definition that Kea reads the octets of a sub-option with."""
        return builtin().get((space, code)) or self.common.get((space, code))

    def may_be_meant(self, space: str, key: int | str) -> bool:
        """Whether a definition that cannot be read may be that of an option: it is reported."""
        return any(_may_define(raw, space, key) for raw in self._faulty)

    def is_own(self, space: str, code: int) -> bool:
        """Whether the configuration defines an option for all scopes."""
        return (space, code) in self.common

    def by_number(self, space: str, name: str) -> str:
        """Return how an option is written that is named by its code, ``option 66``; else ""."""
        match = _NUMBERED.fullmatch(name)
        if match is None:
            return ""
        definition = self.find(space, int(match[1]))
        named = f", or its name, {definition.name}" if definition else ""
        return f"Write its code, {int(match[1])}{named}."

    def names(self, space: str, scope: KeyPath = ()) -> list[str]:
        """Return the names that an option of a scope may have in a space."""
        spaces = (space, vendor_space(space), _LAST_RESORT if space == SPACE else "")
        tables = (self.of_class.get(scope, {}), self.common, builtin())
        keys = (key for table in tables for key in table)
        return sorted({name for at, name in keys if at in spaces and isinstance(name, str)})


def vendor_space(space: str) -> str:
    """Return where Kea has a vendor's definitions (LibDHCP::optionSpaceToVendorId)."""
    match = _VENDOR.match(space)
    return _DOCSIS if match and int(match[1]) == _CABLELABS else ""


def option_defs(config: Config) -> Iterator[tuple[KeyPath, Raw]]:
    """Yield the configuration's definitions, those of client classes too."""
    for scope in config.scopes:
        if scope.kind in ("global", "class"):
            for index, raw in maps(scope.raw.get("option-def")):
                yield (*scope.path, "option-def", index), raw


def record_types(raw: Raw) -> list[str]:
    """Return the types of a record's fields as Kea splits them."""
    given = raw.get("record-types")
    fields = given.split(",") if isinstance(given, str) else []
    return [field.strip() for field in fields if field.strip()]


def _is_named(raw: Raw) -> bool:
    """Whether the name and the space of a definition are names."""
    texts = (raw.get("name"), raw.get("space", SPACE))
    return all(isinstance(text, str) and is_space_name(text) for text in texts)


def _may_define(raw: Raw, space: str, key: int | str) -> bool:
    """Whether a definition is of an option as far as it can be read."""
    given, known = raw.get("space", SPACE), raw.get("name" if isinstance(key, str) else "code")
    if isinstance(given, str) and is_space_name(given) and given != space:
        return False
    readable = isinstance(known, type(key)) and is_space_name(str(known))
    return not readable or known == key


def _definition(raw: Raw) -> Definition | None:
    name, code, kind = raw.get("name"), raw.get("code"), raw.get("type")
    if not isinstance(name, str) or not isinstance(code, int) or not isinstance(kind, str):
        return None
    types = tuple(record_types(raw)) if kind == "record" else (kind,)
    space, inner = raw.get("space", SPACE), raw.get("encapsulate", "")
    array = raw.get("array") is True
    return Definition(str(space), name, code, types or ("empty",), array, str(inner))


_NAMES = {150: "tftp-servers", 252: "wpad"}


def suggested(code: int | None, space: str, data: object) -> str:
    """Return the definition to write for an option that has none; "" for another value.

    The value has to be addresses or a URL.
    """
    text = str(data or "")
    of_addresses = all(address(field.strip()) is not None for field in text.split(","))
    if code is None or not (of_addresses or "://" in text):
        return ""
    kind = "ipv4-address, array: true" if of_addresses else "string"
    within = "" if space == SPACE else f", space: {space}"
    body = f"name: {_NAMES.get(code, f'option-{code}')}, code: {code}, type: {kind}{within}"
    return f"Define it: option-def: [{{{body}}}]."
