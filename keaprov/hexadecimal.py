"""Octets as Kea reads them in a configuration (isc::util::str in Kea's src/lib/util/str.cc)."""

from __future__ import annotations

import re

BLANKS = " \t\n"
"""What Kea trims off a text."""
_DIGITS = re.compile(r"(?:[0-9A-Fa-f]{2})*\Z")
_SEPARATED = {
    separator: re.compile(rf"[0-9A-Fa-f]{{1,2}}(?:{separator}[0-9A-Fa-f]{{1,2}})*\Z")
    for separator in (":", " ")
}


def octets_of(text: str) -> bytes | None:
    """Return the octets of hexadecimal digits or of a text in quotes; None for anything else."""
    quoted = text.strip(BLANKS)
    if len(quoted) >= 2 and quoted[0] == quoted[-1] == "'" and quoted[1:-1].strip(BLANKS):
        return utf8(quoted[1:-1].strip(BLANKS))
    for separator, form in _SEPARATED.items():
        if separator in text:
            good = form.match(text)
            return bytes(int(part, 16) for part in text.split(separator)) if good else None
    zero = "0" if len(text) % 2 else ""
    return octets_of_digits(zero + (text[2:] if len(text) > 2 and text[:2] == "0x" else text))


def octets_of_digits(text: str) -> bytes | None:
    """Return the octets of pairs of digits, with blanks between them; None for anything else."""
    digits = re.sub(r"\s", "", text, flags=re.ASCII)
    return bytes.fromhex(digits) if _DIGITS.match(digits) else None


def utf8(text: str) -> bytes:
    """Return a text's octets, those of half a surrogate pair too."""
    return text.encode("utf-8", "surrogatepass")
