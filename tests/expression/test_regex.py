"""Regular expressions of ``match()``: what GCC's std::regex takes."""

from __future__ import annotations

import pytest

from keaprov.expression.regex import regex_fault


@pytest.mark.parametrize(
    "text",
    [
        "", "a|", "|", "()", "a**", "a*?", "a+?*", "a{2}{3}", "a{0}", "a{2,}?", "^$", "]", "}",
        "a]", "[]", "[^]", "[]a", "[a-]", "[-a]", "[a-c-e]", "[\\]]", "[[]", "[.-9]", "[+--]",
        "[[:ALPHA:]]", "[[.a.]-c]", "[[=a=]]", "[\\b]", "\\0", "\\/", "\\cA", "\\x41", "(a)\\1",
        "(?:a)", "(?=a)b", "\\bfoo\\B", "é", "[\\w.-]", "a{310}{310}", "(a)(b)\\2", "[a\\-z]",
        "\\_",
    ],
)  # fmt: skip
def test_taken(text: str) -> None:
    assert regex_fault(text) == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("*", "nothing before *"),
        ("a|+", "nothing before +"),
        ("^*", "nothing before *"),
        ("(?=a)*", "nothing before *"),
        ("(*)", "nothing to repeat"),
        ("(", "a ( has no )"),
        ("a)", "a ) has no ("),
        ("[a", "a [ has no ]"),
        ("[a-", "a [ has no ]"),
        ("a{", "a number"),
        ("a{,3}", "a number"),
        ("a{3", "has no }"),
        ("a{3,2}", "less than the first"),
        ("a{1000}{1000}", "too large"),
        ("\\", "ends with"),
        ("\\1", "no group 1"),
        ("(\\1)", "not closed"),
        ("\\x4", "hexadecimal"),
        ("\\c", "a letter"),
        ("(?<=a)b", "after (?"),
        ("(?P<n>a)", "after (?"),
        ("[z-a]", "before it begins"),
        ("[a-\\w]", "ends with a class"),
        ("[a-[.z.]]", "ends with a class or a character's name"),
        ("[\\w-z]", "begins with a class"),
        ("[\\1]", "between [ and ]"),
        ("[[:foo:]]", "no class [:foo:]"),
        ("[[.foo.]]", "no character with the name foo"),
        ("[[:alpha]", "has no :]"),
    ],
)
def test_refused(text: str, why: str) -> None:
    assert why in regex_fault(text)


def test_depth_is_bounded() -> None:
    assert "groups in groups" in regex_fault("(" * 100_000)
