"""Read files of any encoding: a byte that is not UTF-8 survives the way to the controller.

No link is followed that another user could have put there (`trusted`).
"""

from __future__ import annotations

import json
import os
from typing import Any

import trusted


def data(path: str, most: int = -1) -> bytes:
    """Return a file's first bytes, all of them without `most`; OSError if it cannot be read."""
    with os.fdopen(trusted.opened(path), "rb") as file:
        return file.read(most)


def text(path: str, most: int = -1) -> str:
    """Return a file's text; OSError if it cannot be read."""
    decoded = data(path, most).decode("utf-8", "surrogateescape")
    return decoded.replace("\r\n", "\n").replace("\r", "\n")


def quiet(path: str, most: int = -1) -> str:
    """Return a file's text, "" if it cannot be read."""
    try:
        return text(path, most)
    except OSError:
        return ""


def end(path: str, most: int) -> bytes:
    """Return a file's last bytes; OSError if it cannot be read."""
    with os.fdopen(trusted.opened(path), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        return os.pread(file.fileno(), most, max(0, size - most))


def mapping(path: str) -> dict[str, Any]:
    """Return the JSON object that a file holds, {} if it holds anything else."""
    try:
        value = json.loads(text(path))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
