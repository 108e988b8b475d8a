"""Where values stand: those that are there, those that are not, and those behind an alias."""

from __future__ import annotations

import pytest

from keaprov.errors import KeyPath
from keaprov.source import Document, parse, parse_relaxed

YAML = """\
one: &first
  - {a: 1, b: [2, 3]}
  - text
two:
  again: *first
  key: {}
"""
JSON = '{"one": [{"a": 1},\n "text"],\n "two": {"key": '


def places(document: Document, path: KeyPath) -> tuple[int, int, int, int]:
    place = document.places([path, ("one",), ("two", "key")])[path]
    return (place.key.line, place.key.column, place.value.line, place.value.column)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((), (1, 1, 1, 1)),
        (("one", 0, "b", 1), (2, 19, 2, 19)),
        (("one", 0, "b"), (2, 12, 2, 15)),
        (("one", 1), (3, 5, 3, 5)),
        (("one", 2), (1, 1, 1, 6)),
        (("one", -1), (1, 1, 1, 6)),
        (("one", "a"), (1, 1, 1, 6)),
        (("one", 1, "a"), (3, 5, 3, 5)),
        (("two", "again", 0, "a"), (5, 3, 5, 10)),
        (("two", "again", 7), (5, 3, 5, 10)),
        (("two", "key", "c", "d"), (6, 3, 6, 8)),
        (("nix",), (1, 1, 1, 1)),
    ],
)
def test_a_value_of_yaml_or_the_nearest_around_it(
    path: KeyPath, expected: tuple[int, int, int, int]
) -> None:
    assert places(parse(YAML, "f"), path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (("one", 0, "a"), (1, 11, 1, 16)),
        (("one", 9), (1, 2, 1, 9)),
        (("two", "key"), (3, 2, 3, 9)),
        (("nix",), (1, 1, 1, 1)),
    ],
)
def test_a_value_of_json_that_ends_too_soon(
    path: KeyPath, expected: tuple[int, int, int, int]
) -> None:
    assert places(parse_relaxed(JSON, "f"), path) == expected
