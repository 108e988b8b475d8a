"""The page about every code, made from the rules themselves: docs/lint.md."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass

from keaprov.lint import RULES
from keaprov.lint.rule import Rule

_READING = "reading-and-schema"
READING = {
    "KP100": "Kea itself refuses the configuration, on a host, when a deploy stages it.",
    "KP101": "The file cannot be read, is empty, or too large.",
    "KP102": "The file is not UTF-8.",
    "KP103": "The file is neither YAML nor JSON.",
    "KP104": "The file is nested too deep, or its aliases stand for too much.",
    "KP105": "A key or column stands twice. Kea refuses the file; most tools take the last.",
    "KP106": "A YAML tag that is not known here, or does not fit its value.",
    "KP107": "A key that is not a name.",
    "KP108": "A second YAML document.",
    "KP109": "An alias without its anchor.",
    "KP110": "The table is not CSV, or has no header.",
    "KP111": "A row of the table has more fields than its header.",
    "KP112": "A column of the table is unknown, or none says who the clients are.",
    "KP113": "An included file cannot be read, or the includes are a circle or too deep.",
    "KP114": "A row of a table of all subnets does not name one of them.",
    "KP120": "An option's value cannot be written this way.",
    "KP121": "``reservations: {csv: FILE}`` is written wrong.",
    "KP123": "The file is a template: its placeholders are not filled in.",
    "KP201": "A key that is unknown here.",
    "KP202": "A key is missing.",
    "KP203": "A key that keaprov sets itself.",
    "KP204": "A value of the wrong type, form or size.",
    "KP206": "Two keys exclude each other.",
    "KP207": "The file is another program's, or Kea's own where a site file is needed.",
    "KP430": "With ``--against``: a change that costs clients their address, or an answer.",
}
"""Codes of problems that are found before the rules run."""

STRICTER = {
    "bytes that are not UTF-8": "Kea passes them on, and then the answers of its API are not JSON.",
    "a NUL (`\\u0000`) in an address, a prefix or the name of an option space": (
        "Kea reads an address up to it."
    ),
    "brackets within brackets, more than 100 deep": "No configuration needs them.",
    "a number with more than 400 characters": "No configuration needs one.",
    "an unknown key of the HA hook or of `dhcp-queue-control`": (
        "Kea ignores it, so that a misspelled parameter keeps its default."
    ),
    "a port above 65535, in `dhcp-ddns` or in the url of a peer": (
        "There is no such port: Kea takes the number modulo 65536, or fails when it connects."
    ),
    "a port with a minus, or a text between the `]` and the port or path, in the url of a peer": (
        "Kea counts down from 4294967296, or takes the text and the port for the path."
    ),
    "`max-requester-idle-time` above 2147483": (
        "Kea refuses it too, unless it is so large that its milliseconds overflow 64 bits."
    ),
    "a `socket-port` out of range, or a header without its name or value, of a unix socket": (
        "Kea does not use it there."
    ),
    "`libdhcp_radius.so` twice, where multi-threading is off": (
        "The second one's parameters replace those of the first one."
    ),
    "a lease file in another directory, or that is one (`..`), with `persist: false`": (
        "Kea refuses it once leases are kept."
    ),
    "`ddns-use-conflict-resolution` beside `ddns-conflict-resolution-mode`": (
        "Kea refuses them in this order; in the other order the first counts for nothing."
    ),
    "`allocator`, where no subnet uses it": "Kea refuses it with the first subnet.",
    "`severity` of a logger that Kea does not know": "Kea logs as if it were not there.",
    "`debuglevel` above 99, where the severity is not DEBUG": "Kea refuses it with DEBUG.",
    "`maxver` of a log file below 0": "Kea keeps one old file then, as with 1.",
    "`maxsize` of a log that is not a file, out of range": "Kea refuses it of a file.",
    "`t1-percent` or `t2-percent` out of range, without `calculate-tee-times`": (
        "Kea refuses it with `calculate-tee-times: true`, and ignores it otherwise."
    ),
    "a value out of range in the global scope, such as `next-server: 192.0.2.300`, or a "
    "`t1-percent` there that is not less than `t2-percent`": (
        "Kea refuses it with the first subnet, or ignores what is written."
    ),
    "a `boot-file-name` of 128 bytes, outside of reservations": (
        "Kea takes it, against its own message: no room is left for the NUL that ends the field "
        "(RFC 2131, section 2)."
    ),
    "an apostrophe in a parameter of a PostgreSQL database, after which another one follows": (
        "Kea hands it on as a parameter of the connection, in place of the one that is written."
    ),
    "`ddns-ttl-percent: 0`": "Kea takes its default then, a third of the lifetime.",
    "`capacity` of a queue below 0, or above 4294967295": "Kea refuses it where the queue is used.",
    "a lifetime below 0, such as `max-valid-lifetime: -1`": (
        "Kea counts down from 4294967296: -1 is a lease without an end."
    ),
    "another number that does not fit into the 32 bits that Kea has for it, such as `ddns-ttl: -1` "
    "or `service-sockets-max-retries: 4294967296`": (
        "Kea keeps the remainder of a division by 4294967296: 4294967295 and 0."
    ),
}
"""What the reader and the schema refuse though Kea accepts it, each with the reason."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means, as Markdown: a sentence, the reason, and its heading on the page."""

    short: str
    reason: str
    anchor: str


def explanations() -> dict[str, Explanation]:
    """Return what each code means, the rules' own words."""
    texts = {code: Explanation(_code(text), "", _READING) for code, text in READING.items()}
    return texts | {rule.code: _explained(rule) for rule in RULES}


def _explained(rule: Rule) -> Explanation:
    short, _, reason = (inspect.getdoc(rule.check) or "").partition("\n")
    parts = [_code(reason.strip())]
    if rule.cure:
        parts.append(f"What to do: {rule.cure[0].lower()}{rule.cure[1:]}")
    return Explanation(_code(short), "\n\n".join(filter(None, parts)), _anchor(rule))


def page() -> str:
    """Return the page, as Markdown."""
    head = (
        "# Problems\n\n"
        "`keaprov check` reports all problems of a file at once. A deploy stops at a site file "
        "with an error, before it contacts any host. Warnings fail the check only with "
        "`--strict`. This page is generated from the rules.\n"
    )
    return "\n".join([head, *_reading(), *_on_purpose(), *_stricter(), *_rules()])


def _reading() -> Iterator[str]:
    yield "## Reading and schema\n\n| code | |\n|---|---|"
    for code, text in READING.items():
        yield f"| {code} | {_code(text)} |"
    yield ""


def _on_purpose() -> Iterator[str]:
    yield "## Stricter on purpose\n\nThese are errors, although Kea accepts them.\n"
    yield "| what | why |\n|---|---|"
    for what, why in STRICTER.items():
        yield f"| {what} | {why} |"
    yield ""


def _stricter() -> Iterator[str]:
    codes = [f"[{rule.code}](#{_anchor(rule)})" for rule in RULES if rule.stricter]
    yield "## Stricter than Kea\n"
    yield (
        "Kea accepts these mistakes, and clients or the pair suffer from them. They are errors in "
        "a site file, and warnings in one of Kea's own files: " + ", ".join(codes) + ".\n"
    )


def _anchor(rule: Rule) -> str:
    return f"{rule.code}-{rule.severity.value}".lower()


def _rules() -> Iterator[str]:
    yield "## Rules\n"
    for rule in RULES:
        text = _explained(rule)
        yield f"### {rule.code} ({rule.severity.value})\n\n{text.short}\n"
        if text.reason:
            yield f"{text.reason}\n"


def _code(text: str) -> str:
    return text.replace("``", "`")
