"""Forms of other tools in place of Kea's, and what Kea writes for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from keaprov import secret
from keaprov.errors import NOWHERE, KeyPath, Problem
from keaprov.ip import is_address

_ENDS = (("start", "end"), ("first", "last"), ("from", "to"), ("begin", "end"), ("low", "high"))
_KEY = re.compile(r"-?(?P<key>[A-Za-z][\w-]*):(?P<value>[^\s:][^\n]*)")
_POOL = re.compile(r"[0-9./]{7,18}(?: ?- ?[0-9.]{7,15})?")
_SHORT_POOL = re.compile(r"([0-9.]{6,12}\.)([0-9]{1,3}) ?- ?\.?([0-9]{1,3})")
_RELAY = re.compile(r"[0-9.]{7,15}")
_SOURCE = re.compile(r"[\w.:-]{1,60}")
_WITH_PREFIX = re.compile(r"([0-9A-Fa-f.:]{2,45})/[0-9.]{1,15}")
_MOST = 10
"""Entries of a list that a cure writes out."""
_CLASS = re.compile(r"[\w-]{1,40}")
_COLONS = re.compile("[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}")
_MAC = re.compile("(?:0x)?([0-9A-Fa-f]{12})")


class Range(NamedTuple):
    """The two ends of a pool as a text of Kea's, and the key of the first."""

    key: str
    text: str


def range_of(value: Any) -> Range | None:
    """Return the range that a map such as ``{start: …, end: …}`` means; None for another value."""
    if isinstance(value, Mapping):
        for first, last in _ENDS:
            if isinstance(value.get(first), str) and isinstance(value.get(last), str):
                return Range(first, f"{value[first][:40]} - {value[last][:40]}")
    return None


def without_blank(value: Any) -> str:
    """Return what to do about a text that is a key or an entry without its blank, else ""."""
    if isinstance(value, Mapping) and len(value) == 1:
        key, inner = next(iter(value.items()))
        shown = inner if isinstance(inner, str) and not secret.is_secret(str(key)[1:]) else "…"
        return _after_dash(f"{key}: {shown}") if str(key).startswith("-") else ""
    if not isinstance(value, str) or _COLONS.fullmatch(value):
        return ""
    if pair := _KEY.fullmatch(value):
        shown = "…" if secret.is_secret(pair["key"]) else pair["value"][:60]
        return f"Write a blank after the colon: `{pair['key']}: {shown}`."
    return _after_dash(value) if value.startswith("-") else ""


def own_form(path: KeyPath, kind: str, value: Any) -> str:
    """Return how a value is written as the list or map (`kind`) that is wanted, "" if unclear."""
    key = path[-1] if path else None
    if key == "client-classes" and path[-2:-1] in (("dhcp4",), ("Dhcp4",)):
        return ""  # there the classes themselves are listed, elsewhere their names
    if key == "pools" and kind == "array":
        text = _pool(value)
        return f"pools: [{text}]" if text else ""
    if path[-2:-1] == ("pools",) and isinstance(value, list):
        return _pool({"start": value[0], "end": value[1]}) if len(value) == 2 else ""
    if path[-2:-1] == ("pools",) and isinstance(value, str):
        return f"{{pool: {_pool(value)}}}" if _pool(value) else ""
    if key == "client-classes" and kind == "array" and isinstance(value, str):
        return f"client-classes: [{value}]" if _CLASS.fullmatch(value) else ""
    if key == "relay" and kind == "object":
        relays = value if isinstance(value, list) else [value]
        if relays and all(isinstance(relay, str) and _RELAY.fullmatch(relay) for relay in relays):
            return f"relay: {{ip-addresses: [{', '.join(relays)}]}}"
    if path == ("ntp",):
        sources = joined(value if isinstance(value, list) else [value])
        return f"ntp: {{pools: [{sources}]}}" if sources else ""
    return ""


def _pool(value: Any) -> str:
    """Return the text of a pool that is a text, or a map of one, "" if it is neither."""
    ends = range_of(value)
    inner = value.get("pool") if isinstance(value, Mapping) else value
    text = ends.text if ends else inner
    if not isinstance(text, str):
        return ""
    if short := _SHORT_POOL.fullmatch(text):
        text = f"{short[1]}{short[2]} - {short[1]}{short[3]}"
    return text if _POOL.fullmatch(text) else ""


def joined(value: Any) -> str:
    """Return a list of plain texts or whole numbers as one text, "" for another value."""
    if not isinstance(value, list) or not 0 < len(value) <= _MOST:
        return ""
    texts = [getattr(entry, "text", str(entry)) for entry in value if type(entry) is not bool]
    plain = len(texts) == len(value) and all(map(_SOURCE.fullmatch, texts))
    return ", ".join(texts) if plain else ""


def without_prefix(value: Any) -> str:
    """Return what to do about an address with the length of a prefix behind it, "" for others."""
    written = _WITH_PREFIX.fullmatch(value) if isinstance(value, str) else None
    return f"Write {written[1]}." if written and is_address(written[1]) else ""


def _after_dash(text: str) -> str:
    return f"Write a blank after the dash: `- {text[1:61]}`."


def mac_of(text: str) -> str:
    """Return the MAC address that the digits of a number are, else an example."""
    digits = _MAC.fullmatch(text)
    if not digits:
        return "00:e0:12:34:56:78"
    octets = digits[1].lower()
    return ":".join([octets[at : at + 2] for at in range(0, 12, 2)])


def misplaced(site: Any) -> tuple[Problem | None, frozenset[KeyPath]]:
    """Return the problem of servers whose keys are not indented, and the places that it explains.

    Either the keys of a server stand beside its name, or the servers beside ``servers``.
    """
    if not isinstance(site, Mapping) or "servers" not in site:
        return None, frozenset()
    servers = site["servers"]
    if servers is None:
        named = (key for key, value in site.items() if _is_server(value))
        return None, frozenset((key,) for key in named)
    if not _is_server(servers) or None not in servers.values():
        return None, frozenset()
    key = next(key for key in servers if key in _SERVER)
    message = f"{key} stands beside the name of its server, not below it"
    hint = "Indent the keys of a server by two blanks more than its name."
    return Problem("KP204", message, NOWHERE, ("servers", key), hint), frozenset([("servers",)])


_SERVER = ("role", "address", "interfaces", "dhcp-address")


def _is_server(value: Any) -> bool:
    return isinstance(value, Mapping) and any(key in value for key in _SERVER)
