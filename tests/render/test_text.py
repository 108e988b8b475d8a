"""Canonical JSON: the order of keys, the lines, the scalars."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.render.text import Writer, ordered, write


def test_the_order_of_keys() -> None:
    """What identifies an element, then by name, then the long lists."""
    keys = ("subnet4", "valid-lifetime", "pools", "a", "subnet", "option-def", "id", "z", "data")
    sequence = (
        "id",
        "subnet",
        "data",
        "a",
        "valid-lifetime",
        "z",
        "option-def",
        "pools",
        "subnet4",
    )
    assert ordered(keys) == sequence
    assert ordered(tuple(reversed(keys))) == sequence


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        (None, "null"),
        (5, "5"),
        (1.0, "1.0"),
        (1e300, "1e+300"),
        ('ä\n"', '"ä\\n\\""'),
        ({}, "{}"),
        ([], "[]"),
        ((), "[]"),
        ([1, "a", None], '[1, "a", null]'),
        ({"b": 1, "id": 2}, '{"id": 2, "b": 1}'),
        ([[1], [2, 3]], "[[1], [2, 3]]"),
        ([{"a": 1}], '[\n  {"a": 1}\n]'),
        ({"a": {"b": {}}}, '{\n  "a": {\n    "b": {}\n  }\n}'),
        ({"a": ["{"]}, '{\n  "a": [\n    "{"\n  ]\n}'),
    ],
)
def test_values(value: Any, text: str) -> None:
    assert write(value) == text


@pytest.mark.parametrize(
    ("indent", "length", "lines"), [(0, 99, 1), (0, 100, 3), (4, 95, 1), (4, 96, 3)]
)
def test_what_fits_is_one_line(indent: int, length: int, lines: int) -> None:
    """`length` is that of the part between the brackets."""
    text = write(["x" * (length - 2)], " " * indent)
    assert len(text.splitlines()) == lines
    if lines > 1:
        assert text.splitlines()[1].startswith(" " * (indent + 2) + '"x')
        assert text.splitlines()[2] == " " * indent + "]"


def test_a_writer_orders_each_set_of_keys_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[str, ...]] = []

    def counted(keys: tuple[str, ...]) -> tuple[str, ...]:
        calls.append(keys)
        return ordered(keys)

    monkeypatch.setattr("keaprov.render.text.ordered", counted)
    writer = Writer()
    for _ in range(3):
        writer.text({"b": 1, "a": {"c": 2}}, "")
    assert calls == [("b", "a"), ("c",)]
