"""A rule about what libdhcp_ping_check.so reads from ``user-context`` of a subnet.

Source: PingCheckConfig::parse and PingCheckMgr::updateSubnetConfig of Kea's
src/hooks/dhcp/ping_check; Kea ARM, Ping Check.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from keaprov.errors import KeyPath
from keaprov.lint.config import Config, as_map
from keaprov.lint.rule import Finding, error
from keaprov.lint.values import short

LIBRARY = "libdhcp_ping_check.so"
SWITCH = "enable-ping-check"
LEAST = {
    "min-ping-requests": 1,
    "reply-timeout": 1,
    "ping-cltt-secs": 0,
    "ping-channel-threads": 0,
}


@error("KP718")
def ping_checks(config: Config) -> Iterator[Finding]:
    """The `ping-check` of a subnet is one that libdhcp_ping_check.so can read.

    If it is not, Kea refuses the file when the library is loaded. ``kea-dhcp4 -t`` finds nothing
    wrong.
    """
    if LIBRARY not in {library for _, _, library in config.hooks}:
        return
    for subnet in config.subnets:
        context = as_map(subnet.raw.get("user-context"))
        if "ping-check" in context:
            yield from _of(context["ping-check"], (*subnet.path, "user-context", "ping-check"))


def _of(given: Any, path: KeyPath) -> Iterator[Finding]:
    if not isinstance(given, Mapping):
        yield Finding("ping-check is a map", path, f"Write `ping-check: {{{SWITCH}: false}}`.")
        return
    for key, value in given.items():
        where = (*path, str(key))
        text = short(str(value))
        if key == SWITCH:
            if not isinstance(value, bool):
                yield Finding(f"{text} is not true or false", where, "Write true or false.")
        elif key not in LEAST:
            hint = f"It has {', '.join((SWITCH, *LEAST))}."
            yield Finding(f"{short(str(key))} is not a parameter of ping-check", where, hint)
        elif not isinstance(value, int) or isinstance(value, bool) or value < LEAST[key]:
            hint = f"Write a whole number: at least {LEAST[key]}."
            yield Finding(f"{text} is not a number that {key} takes", where, hint)


RULES = (ping_checks,)
