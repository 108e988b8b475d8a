"""Nothing of a file is lost in silence: whatever a site lacks, the proof names it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from keaprov.errors import KeyPath, dotted
from keaprov.importing import Imported, proof, text, values
from tests.importing import cases

DEFAULTS = {
    "dhcp-ddns.enable-updates",
    "dhcp-ddns.ncr-protocol",
    "reservations-global",
    "reservations-in-subnet",
    "sanity-checks.lease-checks",
    "subnet4",
}
"""Values of the cases that Kea has by default."""
UNREAD = {
    "subnet4[0].comment",
    "shared-networks[0].subnet4[0].comment",
    "hooks-libraries[0].parameters.replace-client-id",
}
"""Comments, which Kea does not read, and a hook's false, which may be left out."""


def imported(name: str, folder: Path) -> Imported:
    """Import a case, and write the files of its site."""
    result = cases.imported(cases.files(name, folder), a="192.0.2.2")
    (folder / "secrets").mkdir()
    for file, content in (result.files | result.secrets).items():
        (folder / file).write_text(content)
    return result


def unnoticed(result: Imported, folder: Path) -> Iterator[str]:
    """Yield the values of a site's ``dhcp4`` that may be left out without a difference."""
    for path, _ in values.leaves(result.site["dhcp4"], ()):
        site = values.copied(result.site)
        values.remove(site, ("dhcp4", *path))
        (folder / "site.yaml").write_text(text.site(site))
        try:
            lines = proof.differences(result, proof.rebuilt(folder))
        except (KeyError, TypeError, ValueError):
            continue  # such a site cannot be rendered
        if not lines:
            yield dotted(path)


@pytest.mark.parametrize("name", cases.NAMES)
def test_what_a_site_leaves_out_is_a_difference(tmp_path: Path, name: str) -> None:
    assert set(unnoticed(imported(name, tmp_path), tmp_path)) <= DEFAULTS | UNREAD


def from_file(result: Imported) -> Iterator[KeyPath]:
    """Yield the paths of values that stand in the site as they stood in the first file."""
    part = result.parts[0]
    written = part.original.document.value["Dhcp4"]
    for path, value in values.leaves(part.body, ()):
        if path[0] != "hooks-libraries" and value == values.at(written, path):
            yield path


@pytest.mark.parametrize("name", cases.NAMES)
def test_what_leaves_the_site_is_lost(tmp_path: Path, name: str) -> None:
    result = imported(name, tmp_path)
    assert proof.losses(result) == []
    first, *others = result.parts
    paths = list(from_file(result))
    assert paths
    for path in paths:
        body = values.copied(first.body)
        values.remove(body, path)
        part = replace(first, body=body)
        lines = proof.losses(replace(result, parts=(part, *others)))
        place = dotted(("Dhcp4", *path))
        if not isinstance(path[-1], int):  # behind an element, all others move up
            assert lines == [f"{first.original.document.file}: {place} is lost"]
        assert lines, place
