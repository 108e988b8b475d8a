"""Plain JSON is read as if it were read token by token, or is left to that."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keaprov.errors import KeyPath
from keaprov.source import parse_relaxed, plain

LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False)
    | st.text(max_size=5)
)  # fmt: skip
KEYS = st.sampled_from(("a", "b", "comment", "user-context", "parameters", "\\", "é"))
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4)
)


def by_token(text: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    with monkeypatch.context() as patch:
        patch.setattr(plain, "read", lambda _: None)
        return parse_relaxed(text, "x.json")


def typed(value: Any) -> str:
    return repr(value)


def paths_of(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    """Yield the path of each value in a value."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths_of(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths_of(inner, (*path, index))


@given(VALUES, st.booleans(), st.sampled_from((None, 1)), st.data())
def test_a_plain_text_is_read_as_by_its_tokens(
    value: Any, ascii_only: bool, indent: int | None, data: st.DataObject
) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    at = data.draw(st.integers(0, len(text)))
    slip = data.draw(
        st.sampled_from(
            ("", "", ",", "}", "1", "//x\n", '/*"*/', "#\n", "/*", "\x0c", "\ufeff", '"a":1,')
        )
    )
    text = text[:at] + slip + text[at:]
    if plain.read(text) is None:
        return
    read = parse_relaxed(text, "x.json")
    with pytest.MonkeyPatch.context() as monkeypatch:
        document = by_token(text, monkeypatch)
    assert document.problems == read.problems
    assert document.dialect == ()
    assert typed(document.value) == typed(read.value)
    paths = set(data.draw(st.lists(st.sampled_from([*paths_of(read.value)]), max_size=5)))
    assert read.places(paths) == document.places(paths)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", '{"a": 1,}', "[1] 2", "NaN", "[Infinity]", "1e999",
        "9223372036854775808", '"\\u0041"', '{"\\u0061": 1}', "/* x", "1/**/2",
        '<?include "x"?>', "\ufeff1", "[" * 101 + "]" * 101, "[" * 99999, "+1", ".5", "5.",
        '{"comment": "x", "user-context": {"comment": "y"}}',
    ],
)  # fmt: skip
def test_what_is_doubtful_is_read_by_its_tokens(text: str) -> None:
    assert plain.read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1, 2.5, true, null, "#//"]}',
        "[" * 100 + "]" * 100,
        '["[[", "}"]',
        '// x "\n["//", /* " */ "#"]#',
        "[-0, 1E5, 1.0]",
        '{"a": {"a": 1, "a": 2, "a": [{"b": 1}, {"b": 1, "c" // x\n:2, "b": 3}]}, "a" : 4}',
    ],
)
def test_a_plain_text_needs_no_tokens(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert plain.read(text) is not None
    read, document = parse_relaxed(text, "x.json"), by_token(text, monkeypatch)
    assert typed(read.value) == typed(document.value)
    assert (read.problems, read.sources) == (document.problems, (("x.json", text),))


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "b", "b" : "a", "c":"b"}',
        '{\n"b"\n:\n"a"\n, "a" \t: "{:}"}',
        '[{"a": 1}, {"a": {"b": "a", "a": []}, "b": {}}, {"b": "}", "a": "{"}]',
        '{"a": {"b": "b"}, "b": {"a": "a", "c": {"a": "b"}}}',
    ],
)
def test_a_place_is_that_of_its_tokens(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    read, document = parse_relaxed(text, "x.json"), by_token(text, monkeypatch)
    paths = [*paths_of(read.value)]
    assert read.places(paths) == document.places(paths)
    for path in paths:
        assert read.places([path]) == document.places([path])
        further: KeyPath = (*path, "x", 1)
        assert read.places([further])[further] == read.places([path])[path]
