"""Write a rich rule's XML as firewalld writes it as text (firewall/core/rich.py, `__str__`).

The text is compared with the one of the running firewalld, so order and quotes are firewalld's.
"""

from __future__ import annotations

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
UNITS = ("second", "minute", "hour", "day")


def text(rule: Any) -> str:
    """Return a rule element's text; parts come in firewalld's order, whatever the file's is."""
    words = ["rule"]
    priority = rule.get("priority", "0")
    if priority.lstrip("-+").isdecimal() and int(priority):
        words.append(f'priority="{int(priority)}"')
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
        burst = limit.get("burst", "")
        words += [f"burst={int(burst)}"] if burst.isdecimal() and int(burst) else []
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
        if value and key in NUMBERS and value.isdecimal():
            value = str(int(value)) if int(value) else ""
        if value:
            words.append(f'{key}="{value}"')
    return words
