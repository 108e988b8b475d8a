"""How a value was meant that people, switches or spreadsheets write in another way than Kea."""

from __future__ import annotations

import re
from ipaddress import IPv4Address

_AROUND = re.compile("[\\s:.\\-\u2010-\u2015\u2212_=\"'`]+")
"""What stands between, or around, the octets of a MAC address."""
_DIGITS = re.compile(r"[0-9A-Fa-f]{12}\Z")
_LETTERS = str.maketrans("OoIl", "0011")
_SHORT = re.compile(r"[0-9]{7,11}\Z")
_FLOAT = re.compile(r"[0-9]+[.,]?[0-9]*E\+?[0-9]+\Z")
"""What a spreadsheet makes of 001122334455."""
_PARTS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){3}\Z")
_MASK = re.compile(r"/[0-9.]{1,15}\Z")
_FORMAT = "give the column the format Text, and export again"


def mac(text: str) -> str:
    """Return what to do about a text that is not a hardware address, "" if nobody can tell."""
    if _FLOAT.match(text):
        return f"A spreadsheet made it a number: {_FORMAT}."
    digits = _AROUND.sub("", text)
    if _DIGITS.match(digits):
        return f"Write {_colons(digits)}."
    guess = digits.translate(_LETTERS)
    return f"Did you mean {_colons(guess)}?" if _DIGITS.match(guess) else ""


def short_mac(text: str) -> str:
    """Return what to do about a hardware address of digits that lost its zeros, "" for others."""
    if not _SHORT.match(text):
        return ""
    return f"A spreadsheet dropped the zeros before it: write {_colons(text.zfill(12))}."


def address(text: str) -> str:
    """Return how an address is written that has leading zeros or a mask, "" for another text."""
    plain = _MASK.sub("", text.strip())
    if not _PARTS.match(plain):
        return ""
    parts = [int(part) for part in plain.split(".")]
    if max(parts) > 255:
        return ""
    written = str(IPv4Address(bytes(parts)))
    return written if written != text else ""


def _colons(digits: str) -> str:
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2)).lower()
