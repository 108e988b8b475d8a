"""ping-check of a subnet: what libdhcp_ping_check.so reads (Kea ARM, Ping Check)."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import ping_check
from tests.lint.reports import reports

HOOK = {"hooks-libraries": [{"library": "libdhcp_ping_check.so", "parameters": {}}]}


def of_subnet(given: Any, **more: Any) -> list[tuple[str, str]]:
    """Return the place and the message of each problem of a subnet's ping-check."""
    subnet = {"id": 1, "subnet": "10.0.0.0/24", "user-context": {"ping-check": given}}
    body = {"shared-networks": [{"name": "n", "subnet4": [subnet]}], **HOOK, **more}
    lines = reports(ping_check.RULES, body)
    head = "shared-networks[0].subnet4[0].user-context.ping-check"
    assert all(code == "KP718" and where.startswith(head) for code, where, *_ in lines)
    return [(where.removeprefix(head), message) for _, where, message, _ in lines]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"enable-ping-check": False, "min-ping-requests": 1, "reply-timeout": 1},
        {"ping-cltt-secs": 0, "ping-channel-threads": 0, "reply-timeout": 9223372036854775807},
    ],
)
def test_what_the_library_reads(given: Any) -> None:
    assert of_subnet(given) == []


@pytest.mark.parametrize(
    ("given", "where", "message"),
    [
        (None, "", "ping-check is a map"),
        ([], "", "ping-check is a map"),
        ({"enable-ping-check": 0}, ".enable-ping-check", "'0' is not true or false"),
        ({"min-ping-requests": 0}, ".min-ping-requests",
         "'0' is not a number that min-ping-requests takes"),
        ({"min-ping-requests": True}, ".min-ping-requests",
         "'True' is not a number that min-ping-requests takes"),
        ({"reply-timeout": None}, ".reply-timeout",
         "'None' is not a number that reply-timeout takes"),
        ({"ping-cltt-secs": -1}, ".ping-cltt-secs",
         "'-1' is not a number that ping-cltt-secs takes"),
        ({"comment": "x"}, ".comment", "'comment' is not a parameter of ping-check"),
    ],
)  # fmt: skip
def test_what_the_library_refuses(given: Any, where: str, message: str) -> None:
    assert of_subnet(given) == [(where, message)]


def test_nobody_reads_it_without_the_library() -> None:
    assert of_subnet({"x": 1}, **{"hooks-libraries": []}) == []
