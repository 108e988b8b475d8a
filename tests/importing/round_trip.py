"""A site that is rendered, imported and rendered again has the same files, byte by byte."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from keaprov import importing, render
from keaprov.errors import dotted
from keaprov.importing import Imported, Options, original, proof
from keaprov.importing.ledger import Fate
from keaprov.model import Site
from keaprov.site import Checked
from keaprov.source import parse_relaxed

MOST_SITES = 50
"""Sites that are tried of one test: a test may draw thousands."""
MOST_TEXT = 1_000_000
"""Characters of a rendered file that is tried."""
REASONS = {
    "an old spelling: an import writes the keys of today": (
        r".*: is (client-classes: .*|evaluate-additional-classes|only-in-additional-list"
        r"|ddns-conflict-resolution-mode: .*)"
    ),
    "a secret in the site file: an import puts it into a file, or beside the site": (
        r".*: (is in the file .*|.* ha(s|ve) a secret, .*|a site has no place for this secret)"
    ),
    "an API by https: an import does not know where its certificates come from": (
        r".*control-sockets.*: a site's API is by HTTP, with a user and a password"
        r"|.*\.(trust-anchor|cert-file|key-file|cert-required): keaprov does not write this .*"
    ),
}
"""Why a site may come back otherwise, by what the import's report says: the path and the words."""
_tried: set[tuple[str, ...]] = set()


def rendered(site: Site) -> dict[str, str]:
    """Return the files of each server by name, as `keaprov render` shows them."""
    texts = {f"{server.name}.conf": render.dhcp4(site, server) for server in site.servers}
    if site.api and site.api.by_agent:
        texts |= {f"{s.name}-agent.conf": render.agent(site, s) for s in site.servers}
    return texts


def came_back(site: Site) -> tuple[str, set[str]]:
    """Return the first difference of a site that was imported, and what `REASONS` has for it.

    Both are empty if the site comes back. A difference that the report does not explain has no
    reason.
    """
    texts = rendered(site)
    documents = [parse_relaxed(text, name) for name, text in texts.items()]
    originals, problems = original.sorted_by_program(documents)
    addresses = {server.name: server.address for server in site.servers}
    imported = problems or importing.kea(originals, Options(addresses=addresses))
    if not isinstance(imported, Imported):
        return str(imported[0]), set()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (imported.files | imported.secrets).items():
            (Path(folder) / name).parent.mkdir(exist_ok=True)
            (Path(folder) / name).write_text(text)
        again = rendered(proof.rebuilt(Path(folder)))
    difference = _difference(texts, again)
    return difference, set(_reasons(imported)) if difference else set()


def _reasons(imported: Imported) -> Iterator[str]:
    entries = (entry for file in imported.originals for entry in file.ledger.entries)
    for entry in entries:
        if entry.fate is not Fate.OWN:
            line = f"{dotted(entry.path)}: {entry.words}"
            yield from (why for why, lines in REASONS.items() if re.fullmatch(lines, line))


def _difference(texts: dict[str, str], again: dict[str, str]) -> str:
    if texts.keys() != again.keys():
        return f"the files are {', '.join(again)}"
    for name, text in texts.items():
        lines, others = text.splitlines(), again[name].splitlines()
        for number, (line, other) in enumerate(zip(lines, others, strict=False), 1):
            if line != other:
                return f"{name}:{number}: {line.strip()} → {other.strip()}"
        if text != again[name]:
            return f"{name}: {len(lines)} lines → {len(others)}"
    return ""


class Sites:
    """The sites that a test loads, by whatever function."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.sites: list[Site] = []
        made = Checked.__init__

        def watched(checked: Checked, *values: object, **named: object) -> None:
            made(checked, *values, **named)  # type: ignore[arg-type]
            if checked.site is not None and len(self.sites) < MOST_SITES:
                self.sites.append(checked.site)

        patch.setattr(Checked, "__init__", watched)

    def changed(self) -> list[str]:
        """Return what is different of sites that came back otherwise, without a reason."""
        lines = []
        for site in self.sites:
            texts = tuple(rendered(site).values())
            if texts in _tried or max(map(len, texts), default=0) > MOST_TEXT:
                continue
            _tried.add(texts)
            difference, reasons = came_back(site)
            if difference and not reasons:
                lines.append(difference)
        return lines
