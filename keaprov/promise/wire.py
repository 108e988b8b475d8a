"""Options as they are sent: a site's in a packet's bytes, a packet's in a site's words."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice

from keaprov.lint.options import standard
from keaprov.lint.values import Definition
from keaprov.model import Json

SIZES = {"uint8": 1, "uint16": 2, "uint32": 4, "int8": 1, "int16": 2, "int32": 4}
LABELS = 128
"""No domain name has more (RFC 1035, section 2.3.4), so that a circle of pointers ends, too."""


def options(scopes: Iterable[Json]) -> Iterator[tuple[int, str, bytes]]:
    """Yield the options of scopes whose standard definition we can encode: code, name, value."""
    for scope in scopes:
        for one in scope.get("option-data") or ():
            known = _by_name().get(one.get("name", "")) or _by_code().get(one.get("code", -1))
            if known is None or one.get("space", "dhcp4") != "dhcp4" or one.get("never-send"):
                continue
            if one.get("csv-format") is False or "data" not in one or one.get("client-classes"):
                continue
            value = _encoded(known, str(one["data"]))
            if value is not None:
                yield known.code, known.name, value


def plain(code: int, value: bytes | None) -> bytes | None:
    """Return a value as `options` gives it: domain names may come with pointers (RFC 3397)."""
    if value is None or _kind(code) != "fqdn":
        return value
    return b"".join(b"".join(_prefixed(label) for label in one) + b"\0" for one in _names(value))


def shown(code: int, value: bytes | None) -> str:
    """Return a value as people read it, hexadecimal when its kind is not known."""
    if value is None:
        return "none"
    kind = _kind(code)
    if kind == "ipv4-address" and len(value) % 4 == 0:
        return ", ".join(socket.inet_ntoa(value[at : at + 4]) for at in range(0, len(value), 4))
    if kind in SIZES and len(value) == SIZES[kind]:
        return str(int.from_bytes(value, "big", signed=kind.startswith("int")))
    if kind == "fqdn":
        return ", ".join(b".".join(one).decode(errors="replace") for one in _names(value))
    return value.decode() if kind == "string" and value.isascii() else value.hex()


def name_of(code: int) -> str:
    """Return an option's name, its code when it has none."""
    return _by_code()[code].name if code in _by_code() else str(code)


@cache
def _by_name() -> dict[str, Definition]:
    return {one.name: one for one in standard()}


@cache
def _by_code() -> dict[int, Definition]:
    return {one.code: one for one in standard()}


def _kind(code: int) -> str:
    """Return an option's type, "binary" for a record or one that is not known."""
    types = _by_code()[code].types if code in _by_code() else ()
    return types[0] if len(types) == 1 else "binary"


def _encoded(known: Definition, data: str) -> bytes | None:
    parts = [part.strip() for part in data.split(",")] if known.array else [data.strip()]
    kind = _kind(known.code)
    try:
        if kind == "ipv4-address":
            return b"".join(socket.inet_aton(part) for part in parts)
        if kind in SIZES:
            size, signed = SIZES[kind], kind.startswith("int")
            return b"".join(int(part, 0).to_bytes(size, "big", signed=signed) for part in parts)
        if kind == "fqdn":
            names = [[each.encode() for each in part.split(".") if each] for part in parts]
            return b"".join(b"".join(map(_prefixed, one)) + b"\0" for one in names)
    except (OSError, ValueError, OverflowError):
        return None
    if kind == "boolean":
        return bytes((data.strip().lower() in ("true", "1"),))
    return data.encode() if kind == "string" and not known.array else None


def _prefixed(label: bytes) -> bytes:
    return bytes((len(label),)) + label


def _names(value: bytes) -> Iterator[list[bytes]]:
    """Yield the domain names that follow each other in a value, as labels."""
    at = 0
    while at < len(value):
        labels = list(islice(_labels(value, at), LABELS))
        yield labels
        while at < len(value) and 0 < value[at] < 0xC0:
            at += 1 + value[at]
        at += 2 if at < len(value) and value[at] >= 0xC0 else 1


def _labels(value: bytes, at: int) -> Iterator[bytes]:
    """Yield a name's labels from a place on, following its pointers (RFC 1035, section 4.1.4)."""
    for _ in range(2 * LABELS):
        length = value[at] if at < len(value) else 0
        if length >= 0xC0 and at + 1 < len(value):
            at = (length & 0x3F) << 8 | value[at + 1]
        elif length:
            yield value[at + 1 : at + 1 + length]
            at += 1 + length
        else:
            return
