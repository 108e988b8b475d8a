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
    ['{"a":1 "b":2}', "{a:1}", "[1,2", '{"a":}', '{"a":1}}', '"abc', "[,]", "{,}", "[1 2]",
     '{"a"}', "{]", "1 2", "/* x", '"\\x"', "[1]]", "nul", "'a'", "{1: 2}", "-", "1" * 500,
     ".", "e5", "1e", "1e999", "+", "True", '"a\tb"', '"a\nb"', '"\\u12"', '{"a":,}', '{"a",:1}',
     "\0", "[\f1]", "[1]\v", "[\xa01]", "<?include ?>", '<?include ""?>', '<?include "a" "b"?>',
     "\x7f"],
)  # fmt: skip
def test_what_is_no_json_is_one_problem_with_its_line(text: str) -> None:
    document = parse_relaxed(text, "x")
    assert document.value is None
    assert [problem.code for problem in document.problems] == ["KP103"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (".5", 0.5), ("5.", 5.0), ("+5", 5.0), ("-.5e1", -5.0), ("5e3", 5000.0), ("-5", -5),
        ("007", 7), ("1e-999", 0.0), ("[1,,2,,]", [1, 2]),
        ('{"a":{"b":1,,"c":2,},}', {"a": {"b": 1, "c": 2}}),
        ('{"a":{"relay":{"b":1},}}', {"a": {"relay": {"b": 1}}}),
        ('"\x7f\\u00e4\\/"', "\x7fä/"), ("9223372036854775807", 2**63 - 1),
    ],
)  # fmt: skip
def test_what_kea_takes_beyond_json(text: str, value: object) -> None:
    document = parse_relaxed(text, "x")
    assert (document.value, document.problems, document.dialect) == (value, (), ())
    assert type(document.value) is type(value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("\ufeff1", "KP102"),
        ('"\\u4e2d"', "KP103"),
        ('"\\\\\\u4e2d"', "KP103"),
        ("9223372036854775808", "KP103"),
        ('{"valid\\u002dlifetime": 1}', "KP103"),
        ('{"D": {"dhcp-queue-control": {"user-context": {"comment": 1}, "comment": 2}}}', "KP105"),
        ('{"user-context": {"comment": "a"}, "comment": "b"}', "KP105"),
        ('{"relay": {"ip-addresses": ["10.0.0.1"],}}', "KP103"),
        ('{"host-reservation-identifiers": ["du\\u0069d"]}', "KP103"),
        ('{"authentication": {"type": "b\\u0061sic"}}', "KP103"),
    ],
)
def test_what_json_takes_and_kea_refuses(text: str, code: str) -> None:
    document = parse_relaxed(text, "x")
    assert document.problems == ()
    assert [problem.code for problem in document.dialect] == [code]


@pytest.mark.parametrize(
    "text",
    ['"\\\\u4e2d"', '{"user-context": {"a\\u0062": 1, "comment": "a"}}',
     '{"dhcp-queue-control": {"a\\u0062": 1}}', '{"type": "memf\\u0069le"}',
     '{"parameters": {"relay": {"a": 1,}}}',
     '{"comment": "a", "user-context": {"comment": "b"}}'],
)  # fmt: skip
def test_what_both_take(text: str) -> None:
    document = parse_relaxed(text, "x")
    assert document.problems == document.dialect == ()


def test_an_include_over_lines(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text('"a": 1,')
    (tmp_path / "a.json").write_text('{ <? include\n  "b.json"\n?> "b": 2}')
    assert read(tmp_path / "a.json").value == {"a": 1, "b": 2}


def test_an_included_file_includes_from_the_first_files_directory(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.json").write_text('<?include "sub/b.json"?>')
    (tmp_path / "sub/b.json").write_text('<?include "c.json"?>')
    (tmp_path / "sub/c.json").write_text("1")
    (problem,) = read(tmp_path / "a.json").problems
    assert (problem.code, problem.mark.line) == ("KP113", 1)
    (tmp_path / "c.json").write_text("2")
    assert read(tmp_path / "a.json").value == 2


@pytest.mark.parametrize("levels", [11, 12])
def test_includes_within_each_other_are_as_many_as_keas(tmp_path: Path, levels: int) -> None:
    for level in range(levels):
        (tmp_path / f"{level}.json").write_text(f'<?include "{level + 1}.json"?>')
    (tmp_path / f"{levels}.json").write_text("1")
    assert bool(read(tmp_path / "0.json").problems) is (levels > 11)


def test_a_byte_order_mark_keeps_the_columns(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": 1}', encoding="utf-8-sig")
    document = read(tmp_path / "a.json")
    assert document.places([("a",)])["a",].key == Mark(str(tmp_path / "a.json"), 1, 2)


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
