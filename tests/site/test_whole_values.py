"""A value ends where its text ends: a newline behind it is not a part of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from keaprov.schema import schema
from keaprov.schema.grammar import GrammarValidator

FREE = {"fingerprint", "basic-auth-user"}
"""Keys whose values may hold white space: keaprov takes it out, or Kea keeps it."""


def nodes(part: Any, key: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the schemas of texts that have a form, each with its key."""
    if isinstance(part, dict):
        if str(part.get("pattern", "")).endswith("$") or part.get("format") in (
            "ipv4",
            "ip-network",
            "ip",
        ):
            yield key, part
        for name, value in part.items():
            yield from nodes(value, key if name in ("items", "anyOf", "oneOf") else name)
    elif isinstance(part, list):
        for value in part:
            yield from nodes(value, key)


FORMS = [
    (key, node) for name in ("site", "ha") for key, node in nodes(schema(name)) if key not in FREE
]


def test_there_are_forms() -> None:
    assert len(FORMS) > 8


@pytest.mark.parametrize(("key", "node"), FORMS, ids=[key for key, _ in FORMS])
def test_a_newline_at_the_end_is_refused(key: str, node: dict[str, Any]) -> None:
    validator = GrammarValidator(node)
    given = node.get("examples") or ["10.0.0.1", "10.0.0.0/8", "a", "ens18", "3.0"]
    texts = [text for text in given if isinstance(text, str)] or list(given[0])
    good = [text for text in texts if validator.is_valid(text)]
    assert good, f"no example of {key} fits"
    assert [text for text in good if validator.is_valid(f"{text}\n")] == []
