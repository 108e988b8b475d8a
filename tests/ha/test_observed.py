"""One server's units and files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keaprov.ha.observed import File, Unit
from tests.ha.observations import UP, server


@pytest.mark.parametrize(
    ("unit", "running", "died"),
    [
        (UP, True, False),
        (replace(UP, pid=1), True, False),
        (replace(UP, pid=0), False, False),
        (replace(UP, active="activating"), False, False),
        (replace(UP, active="activating", sub="auto-restart", pid=0), False, True),
        (replace(UP, active="failed", pid=0), False, True),
    ],
)
def test_a_unit_runs_or_died(unit: Unit, running: bool, died: bool) -> None:
    assert (unit.running, unit.died) == (running, died)


@pytest.mark.parametrize(("changed", "stale"), [(999.0, False), (1000.0, False), (1001.0, True)])
def test_a_unit_is_stale_if_a_file_changed_after_its_start(changed: float, stale: bool) -> None:
    observed = server(files={"/a": File("640", "root", "kea", changed)})
    assert observed.stale("kea-dhcp4", "/a", "/missing") is stale
    assert not observed.stale("kea-dhcp4", "/missing")
    assert not observed.stale("absent", "/a")
