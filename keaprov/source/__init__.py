"""Files into values that know their line: YAML 1.2, JSON, Kea's relaxed JSON, CSV.

`document` is the result, with the bounds for bad input; `yaml12` and `events` read YAML, `relaxed`
and `tokens` JSON, `table` CSV. The package reads files. What is wrong in one is a `Problem`, not an
exception.
"""

from __future__ import annotations

import re
from pathlib import Path

from keaprov.errors import Problem
from keaprov.source.document import (
    MOST_BYTES,
    Document,
    Place,
    expanded,
    read_text,
    regular_bytes,
    text_of,
)
from keaprov.source.relaxed import parse_relaxed, path_at
from keaprov.source.table import Table, csv_of, read_csv
from keaprov.source.yaml12 import Spelled, parse

__all__ = [
    "MOST_BYTES",
    "Document",
    "Place",
    "Spelled",
    "Table",
    "csv_of",
    "expanded",
    "parse",
    "parse_relaxed",
    "path_at",
    "read",
    "read_as",
    "read_csv",
    "read_text",
    "regular_bytes",
    "text_of",
]

RELAXED = frozenset((".json", ".conf"))
"""Suffixes of files that are read as Kea reads them, whatever they hold."""
_SKIPPED = re.compile(r"(?:\s+|//[^\n]*|\#[^\n]*|/\*.*?\*/)*", re.DOTALL)
_JSON = re.compile(r"""[{[]$|[{[](?=["{[\]}]|<\?include)""")


def read(path: Path, name: str = "") -> Document:
    """Read a file; what is wrong with it comes back in `problems`."""
    name = name or str(path)
    text = read_text(path, name, bom=True)
    if isinstance(text, Problem):
        return Document(name, problems=(text,))
    return read_as(text, name)


def read_as(text: str, name: str) -> Document:
    """Read a file's text: JSON as Kea reads it if it looks like JSON, else YAML 1.2.

    A file whose name ends in .json or .conf is JSON. Flow YAML that only looks like JSON is YAML.
    """
    sure = Path(name).suffix.lower() in RELAXED
    plain = text.removeprefix("\ufeff")
    if not sure and not _looks_like_json(plain):
        return parse(plain, name)
    document = parse_relaxed(text, name)
    if sure or all(problem.code != "KP103" for problem in document.problems):
        return document
    flow = parse(plain, name)
    return document if flow.problems else flow


def _looks_like_json(text: str) -> bool:
    start = _SKIPPED.match(text)
    at = start.end() if start else 0
    inside = _SKIPPED.match(text, at + 1)
    after = inside.end() if inside else at + 1
    return bool(_JSON.match(text[at : at + 1] + text[after : after + 9]))
