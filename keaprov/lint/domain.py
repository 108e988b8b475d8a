"""Domain names in options: their text and their octets, as Kea's DNS library reads them.

See RFC 1035, sections 3.1 and 4.1.4, and Kea's src/lib/dns/name.cc.
"""

from __future__ import annotations

from collections.abc import Iterator

LONGEST = 255
"""Octets of a domain name, its lengths and its end with them."""
LONGEST_LABEL = 63
_POINTER = 0xC0
_ESCAPED = frozenset(b'"().;\\@$')


class DomainError(ValueError):
    """The text or the octets are not a domain name."""


def to_octets(text: bytes) -> bytes:
    r"""Return a name's octets; ``\.`` and ``\046`` are a dot in a label. May raise DomainError."""
    if text in (b".", b"@"):
        return b"\0"
    labels = list(_labels(text))
    if not all(0 < len(label) <= LONGEST_LABEL for label in labels):
        raise DomainError(text)
    octets = b"".join(bytes((len(label),)) + label for label in labels) + b"\0"
    if not labels or len(octets) > LONGEST:
        raise DomainError(text)
    return octets


def _labels(text: bytes) -> Iterator[bytes]:
    """Yield the labels of a name; the dot at its end begins none."""
    label, at = bytearray(), 0
    while at < len(text):
        octet, at = text[at], at + 1
        if octet == ord("."):
            yield bytes(label)
            label.clear()
            if at == len(text):
                return
        elif octet == ord("\\"):
            value, at = _escaped(text, at, first=not label)
            label.append(value)
        else:
            label.append(octet)
    yield bytes(label)


def _escaped(text: bytes, at: int, first: bool) -> tuple[int, int]:
    digits = text[at : at + 3]
    if not digits or (first and digits[:1] == b"["):
        raise DomainError(text)
    if not digits[:1].isdigit():
        return digits[0], at + 1
    if len(digits) < 3 or not digits.isdigit() or int(digits) > 255:
        raise DomainError(text)
    return int(digits), at + 3


def read(octets: bytes, start: int = 0) -> tuple[bytes, int]:
    """Return the name that begins at a place, without pointers, and where it ends.

    DomainError if the octets end within it, or a pointer does not point back.
    """
    labels, at, end, nearest = bytearray(), start, 0, start
    while at < len(octets):
        length, at = octets[at], at + 1
        if length <= LONGEST_LABEL:
            label = octets[at : at + length]
            labels += bytes((length,)) + label
            at += length
            if len(label) < length or len(labels) > LONGEST:
                raise DomainError(octets)
            if length == 0:
                return bytes(labels), end or at
        elif length >= _POINTER and at < len(octets):
            target = (length & ~_POINTER) << 8 | octets[at]
            end = end or at + 1
            if target >= nearest:
                raise DomainError(octets)
            at = nearest = target
        else:
            raise DomainError(octets)
    raise DomainError(octets)


def taken(name: bytes) -> int:
    """Return how many octets Kea takes a name for: it counts the name's text, and one.

    That is more than the name has if it has letters that its text escapes
    (OptionCustom::bufferLength).
    """
    size, at = 0, 0
    while name[at]:
        label = name[at + 1 : at + 1 + name[at]]
        size += 1 + sum(_width(octet) for octet in label)
        at += 1 + name[at]
    return (size or 1) + 1


def _width(octet: int) -> int:
    if octet in _ESCAPED:
        return 2
    return 1 if 0x20 < octet < 0x7F else 4
