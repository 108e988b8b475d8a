"""Real Kea judges sockets, interfaces, databases and the parameters of its hook libraries.

``kea-dhcp4 -T`` loads the libraries. `check` takes what it takes, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from keaprov.errors import Severity
from keaprov.site import check_text
from tests.differential.draws import CASES, SEED
from tests.differential.judge import Verdict, refusals
from tests.differential.parts import HOOK_SCRIPT, drawn_file
from tests.differential.test_kea import alarms
from tests.lab.workshop import workshop

pytestmark = pytest.mark.lab

SHARE = 5
"""A kea-dhcp4 starts for each file: of so many draws of another kind, one is drawn here."""
NOT_THERE = "doesn't exist in the system"
"""What Kea says of an interface that this host does not have: `check` asks no host."""


def limited(limits: Any, of_class: bool = False) -> dict[str, Any]:
    context = {"user-context": {"limits": limits}}
    return {
        "hooks-libraries": [{"library": "libdhcp_limits.so"}],
        "subnet4": [{"id": 1, "subnet": "192.0.2.0/24", **({} if of_class else context)}],
        "client-classes": [{"name": "one", **(context if of_class else {})}],
    }


LIMITS: tuple[tuple[dict[str, Any], bool], ...] = (
    (limited({"address-limit": 4294967295, "rate-limit": "1 packet per year"}), True),
    (limited({"address-limit": 0, "rate-limit": " 5x packets per second"}), True),
    (limited({"address-limit": 4294967296}), False),
    (limited({"address-limit": -1}), False),
    (limited({"address-limit": "2"}), False),
    (limited({"prefix-limit": -1}), False),
    (limited({"rate-limit": 5}), False),
    (limited({"rate-limit": "5 packets a second"}), False),
    (limited({"rate-limit": "x packets per second"}), False),
    (limited({"rate-limit": "5 packets per seconds"}), False),
    (limited({"rate-limit": "-1 packets per second"}), False),
    (limited({"rate-limit": "4294967296 packets per second"}), False),
    (limited({"address-limt": "x"}), True),
    (limited([]), False),
    (limited({"address-limit": 1.5}, of_class=True), False),
    (limited({"rate-limit": "5 packets per week"}, of_class=True), True),
)
"""What libdhcp_limits.so reads from user-context, and whether it loads then."""


def judged(bodies: Sequence[dict[str, Any]]) -> list[Verdict]:
    """Return the verdicts on bodies of a ``Dhcp4`` map in a kea-dhcp4.conf."""
    texts = [json.dumps({"Dhcp4": body}) for body in bodies]
    with workshop() as shop:
        script = shop.root / HOOK_SCRIPT.lstrip("/")
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text("#!/bin/sh\n")
        script.chmod(0o755)
        reasons = refusals(shop, texts)
    return [
        Verdict(body, tuple(errors_of(text)), reason)
        for body, text, reason in zip(bodies, texts, reasons, strict=True)
    ]


def errors_of(text: str) -> list[str]:
    """Return the errors of `check`."""
    problems = check_text(text.encode(), "kea-dhcp4.conf", Path()).problems
    return [str(p) for p in problems if p.severity is Severity.ERROR]


def test_kea_takes_the_parts_that_check_takes() -> None:
    random = Random(SEED)
    verdicts = judged([drawn_file(random) for _ in range(CASES // SHARE)])
    accepted = sum(not verdict.kea for verdict in verdicts)
    wrong = [
        f"{json.dumps(verdict.body)}\n  Kea: {verdict.kea[:500]}\n  check: {verdict.errors}"
        for verdict in verdicts
        if (not verdict.errors and verdict.kea and NOT_THERE not in verdict.kea) or alarms(verdict)
    ]
    print(f"{len(verdicts)} files, seed {SEED}: Kea accepts {accepted}")
    assert accepted > len(verdicts) / 4, "the files have to be right often enough to mean much"
    assert not wrong, f"{len(wrong)} disagreements\n" + "\n".join(wrong[:20])


def test_limits() -> None:
    verdicts = judged([body for body, _ in LIMITS])
    for (_, right), verdict in zip(LIMITS, verdicts, strict=True):
        assert (not verdict.kea, not verdict.errors) == (right, right), verdict
