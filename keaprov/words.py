"""Words for people: counts, times, and "did you mean" for names that look or mean alike."""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterable
from functools import lru_cache

_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
"""Characters without a width, that come with what is copied from a page or a document."""
SYNONYMS = {
    "gateway": "routers",
    "default-gateway": "routers",
    "router": "routers",
    "default-router": "routers",
    "default-routers": "routers",
    "default-gw": "routers",
    "dns": "domain-name-servers",
    "dns-server": "domain-name-servers",
    "dns-servers": "domain-name-servers",
    "nameserver": "domain-name-servers",
    "nameservers": "domain-name-servers",
    "ntp": "ntp-servers",
    "ntp-server": "ntp-servers",
    "domain": "domain-name",
    "netmask": "subnet-mask",
    "mask": "subnet-mask",
    "tftp-server": "tftp-server-name",
    "bootfile": "boot-file-name",
    "filename": "boot-file-name",
    "boot-file": "boot-file-name",
    "bootfile-name": "boot-file-name",
    "mac": "hw-address",
    "mac-address": "hw-address",
    "hwaddr": "hw-address",
    "macaddress": "hw-address",
    "macaddr": "hw-address",
    "mac-addr": "hw-address",
    "mac-adresse": "hw-address",
    "adresse-mac": "hw-address",
    "hardware-address": "hw-address",
    "physical-address": "hw-address",
    "ethernet-address": "hw-address",
    "hardware-ethernet": "hw-address",
    "ip": "ip-address",
    "ipv4": "ip-address",
    "ipv4-address": "ip-address",
    "ipaddress": "ip-address",
    "ipaddr": "ip-address",
    "ip-addr": "ip-address",
    "ip-adresse": "ip-address",
    "adresse-ip": "ip-address",
    "address": "ip-address",
    "fixed-address": "ip-address",
    "name": "hostname",
    "host": "hostname",
    "host-name": "hostname",
    "subnets": "subnet4",
    "range": "pools",
    "pool": "pools",
    "options": "option-data",
    "network": "subnet",
    "prefix": "subnet",
    "lease-time": "valid-lifetime",
    "default-lease-time": "valid-lifetime",
    "max-lease-time": "max-valid-lifetime",
    "min-lease-time": "min-valid-lifetime",
    "description": "comment",
    "remark": "comment",
    "note": "comment",
    "notes": "comment",
    "hosts": "reservations",
    "static": "reservations",
    "static-leases": "reservations",
    "dhcp-range": "pools",
    "leasetime": "valid-lifetime",
    "lease-duration": "valid-lifetime",
    "value": "data",
    "ha": "failover",
    "high-availability": "failover",
    "classes": "client-classes",
    "class": "client-class",
    "vlans": "subnet4",
}
"""Other tools' words (ISC DHCP, dnsmasq, spreadsheets), and Kea's for the same thing."""


def did_you_mean(name: str, known: Iterable[str], *, near: bool = True) -> str:
    """Return ``Did you mean NAME?`` for the nearest known name, an empty text when none is near.

    A name with a colon is a key without the blank after it: ``port:8005``. Names that look like it
    are looked for only if `near` is true: that takes a while.
    """
    names = [*known]
    key, colon, value = name.partition(":")
    if colon and key in names:
        return f"Write a blank after the colon: `{key}: {shortened(value)}`."
    if (visible := _HIDDEN.sub("", name).strip()) != name and visible in names:
        return f"It has invisible characters: write {visible}."
    for same in (meant(name), name.lower().replace("_", "-")):
        if same in names:
            return _DID_YOU_MEAN.format(same)
    alike = nearest(name, names, 1, 0.6) if near else []
    return _DID_YOU_MEAN.format(alike[0]) if alike else ""


@lru_cache(maxsize=1024)
def meant_by(hint: str) -> str:
    """Return the name in a hint of `did_you_mean`, an empty text for another hint."""
    before, _, after = _DID_YOU_MEAN.partition("{}")
    fits = hint.startswith(before) and hint.endswith(after)
    return hint.removeprefix(before).removesuffix(after) if fits else ""


_DID_YOU_MEAN = "Did you mean {}?"
YES, NO = ("true", "yes", "on", "1", "y"), ("false", "no", "off", "0", "n")
"""What stands for true and false, in small letters."""
_PART = re.compile(r"(?P<number>[0-9]{1,9})\s*(?P<unit>[a-z]+)[\s,]*")
_UNITS = {
    **dict.fromkeys(("ms", "msec", "msecs", "millisecond", "milliseconds"), 1),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1_000),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60_000),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600_000),
    **dict.fromkeys(("d", "day", "days"), 86_400_000),
    **dict.fromkeys(("w", "wk", "week", "weeks"), 604_800_000),
}


def milliseconds(text: str) -> int | None:
    """Return how long a text such as ``1h 30m`` or ``500 ms`` says; None for another text."""
    low, at, total = text.strip().lower(), 0, 0
    while at < len(low):
        part = _PART.match(low, at)
        if part is None or part["unit"] not in _UNITS:
            return None
        total += int(part["number"]) * _UNITS[part["unit"]]
        at = part.end()
    return total if at else None


@lru_cache(1024)
def meant(name: str) -> str:
    """Return Kea's word for another tool's word, an empty text for any other name."""
    return SYNONYMS.get(name.lower().replace("_", "-").replace(" ", "-"), "")


def nearest(name: str, known: Iterable[str], most: int = 3, alike: float = 0.0) -> list[str]:
    """Return the known names that look most like a name; `alike` is 0 (any) to 1 (the same)."""
    from difflib import get_close_matches

    return get_close_matches(name[:100], [*known], n=most, cutoff=alike)


class Suggestions:
    """Suggestions ("did you mean") for unknown names: for the first twenty.

    `known` may still grow. Names are compared in pairs: thousands of unknown names among thousands
    of known ones would take minutes, and nobody reads so many suggestions.
    """

    MOST = 20

    def __init__(self, known: Collection[str]) -> None:
        self._known = known
        self._left = self.MOST

    def hint(self, name: str) -> str:
        """Return ``Did you mean NAME?``, or an empty text."""
        self._left -= 1
        return did_you_mean(name, self._known) if self._left >= 0 else ""


def count(number: int, noun: str) -> str:
    """Return a number of things: ``1 lease``, ``2 leases``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def and_more(number: int) -> str:
    """Return what follows a list that leaves out so many: `` and 3 more``, an empty text for 0."""
    return f" and {number} more" if number > 0 else ""


def natural(text: str) -> int | None:
    """Return the number that a text of ASCII digits is; None for another text, or a huge number.

    `str.isdigit` does not tell: it takes ``²``, and `int` refuses thousands of digits.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else None


def shortened(text: str, most: int = 60) -> str:
    """Return a text that has `most` characters at most; a longer one ends in ``…``."""
    return text if len(text) <= most else f"{text[: most - 3]}…"


def when(seconds: float) -> str:
    """Return a time in UTC, "never" for 0; `seconds` are since the epoch."""
    return time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(seconds)) if seconds else "never"
