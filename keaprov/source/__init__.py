"""Files into values that know their line: YAML 1.2, JSON, Kea's relaxed JSON, CSV."""

from __future__ import annotations

from pathlib import Path

from keaprov.errors import Problem
from keaprov.source.document import Document, Place, read_text
from keaprov.source.relaxed import parse_relaxed, path_at
from keaprov.source.table import Table, read_csv
from keaprov.source.yaml12 import parse

__all__ = ["Document", "Place", "Table", "parse", "parse_relaxed", "path_at", "read", "read_csv"]

RELAXED = frozenset((".json", ".conf"))
"""Suffixes of files that are read as Kea reads them; all others are YAML 1.2."""


def read(path: Path, name: str = "") -> Document:
    """Read a file by its suffix; what is wrong with it comes back in `problems`."""
    name = name or str(path)
    relaxed = path.suffix in RELAXED
    text = read_text(path, name, bom=relaxed)
    if isinstance(text, Problem):
        return Document(name, problems=(text,))
    return parse_relaxed(text, name) if relaxed else parse(text, name)
