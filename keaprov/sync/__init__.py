"""From sources of truth (NetBox, phpIPAM, tables) to the files of a site; no host is touched.

`reading` reads the sources; `netbox`, `phpipam` and `tables` bring their objects into `model`,
`assembling` puts these together, `merging`, `pools` and `reservations` say what changes. `planned`
makes the new texts and checks them. Nothing here writes a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from keaprov.site import Checked, check_text
from keaprov.site.normal import normalise
from keaprov.source.editing import EditError, edited
from keaprov.sync import reservations
from keaprov.sync.assembling import assembled
from keaprov.sync.merging import Step, labelled, merged
from keaprov.sync.model import SourceError, Truth
from keaprov.sync.reading import answers
from keaprov.sync.reservations import TABLE

__all__ = ["TABLE", "Planned", "SourceError", "Step", "assembled", "planned", "truth_of"]


@dataclass(frozen=True)
class Planned:
    """What a sync would write: the texts of the files that differ, by name beside the site file.

    `steps` are the subnets that change; `counts` are the reservations that are new, changed and
    gone, by the subnet's id, and `labels` the subnets' prefixes and VLANs. `checked` is the site
    with the new texts; without a difference, nothing is checked. With conflicts, or if `checked`
    has no site, nothing may be written.
    """

    texts: Mapping[str, str]
    steps: tuple[Step, ...]
    counts: Mapping[str, tuple[int, int, int]]
    conflicts: tuple[str, ...]
    notes: tuple[str, ...]
    labels: Mapping[str, str]
    checked: Checked | None = None


def truth_of(sources: Mapping[str, Any], site_file: str) -> Truth:
    """Read all sources of a checked site file; SourceError or SecretError if one cannot be."""
    return assembled(list(answers(sources, site_file)))


def planned(file: Path, raw: Mapping[str, Any], text: str, table: str, truth: Truth) -> Planned:
    """Return what a sync writes.

    `raw` are the values of the site file, `text` is its text, and `table` that of the table of
    reservations, "" if there is none.
    """
    dhcp4 = raw["dhcp4"]
    merge = merged(dhcp4, truth, raw["sources"])
    wanted = reservations.rows(truth, merge.ids)
    changes, conflicts = reservations.reference(dhcp4, wanted)
    alone = {key: value for key, value in dhcp4.items() if value != {"csv": TABLE}}
    normal = normalise(alone, ("dhcp4",), file.parent, str(file))
    conflicts += [*truth.conflicts, *merge.conflicts]
    conflicts += reservations.by_hand(normal.dhcp4, truth, merge.ids)
    counts = reservations.differences(reservations.parsed(table), wanted)
    labels = {
        str(merge.ids.get(prefix.origin.key)): labelled(str(prefix.network), prefix.vlan)
        for prefix in (subnet.prefix for subnet in truth.subnets)
    }
    plan = Planned({}, merge.steps, counts, tuple(conflicts), truth.notes, labels)
    if conflicts:
        return plan
    try:
        new = edited(text, [*merge.changes, *changes])
    except EditError as error:
        return replace(plan, conflicts=(f"{file}: {error}",))
    new_table = reservations.text(wanted) if wanted or table else ""
    texts = {file.name: (text, new), TABLE: (table, new_table)}
    differing = {name: after for name, (before, after) in texts.items() if before != after}
    if not differing:
        return plan
    checked = check_text(new.encode(), str(file), file.parent, {TABLE: new_table})
    return replace(plan, texts=differing, checked=checked)
