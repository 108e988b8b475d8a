"""How the value of an option is written that was meant, where that is clear."""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Network

from keaprov.hexadecimal import octets_of
from keaprov.lint import respelt
from keaprov.lint.definitions import Definition
from keaprov.lint.forms import address
from keaprov.words import NO, YES, milliseconds, shortened

_NUMBERS = ("int8", "int16", "int32", "uint8", "uint16", "uint32")
_OF_SECONDS = ("int32", "uint32")
_LONGEST = 240
"""Characters of a list that a cure writes out."""
_BETWEEN = re.compile(r"[\s,;|]+")
_OCTETS = re.compile(r"([0-9]{1,3}\.){3}[0-9]{1,3}")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,253}")
_SIZE = re.compile(r"([0-9]{1,10})\s*(?:b|bytes?|octets?|hops?|%)", re.IGNORECASE)
_ROUTE = re.compile(r"(?P<text>[0-9.]+(?:/[0-9.]+)?|default)|via|[-\s,;=>\u2013]+")


def cure(definition: Definition, data: str) -> str:
    """Return how a value that does not fit its option was meant, "" if nobody can tell."""
    kind = definition.types[0]
    if definition.types == ("empty",) and octets_of(data):
        return f"Write `{{csv-format: false, data: {shortened(data)!r}}}`."
    if definition.name == "classless-static-route":
        return _routes(data)
    if len(definition.types) > 1:
        return ""
    if kind == "ipv4-address":
        return _addresses(data, definition.array)
    if kind == "boolean" and data.strip().lower() in (*YES, *NO):
        return f"Write {'true' if data.strip().lower() in YES else 'false'}."
    return _number(data, kind) if kind in _NUMBERS else ""


def _addresses(data: str, several: bool) -> str:
    parts = [part for part in _BETWEEN.split(data) if part and part != "and"]
    written = [part if address(part) is not None else respelt.address(part) for part in parts]
    if parts and all(written):
        if len(parts) > 1 and not several:
            return f"Write one address: {written[0]}."
        return _list(written, "addresses")
    wrong = [part for part, right in zip(parts, written, strict=True) if not right]
    if all(map(_OCTETS.fullmatch, wrong)) and wrong:
        return f"No part of an IPv4 address is above 255: correct {wrong[0]}."
    names = [part for part in wrong if _NAME.fullmatch(part) and "." in part]
    if names and names == wrong and not any(map(_OCTETS.fullmatch, wrong)):
        return f"Clients get addresses only: write the IPv4 address of {names[0]}."
    return ""


def _number(data: str, kind: str) -> str:
    lasting = milliseconds(data)
    if lasting is not None and lasting % 1000 == 0 and kind in _OF_SECONDS:
        return f"Write {lasting // 1000}: the option counts seconds."
    size = _SIZE.fullmatch(data.strip())
    return f"Write {int(size[1])}." if size else ""


def _routes(data: str) -> str:
    """Return routes in Kea's form: a prefix, a hyphen, the router; with commas between them."""
    parts: list[str] = []
    at = 0
    while at < len(data):
        match = _ROUTE.match(data, at)
        if match is None:
            return ""
        at = match.end()
        if match["text"]:
            parts.append(match["text"])
    written = [_route(parts[first : first + 2]) for first in range(0, len(parts), 2)]
    return _list(written, "routes") if written and all(written) else ""


def _list(written: Sequence[str], kind: str) -> str:
    text = ", ".join(written)
    return f"Write {text}." if len(text) <= _LONGEST else f"Write a comma between the {kind}."


def _route(pair: Sequence[str]) -> str:
    if len(pair) < 2 or address(pair[1]) is None:
        return ""
    prefix = "0.0.0.0/0" if pair[0] == "default" else pair[0]
    try:
        return f"{IPv4Network(prefix)} - {pair[1]}" if "/" in prefix else ""
    except ValueError:
        return ""
