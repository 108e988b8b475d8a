"""Real Kea is the judge: `check` passes what ``kea-dhcp4 -T`` accepts, and nothing else.

Stricter on purpose are the rules that say so, and what docs/lint.md lists. A daemon judges all that
is drawn; ``-T``, which takes a hundred times as long, a part of it and whatever they disagree on.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.differential.daemon import Kea
from tests.differential.draws import CASES, ON_PURPOSE, SEED, drawn
from tests.differential.judge import Verdict, errors_of, judge

pytestmark = pytest.mark.lab

KEPT = Path(__file__).with_name("kept.json")
"""Bodies that `check` once passed and Kea refused."""
BY_FILE = 10
"""One of so many bodies is judged by ``-T`` in any case."""


def verdicts(number: int, folder: Path) -> list[Verdict]:
    """Draw that many bodies; return the verdicts on them."""
    kea = Kea()
    with kea.running:
        quick = [
            Verdict(body, tuple(errors_of(body, folder)), kea.refusal(body))
            for body in drawn(number)
        ]
    doubtful = [
        verdict.body
        for index, verdict in enumerate(quick)
        if index % BY_FILE == 0 or verdict.missed or alarms(verdict)
    ]
    kept = [verdict for verdict in quick if verdict.body not in doubtful]
    print(f"{len(quick)} bodies, seed {SEED}: {len(doubtful)} by -T")
    return [*kept, *judge(doubtful, folder)]


def alarms(verdict: Verdict) -> list[str]:
    """Return what `check` refuses, not on purpose, though Kea takes it."""
    errors = verdict.errors if verdict.stricter else ()
    return [error for error in errors if not ON_PURPOSE.search(error)]


def test_check_passes_what_kea_accepts_and_nothing_else(tmp_path: Path) -> None:
    judged = verdicts(CASES, tmp_path)
    accepted = sum(not verdict.kea for verdict in judged)
    strict = sum(verdict.stricter for verdict in judged)
    print(f"Kea accepts {accepted}; {strict} refused on purpose")
    assert accepted > len(judged) / 4, "the bodies have to be right often enough to mean much"
    wrong = [
        f"{json.dumps(verdict.body)}\n  Kea: {verdict.kea[-300:]}\n  check: {verdict.errors}"
        for verdict in judged
        if verdict.missed or alarms(verdict)
    ]
    assert not wrong, f"{len(wrong)} disagreements\n" + "\n".join(wrong[:20])


def test_what_was_missed_once_is_refused_by_both(tmp_path: Path) -> None:
    for verdict in judge(json.loads(KEPT.read_text()), tmp_path):
        assert verdict.kea, verdict.body
        assert verdict.errors, verdict.body
