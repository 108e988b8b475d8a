"""What a code means: a sentence, the reason, the heading on the page of problems."""

from __future__ import annotations

from keaprov.lint import RULES
from keaprov.lint.page import READING, Explanation, explanations
from tests.deploying import ROOT


def test_a_code_of_reading() -> None:
    meant = explanations()
    assert meant["KP102"] == Explanation("The file is not UTF-8.", "", "reading-and-schema")
    assert meant["KP121"].short == "`reservations: {csv: FILE}` is written wrong."
    assert set(meant) == {*READING, *(entry.code for entry in RULES)}


def test_a_code_of_a_rule() -> None:
    """The reason is that of the rule, then what to do if every finding has the same cure."""
    meant = explanations()
    assert meant["KP401"] == Explanation(
        "A subnet has an id, and it is the subnet's alone.",
        "Leases belong to the id. Kea refuses a configuration without ids. Give each subnet an id "
        "and\nkeep it: another id costs a deploy in which clients wait while all leases are "
        "changed.\n\nWhat to do: give each subnet an id of its own, and never change it.",
        "kp401-error",
    )
    assert meant["KP402"].reason == "What to do: write the prefix as 172.20.10.0/24."
    assert meant["KP523"].anchor == "kp523-warning"
    assert "``" not in meant["KP523"].reason
    assert "What to do" not in meant["KP523"].reason


def test_every_explanation_has_its_heading() -> None:
    page = (ROOT / "docs/lint.md").read_text("utf-8")
    for entry in RULES:
        explained = explanations()[entry.code]
        assert f"### {entry.code} ({entry.severity.value})\n\n{explained.short}\n" in page
        assert explained.reason in page
