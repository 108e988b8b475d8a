from __future__ import annotations

from pathlib import Path

import pytest

from keaprov.errors import Mark
from keaprov.source import parse_relaxed, path_at, read

GOOD = """{ // a comment
  "Dhcp4": { # another
    "a": [1, 2.5, true,], /* over
lines */ "b": {"c": "d\\u00e4",},
  }
}
"""


def test_comments_and_trailing_commas() -> None:
    document = parse_relaxed(GOOD, "x.json")
    assert document.problems == ()
    assert document.value == {"Dhcp4": {"a": [1, 2.5, True], "b": {"c": "dä"}}}


def test_places() -> None:
    places = parse_relaxed(GOOD, "x.json").places([("Dhcp4", "a", 1), ("Dhcp4", "b", "c")])
    assert places["Dhcp4", "a", 1].value == Mark("x.json", 3, 14)
    assert places["Dhcp4", "b", "c"].key == Mark("x.json", 4, 16)


def test_the_path_at_a_place() -> None:
    assert path_at(GOOD, 3, 15) == ("Dhcp4", "a", 1)
    assert path_at(GOOD, 4, 22) == ("Dhcp4", "b", "c")


@pytest.mark.parametrize(
    "text",
    ['{"a":1 "b":2}', "{a:1}", "[1,2", '{"a":}', '{"a":1}}', '"abc', "[,]", '{"a":1,,}', "[1 2]",
     '{"a"}', "{]", "1 2", "/* x", '"\\x"', "[1]]", "nul", "'a'", "{1: 2}", "-", "1" * 500],
)  # fmt: skip
def test_what_is_no_json_is_one_problem_with_its_line(text: str) -> None:
    document = parse_relaxed(text, "x")
    assert document.value is None
    assert [problem.code for problem in document.problems] == ["KP103"]


def test_an_included_files_values_keep_their_own_places(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/pools.json").write_text('// here\n["a", "b"]')
    main = tmp_path / "kea.conf"
    main.write_text('{"pools":\n <?include "sub/pools.json"?>}')
    document = read(main)
    assert document.value == {"pools": ["a", "b"]}
    mark = document.places([("pools", 1)])["pools", 1].value
    assert mark == Mark(str(tmp_path / "sub/pools.json"), 2, 7)
    assert set(dict(document.sources)) == {str(main), str(tmp_path / "sub/pools.json")}


def test_a_circle_of_includes(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[<?include "b.json"?>]')
    (tmp_path / "b.json").write_text('<?include "a.json"?>')
    (problem,) = read(tmp_path / "a.json").problems
    assert problem.code == "KP113"
    assert "includes itself" in problem.message


def test_an_include_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": <?include "none.json"?>}')
    (problem,) = read(tmp_path / "a.json").problems
    assert (problem.code, problem.mark.line, problem.mark.column) == ("KP113", 1, 7)


def test_duplicate_keys_are_told_and_read_on() -> None:
    document = parse_relaxed('{"a": 1, "a": 2, "b": 1, "b": 1}', "x")
    assert [problem.code for problem in document.problems] == ["KP105", "KP105"]


def test_nesting_is_bounded() -> None:
    (problem,) = parse_relaxed("[" * 1_000_000, "x").problems
    assert problem.code == "KP104"
