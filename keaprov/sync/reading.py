"""The sources of a site file, read: files beside it, or NetBox by its API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from keaprov.model import Secret
from keaprov.secret import read as read_secret
from keaprov.site import rows
from keaprov.source import MOST_BYTES, Table, expanded, read_csv, regular_bytes
from keaprov.sync import netbox, netbox_api, phpipam, tables, values
from keaprov.sync.model import Answer, SourceError


def answers(sources: Mapping[str, Any], site_file: str) -> Iterator[Answer]:
    """Yield what each source of a checked site file says.

    Raises SourceError with what to do, and SecretError if NetBox's token cannot be read.
    """
    for name, raw in sources.items():
        answer = _READERS[raw["type"]](name, raw, site_file)
        if not any(prefix.selected for prefix in answer.prefixes) and not answer.conflicts:
            many = f"{len(answer.prefixes)} others" if answer.prefixes else "no prefix at all"
            raise SourceError(
                f"{name}: no prefix is selected ({many}): check `where`, and what the token may see"
            )
        yield answer


def _netbox(name: str, raw: Mapping[str, Any], site_file: str) -> Answer:
    where, ranges = _texts(raw, "where"), _texts(raw, "ranges")
    options = raw.get("options") or {}
    fields = {key: value for key, value in options.items() if isinstance(value, str)}
    marks = {key: _texts(options, key) for key in options if key not in fields}
    selection = netbox.Selection(where, ranges, fields, marks)
    if "export" in raw:
        lists = _lists(name, _beside(site_file, raw["export"]), netbox.LISTS, netbox.PREFIXES)
    else:
        given = raw.get("token") or {}
        secret = Secret(env=given.get("env"), file=given.get("file"))
        token = read_secret(secret, site_file, f"sources.{name}.token") if given else None
        authority = raw.get("ca-file")
        ca_file = str(_beside(site_file, authority)) if authority else None
        lists = netbox_api.lists(name, raw["url"], token, ca_file, marks.values())
    return netbox.answer(name, lists, selection)


def _phpipam(name: str, raw: Mapping[str, Any], site_file: str) -> Answer:
    lists = _lists(name, _beside(site_file, raw["export"]), phpipam.LISTS, phpipam.SUBNETS)
    return phpipam.answer(name, lists, _texts(raw, "where"), _texts(raw, "options"))


def _csv(name: str, raw: Mapping[str, Any], site_file: str) -> Answer:
    subnets = _table(name, _beside(site_file, raw["subnets"]), tables.column)
    unknown = [
        column
        for column in subnets.header
        if column not in tables.COLUMNS and not column.startswith(tables.OPTION)
    ]
    if unknown or "subnet" not in subnets.header:
        listed = f"{', '.join(tables.COLUMNS)} and {tables.OPTION}NAME"
        raise SourceError(f"{subnets.file}: the columns are {listed}, not {', '.join(unknown)}")
    hosts = raw.get("reservations")
    table = _table(name, _beside(site_file, hosts), rows.column) if hosts else None
    return tables.answer(name, subnets, table)


_READERS = {"netbox": _netbox, "phpipam": _phpipam, "csv": _csv}


def _beside(site_file: str, name: str) -> Path:
    return Path(site_file).parent / expanded(name)


def _texts(raw: Mapping[str, Any], key: str) -> dict[str, str]:
    return {name: values.text(value) for name, value in (raw.get(key) or {}).items()}


def _table(name: str, path: Path, rename: Any) -> Table:
    table = read_csv(path, str(path), rename)
    if table.problems:
        problem = table.problems[0]
        raise SourceError(f"{name}: {problem.mark}: {problem.message}. {problem.hint}")
    return table


def _lists(
    name: str, folder: Path, lists: Sequence[str], needed: str
) -> dict[str, list[values.Object]]:
    """Return the lists of an export: ``NAME.json`` of a folder, each an answer of the API."""
    read: dict[str, list[values.Object]] = {}
    for list_name in lists:
        path = folder / f"{list_name}.json"
        if list_name == needed or path.exists():
            read[list_name] = _objects(name, path)
        else:
            read[list_name] = []
    return read


def _objects(name: str, path: Path) -> list[values.Object]:
    """Return the objects of an answer: a list, or a map with ``results`` or ``data``."""
    try:
        content = regular_bytes(path, MOST_BYTES + 1)
        value = json.loads(content)
    except OSError as error:
        raise SourceError(f"{name}: cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{name}: {path} is not JSON ({error}): export it again") from None
    if isinstance(value, Mapping):
        if value.get("next"):
            raise SourceError(f"{name}: {path} is one page of several: export with limit=0")
        value = value.get("results", value.get("data"))
    if not isinstance(value, list) or not all(isinstance(raw, Mapping) for raw in value):
        raise SourceError(f"{name}: {path} is not an answer of the API: it has no list of objects")
    return value
