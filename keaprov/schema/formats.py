"""The formats of texts that the schemas name: addresses, networks, and what JSON can hold."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable, Mapping
from socket import AF_INET, inet_pton

NAMES = {
    "ipv4": "an IPv4 address",
    "ip-network": "an IPv4 or IPv6 network",
    "ip": "an IP address",
    "ipv4-of-a-host": "an IPv4 address of a host",
    "json": "what JSON can hold: its numbers are finite, and whole ones have 64 bits",
}


def is_json(value: object) -> bool:
    """Return whether JSON can hold a value as Kea reads it: finite numbers, integers of 64 bits."""
    if isinstance(value, Mapping):
        return all(map(is_json, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(is_json, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def _is_read_by(reader: Callable[[str], object]) -> Callable[[object], bool]:
    """Return whether a value is a text that a reader takes; other values have no format."""

    def is_read(value: object) -> bool:
        try:
            return not isinstance(value, str) or bool(reader(value))
        except (OSError, ValueError):
            return False

    return is_read


_is_address = _is_read_by(lambda text: inet_pton(AF_INET, text))

FORMATS: Mapping[str, Callable[[object], bool]] = {
    "ipv4": _is_address,
    "ip-network": _is_read_by(ipaddress.ip_network),
    "ip": _is_read_by(ipaddress.ip_address),
    "ipv4-of-a-host": lambda value: value != "255.255.255.255" and _is_address(value),
    "json": is_json,
}
"""Whether a value is of a format, by its name."""
