"""Values of a source's objects: JSON of unknown shape into addresses, names and MAC addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from typing import Any

from keaprov.words import natural

Object = Mapping[str, Any]
"""An object of a source, as its JSON has it."""
_MAC = re.compile(r"[0-9a-f]{12}")
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_-]+)*\.?")


def inner(value: Any, *keys: str) -> Any:
    """Return the value below some keys, None if there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def several(value: Any, *keys: str) -> Sequence[Any]:
    """Return the list below some keys, an empty one if there is none."""
    value = inner(value, *keys)
    return value if isinstance(value, list) else ()


def text(value: Any, *keys: str) -> str:
    """Return a text or whole number below some keys as text, "" if there is none."""
    value = inner(value, *keys)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return str(value).strip()


def choice(value: Any, key: str) -> str:
    """Return the value of a choice: ``{"value": "active", "label": …}``, or the plain text."""
    return text(value, key, "value") or text(value, key)


def network(value: str) -> IPv4Network | None:
    """Return an IPv4 prefix; None if the text is another one."""
    try:
        return IPv4Network(value) if "/" in value else None
    except ValueError:
        return None


def address(value: str) -> IPv4Address | None:
    """Return the IPv4 address of ``10.0.0.1`` or ``10.0.0.1/24``; None for another text."""
    try:
        return IPv4Address(value.partition("/")[0].strip())
    except AddressValueError:
        return None


def mac(value: str) -> str:
    """Return a MAC address in lower case with colons, "" if it is not six octets."""
    digits = re.sub(r"[-:.\s]", "", value.lower())
    if not _MAC.fullmatch(digits) or not int(digits, 16):
        return ""
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def hostname(value: str) -> str:
    """Return a DNS name without its last dot, "" if it is not one."""
    return value.removesuffix(".") if _HOST.fullmatch(value) else ""


def vlan_number(value: str) -> int | None:
    """Return the number of a VLAN, None if the text is not one (IEEE 802.1Q: 1 to 4094)."""
    number = natural(value)
    return number if number is not None and 1 <= number <= 4094 else None


def option(value: Any) -> str:
    """Return a field's value as an option's data: a list with commas, an address without mask.

    "" if the field is empty. The address of an object (``{"address": "10.0.0.1/24"}``) counts.
    """
    if isinstance(value, (list, tuple)):
        return ", ".join(filter(None, map(option, value)))
    if isinstance(value, bool):
        return "true" if value else "false"
    words = text(value, "address") if isinstance(value, Mapping) else text(value)
    parts = [part.strip() for part in words.split(",")]
    return ", ".join(str(address(part) or part) if "/" in part else part for part in parts if part)
