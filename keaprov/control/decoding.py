"""Answers from the network as values: bounded in size and depth, and in the expected form.

An answer that breaks a bound, or that is not what was expected, raises Unreachable: nothing is
known of the server then. It never raises RecursionError or MemoryError.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from keaprov.errors import Unreachable

MOST = 64 << 20
"""Bytes of an answer on any channel. A configuration of 100,000 reservations has 20 MB before it
is packed."""
MOST_UNPACKED = 256 << 20
"""Bytes of an answer that came packed."""
DEEPEST = 100
"""Levels of lists and maps in an answer; those of Kea have some ten."""
MOST_CONTAINERS = 8 << 20
"""Lists and maps in an answer: each takes some 60 bytes of memory."""
_UNEXPECTED = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What a function raises that takes an answer for what it is not."""


class BoundError(ValueError):
    """An answer is too large or too deep; the message says which."""


def value_of(text: str | bytes) -> Any:
    """Return the value of a JSON text; ValueError if it is not JSON, BoundError beyond a bound."""
    text = text.decode() if isinstance(text, bytes) else text
    if text.count("{") + text.count("[") > MOST_CONTAINERS:
        raise BoundError(f"more than {MOST_CONTAINERS} lists and maps")
    try:
        value = json.loads(text)
    except RecursionError:
        raise BoundError(f"lists and maps in more than {DEEPEST} levels") from None
    if _deeper(value):
        raise BoundError(f"lists and maps in more than {DEEPEST} levels")
    return value


def unpacked_bytes(text: str) -> bytes:
    """Return what a program on a host packed; raises ValueError like `value_of`."""
    engine = zlib.decompressobj()
    try:
        data = engine.decompress(base64.b64decode(text, validate=True), MOST_UNPACKED)
    except (binascii.Error, zlib.error, TypeError) as error:
        raise ValueError(f"it is not packed as keaprov packs: {error}") from None
    if engine.unconsumed_tail:
        raise BoundError(f"more than {MOST_UNPACKED >> 20} MiB")
    if not engine.eof:
        raise ValueError("it is not whole")
    return data


def unpacked(text: str) -> Any:
    """Return the value that a program on a host packed, so that no log shows it.

    Raises Unreachable for anything else; the message names no host.
    """
    with expected("the packed answer"):
        return value_of(unpacked_bytes(text))


@contextmanager
def expected(what: str) -> Iterator[None]:
    """Raise Unreachable if an answer is not as expected; `what` names it, and its host."""
    try:
        yield
    except BoundError as error:
        raise Unreachable(f"{what} is too large: {error}") from None
    except _UNEXPECTED as error:
        detail = str(error)[:200] or "no detail"
        raise Unreachable(
            f"{what} is not as expected ({type(error).__name__}: {detail}). If the host is not "
            "tampered with, please report it"
        ) from error


def _deeper(value: Any) -> bool:
    """Whether a value has more than `DEEPEST` levels of lists and maps."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            child
            for parent in level
            if isinstance(parent, (dict, list))
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True
