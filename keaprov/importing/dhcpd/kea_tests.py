"""The texts of Kea's tests: joined by and, by or, and proven by Kea's grammar."""

from __future__ import annotations

from collections.abc import Sequence

from keaprov import expression
from keaprov.importing.dhcpd.tree import Untranslatable

_LONGEST = 1_000_000
"""Characters that one test may have."""


def proved(text: str) -> str:
    """Return a test if Kea's grammar takes it; Untranslatable if not, or if it is too long."""
    if len(text) > _LONGEST:
        raise Untranslatable(f"the test has more than {_LONGEST} characters")
    faults = expression.parse(text, expression.Kind.CONDITION, ()).faults
    if faults:
        raise Untranslatable(f"Kea's grammar does not take {text}: {faults[0].message}")
    return text


def joined(joiner: str, parts: Sequence[str]) -> str:
    """Return conditions joined by and, or by or; each that is not the only one in brackets."""
    return parts[0] if len(parts) == 1 else f" {joiner} ".join(map(bracketed, parts))


def bracketed(text: str) -> str:
    """Return a condition in brackets, unless it needs none."""
    alone = " " not in text or (text.startswith("(") and _whole(text))
    return text if alone else f"({text})"


def _whole(text: str) -> bool:
    """Whether the first bracket is closed by the last one."""
    depth = 0
    quoted = False
    for index, letter in enumerate(text):
        quoted ^= letter == "'"
        if not quoted:
            depth += (letter == "(") - (letter == ")")
            if not depth:
                return index == len(text) - 1
    return False
