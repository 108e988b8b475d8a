"""Real Kea is the judge of expressions: `check` refuses what it refuses, and nothing else.

A daemon judges by ``config-test``: it parses classes as ``-T`` does, and a thousand take seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from keaprov import schema
from keaprov.errors import Severity
from keaprov.lint import lint_dhcp4
from tests.differential.daemon import Ask, daemon, rendered
from tests.differential.draws import CASES, SEED
from tests.differential.expressions import classes, expression
from tests.differential.judge import judge

pytestmark = pytest.mark.lab

KEPT = Path(__file__).with_name("kept_expressions.json")
"""Expressions of which Kea and `check` once thought differently."""
DEFINED: dict[str, Any] = {
    "option-def": [
        {"name": "mine", "code": 225, "type": "string"},
        {"name": "a_1", "code": 226, "type": "string"},
        {"name": "foreign", "code": 1, "type": "string", "space": "other"},
    ],
}
"""Options of the site's own."""
HOOKS: tuple[tuple[str, Any, bool], ...] = (
    ("flex_id", {"identifier-expression": "@"}, False),
    ("ddns_tuning", {"hostname-expr": "@"}, False),
    ("legal_log", {"path": "/var/log/kea", "request-parser-format": "@"}, False),
    ("legal_log", {"path": "/var/log/kea", "response-parser-format": "@"}, False),
    ("lease_cmds",
     {"binding-variables": [{"name": "a", "expression": "@", "source": "query"}]}, False),
    ("flex_option", {"options": [{"code": 67, "add": "@"}]}, False),
    ("flex_option", {"options": [{"code": 67, "supersede": "@"}]}, False),
    ("flex_option", {"options": [{"code": 67, "remove": "@"}]}, True),
    ("flex_option",
     {"options": [{"code": 82, "sub-options": [{"code": 1, "space": "x", "add": "@"}]}]}, False),
    ("flex_option",
     {"options": [{"code": 82, "sub-options": [{"code": 1, "space": "x", "remove": "@"}]}]}, True),
    ("radius", {"access": {"attributes": [{"name": "User-Name", "expr": "@"}]}}, False),
    ("radius", {"accounting": {"attributes": [{"name": "User-Name", "expr": "@"}]}}, False),
)  # fmt: skip
"""Hook libraries with parameters, "@" for the expression, and whether it is a condition."""


@pytest.fixture(scope="module")
def kea() -> Iterator[Ask]:
    with daemon() as ask:
        yield ask


def body(text: str, condition: bool) -> dict[str, Any]:
    """Return a ``Dhcp4`` body with a class between two others, and options of the site's own."""
    local = {"name": "local", "code": 224, "type": "string"}
    return {
        **DEFINED,
        "client-classes": [
            {"name": "early", "option-def": [local]},
            {"name": "mine", "test" if condition else "template-test": text},
            {"name": "late"},
        ],
    }


def _refusal(kea: Ask, made: dict[str, Any]) -> str:
    answer = kea({"command": "config-test", "arguments": rendered(made)})
    return "" if answer["result"] == 0 else str(answer["text"])


def _errors(made: dict[str, Any]) -> list[str]:
    problems = [*schema.dhcp4_problems(made, ("Dhcp4",)), *lint_dhcp4(made)]
    return [str(problem) for problem in problems if problem.severity is Severity.ERROR]


def _compare(kea: Ask, bodies: Iterable[dict[str, Any]]) -> None:
    wrong, judged, accepted = [], 0, 0
    for made in bodies:
        refusal, errors = _refusal(kea, made), _errors(made)
        judged += 1
        accepted += not refusal
        if bool(refusal) != bool(errors):
            drawn = json.dumps(made["client-classes"])
            wrong.append(f"{drawn}\n  Kea: {refusal}\n  check: {errors}")
    print(f"{judged} bodies, seed {SEED}: Kea accepts {accepted}")
    assert judged / 5 < accepted < judged * 4 / 5, "both verdicts have to be frequent"
    assert not wrong, f"{len(wrong)} disagreements\n" + "\n".join(wrong[:20])


def test_kea_and_check_agree_on_expressions(kea: Ask) -> None:
    random = Random(SEED)
    kinds = (random.random() < 0.7 for _ in range(CASES))
    _compare(kea, (body(expression(random, condition), condition) for condition in kinds))


def test_kea_and_check_agree_on_classes(kea: Ask) -> None:
    random = Random(SEED)
    _compare(kea, ({"client-classes": classes(random)} for _ in range(CASES)))


def test_what_differed_once_is_judged_alike(kea: Ask) -> None:
    for text, condition in json.loads(KEPT.read_text()):
        made = body(text, condition)
        refusal, errors = _refusal(kea, made), _errors(made)
        assert bool(refusal) == bool(errors), (text, refusal, errors)


def test_kea_reads_the_expressions_of_hooks_as_check_does(tmp_path: Path) -> None:
    """``-T`` loads the libraries, ``config-test`` does not."""
    bodies = []
    for name, parameters, condition in HOOKS:
        good, other = ("option[mine].exists", "option[mine].hex + 'a'")[:: 1 if condition else -1]
        empty = () if name == "radius" else ("",)  # radius then wants the attribute's data
        for text in (good, other, "member('nowhere')", "option[no-such].hex", "'a", *empty):
            filled = json.loads(json.dumps(parameters).replace('"@"', json.dumps(text)))
            hook = {"library": f"libdhcp_{name}.so", "parameters": filled}
            bodies.append({**DEFINED, "hooks-libraries": [hook]})
    verdicts = judge(bodies, tmp_path)
    assert sum(not verdict.kea for verdict in verdicts) > len(HOOKS)
    wrong = [
        f"{json.dumps(verdict.body['hooks-libraries'])}\n  {verdict.kea}\n  {verdict.errors}"
        for verdict in verdicts
        if bool(verdict.kea) != any("KP810" in error for error in verdict.errors)
    ]
    assert not wrong, "\n".join(wrong)
