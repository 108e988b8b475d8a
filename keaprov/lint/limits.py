"""A rule about limits that libdhcp_limits.so reads from ``user-context``.

Source: RateLimit and AddressLimitConfiguration in Kea's src/hooks/dhcp/limits/configuration.cc;
Kea ARM, Limits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from keaprov.errors import KeyPath
from keaprov.lint.config import Config, as_map
from keaprov.lint.rule import Finding, error
from keaprov.lint.values import short

LIBRARY = "libdhcp_limits.so"
MOST = 4294967295
NUMBERS = ("address-limit", "prefix-limit")
UNITS = ("second", "minute", "hour", "day", "week", "month", "year")
_RATE = re.compile(r"\s*(?P<number>[+-]?[0-9]+).*? packets? per (?P<unit>.*)", re.S)


@error("KP716")
def limits(config: Config) -> Iterator[Finding]:
    """A limit of a subnet or class is one that libdhcp_limits.so can read.

    If it is not, the library does not load. ``kea-dhcp4 -t`` finds nothing wrong.
    """
    if LIBRARY not in {library for _, _, library in config.hooks}:
        return
    holders = [*config.classes, *((subnet.path, subnet.raw) for subnet in config.subnets)]
    for path, raw in holders:
        context = as_map(raw.get("user-context"))
        where: KeyPath = (*path, "user-context", "limits")
        if "limits" in context:
            yield from _of(context["limits"], where)


def _of(given: Any, path: KeyPath) -> Iterator[Finding]:
    if not isinstance(given, Mapping):
        yield Finding("limits are a map", path, "Write `limits: {address-limit: 2}`.")
        return
    for key in NUMBERS:
        number = given.get(key, 0)
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= MOST:
            hint = f"Write a whole number: at least 0 and at most {MOST}."
            yield Finding(f"{short(str(number))} is not a number of leases", (*path, key), hint)
    if "rate-limit" in given and not _is_rate(given["rate-limit"]):
        hint = f"Write it as `100 packets per second`; units: {', '.join(UNITS)}."
        yield Finding(
            f"{short(str(given['rate-limit']))} is not a rate", (*path, "rate-limit"), hint
        )


def _is_rate(text: Any) -> bool:
    match = _RATE.fullmatch(text) if isinstance(text, str) else None
    return bool(match and 0 <= int(match["number"]) <= MOST and match["unit"] in UNITS)


RULES = (limits,)
