"""POSIX extended regular expressions, hostname-char-set: what GCC's std::regex takes."""

from __future__ import annotations

import pytest

from keaprov.expression.extended import extended_fault


@pytest.mark.parametrize(
    "text",
    [
        "", "[^A-Za-z0-9.-]", "[^a-z\\]", "[]]", "[^]]", "[]a]", "[-a]", "[a-]", "[+--]", "[--0]",
        "a**", "a*?", "a{2}{3}", "a{2,}", "|", "a|", "()", "\\1", "\\d", "\\w", "\\/", "]", "}",
        "[[:alnum:]_]", "[[.hyphen.]]", "[[=a=]]", "^$", "^^", "é", "[[.a.]-z]",
        "[\0]", "\\\0",
    ],
)  # fmt: skip
def test_taken(text: str) -> None:
    assert extended_fault(text) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[", "a [ has no ]"),
        ("[]", "a [ has no ]"),
        ("[^]", "a [ has no ]"),
        ("(", "a ( has no )"),
        ("a)", "a ) has no ("),
        ("*", "nothing before *"),
        ("{1}", "nothing before {"),
        ("(?:a)", "nothing to repeat"),
        ("(?i)a", "nothing to repeat"),
        ("a{,3}", "a number"),
        ("a{1", "has no }"),
        ("a{3,1}", "less than the first"),
        ("(a{100}){1000}", "too large"),
        ("a{99999999999999999999}", "too large"),
        ("\\", "ends with"),
        ("[z-a]", "before it begins"),
        ("[a-z-9]", "after a range"),
        ("[[:alpha:]-z]", "begins with a class"),
        ("[a-[.z.]]", "a character's name"),
        ("[[:foo:]]", "no class [:foo:]"),
        ("(" * 5000, "groups in groups"),
        ("\0", "a NUL"),
        ("[^A-Z]\0", "a NUL"),
    ],
)
def test_refused(text: str, why: str) -> None:
    assert why in extended_fault(text)
