"""How a value was meant that people, switches or spreadsheets write in another way than Kea."""

from __future__ import annotations

import re
from ipaddress import IPv4Address

_AROUND = re.compile("[\\s:.\\-\u00ad\u200b-\u200f\ufeff\u2010-\u2015\u2212_=\"'`]+")
"""What stands between, or around, the octets of a MAC address."""
_DIGITS = re.compile(r"[0-9A-Fa-f]{12}\Z")
_LETTERS = str.maketrans("OoIl", "0011")
_SHORT = re.compile(r"[0-9]{7,11}\Z")
_FLOAT = re.compile(r"[0-9]+[.,]?[0-9]*E\+?[0-9]+\Z")
"""What a spreadsheet makes of 001122334455."""
_PARTS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9}){3}\Z")
_MASK = re.compile(r"/[0-9.]{1,15}\Z")
_WRAPPED = "=\"'` \t\n\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
"""What a spreadsheet or a page leaves around a value: ``="10.0.0.5"``, an apostrophe."""
_FORMAT = "give the column the format Text, and export again"


def mac(text: str) -> str:
    """Return what to do about a text that is not a hardware address, "" if nobody can tell."""
    if _FLOAT.match(text):
        return f"A spreadsheet made it a number: {_FORMAT}."
    digits = _AROUND.sub("", text)
    if len(digits) != 12:
        return ""
    if _DIGITS.match(digits):
        return f"Write {_colons(digits)}."
    guess = digits.translate(_LETTERS)
    return f"Did you mean {_colons(guess)}?" if _DIGITS.match(guess) else ""


def of_a_client_id(octets: str) -> str:
    """Return the MAC address in a client identifier (RFC 2132, 9.14), "" if it is another one.

    `octets` are hexadecimal digits. Cisco lists it as 0100.1122.3344.55.
    """
    return _colons(octets[2:]) if len(octets) == 14 and octets.startswith("01") else ""


def short_mac(text: str) -> str:
    """Return what to do about a hardware address of digits that lost its zeros, "" for others."""
    if not _SHORT.match(text):
        return ""
    return f"A spreadsheet dropped the zeros before it: write {_colons(text.zfill(12))}."


def address(text: str) -> str:
    """Return how an address is written that has leading zeros, a mask, or signs around it.

    The signs are those of spreadsheets. An empty text for another text.
    """
    plain = _MASK.sub("", text.strip(_WRAPPED))
    if not _PARTS.match(plain):
        return ""
    parts = [int(part) for part in plain.split(".")]
    if max(parts) > 255:
        return ""
    written = str(IPv4Address(bytes(parts)))
    return written if written != text else ""


def _colons(digits: str) -> str:
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2)).lower()
