"""Real Kea judges sockets, interfaces, databases and the parameters of its hook libraries.

``kea-dhcp4 -T`` loads the libraries. `check` takes what it takes, and nothing else.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from keaprov.errors import Severity
from keaprov.site import check_text
from tests.differential.draws import CASES, ON_PURPOSE, SEED
from tests.differential.judge import INSIDE, SCRIPT, refusal
from tests.differential.parts import HOOK_SCRIPT, drawn_file
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


def refusals(bodies: Sequence[dict[str, Any]]) -> list[str]:
    """Return why Kea refuses each body of a ``Dhcp4`` map, "" if it takes it."""
    with workshop() as shop:
        script = shop.root / HOOK_SCRIPT.lstrip("/")
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text("#!/bin/sh\n")
        script.chmod(0o755)
        inside = shop.root / INSIDE.lstrip("/")
        for number, body in enumerate(bodies):
            place = inside / f"{number:06}"
            place.mkdir(parents=True)
            (place / "kea.conf").write_text(json.dumps({"Dhcp4": body}))
        subprocess.run(shop.inside("sh", "-c", SCRIPT), check=True, stdin=subprocess.DEVNULL)
        return [refusal(inside / f"{number:06}") for number in range(len(bodies))]


def errors_of(body: dict[str, Any]) -> list[str]:
    """Return the errors of `check` that are not on purpose."""
    text = json.dumps({"Dhcp4": body}).encode()
    problems = check_text(text, "kea-dhcp4.conf", Path()).problems
    return [str(p) for p in problems if p.severity is Severity.ERROR]


def test_kea_takes_the_parts_that_check_takes() -> None:
    random = Random(SEED)
    bodies = [drawn_file(random) for _ in range(CASES // SHARE)]
    wrong, accepted = [], 0
    for body, kea in zip(bodies, refusals(bodies), strict=True):
        accepted += not kea
        errors = errors_of(body)
        missed = kea and not errors and NOT_THERE not in kea
        alarms = [error for error in errors if not ON_PURPOSE.search(error)] if not kea else []
        if missed or alarms:
            wrong.append(f"{json.dumps(body)}\n  Kea: {kea[:500]}\n  check: {errors}")
    print(f"{len(bodies)} files, seed {SEED}: Kea accepts {accepted}")
    assert accepted > len(bodies) / 4, "the files have to be right often enough to mean much"
    assert not wrong, f"{len(wrong)} disagreements\n" + "\n".join(wrong[:20])


def test_limits() -> None:
    bodies = [body for body, _ in LIMITS]
    for (body, right), kea in zip(LIMITS, refusals(bodies), strict=True):
        assert (not kea, not errors_of(body)) == (right, right), (body, kea)
