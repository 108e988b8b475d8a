"""Pack answers that may hold secrets, so that nobody reads one in a debug log by chance.

This is not a protection: whoever has the log can unpack it.
"""

from __future__ import annotations

import base64
import zlib


def packed(text: str) -> str:
    """Return a text as base64 of zlib; bytes that were not UTF-8 are themselves again."""
    return base64.b64encode(zlib.compress(text.encode("utf-8", "surrogateescape"))).decode()
