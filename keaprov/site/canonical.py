"""Values that Kea reads in several spellings, in the spelling that Kea returns.

Kea's lexer takes some words in any case (dhcp4_lexer.ll), and an empty ``next-server`` or
``sender-ip`` as one that is not set.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WORDS: dict[str, dict[str, str]] = {
    "ddns-conflict-resolution-mode": {},
    "ddns-replace-client-name": {"true": "when-present", "false": "never"},
    "ncr-protocol": {"udp": "UDP"},
    "ncr-format": {"json": "JSON"},
}
"""Keys whose words Kea takes in any case; a word that is not listed is lower case."""
EMPTY_IS_UNSET = ("next-server", "sender-ip")
"""The keys whose empty text means the same as no value, where Kea knows them."""
REWRITTEN = frozenset((*_WORDS, *EMPTY_IS_UNSET))
"""The keys whose values `canonical` may change or leave out."""
_SCOPES = {"subnet4": "next-server", "shared-networks": "next-server", "pools": ""}
"""Lists of scopes, with the one of `EMPTY_IS_UNSET` that they know.

A class's empty ``next-server`` is refused.
"""


def canonical(scope: Any, unset: str = "next-server") -> Any:
    """Return a ``Dhcp4`` body, or a scope of it, with these values in Kea's own spelling.

    `unset` is the key whose empty text is left out. Places stay the same: entries of lists keep
    their positions.
    """
    if not isinstance(scope, Mapping):
        return scope
    return {
        key: _value(key, value)
        for key, value in scope.items()
        if not (key == unset and value == "")
    }


def _value(key: str, value: Any) -> Any:
    if key == "dhcp-ddns":
        return canonical(value, "sender-ip")
    if key in _SCOPES and isinstance(value, list):
        return [canonical(inner, _SCOPES[key]) for inner in value]
    if key in _WORDS and isinstance(value, str):
        word = value.lower()
        return _WORDS[key].get(word, word)
    return value
