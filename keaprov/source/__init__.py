"""Files into values that know their line: YAML 1.2, JSON, Kea's relaxed JSON, CSV."""

from __future__ import annotations

from pathlib import Path

from keaprov.errors import Problem
from keaprov.source.document import Document, Place, read_text
from keaprov.source.table import Table, read_csv
from keaprov.source.yaml12 import parse

__all__ = ["Document", "Place", "Table", "parse", "read", "read_csv"]


def read(path: Path, name: str = "") -> Document:
    """Read a YAML or JSON file; what is wrong with it comes back in `problems`."""
    name = name or str(path)
    text = read_text(path, name)
    if isinstance(text, Problem):
        return Document(name, problems=(text,))
    return parse(text, name)
