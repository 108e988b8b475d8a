"""Kea's way to split a value (isc::util::str::tokens)."""

from __future__ import annotations


def tokens(text: str, delimiter: str, *, escape: bool = True) -> list[str]:
    r"""Split a text; empty parts are dropped, and ``\,`` is a delimiter within a part."""
    if not escape or "\\" not in text:
        return [part for part in text.split(delimiter) if part]
    parts: list[str] = []
    part, begun, escaped = "", False, False
    for letter in text:
        if letter == delimiter:
            if escaped:
                part, escaped = part + letter, False
            elif begun:
                parts.append(part)
                part, begun = "", False
            continue
        begun = True
        if letter == "\\" and not escaped:
            escaped = True
        else:
            part += f"\\{letter}" if escaped and letter != "\\" else letter
            escaped = False
    parts.append(f"{part}\\" if escaped else part)
    return [part for part in parts if part]
