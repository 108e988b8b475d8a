"""Tables of reservations: their columns, their rows in Kea's forms, and where a row was written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

from keaprov.errors import KeyPath, Mark, Problem
from keaprov.lint.definitions import standard
from keaprov.model.names import IDENTIFIERS
from keaprov.site.foreign import program
from keaprov.source import Spelled, Table
from keaprov.words import Suggestions, did_you_mean, meant, meant_by

COLUMNS = (
    *IDENTIFIERS,
    *("ip-address", "hostname", "client-classes"),
    *("next-server", "server-hostname", "boot-file-name", "comment"),
)
"""The columns that a table of reservations may have: Kea's keywords."""
HOMES = ("subnet", "subnet-id", "vlan")
"""The columns that say which subnet a row of the table in ``dhcp4.reservations`` belongs to."""
_WHAT = {
    "subnet": "prefix {!r}",
    "subnet-id": "id {!r}",
    "vlan": "vlan {!r} in the user-context",
}
"""A subnet's name in a message, by the column that says it."""
OPTION = "option."
"""What the name of an option's column starts with: ``option.boot-file-name``, ``option.66``."""
_OTHER_OPTION = re.compile(r"(?:dhcp-)?opt(?:ion)?[-_:.]*([0-9]+|[a-z].*)", re.IGNORECASE)
"""How people write it, too: ``option:66``, ``option-66``, ``Option 66``."""
_ADDRESS = re.compile(r"([0-9a-f]{2}[:-]){5}[0-9a-f]{2}\Z|([0-9]{1,3}\.){3}[0-9]{1,3}\Z")
"""A hardware or IPv4 address: no column has such a name."""
_HEX = re.compile(r"[0-9A-Fa-f]+\Z")


def column(name: str) -> str:
    """Return Kea's keyword for a column's name: ``MAC`` is hw-address, ``Subnet ID`` subnet-id.

    A * at the end is Infoblox's mark of a column that is required.
    """
    written = re.sub(r"\s+", "-", name.removesuffix("*").strip())
    if written.lower().startswith(OPTION):
        return OPTION + _option(written[len(OPTION) :])
    other = _OTHER_OPTION.fullmatch(written)
    if other and (other[1].isdigit() or _is_standard(_option(other[1]))):
        return OPTION + _option(other[1])
    plain = written.lower().replace("_", "-")
    known = (*COLUMNS, *HOMES)
    return meant(plain) if plain not in known and meant(plain) in known else plain


def _option(name: str) -> str:
    """Return the name of an option of Kea's in lower case; a site's own has the site's letters."""
    usual = name.lower().replace("_", "-")
    return usual if _is_standard(usual) else name


def _is_standard(name: str) -> bool:
    return any(name == option.name for option in standard())


@dataclass
class Origin:
    """Where the rows of one list of reservations were written: in tables, by their first row."""

    parts: list[tuple[int, Table, Sequence[int]]] = field(default_factory=list)

    def mark(self, row: int, tail: KeyPath) -> Mark | None:
        """Return the place of a row's value, None if the row is not from a table."""
        for first, table, picks in reversed(self.parts):
            if first <= row < first + len(picks):
                return table.mark(picks[row - first], _field(table, picks[row - first], tail))
        return None


def _field(table: Table, row: int, tail: KeyPath) -> str | int | None:
    """Return the column of a value: an option's is the n-th that the row fills."""
    if tail[:1] == ("option-data",) and len(tail) > 1:
        options = [name for name in table.rows[row] if name.startswith(OPTION)]
        return options[int(tail[1])] if isinstance(tail[1], int) else None
    return tail[0] if tail else None


_ABOVE = "Write the columns' names above the rows: hw-address,ip-address,hostname"


def problems(table: Table, whole: bool) -> list[Problem]:
    """Return what is wrong with a table's columns.

    `whole` says that the table serves all subnets: only then it may say which one a row is of.
    """
    if not table.header or table.problems:
        return []
    if wrong := _not_a_header(table):
        return [wrong]
    return [*_misplaced(table, whole), *_unknown(table)]


def foreign(table: Table) -> Problem | None:
    """Return whose file a table is, if none of its columns is known; None if it may be a table."""
    known = (*COLUMNS, *HOMES)
    if not table.header or table.text.lstrip()[:1] == "<":
        return None
    if any(name in known for name in table.header):
        return None
    return program(table.text, table.file, _ABOVE)


def _not_a_header(table: Table) -> Problem | None:
    """Return why the first line has no names of columns, None if it has some."""
    known = (*COLUMNS, *HOMES)
    mark, first = table.header_mark(), table.header_text(0)
    if len(table.header) == 1 and first[:1] in ("<", "{", "["):
        hint = "Export the table as CSV (Excel: `CSV UTF-8`)."
        kind = "HTML or XML" if first[0] == "<" else "JSON"
        return Problem("KP110", f"not CSV but {kind}", mark, hint=hint)
    words = first.lower().split() if len(table.header) == 1 else table.header
    if any(map(_ADDRESS.match, words)):
        return Problem("KP110", "the first line is a row, not a header", mark, hint=_ABOVE)
    if len(table.header) > 1 or table.header[0] in known or did_you_mean(table.header[0], known):
        return None
    parts = [column(part) for part in re.split(r"[|:/\s]+", first)]
    if sum(part in (*COLUMNS, *HOMES) for part in parts) > 1:
        hint = "Separate the columns by commas, semicolons or tabs."
        return Problem("KP110", "the first line is one column", mark, hint=hint)
    return Problem("KP110", "the first line has no name of a column", mark, hint=_ABOVE)


def _misplaced(table: Table, whole: bool) -> Iterator[Problem]:
    """Yield what is wrong with the columns that name a subnet."""
    homes = [name for name in HOMES if name in table.header]
    for name in () if whole else homes:
        hint = "Name the table in dhcp4 (`reservations: {csv: FILE}`), not in one subnet."
        message = f"the column {name!r} is for a table of all subnets"
        yield Problem("KP112", message, table.header_mark(table.header.index(name)), hint=hint)
    if len(homes) > 1:
        message = f"the columns {' and '.join(homes)} both name the subnet"
        mark = table.header_mark(table.header.index(homes[1]))
        yield Problem("KP112", message, mark, hint="Keep one of them.")


def _unknown(table: Table) -> Iterator[Problem]:
    """Yield the columns that have no known name, those without a similar name as one problem."""
    known = (*COLUMNS, *HOMES)
    others: list[int] = []
    suggested = set()
    for index, name in enumerate(table.header):
        if not name or name in known or name.startswith(OPTION):
            continue
        hint = did_you_mean(name, known)
        if name == "clientid" and "scopeid" in table.header:
            hint = "Windows writes the MAC address there: name the column hw-address."
        if not hint or meant_by(hint) in table.header:
            others.append(index)
            continue
        suggested |= {kind for kind in IDENTIFIERS if kind in hint}
        message = f"unknown column {table.header_text(index)!r}"
        yield Problem("KP112", message, table.header_mark(index), hint=hint)
    if others:
        names = ", ".join(repr(table.header_text(index)) for index in others)
        message = f"unknown column{'s' if len(others) > 1 else ''} {names}"
        hint = f"Rename or remove them: columns are {', '.join(known)} and {OPTION}NAME."
        yield Problem("KP112", message, table.header_mark(others[0]), hint=hint)
    if not suggested and not set(table.header) & set(IDENTIFIERS):
        hint = f"Add a column that names the client: {', '.join(IDENTIFIERS)}."
        message = "no column identifies the clients"
        yield Problem("KP112", message, table.header_mark(), hint=hint)


def reservations(table: Table) -> list[dict[str, Any]]:
    """Return a table's rows as Kea's reservations, in the table's order."""
    special = [
        name
        for name in table.header
        if name in HOMES or name == "client-classes" or name.startswith(OPTION)
    ]
    if special:
        return [_reservation(row) for row in table.rows]
    return [_reservation(row) if _is_dashed(row) else row for row in table.rows]


def _is_dashed(row: Mapping[str, str]) -> bool:
    address = row.get("hw-address", "")
    return "-" in address or "." in address


def _reservation(row: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    options: list[dict[str, Any]] = []
    for name, text in row.items():
        if name.startswith(OPTION):
            option = name.removeprefix(OPTION)
            is_code = option.isascii() and option.isdigit()
            options.append({"code": int(option)} if is_code else {"name": option})
            options[-1]["data"] = text
        elif name == "client-classes":
            made[name] = text.replace(",", " ").split()
        elif name not in HOMES:
            made[name] = _colons(text) if name == "hw-address" else text
    return made | {"option-data": options} if options else made


def _colons(text: str) -> str:
    """Return a hardware address with colons: ``00-11-22-33-44-55``, ``0011.2233.4455``."""
    digits = text.replace("-", "").replace(".", "")
    if digits == text or len(digits) % 2 or not _HEX.match(digits):
        return text
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


@dataclass(frozen=True)
class Share:
    """The rows of a table that belong to one subnet; `path` and `subnet` are the subnet's."""

    path: KeyPath
    subnet: dict[str, Any]
    rows: list[int] = field(default_factory=list)


def shares(
    table: Table, dhcp4: Mapping[str, Any], path: KeyPath
) -> tuple[list[Share], list[Problem]]:
    """Return which rows belong to which subnet of a Dhcp4 map, and the rows of none (KP114).

    A row names its subnet by prefix, by id, or by ``vlan`` in the subnet's user-context.
    """
    home = next(name for name in HOMES if name in table.header)
    by_name: dict[str, list[Share]] = {}
    for where, subnet in _subnets(dhcp4, path):
        by_name.setdefault(_name_of(subnet, home), []).append(Share(where, subnet))
    by_name.pop("", None)
    suggestions = Suggestions(by_name)
    wrong: list[Problem] = []
    for number, row in enumerate(table.rows):
        text = row.get(home, "")
        known = by_name.get(_prefix(text) if home == "subnet" else text, [])
        if len(known) == 1:
            known[0].rows.append(number)
            continue
        what = _WHAT[home].format(text)
        message = f"{'several subnets have' if known else 'no subnet has'} the {what}"
        hint = suggestions.hint(text) or "Correct the row, or add the subnet to the site."
        if home == "subnet" and "/" not in text:
            hint = "Write the prefix, as 172.20.10.0/24. A column of ids is named subnet-id."
        if known:
            hint = "A row belongs to one subnet: write the column subnet-id, each with its own id."
        if not text:
            message, hint = f"the row has no {home}", f"Fill the column {home}."
        wrong.append(Problem("KP114", message, table.mark(number, home), hint=hint))
    return [share for group in by_name.values() for share in group if share.rows], wrong


def _subnets(dhcp4: Mapping[str, Any], path: KeyPath) -> Iterator[tuple[KeyPath, dict[str, Any]]]:
    for index, subnet in enumerate(_list(dhcp4.get("subnet4"))):
        if isinstance(subnet, dict):
            yield (*path, "subnet4", index), subnet
    for index, shared in enumerate(_list(dhcp4.get("shared-networks"))):
        if isinstance(shared, dict):
            yield from _subnets(
                {"subnet4": shared.get("subnet4")}, (*path, "shared-networks", index)
            )


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _name_of(subnet: Mapping[str, Any], home: str) -> str:
    if home == "subnet":
        return _prefix(str(subnet.get("subnet", "")))
    if home == "subnet-id":
        return str(subnet.get("id", ""))
    context = subnet.get("user-context")
    vlan = context.get("vlan", "") if isinstance(context, Mapping) else ""
    return vlan.text if isinstance(vlan, Spelled) else str(vlan)


def _prefix(text: str) -> str:
    try:
        return str(IPv4Network(text, strict=False)) if "/" in text else text
    except ValueError:
        return text
