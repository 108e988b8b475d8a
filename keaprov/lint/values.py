"""An option's value as text or hexadecimal digits, held against its definition.

Kea writes the text's fields into octets, then reads the option from them; so does this module. See
OptionDefinition::writeToBuffer in Kea's src/lib/dhcp/option_definition.cc and Kea ARM, Custom
DHCPv4 Options.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator

from keaprov.hexadecimal import BLANKS, octets_of_digits, utf8
from keaprov.lint import dnr, domain, octets
from keaprov.lint.definitions import Definition, Definitions
from keaprov.lint.forms import address
from keaprov.lint.tokens import tokens
from keaprov.words import shortened

WANTED = {
    "empty": "sub-options or, with csv-format: false, octets in hexadecimal",
    "binary": "hexadecimal digits (0a0b0c)",
    "boolean": "true or false",
    "int8": "a number from -128 to 127",
    "int16": "a number from -32768 to 32767",
    "int32": "a number from -2147483648 to 2147483647",
    "uint8": "a number from 0 to 255",
    "uint16": "a number from 0 to 65535",
    "uint32": "a number from 0 to 4294967295",
    "ipv4-address": "an IPv4 address",
    "ipv6-address": "an IPv6 address",
    "ipv6-prefix": "an IPv6 prefix (2001:db8::/32)",
    "psid": "a port set (PSID/length)",
    "string": "text",
    "tuple": "text",
    "fqdn": "a domain name",
    "internal": "a value in Kea's notation",
}
"""What a field of each type takes, in words."""
_DECIMAL = re.compile(r"[-+]?[0-9]{1,64}\Z")
_HEXADECIMAL = re.compile(r"\s*([-+]?)(0[xX])?([0-9A-Fa-f]{1,64})\Z", re.ASCII)
_SEVERAL = re.compile("[ ;|]")
_ROUTES, _DNR, _SZTP = "classless-static-route", "v4-dnr", 143


class FieldError(ValueError):
    """A text that Kea refuses as a field."""


def short(text: str) -> str:
    """Write a value for a message."""
    return repr(shortened(text))


def misfit(definition: Definition, data: str, known: Definitions) -> str:
    """Return why Kea refuses a value's text, an empty text if it does not."""
    kind, fields = definition.types[0], tokens(data, ",")
    if definition.types == ("internal",):
        return _misfit_notation(definition, fields)
    if len(definition.types) > len(fields) and len(definition.types) > 1:
        count = len(definition.types)
        return f"{definition.name} takes {count} values ({_wanted(definition)}), not {len(fields)}"
    if not fields and not definition.array and kind != "empty":
        return f"{definition.name} needs a value: {_wanted(definition)}"
    written = b""
    for kind, text in _paired(definition, fields):
        field = _written(kind, text, definition)
        if field is None:
            return f"{definition.name} takes {WANTED[kind]}, not {short(text)}"
        written += field
    if octets.fit(definition, written, known):
        return ""
    return f"{definition.name} takes {_wanted(definition)}, not {short(data)}"


def _written(kind: str, text: str, definition: Definition) -> bytes | None:
    try:
        return _WRITERS[kind](text, definition)
    except (FieldError, domain.DomainError):
        return None


def misfit_octets(definition: Definition, value: bytes, known: Definitions) -> str:
    """Return why Kea refuses a value's octets, an empty text if it does not."""
    if octets.fit(definition, value, known):
        return ""
    return f"{len(value)} octets do not make {definition.name}: {_wanted(definition)}"


def misread(definition: Definition, data: str) -> tuple[str, str]:
    """Return what clients get instead of a text that Kea takes, and the cure; empty texts if none.

    Kea drops fields, reads digits as hexadecimal, or reads an address of the wrong family.
    """
    fields, name = tokens(data, ","), definition.name
    if definition.types == ("internal",):
        return "", ""
    if not fields and definition.types != ("empty",):
        return f"{name} needs a value: {_wanted(definition)}", "Kea would send an empty option."
    pairs = list(_paired(definition, fields))
    if len(pairs) < len(fields):
        hint = r"Write a comma within a text as \,." if "string" in definition.types else ""
        kept = short(", ".join(text for _, text in pairs))
        return f"{name} takes {_wanted(definition)}: Kea drops what follows {kept}", hint
    for kind, text in pairs:
        if kind == "ipv4-address" and address(text) is None:
            return f"{name} takes {WANTED[kind]}, not {short(text)}", ""
        if kind == "ipv6-prefix" and (_number(text.rpartition("/")[2]) or 0) > 128:
            return (
                f"{name} takes {WANTED[kind]}, not {short(text)}",
                "A prefix has 128 bits at most.",
            )
        if kind == "fqdn" and _distorted(text):
            message = f"{short(text)} is not a host name: clients get no name, or another one"
            return message, "Separate names by commas." if _SEVERAL.search(text) else ""
        if kind in octets.INTEGERS and not _is_plain(text):
            marked = _HEXADECIMAL.sub(r"\g<1>0x\3", text)
            hint = f"Write {_number(text)}, or {marked}."
            return f"{name} takes {WANTED[kind]}, not {short(text)}", hint
    return "", ""


def _is_plain(text: str) -> bool:
    return bool(_DECIMAL.match(text)) or "x" in text.lower()


def _distorted(text: str) -> bool:
    name = domain.to_octets(utf8(text))
    return name != b"\0" and domain.taken(name) != len(name)


def _paired(definition: Definition, fields: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the fields that Kea reads, with their types; it drops further ones."""
    types = definition.types
    if definition.array:
        types += (types[-1],) * (len(fields) - len(types))
    for kind, field in zip(types, fields, strict=False):
        yield kind, field.strip(BLANKS)


def _wanted(definition: Definition) -> str:
    words = [WANTED.get(kind, kind) for kind in definition.types]
    return ", ".join(words) + (" (one or more)" if definition.array else "")


def _misfit_notation(definition: Definition, fields: list[str]) -> str:
    if not fields:
        return f"{definition.name} needs a value"
    if definition.name == _ROUTES:
        return _misfit_routes(fields)
    if definition.name == _DNR:
        return dnr.misfit_text(",".join(field.replace(",", "\\,") for field in fields))
    return ""


def _misfit_routes(fields: list[str]) -> str:
    """Return what is wrong in routes as text (RFC 3442; Kea ARM, Classless Static Route)."""
    for text in tokens(",".join(field.replace(",", "\\,") for field in fields), ",", escape=False):
        parts = [part.strip(BLANKS) for part in tokens(text.strip(BLANKS), "-", escape=False)]
        head, _, length = (parts or [""])[0].partition("/")
        good = len(parts) == 2 and bool(_DECIMAL.match(length)) and -32768 <= int(length) <= 32
        if not good or address(head) is None or address(parts[1]) is None:
            return f"{short(text)} is not a route: write 10.0.0.0/8 - 172.20.10.254"
    return ""


def _number(text: str) -> int | None:
    """Read a number as Kea does: decimal, and hexadecimal if that fails, with or without 0x."""
    number = None
    if _DECIMAL.match(text) and abs(int(text)) < 1 << 63:
        number = int(text)
    elif match := _HEXADECIMAL.match(text):
        number = int(match[1] + match[3], 16)
    return number if number is not None and abs(number) < 1 << 63 else None


Writer = Callable[[str, Definition], bytes]


def _integer(bits: int, signed: bool) -> Writer:
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)

    def write(text: str, definition: Definition) -> bytes:
        number = _number(text)
        if number is None or not low <= number <= high:
            raise FieldError(text)
        return number.to_bytes(bits // 8, "big", signed=signed)

    return write


def _boolean(text: str, definition: Definition) -> bytes:
    if text.lower() in ("true", "false"):
        return b"\1" if text.lower() == "true" else b"\0"
    if not _DECIMAL.match(text) or int(text) not in (0, 1):
        raise FieldError(text)
    return bytes((int(text),))


def _address(text: str, definition: Definition) -> bytes:
    """Write an address of either family: Kea does not compare it with the type."""
    try:
        return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)
    except (OSError, ValueError):
        raise FieldError(text) from None


def _prefix(text: str, definition: Definition) -> bytes:
    head, slash, length = text.replace(" ", "").replace("\t", "").partition("/")
    number = _number(length)
    if not slash or number is None or not 0 <= number <= 255 or ":" not in head:
        raise FieldError(text)
    return bytes((number,)) + _address(head, definition).ljust(32)[: (number + 7) // 8]


def _psid(text: str, definition: Definition) -> bytes:
    head, slash, length = text.replace(" ", "").replace("\t", "").partition("/")
    number, bits = _number(head), _number(length)
    if not slash or number is None or bits is None or not 0 <= bits <= 16:
        raise FieldError(text)
    if not 0 <= number <= (0xFFFF >> 16 - bits if bits else 0xFFFF):
        raise FieldError(text)
    return bytes((bits,)) + (number << 16 - bits & 0xFFFF).to_bytes(2, "big")


def _binary(text: str, definition: Definition) -> bytes:
    value = octets_of_digits(text)
    if value is None:
        raise FieldError(text)
    return value


def _string(text: str, definition: Definition) -> bytes:
    return utf8(text)


def _tuple(text: str, definition: Definition) -> bytes:
    value, width = utf8(text), 2 if definition.code == _SZTP else 1
    if len(value) >= 1 << 8 * width:
        raise FieldError(text)
    return len(value).to_bytes(width, "big") + value


def _fqdn(text: str, definition: Definition) -> bytes:
    return domain.to_octets(utf8(text))


def _none(text: str, definition: Definition) -> bytes:
    raise FieldError(text)


_WRITERS: dict[str, Writer] = {
    "boolean": _boolean,
    "ipv4-address": _address,
    "ipv6-address": _address,
    "ipv6-prefix": _prefix,
    "psid": _psid,
    "binary": _binary,
    "string": _string,
    "tuple": _tuple,
    "fqdn": _fqdn,
    **{f"uint{bits}": _integer(bits, False) for bits in (8, 16, 32)},
    **{f"int{bits}": _integer(bits, True) for bits in (8, 16, 32)},
    **dict.fromkeys(("empty", "internal", "record"), _none),
}
"""How a field of each type is written into octets."""
