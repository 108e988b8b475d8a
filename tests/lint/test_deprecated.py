"""Keys with an old spelling: where each is first, and what to write (Kea 3.0, release notes)."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import deprecated
from keaprov.lint.deprecated import NEW_NAMES, new_value
from tests.lint.reports import reports

SUBNET = {"id": 1, "subnet": "10.0.0.0/24"}
MODE = "ddns-conflict-resolution-mode"


@pytest.mark.parametrize(
    ("where", "body", "old", "new"),
    [
        ("subnet4[0].client-class", {"subnet4": [{**SUBNET, "client-class": "a"}]},
         "client-class", "client-classes: [a]"),
        ("subnet4[0].require-client-classes",
         {"subnet4": [{**SUBNET, "require-client-classes": ["a"]}]},
         "require-client-classes", "evaluate-additional-classes"),
        ("client-classes[0].only-if-required", {"client-classes": [{"only-if-required": True}]},
         "only-if-required", "only-in-additional-list"),
        ("ddns-use-conflict-resolution", {"ddns-use-conflict-resolution": True},
         "ddns-use-conflict-resolution", f"{MODE}: check-with-dhcid"),
        ("ddns-use-conflict-resolution", {"ddns-use-conflict-resolution": False},
         "ddns-use-conflict-resolution", f"{MODE}: no-check-with-dhcid"),
        ("loggers[1].output_options", {"loggers": [{}, {"output_options": []}]},
         "output_options", "output-options"),
    ],
)  # fmt: skip
def test_an_old_name(where: str, body: dict[str, Any], old: str, new: str) -> None:
    wanted = ("KP711", where, f"{old} is deprecated", f"Write {new}.")
    assert reports(deprecated.RULES, body) == [wanted]


def test_a_key_of_several_scopes_has_one_message() -> None:
    pool = {"pool": "10.0.0.1-10.0.0.9", "client-class": "c"}
    subnets = [{**SUBNET, "client-class": "a", "pools": [pool]}, {**SUBNET, "client-class": "b"}]
    assert reports(deprecated.RULES, {"subnet4": subnets}) == [
        ("KP711", "subnet4[0].client-class", "client-class is deprecated (3 times)",
         "Write client-classes: [a]."),
    ]  # fmt: skip


def test_a_key_of_loggers_is_no_key_of_scopes() -> None:
    assert reports(deprecated.RULES, {"output_options": []}) == []


@pytest.mark.parametrize(
    ("old", "value", "new"),
    [
        ("client-class", "a", ["a"]),
        ("ddns-use-conflict-resolution", True, "check-with-dhcid"),
        ("ddns-use-conflict-resolution", False, "no-check-with-dhcid"),
        ("require-client-classes", ["a"], ["a"]),
        ("only-if-required", False, False),
        ("output_options", [], []),
    ],
)
def test_values_of_the_new_keys(old: str, value: Any, new: Any) -> None:
    assert old in NEW_NAMES
    assert new_value(old, value) == new
