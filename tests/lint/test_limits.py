"""Limits in user-context: numbers and rates that libdhcp_limits.so reads (Kea ARM, Limits)."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import limits
from tests.lint.reports import reports

HOOK = {"hooks-libraries": [{"library": "libdhcp_limits.so"}]}
NUMBER = "Write a whole number: at least 0 and at most 4294967295."
RATE = "Write it as `100 packets per second`; units: second, minute, hour, day, week, month, year."


def of_class(given: Any, **more: Any) -> list[tuple[str, str, str]]:
    """Return the key, the message and the cure of each problem of a class's limits."""
    own = {"name": "a", "user-context": {"limits": given}}
    lines = reports(limits.RULES, {"client-classes": [own], **HOOK, **more})
    head = "client-classes[0].user-context.limits"
    assert all(code == "KP716" and where.startswith(head) for code, where, *_ in lines)
    return [(where.removeprefix(f"{head}."), message, hint) for _, where, message, hint in lines]


@pytest.mark.parametrize("key", ["address-limit", "prefix-limit"])
@pytest.mark.parametrize(
    ("number", "good"),
    [(0, True), (1, True), (4294967295, True), (4294967296, False), (-1, False), (True, False),
     (False, False), ("1", False), (1.0, False), (None, False)],
)  # fmt: skip
def test_numbers_of_leases(key: str, number: Any, good: bool) -> None:
    wanted = [(key, f"'{number}' is not a number of leases", NUMBER)]
    assert of_class({key: number}) == ([] if good else wanted)


@pytest.mark.parametrize(
    ("rate", "good"),
    [
        *((f"5 packets per {unit}", True)
          for unit in ("second", "minute", "hour", "day", "week", "month", "year")),
        ("0 packets per second", True),
        ("1 packet per second", True),
        (" 4294967295 packets per second", True),
        ("4294967296 packets per second", False),
        ("-1 packets per second", False),
        ("+1 packets per second", True),
        ("5 packets per Second", False),
        ("5 packets per seconds", False),
        ("5 packets per", False),
        ("5 per second", False),
        ("packets per second", False),
        ("", False),
        (5, False),
    ],
)  # fmt: skip
def test_rates(rate: Any, good: bool) -> None:
    wanted = [("rate-limit", f"'{rate}' is not a rate", RATE)]
    assert of_class({"rate-limit": rate}) == ([] if good else wanted)


def test_limits_are_a_map() -> None:
    head = "client-classes[0].user-context.limits"
    others: tuple[Any, ...] = ([], None, 5)
    for given in others:
        assert of_class(given) == [
            (head, "limits are a map", "Write `limits: {address-limit: 2}`.")
        ]
    assert of_class({}) == []


def test_only_the_library_reads_them() -> None:
    assert of_class([], **{"hooks-libraries": [{"library": "libdhcp_bootp.so"}]}) == []


def test_limits_of_a_subnet() -> None:
    subnet = {"id": 1, "subnet": "10.0.0.0/24", "user-context": {"limits": {"prefix-limit": -1}}}
    network = {"name": "n", "subnet4": [subnet]}
    lines = reports(limits.RULES, {"subnet4": [subnet], "shared-networks": [network], **HOOK})
    assert [line[1] for line in lines] == [
        "subnet4[0].user-context.limits.prefix-limit",
        "shared-networks[0].subnet4[0].user-context.limits.prefix-limit",
    ]
