"""An option's value against its definition, as text and as octets (Kea ARM, Custom Options)."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from typing import NamedTuple

from keaprov.lint.plan import address

_LABEL = re.compile(r"[^.]{1,63}\Z")
_INTEGER = re.compile(r"[-+]?[0-9]{1,20}\Z|0x[0-9A-Fa-f]{1,16}\Z")
_PLAIN = re.compile(r"(?:[0-9A-Fa-f]{2})*\Z")
_HEX = re.compile(r"(?:0[xX])?(?:[0-9A-Fa-f]*|[0-9A-Fa-f]{1,2}(?:[: ][0-9A-Fa-f]{1,2})+)\Z")
_WIDTHS = {"8": 8, "16": 16, "32": 32}
_SIZES = {
    "boolean": 1, "int8": 1, "uint8": 1, "int16": 2, "uint16": 2, "int32": 4, "uint32": 4,
    "ipv4-address": 4, "ipv6-address": 16, "psid": 3,
}  # fmt: skip
"""Octets of the types of a fixed size."""
_CLIENT_FQDN = 81
"""Its name may be partial, in one of two encodings (RFC 4702): Kea takes any octets."""


class Definition(NamedTuple):
    """An option's definition: its fields' types, and whether the last may come again."""

    name: str
    code: int
    types: tuple[str, ...]
    array: bool


def short(text: str) -> str:
    """Write a value for a message."""
    return repr(text if len(text) <= 60 else f"{text[:57]}…")


def hexadecimal(text: str) -> bytes | None:
    """Return the octets of hexadecimal data or quoted text; None for anything else."""
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].encode()
    if not _HEX.match(text):
        return None
    digits = text.removeprefix("0x").removeprefix("0X")
    if ":" in digits or " " in digits:
        return bytes.fromhex("".join(one.zfill(2) for one in re.split("[: ]", digits)))
    return bytes.fromhex(digits.zfill(len(digits) + len(digits) % 2))


def misfit(definition: Definition, data: str) -> str:
    """Return in what a value's text does not fit a definition, an empty text when it does."""
    types = definition.types
    if types == ("empty",):
        return f"{definition.name} takes no value" if data.strip() else ""
    if types in (("string",), ("binary",)) and not definition.array:
        return _field(types[0], data, definition.name)
    fields = [one.strip().replace("\\,", ",") for one in re.split(r"(?<!\\),", data)]
    if fields == [""]:
        return f"{definition.name} needs a value: {_wanted(definition)}"
    if types == ("internal",):
        return _internal(definition, fields)
    if len(types) == 1:
        if len(fields) > 1 and not definition.array:
            return f"{definition.name} takes one value, not {len(fields)}"
        kinds = types * len(fields)
    elif len(fields) < len(types):
        return f"{definition.name} takes {_wanted(definition)}: {len(fields)} given"
    else:
        kinds = types + (types[-1],) * (len(fields) - len(types) if definition.array else 0)
    for kind, text in zip(kinds, fields, strict=False):
        if said := _field(kind, text, definition.name):
            return said
    return ""


def _internal(definition: Definition, fields: list[str]) -> str:
    if definition.name == "classless-static-route":
        for text in filter(None, fields):
            prefix, dash, router = (part.strip() for part in text.partition("-"))
            head, slash, length = prefix.partition("/")
            good = dash and slash and length.isdigit() and int(length) <= 32
            if not good or address(head) is None or address(router) is None:
                return f"{short(text)} is not a route: write 10.0.0.0/8 - 172.20.10.254"
    if definition.name == "v4-dnr":
        if len(fields) < 2 or not _FIELDS["uint16"](fields[0]) or not _is_fqdn(fields[1]):
            return "v4-dnr takes a priority and a domain name, then addresses and parameters"
        for text in " ".join(fields[2:3]).split():
            if address(text) is None:
                return f"v4-dnr expects an IPv4 address third, not {short(text)}"
    return ""


def _wanted(definition: Definition) -> str:
    return ", ".join(definition.types) + ("…" if definition.array else "")


def _field(kind: str, text: str, name: str) -> str:
    fits = _FIELDS.get(kind)
    return "" if fits is None or fits(text) else f"{name} expects {kind}, not {short(text)}"


def _is_integer(signed: bool, bits: int) -> Callable[[str], bool]:
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)

    def fits(text: str) -> bool:
        return bool(_INTEGER.match(text)) and low <= int(text, 0 if "x" in text else 10) <= high

    return fits


def _is_binary(text: str) -> bool:
    digits = re.sub(r"\s", "", text)
    return digits != "" and bool(_PLAIN.match(digits))


def _is_ipv6(text: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return False
    return True


def _is_prefix(text: str) -> bool:
    head, slash, length = text.partition("/")
    return bool(slash) and _is_ipv6(head) and length.isdigit() and int(length) <= 128


def _is_fqdn(text: str) -> bool:
    labels = text.removesuffix(".").split(".")
    return 0 < len(text) <= 254 and all(_LABEL.match(label) for label in labels)


def _is_psid(text: str) -> bool:
    head, slash, length = text.partition("/")
    if not slash or not head.isdigit() or not length.isdigit() or int(length) > 16:
        return False
    return int(head) < (1 << int(length)) or int(head) == 0


_FIELDS: dict[str, Callable[[str], bool]] = {
    "ipv4-address": lambda text: address(text) is not None,
    "ipv6-address": _is_ipv6,
    "ipv6-prefix": _is_prefix,
    "boolean": lambda text: text in ("true", "false", "0", "1"),
    "fqdn": _is_fqdn,
    "string": lambda text: text.strip() != "",
    "binary": _is_binary,
    "psid": _is_psid,
    **{f"uint{width}": _is_integer(False, bits) for width, bits in _WIDTHS.items()},
    **{f"int{width}": _is_integer(True, bits) for width, bits in _WIDTHS.items()},
}


def misfit_octets(definition: Definition, octets: bytes) -> str:
    """Return in what a value's octets do not fit a definition, an empty text when they do."""
    types, wrong = definition.types, f"{len(octets)} octets do not make {_wanted(definition)}"
    if types == ("internal",) or definition.name == "vivso-suboptions":
        walk = _WALKS.get(definition.name)
        return wrong if walk is not None and not walk(octets) else ""
    if len(types) == 1 and definition.array and types[0] in _SIZES:
        return wrong if len(octets) % _SIZES[types[0]] else ""
    if types == ("string",) and not octets.strip(b"\0"):
        return f"{definition.name} needs a value"
    if types == ("tuple",):
        return "" if _are_tuples(octets) else wrong
    rest: bytes | None = octets
    for index, kind in enumerate(types):
        if index and kind == "fqdn" and (not rest or definition.code == _CLIENT_FQDN):
            break
        rest = _after(kind, rest)
        if rest is None:
            return wrong
    if types == ("fqdn",) and definition.array:
        while rest:
            rest = _after("fqdn", rest)
        return wrong if rest is None else ""
    return ""


def _after(kind: str, octets: bytes | None) -> bytes | None:
    """Return what is left behind a field, None when the octets end within it."""
    if octets is None:
        return None
    size = _SIZES.get(kind)
    if size is not None:
        return octets[size:] if len(octets) >= size else None
    if kind == "fqdn":
        while octets:
            length, octets = octets[0], octets[1:]
            if length == 0:
                return octets
            if len(octets) < length:
                return None
            octets = octets[length:]
        return None
    if kind == "ipv6-prefix":
        return b"" if octets and len(octets) - 1 >= (octets[0] + 7) // 8 else None
    return b""


def _are_tuples(octets: bytes) -> bool:
    while octets:
        if len(octets) < 2 or len(octets) - 2 < int.from_bytes(octets[:2], "big"):
            return False
        octets = octets[2 + int.from_bytes(octets[:2], "big") :]
    return True


def _are_routes(octets: bytes) -> bool:
    if not octets:
        return False
    while octets:
        size = 1 + (octets[0] + 7) // 8 + 4
        if octets[0] > 32 or len(octets) < size:
            return False
        octets = octets[size:]
    return True


def _are_resolvers(octets: bytes) -> bool:
    while octets:
        size = int.from_bytes(octets[:2], "big")
        if len(octets) < 2 or size < 3 or len(octets) - 2 < size or octets[4] > size - 3:
            return False
        octets = octets[2 + size :]
    return True


def _are_vendors(octets: bytes) -> bool:
    while len(octets) > 4:
        size = octets[4]
        if len(octets) - 5 < size:
            return False
        octets = octets[5 + size :]
        if not octets:
            return True
    return len(octets) == 4


_WALKS: dict[str, Callable[[bytes], bool]] = {
    "classless-static-route": _are_routes,
    "v4-dnr": _are_resolvers,
    "vivso-suboptions": _are_vendors,
}
