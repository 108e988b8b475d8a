"""Write a rich rule's XML as firewalld writes it as text (firewall/core/rich.py, `__str__`).

The text is compared with the one of the running firewalld, so order and quotes are firewalld's.
"""

from __future__ import annotations

import re
from typing import Any

ELEMENTS = {
    "service": ("name",),
    "port": ("port", "protocol"),
    "source-port": ("port", "protocol"),
    "forward-port": ("port", "protocol", "to-port", "to-addr"),
    "protocol": ("value",),
    "icmp-block": ("name",),
    "icmp-type": ("name",),
    "masquerade": (),
    "tcp-mss-clamp": ("value",),
}
LOGS = {"log": ("prefix", "level"), "nflog": ("group", "prefix", "queue-size")}
AUDIT: dict[str, tuple[str, ...]] = {"audit": ()}
ACTIONS = {"accept": (), "reject": ("type",), "drop": (), "mark": ("set",)}
NUMBERS = ("group", "queue-size")
NUMBER = re.compile(r"[+-]?[0-9]{1,10}")
UNITS = ("second", "minute", "hour", "day")


def text(rule: Any) -> str:
    """Return a rule element's text; parts come in firewalld's order, whatever the file's is."""
    words = ["rule"]
    if priority := number(rule.get("priority", "")):
        words.append(f'priority="{priority}"')
    words += attributes(rule, ("family",))
    for tag, keys in (
        ("source", ("address", "mac", "ipset")),
        ("destination", ("address", "ipset")),
    ):
        end = rule.find(tag)
        if end is not None:
            inverted = end.get("invert", "").lower() in ("yes", "true")
            words += [tag, *(["NOT"] if inverted else []), *attributes(end, keys)]
    for group in (ELEMENTS, LOGS, AUDIT, ACTIONS):
        for child in rule:
            if child.tag in group:
                words += [child.tag, *part(child, group[child.tag])]
    return " ".join(words)


def number(text: str) -> int:
    """Return the whole number of an attribute, 0 if it is not one."""
    return int(text) if NUMBER.fullmatch(text) else 0


def part(element: Any, keys: tuple[str, ...]) -> list[str]:
    """Return the words of an element, with its limit."""
    if element.tag == "mark":
        words = [f"set={element.get('set')}"]
    elif element.tag == "tcp-mss-clamp":
        words = [f'value="{element.get("value") or "pmtu"}"']
    else:
        words = attributes(element, keys)
    limit = element.find("limit")
    if limit is not None:
        words += ["limit", f'value="{rate(limit.get("value", ""))}"']
        burst = number(limit.get("burst", ""))
        words += [f"burst={burst}"] if burst else []
    return words


def rate(value: str) -> str:
    """Return a limit's rate with the short unit that firewalld keeps: 3/m for 3/minute."""
    number, slash, unit = value.partition("/")
    unit = unit.strip()
    return f"{number}{slash}{unit[:1] if unit in UNITS else unit}"


def attributes(element: Any, keys: tuple[str, ...]) -> list[str]:
    """Return those attributes that say something, in this order."""
    words = []
    for key in keys:
        value = element.get(key)
        if value and key in NUMBERS and NUMBER.fullmatch(value):
            value = str(number(value) or "")
        if value:
            words.append(f'{key}="{value}"')
    return words
