"""Real Kea is the judge: whatever `check` passes, ``kea-dhcp4 -T`` accepts."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.differential.bodies import bodies
from tests.differential.judge import judge

pytestmark = pytest.mark.lab

CASES = int(os.environ.get("KEAPROV_CASES", "2000"))
SEED = int(os.environ.get("KEAPROV_SEED", "1"))
KEPT = Path(__file__).with_name("kept.json")
"""Bodies that `check` once passed and Kea refused."""


def drawn(number: int) -> list[dict[str, Any]]:
    """Draw that many bodies, the same for the same seed."""
    collected: list[dict[str, Any]] = []

    @seed(SEED)
    @settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(bodies())
    def collect(body: dict[str, Any]) -> None:
        collected.append(body)

    collect()
    return collected


def test_whatever_check_passes_kea_accepts(tmp_path: Path) -> None:
    verdicts = judge(drawn(CASES), tmp_path)
    accepted = sum(not verdict.kea for verdict in verdicts)
    print(f"{len(verdicts)} bodies, seed {SEED}: Kea accepts {accepted}")
    assert accepted > len(verdicts) / 4, "the bodies have to be right often enough to mean much"
    missed = [verdict for verdict in verdicts if verdict.missed]
    words = (f"{json.dumps(verdict.body)}\n  {verdict.kea[-300:]}" for verdict in missed)
    assert not missed, "\n".join(words)


def test_what_was_missed_once_is_refused_by_both(tmp_path: Path) -> None:
    for verdict in judge(json.loads(KEPT.read_text()), tmp_path):
        assert verdict.kea, verdict.body
        assert verdict.errors, verdict.body
