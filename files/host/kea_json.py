"""Kea's JSON, with text as UTF-8 in both directions.

Kea keeps octets. It takes ``\\u00fc`` in a command for the one octet fc, and refuses an escape
above ``\\u00ff``; in a file, and in a command without escapes, the letter is its octets in UTF-8.
It prints each octet above 7f as an escape of its own, ``\\u00c3\\u00bc`` (data.cc, StringElement).
"""

from __future__ import annotations

import json
import re
from typing import Any

ESCAPES = re.compile(rb"\\[^u]|\\u(?!00[89a-fA-F])|((?:\\u00[89a-fA-F][0-9a-fA-F])+)")
"""An escape of JSON; the group is a run of octets above 7f."""


def sent(command: dict[str, Any]) -> bytes:
    """Return a command as Kea reads it: with the same octets as a file of the same text."""
    return json.dumps(command, ensure_ascii=False).encode("utf-8", "surrogateescape")


def value(data: bytes) -> Any:
    """Return the value of what Kea has printed; ValueError if it is not JSON."""
    return json.loads(ESCAPES.sub(_text, data) if b"\\u00" in data else data)


def _text(escape: re.Match[bytes]) -> bytes:
    """Return the octets of a run as they are if they are UTF-8; else the escapes stay."""
    run = escape[1]
    if run is None:
        return escape[0]
    octets = bytes.fromhex(run.replace(b"\\u00", b"").decode("ascii"))
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError:
        return run
    return octets
