"""Short forms into Kea's own: options by name, pools as text, reservations from CSV files.

What is written in one place and stands in another afterwards keeps its origin, so that a message
about the second is shown at the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from keaprov import secret
from keaprov.errors import NOWHERE, KeyPath, Mark, Problem
from keaprov.model.names import OF_A_SERVER
from keaprov.site import rows
from keaprov.site.rows import Origin
from keaprov.source import Spelled, Table, csv_of, expanded, read_csv

FLOATS = frozenset(
    (
        "t1-percent",
        "t2-percent",
        "cache-threshold",
        "ddns-ttl-percent",
        "adaptive-lease-time-threshold",
    )
)
_DATABASES = frozenset(("lease-database", "hosts-database", "hosts-databases", "config-control"))
_SCOPES = frozenset(("subnet4", "shared-networks", "client-classes"))


@dataclass
class Normal:
    """A ``dhcp4`` block in Kea's own forms, and where each changed part was written."""

    dhcp4: Any = None
    moved: dict[KeyPath, KeyPath] = field(default_factory=dict)
    origins: dict[KeyPath, Origin] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def written(self, path: KeyPath) -> KeyPath | Mark:
        """Return the path in the site file of a path in Kea's forms, or the mark in a table."""
        moved, origins = self.moved, self.origins
        if not moved and not origins:
            return path
        for length in range(len(path), 0, -1):
            head, tail = path[:length], path[length:]
            if head in origins and tail and isinstance(tail[0], int):
                mark = origins[head].mark(tail[0], tail[1:])
                if mark is not None:
                    return mark
            if head in moved:
                return moved[head] + tail
        return path


NO_TABLES: Mapping[str, str] = {}


def normalise(
    dhcp4: Any, path: KeyPath, folder: Path, name: str, tables: Mapping[str, str] = NO_TABLES
) -> Normal:
    """Bring a ``dhcp4`` block into Kea's own forms.

    `path` is where the block stands in its file, `folder` what file names are relative to, and
    `name` the site file's own name, for messages. `tables` are the texts of tables that are not
    written yet, by their name in the block.
    """
    work = _Work(Normal(), folder, name, tables)
    work.normal.dhcp4 = work.scope(dhcp4, path)
    work.share(path)
    return work.normal


class _Work:
    """A walk through a ``dhcp4`` block; `whole` is the table of all its subnets, if any."""

    def __init__(self, normal: Normal, folder: Path, name: str, tables: Mapping[str, str]) -> None:
        self.normal = normal
        self.folder = folder
        self.name = name
        self.tables = tables
        self.whole: Table | None = None

    def share(self, path: KeyPath) -> None:
        """Give the rows of a table of all subnets to their subnets."""
        dhcp4, table = self.normal.dhcp4, self.whole
        if table is None:
            return
        shares, wrong = rows.shares(table, dhcp4, path)
        self.normal.problems.extend(wrong)
        made = rows.reservations(table)
        for share in shares:
            own = share.subnet.get("reservations") or []
            if isinstance(own, list):
                origin = self.normal.origins.setdefault((*share.path, "reservations"), Origin())
                origin.parts.append((len(own), table, share.rows))
                share.subnet["reservations"] = [*own, *(made[row] for row in share.rows)]

    def scope(self, value: Any, path: KeyPath) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {key: self._entry(key, inner, (*path, key)) for key, inner in value.items()}

    def _entry(self, key: str, value: Any, path: KeyPath) -> Any:
        if key == "option-data" and isinstance(value, Mapping):
            return self._options(value, path)
        if key == "reservations":
            return self._reservations(value, path)
        if key == "pools" and isinstance(value, list):
            return [self._pool(pool, (*path, index)) for index, pool in enumerate(value)]
        if key in _DATABASES:
            return _databases(value)
        if key in _SCOPES and isinstance(value, list):
            return [self.scope(inner, (*path, index)) for index, inner in enumerate(value)]
        if key in FLOATS and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        return value

    def _options(self, options: Mapping[str, Any], path: KeyPath) -> list[dict[str, Any]]:
        made = []
        for index, (name, value) in enumerate(options.items()):
            written = (*path, name)
            here: KeyPath = (*path, index)
            self._moved(here, written)
            self._moved((*here, "name"), written)
            self._moved((*here, "code"), written)
            option: dict[str, Any] = {"code": int(name)} if _is_code(name) else {"name": name}
            if isinstance(value, Mapping):
                option |= value
            else:
                self._moved((*here, "data"), written)
                option |= self._data(value, written)
            made.append(option)
        return made

    def _data(self, value: Any, path: KeyPath) -> dict[str, Any]:
        parts = value if isinstance(value, list) else [value]
        texts = [_text(part) for part in parts]
        if None in texts:
            message = f"an option's value cannot be written {_kind(value)}"
            self._say("KP120", message, path, "Write the value in quotes, as Kea wants its `data`.")
            return {"data": ""}
        return {"data": ", ".join(str(text) for text in texts)}

    def _pool(self, pool: Any, path: KeyPath) -> Any:
        if isinstance(pool, str):
            self._moved((*path, "pool"), path)
            return {"pool": pool}
        return self.scope(pool, path)

    def _reservations(self, value: Any, path: KeyPath) -> Any:
        if isinstance(value, list) and self._has_tables(value, path):
            return []
        if isinstance(value, list):
            return [
                self.scope(row, (*path, index))
                if isinstance(row, dict) and "option-data" in row
                else row
                for index, row in enumerate(value)
            ]
        if isinstance(value, Mapping) and "csv" in value:
            return self._csv(value, path)
        return value

    def _has_tables(self, rows: list[Any], path: KeyPath) -> bool:
        """Return whether rows of a list are tables, and say that they cannot be."""
        tables = [at for at, row in enumerate(rows) if isinstance(row, Mapping) and "csv" in row]
        hint = (
            "Write `reservations: {csv: FILE}`, all rows in one table. "
            "A table in dhcp4.reservations serves several subnets."
        )
        for at in tables[:1]:
            self._say("KP121", "a table in a list", (*path, at, "csv"), hint)
        return bool(tables)

    def _csv(self, value: Mapping[str, Any], path: KeyPath) -> list[dict[str, Any]]:
        for key in value:
            if key != "csv":
                self._say("KP121", f"{key!r} beside csv", (*path, key), "Write {csv: FILE} alone.")
        if not isinstance(value["csv"], str):
            self._say("KP121", "csv is not a file name", (*path, "csv"), "Write {csv: FILE}.")
            return []
        file = expanded(value["csv"])
        shown, unwritten = _shown(self.name, file), self.tables.get(value["csv"])
        if unwritten is None:
            table = read_csv(self.folder / file, shown, rows.column)
        else:
            table = csv_of(unwritten, shown, rows.column)
        self.normal.tables.append(table)
        if (other := rows.foreign(table)) is not None:
            self.normal.problems.append(other)
            return []
        unread = (_of_file(problem, table.file, path) for problem in table.problems)
        self.normal.problems.extend(unread)
        whole = len(path) == 2
        wrong = rows.problems(table, whole)
        self.normal.problems.extend(wrong)
        if wrong or table.problems:
            return []
        if whole and any(name in table.header for name in rows.HOMES):
            self.whole = table
            return []
        self.normal.origins[path] = Origin([(0, table, range(len(table.rows)))])
        return rows.reservations(table)

    def _moved(self, here: KeyPath, written: KeyPath) -> None:
        self.normal.moved[here] = written

    def _say(self, code: str, message: str, path: KeyPath, hint: str) -> None:
        self.normal.problems.append(Problem(code, message, Mark(self.name), path, hint))


def of_server(server: Any) -> dict[str, Any]:
    """Return the keys of ``Dhcp4`` that a server has for itself, in Kea's own forms."""
    own = server.get("dhcp4") if isinstance(server, Mapping) else None
    return {
        key: _databases(value) if key in _DATABASES else value
        for key, value in (own.items() if isinstance(own, Mapping) else ())
        if key in OF_A_SERVER
    }


def _databases(value: Any) -> Any:
    """Return databases, or a map that has them, with texts that stand for their passwords."""
    if isinstance(value, list):
        return [_databases(entry) for entry in value]
    if not isinstance(value, Mapping):
        return value
    if "config-databases" in value:
        return {**value, "config-databases": _databases(value["config-databases"])}
    standing = secret.reference(value.get("password"))
    return value if standing is None else {**value, "password": standing}


def _of_file(problem: Problem, file: str, path: KeyPath) -> Problem:
    """Return a table's problem; one without a line is shown where the table is asked for."""
    if problem.mark.line:
        return problem
    hint = "The name is relative to the site file. Check the path, and who may read the file."
    if problem.message.startswith("larger"):
        hint = "Split the table: each subnet may have its own."
    message = f"{file}: {problem.message}"
    return problem._replace(message=message, mark=NOWHERE, path=(*path, "csv"), hint=hint)


def _shown(site: str, file: Path) -> str:
    return str(file if file.is_absolute() else Path(site).parent / file)


def _is_code(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) <= 3


def _text(value: Any) -> str | None:
    """Return a scalar as it is written; None if its spelling is lost."""
    if isinstance(value, Spelled):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int)):
        return str(value)
    return None


def _kind(value: Any) -> str:
    if value is None:
        return "as nothing"
    return "as a decimal number" if isinstance(value, float) else "like this"
