"""The files of an imported site, in a directory of their own until they are proven."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from keaprov import files
from keaprov.errors import Mark
from keaprov.importing import Imported, daemon, loaded, proof
from keaprov.site import Checked, check_text

KEPT = "not-imported.json"


@dataclass(frozen=True)
class Proof:
    """What reading the written site back shows.

    `losses` and `differences` are lines for a person; both are empty if the site says what the
    files say. `judge` is what compared; `unjudged` is why no real Kea did, empty if it did.
    """

    checked: Checked
    losses: list[str]
    differences: list[str]
    judge: str = "keaprov.diff"
    unjudged: str = ""

    @property
    def holds(self) -> bool:
        """Whether the site says what the files say, and is without errors."""
        return not (self.losses or self.differences) and self.checked.site is not None


def texts(imported: Imported) -> Iterator[tuple[str, str, int]]:
    """Yield each file's name, text and mode; only the owner reads what may be secret."""
    kept = [entry for original in imported.originals for entry in original.ledger.kept()]
    remarks = [(comment.mark, comment.text) for comment in imported.comments]
    secrets = {name: f"{text}\n" for name, text in imported.secrets.items()}
    yield from written(imported.files, secrets, kept, remarks)


def written(
    plain: Mapping[str, str],
    secrets: Mapping[str, str],
    kept: Sequence[Mapping[str, Any]],
    remarks: Iterable[tuple[Mark, str]],
) -> Iterator[tuple[str, str, int]]:
    """Yield name, text and mode of the files of a site.

    `plain` and `secrets` are texts by name, `kept` is what the site does not carry, `remarks` are
    comments with their places.
    """
    for name, text in plain.items():
        yield name, text, 0o644
    for name in ("inventory.py", "deploy.py"):
        yield name, files.read(f"inventory/{name}"), 0o644
    for name, text in secrets.items():
        yield name, text, 0o600
    entries = [
        *kept,
        *(
            {"file": mark.file, "line": mark.line, "path": "", "reason": "a comment", "value": text}
            for mark, text in remarks
        ),
    ]
    yield KEPT, json.dumps(entries, ensure_ascii=False, indent=2) + "\n", 0o600


def prove(imported: Imported, folder: Path, name: str, program: str | None = None) -> Proof:
    """Read the site that was written into a directory, check it, and compare its render.

    `name` is the site file's name in messages; `program` is the kea-dhcp4 to ask, if there is one.
    """
    site = proof.rebuilt(folder)
    differences = proof.differences(imported, site)
    checked = check_text(imported.files["site.yaml"].encode(), name, folder)
    proven = Proof(checked, proof.losses(imported), differences)
    if program is None:
        return replace(proven, unjudged="there is no kea-dhcp4 on this machine")
    try:
        with daemon.running(program) as (load, version):
            of_kea = loaded.differences(imported, site, load)
            judge = f"kea-dhcp4 {version} and {proven.judge}"
    except daemon.DaemonError as error:
        return replace(proven, unjudged=str(error))
    return replace(proven, differences=[*differences, *of_kea], judge=judge)
