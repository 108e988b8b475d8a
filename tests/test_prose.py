"""The lint of the English: each rule forbids its bad sentence, and every kind of text is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.prose.__main__ import EXEMPT, main, project
from tools.prose.rules import RULES, Rule
from tools.prose.texts import texts


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.bad)
def test_a_rule_forbids_its_bad_sentence_and_allows_its_good_one(rule: Rule) -> None:
    assert rule.matches(rule.bad)
    assert not [other.pattern for other in RULES if other.matches(rule.good)]


def test_every_kind_of_text_of_a_module_is_read(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        '"""It is put right."""\n'
        "# a comment that is\n"
        "# cut off\n"
        'name = f"{7} s " "away"\n'
        'other = ("by "\n'
        '    "turns")\n'
    )
    assert {(text.line, text.words) for text in texts(module)} == {
        (1, "It is put right."),
        (2, "a comment that is cut off"),
        (4, "{} s away"),
        (5, "by turns"),
    }


def test_a_problem_has_its_place_what_to_write_and_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Page\n\nA run is\ncut off.\n\n| a row | is |\n| it is | put right |\n")
    assert main([str(page)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{page}:3: 'cut off': write interrupted: operators say interrupted",
        f"{page}:7: 'put right': write repair, restore, correct: operators say repair",
    ]
    page.write_text("# Page\n\nA run is interrupted.\n")
    assert main([str(page)]) == 0


def test_the_project_is_checked_as_a_whole() -> None:
    names = {str(path) for path in project()}
    assert {"README.md", "docs/rollout.md", "keaprov/ha/gate.py", "tests/run.py"} <= names
    assert "keaprov/schema/site.schema.json" in names
    assert all(path.exists() for path in EXEMPT)
