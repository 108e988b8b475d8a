"""CONTRIBUTING.md is true: the files, names, tests and commands that it names exist."""

from __future__ import annotations

import re
import shlex

import pytest

from tests.deploying import ROOT
from tests.lab import __main__ as lab

PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
NAMED = re.findall(r"`([^`]+)`", PAGE)
PATHS = sorted(
    {
        name
        for name in NAMED
        if re.fullmatch(r"[\w./-]+", name) and ("/" in name or name.endswith((".md", ".toml")))
    }
    - {"files/host", "/var/log/kea", "dist/"}
)


@pytest.mark.parametrize("path", [path for path in PATHS if "VERB" not in path])
def test_a_named_file_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_five_questions_have_a_file_and_a_test_each() -> None:
    table = PAGE.partition("| question |")[2].partition("\n\n")[0].splitlines()[2:]
    assert len(table) == 5
    for line in table:
        _, question, answer, test, _ = line.split("|")
        assert re.search(r"`[\w/]+\.(py|md)`", answer), question
        assert re.search(r"`tests/[\w/]+\.py`", test), question


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("keaprov/firewall.py", "def openings("),
        ("keaprov/lint/subnets.py", "RULES ="),
        ("keaprov/cli/__init__.py", "VERBS ="),
        ("keaprov/ha/gate.py", "class Verdict"),
        ("keaprov/source/table.py", "def read_csv("),
        ("tools/prose/rules.py", "RULES ="),
    ],
)
def test_a_named_thing_is_in_its_file(path: str, name: str) -> None:
    assert name in (ROOT / path).read_text("utf-8")


def test_commands_name_tests_and_verbs_of_the_lab_that_exist() -> None:
    commands = [shlex.split(name) for name in NAMED if "python" in name]
    runs = [words[words.index("tests.run") + 1 :] for words in commands if "tests.run" in words]
    assert len(runs) >= 2
    for words in runs:
        text = (ROOT / words[0]).read_text("utf-8")
        assert "pytest.mark.lab" in text
        if "-k" in words:
            assert re.search(rf"def test_\w*{words[words.index('-k') + 1]}", text), words
    verbs = {words[words.index("tests.lab") + 1] for words in commands if "tests.lab" in words}
    assert verbs
    assert all(verb in str(lab.__doc__) for verb in verbs)
