"""A text that is not YAML: the cure names the mistake, which may be before the place."""

from __future__ import annotations

import pytest

from keaprov.source import parse, yaml_cures
from keaprov.source.dumping import dumped, flow

HEAD = "site: labo\n"


@pytest.mark.parametrize(
    ("text", "line", "cure"),
    [
        ("a:28800\nb: 1\n", 3, "Line 2: write a blank after the colon: `a: 28800`."),
        ("a:28800\n\n# b\nb: 1\n", 4, "Line 2: write a blank after the colon: `a: 28800`."),
        ("l:\n  -id: 10\n   b: 1\n", 4, "Line 3: write a blank after the dash: `- id: 10`."),
        ("l:\n  - id:10\n    b: 1\n", 4, "Line 3: write a blank after the colon: `id: 10`."),
        ("l:\n  - aa:bb:cc\n    b: 1\n", 4, "Put a value that holds ': ' in quotes"),
        ("l:\n  - fe80::1\n    b: 1\n", 4, "Put a value that holds ': ' in quotes"),
        ("a:\u00a01\nb: 1\n", 3, "Line 2 has the blank U+00A0 (NO-BREAK SPACE): write a plain"),
        ("a: 1: 2\n", 2, "Put a value that holds ': ' in quotes"),
        ("a: {b: c: d}\n", 2, "Put a value that holds ': ' in quotes, or close the { before"),
        ("a: {b: @c}\n", 2, "Put the value in quotes: without them it cannot start with @."),
        ("a: %c\n", 2, "Put the value in quotes: without them it cannot start with %."),
        ("a: `c`\n", 2, "Put the value in quotes: without them it cannot start with `."),
        ('a: "b\nc: d\n', 4, "The quote of line 2 is still open: close it."),
        ("a: 'b\nc: d\n", 4, "The quote of line 2 is still open: close it."),
        ("a: b\n\tc\n", 3, "Indent with spaces: YAML allows no tabs there."),
        ('a: 1\n<?include "x"?>\n', 4, "Line 3: Kea's includes are for files in JSON."),
        ("a:\n   b: 1\n  \u00a0c: 2\n", 4, "Line 4 has the blank U+00A0 (NO-BREAK SPACE)"),
        ("a: 1\nb\uff1a 2\nc: 3\n", 4, "Line 3 has the colon U+FF1A (FULLWIDTH COLON)"),
        ("a: {b:1, c:[2]}\n", 2, "Write a blank after each colon of line 2: `b: 1`."),
        ("l:\n  - 1\n  -2\n", 5, "Line 4: write a blank after the dash: `- 2`."),
        (
            "l:\n  - 10.0.0.1 - 10.0.0.2\n  -10.0.0.5 - 10.0.0.6\na: 1\n",
            5,
            "Line 4: write a blank after the dash: `- 10.0.0.5 - 10.0.0.6`.",
        ),
        ("l:\n  - a: 1\n  b: 2\n", 4, "Indent this line as the keys of the entry above it"),
        ("a: - b\n", 2, "Put the value in quotes: without them it cannot start with `- `."),
        ("a: ? b\n", 2, "Put the value in quotes: without them it cannot start with `? `."),
        ("a: 'it's'\n", 2, "Put the whole value in quotes; within single quotes write '' for '."),
        ('a: "b" c\n', 2, "Put the whole value in quotes"),
        ('a: "b\\d"\n', 2, "Write the backslash twice, or put the value in single quotes."),
        ("<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> x\n", 3, "Line 2 is the mark of a conflict"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_cure_names_the_mistake(text: str, line: int, cure: str, end: str) -> None:
    (problem,) = parse((HEAD + text).replace("\n", end), "s.yaml").problems
    assert (problem.code, problem.mark.line) == ("KP103", line)
    assert problem.hint.startswith(cure)


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("text", ["a: 1 # b{} c: 2\n", 'a: "b{}c"\n', "a: b{}\n", "# b{}c: 1\n"])
def test_a_line_separator_is_refused_where_it_stands(mark: str, text: str) -> None:
    """For YAML 1.2 it ends no line, for libyaml it does: what is a comment would be a key."""
    text = HEAD + text.format(mark)
    (problem,) = parse(text, "s.yaml").problems
    assert (problem.code, problem.mark.line) == ("KP103", 2)
    assert problem.mark.column == text.split("\n")[1].index(mark) + 1
    assert f'"\\u{ord(mark):04x}"' in problem.hint


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\u2029"])
@pytest.mark.parametrize("write", [dumped, flow])
def test_a_written_value_has_no_raw_line_separator(mark: str, write: object) -> None:
    value = {f"k{mark}": [f"a{mark}b", f" {mark}"]}
    text = dumped(value) if write is dumped else flow(value)
    assert yaml_cures.separator_in(text) is None
    assert parse(text, "s.yaml").value == value
