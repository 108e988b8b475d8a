"""Read files of any encoding: a byte that is not UTF-8 survives the way to the controller."""

from __future__ import annotations

import json
from typing import Any


def text(path: str) -> str:
    """Return a file's text; OSError if it cannot be read."""
    with open(path, encoding="utf-8", errors="surrogateescape") as data:
        return data.read()


def quiet(path: str) -> str:
    """Return a file's text, "" if it cannot be read."""
    try:
        return text(path)
    except OSError:
        return ""


def mapping(path: str) -> dict[str, Any]:
    """Return the JSON object that a file holds, {} if it holds anything else."""
    try:
        value = json.loads(text(path))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
