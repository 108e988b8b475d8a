"""DHCP options on the wire: from the site's text to bytes, and from bytes to text."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice

from keaprov.lint.definitions import Definition, standard
from keaprov.model import Json

SIZES = {"uint8": 1, "uint16": 2, "uint32": 4, "int8": 1, "int16": 2, "int32": 4}
LABELS = 128
"""The most labels of a domain name (RFC 1035, section 2.3.4); it also ends a circle of pointers."""


def options(scopes: Iterable[Json]) -> Iterator[tuple[int, str, bytes]]:
    """Yield code, name and value of the options whose standard type keaprov can encode."""
    for scope in scopes:
        for entry in scope.get("option-data") or ():
            definition = _by_name().get(entry.get("name")) or _by_code().get(entry.get("code"))
            if definition is None or not _decided(entry):
                continue
            value = _encoded(definition, str(entry["data"]))
            if value is not None:
                yield definition.code, definition.name, value


def _decided(entry: Json) -> bool:
    """Whether an entry gives every client a DHCPv4 option whose data the site writes as text."""
    if entry.get("space", "dhcp4") != "dhcp4" or entry.get("never-send"):
        return False
    return (
        entry.get("csv-format") is not False and "data" in entry and not entry.get("client-classes")
    )


def uncompressed(code: int, value: bytes | None) -> bytes | None:
    """Return a value as `options` encodes it: without pointers in domain names (RFC 3397)."""
    if value is None or _kind(code) != "fqdn":
        return value
    return b"".join(map(_joined, _names(value)))


def readable(code: int, value: bytes | None) -> str:
    """Return a value as text for people, hexadecimal if its type is not known."""
    if value is None:
        return "none"
    kind = _kind(code)
    if kind == "ipv4-address" and len(value) % 4 == 0:
        return ", ".join(socket.inet_ntoa(value[at : at + 4]) for at in range(0, len(value), 4))
    if kind in SIZES and len(value) == SIZES[kind]:
        return str(int.from_bytes(value, "big", signed=kind.startswith("int")))
    if kind == "fqdn":
        return ", ".join(b".".join(labels).decode(errors="replace") for labels in _names(value))
    return value.decode() if kind == "string" and value.isascii() else value.hex()


def name_of(code: int) -> str:
    """Return an option's name, its code if it has none."""
    return _by_code()[code].name if code in _by_code() else str(code)


@cache
def _by_name() -> dict[str | None, Definition]:
    return {definition.name: definition for definition in standard()}


@cache
def _by_code() -> dict[int | None, Definition]:
    return {definition.code: definition for definition in standard()}


def _kind(code: int) -> str:
    """Return an option's type, "binary" for a record or an unknown type."""
    types = _by_code()[code].types if code in _by_code() else ()
    return types[0] if len(types) == 1 else "binary"


def _encoded(definition: Definition, data: str) -> bytes | None:
    parts = [part.strip() for part in data.split(",")] if definition.array else [data.strip()]
    kind = _kind(definition.code)
    try:
        if kind == "ipv4-address":
            return b"".join(socket.inet_aton(part) for part in parts)
        if kind in SIZES:
            size, signed = SIZES[kind], kind.startswith("int")
            return b"".join(int(part, 0).to_bytes(size, "big", signed=signed) for part in parts)
        if kind == "fqdn":
            names = [[label.encode() for label in part.split(".") if label] for part in parts]
            return b"".join(map(_joined, names))
    except (OSError, ValueError, OverflowError):
        return None
    if kind == "boolean":
        return bytes((data.strip().lower() in ("true", "1"),))
    return data.encode() if kind == "string" and not definition.array else None


def _joined(labels: list[bytes]) -> bytes:
    """Return a domain name in wire format: each label after its length."""
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def _names(value: bytes) -> Iterator[list[bytes]]:
    """Yield the domain names in a value, each as a list of labels."""
    at = 0
    while at < len(value):
        labels = list(islice(_labels(value, at), LABELS))
        yield labels
        while at < len(value) and 0 < value[at] < 0xC0:
            at += 1 + value[at]
        at += 2 if at < len(value) and value[at] >= 0xC0 else 1


def _labels(value: bytes, at: int) -> Iterator[bytes]:
    """Yield a name's labels from an offset on, following pointers (RFC 1035, section 4.1.4)."""
    for _ in range(2 * LABELS):
        length = value[at] if at < len(value) else 0
        if length >= 0xC0 and at + 1 < len(value):
            at = (length & 0x3F) << 8 | value[at + 1]
        elif length:
            yield value[at + 1 : at + 1 + length]
            at += 1 + length
        else:
            return
