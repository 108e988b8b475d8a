"""Reservations as the rules see them: every row is read once, its identifier as Kea reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from keaprov.errors import KeyPath
from keaprov.lint.config import Config, Subnet, address, maps
from keaprov.model.names import IDENTIFIERS

_MAC = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}\Z")
_OCTETS = re.compile(r"[0-9A-Fa-f]{1,2}(?:[: ][0-9A-Fa-f]{1,2})*\Z")
_HEX = re.compile(r"(?:0x)?[0-9A-Fa-f]+\Z")


class Host(NamedTuple):
    """A reservation: where it stands, who it is for (kind, octets as hex), its address."""

    subnet: Subnet | None
    path: KeyPath
    row: int
    raw: Mapping[str, Any]
    kind: str
    identifier: str
    address: int | None

    def at(self, key: str = "") -> KeyPath:
        """Return the path of the reservation, or of one of its keys."""
        return (*self.path, self.row, key) if key else (*self.path, self.row)


def hosts(config: Config) -> list[Host]:
    """Return every reservation, read once."""
    return config.once("hosts", lambda: list(_hosts(config)))


def _hosts(config: Config) -> Iterator[Host]:
    for subnet, path, rows in config.reservations:
        for index, raw in maps(rows):
            mac = raw.get("hw-address")
            if isinstance(mac, str) and _MAC.match(mac):
                kind, identifier = "hw-address", mac.lower().replace(":", "")
            else:
                kind, identifier = _identifier(raw)
            text = raw.get("ip-address")
            number = address(text) if text is not None else None
            yield Host(subnet, path, index, raw, kind, identifier, number)


def _identifier(raw: Mapping[str, Any]) -> tuple[str, str]:
    for kind in IDENTIFIERS:
        if isinstance(raw.get(kind), str):
            return kind, octets(raw[kind]) or ""
    return "", ""


def octets(text: str) -> str | None:
    """Return an identifier's octets as hexadecimal digits; None when Kea cannot read it."""
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].encode().hex() or None
    if _OCTETS.match(text) and (":" in text or " " in text):
        if ":" in text and " " in text:
            return None
        return "".join(part.zfill(2) for part in re.split("[: ]", text)).lower()
    if _HEX.match(text):
        digits = text.removeprefix("0x").lower()
        return digits.zfill(len(digits) + len(digits) % 2)
    return None
