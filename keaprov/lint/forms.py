"""How Kea reads addresses, prefixes and pools: as whole numbers."""

from __future__ import annotations

import re
import socket
from ipaddress import IPv4Network
from typing import Any

ALL_ONES = 0xFFFFFFFF
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}\Z")


def address(text: Any) -> int | None:
    """Return an IPv4 address in dotted form as a number, None for anything else."""
    try:
        return int.from_bytes(socket.inet_pton(socket.AF_INET, text), "big")
    except (OSError, TypeError, ValueError):
        return None


def dotted_quad(number: int) -> str:
    """Write an address."""
    return socket.inet_ntop(socket.AF_INET, number.to_bytes(4, "big"))


def prefix(text: Any) -> IPv4Network | None:
    """Return a prefix as Kea reads it (SubnetConfigParser::parse)."""
    if not isinstance(text, str):
        return None
    head, _, length = without_blanks(text).partition("/")
    number, bits = address(head), _whole(length)
    if number is None or bits is None or abs(bits) > ALL_ONES:
        return None
    try:
        return IPv4Network((number, bits & ALL_ONES), strict=False)
    except ValueError:
        return None


def without_blanks(text: str) -> str:
    """Return a text without spaces and tabs: Kea takes them out of prefixes and pools."""
    return text.replace(" ", "").replace("\t", "")


def _whole(text: str) -> int | None:
    return int(text) if _WHOLE.match(text) else None


def ends_of_pool(text: str) -> tuple[int, int]:
    """Return the ends of a pool as Kea reads it (PoolParser::parse); 1 and 0 for no pool."""
    text = without_blanks(text)
    if "/" in text:
        head, _, length = text.partition("/")
        start, bits = address(head), _whole(length)
        if start is None or bits is None or not 0 < bits <= 32:
            return 1, 0
        size = 1 << (32 - bits)
        return start & ~(size - 1), start | (size - 1)
    ends = [address(part) for part in text.split("-")]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        return 1, 0
    return ends[0], ends[1]


def has_prefix_form(text: str) -> bool:
    """Return whether a text is an address of some family, a slash and a number, as Kea reads it."""
    head, _, length = text.partition("/")
    bits = _whole(length)
    try:
        socket.inet_pton(socket.AF_INET6 if ":" in head else socket.AF_INET, head)
    except (OSError, ValueError):
        return False
    return bits is not None and abs(bits) <= ALL_ONES


_PREFIX = re.compile(r"[0-9.]+/[0-9]+\Z")
_POOL = re.compile(r"[ \t]*[0-9.]+[ \t]*[-/][ \t]*[0-9.]+[ \t]*\Z")


def plain_prefix(text: str) -> str:
    """Return how a prefix is written that Kea reads with blanks or signs in it, "" otherwise."""
    read = prefix(text)
    return "" if read is None or _PREFIX.match(text) else str(read)


def plain_pool(text: str) -> str:
    """Return how a pool is written that Kea reads with blanks or signs in it, "" otherwise."""
    first, last = ends_of_pool(text)
    if first > last or _POOL.match(text):
        return ""
    return f"{dotted_quad(first)} - {dotted_quad(last)}"
