"""The files of an import: which program each is for, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from keaprov import source
from keaprov.errors import KeyPath, Mark, Problem
from keaprov.importing import values
from keaprov.importing.ledger import Ledger
from keaprov.site.kind import kea_file
from keaprov.source.document import Place

MOST_SERVERS = 2
"""Servers that a site may have."""
OTHERS = {
    "Dhcp6": "DHCPv6",
    "DhcpDdns": "Kea's DNS updates (D2)",
    "Netconf": "Kea's NETCONF agent",
}
"""The maps of Kea's other programs, and what these are for."""
_READ = "`keaprov import kea` reads kea-dhcp4.conf, kea-ctrl-agent.conf and config-get."


@dataclass(frozen=True)
class Original:
    """One file as it was written: `body` is a copy of its top map, which an import may change."""

    document: source.Document
    ledger: Ledger
    body: dict[str, Any]


@dataclass(frozen=True)
class Originals:
    """The files of one site: kea-dhcp4.conf of each server, and kea-ctrl-agent.conf of each.

    `others` are files of Kea's other programs: a site carries nothing of them.
    """

    dhcp4: tuple[Original, ...]
    agents: tuple[Original, ...]
    others: tuple[Original, ...] = ()


def read(paths: Sequence[Path]) -> tuple[Originals, list[Problem]]:
    """Read the files; return them with every problem that makes an import impossible."""
    return sorted_by_program([source.read(path) for path in paths])


def sorted_by_program(documents: Sequence[source.Document]) -> tuple[Originals, list[Problem]]:
    """Tell the servers' files from the agents' files, and name what is wrong with any of them."""
    problems: list[Problem] = []
    dhcp4: list[Original] = []
    agents: list[Original] = []
    others: list[Original] = []
    for document in map(_within, documents):
        if document.problems:
            problems += map(_of_kea, document.problems)
            continue
        program = _program(document.value)
        if program is None:
            mark = Mark(document.file, 1, 1)
            problems.append(Problem("KP207", "this is not a file of Kea's", mark, hint=_READ))
            continue
        original = Original(document, Ledger(document), values.copied(document.value))
        if program in OTHERS:
            keep_others(original)
            others.append(original)
        else:
            (dhcp4 if program == "Dhcp4" else agents).append(original)
    for kind in (dhcp4, agents):
        for original in kind[MOST_SERVERS:]:
            mark = Mark(original.document.file, 1, 1)
            hint = "Import the pairs one after the other, each into a directory of its own."
            problems.append(Problem("KP207", "a site has two servers at most", mark, hint=hint))
    if not dhcp4 and not problems:
        mark = Mark(documents[0].file if documents else "")
        problems.append(Problem("KP207", "no file has a Dhcp4 map", mark, hint=_READ))
    return Originals(tuple(dhcp4), tuple(agents), tuple(others)), problems


def _within(document: source.Document) -> source.Document:
    """Return Kea's configuration in an answer of ``config-get``, any other document as it is."""
    held = kea_file(document.value)
    if held is None or not held.path:
        return document
    locator, depth = document.locator, len(held.path)

    def located(wanted: AbstractSet[KeyPath]) -> dict[KeyPath, Place]:
        inside = dict.fromkeys((*held.path, *path) for path in wanted).keys()
        known = locator(inside) if locator else {}
        return {path[depth:]: place for path, place in known.items()}

    return replace(document, value=dict(held.body), locator=located, walker=None)


def _of_kea(problem: Problem) -> Problem:
    """Return a problem of a file that has to be one of Kea's."""
    return problem._replace(hint=_READ) if problem.message == "empty" else problem


def keep_others(original: Original, own: str = "") -> None:
    """Keep every top key of a file but `own`: a site does not carry it."""
    for key in [key for key in original.body if key != own]:
        words = "it is another program's, or unknown to Kea"
        if key in OTHERS:
            words = f"a site does not carry {OTHERS[key]}"
        original.ledger.keep((key,), original.body.pop(key), words)


def _program(value: Any) -> str | None:
    """Return the map of a file that an import reads, None if there is none."""
    if not isinstance(value, Mapping):
        return None
    keys = ("Dhcp4", "Control-agent", *OTHERS)
    return next((key for key in keys if isinstance(value.get(key), Mapping)), None)
