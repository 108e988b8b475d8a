"""A key that is spelt wrong is one mistake: nothing else is reported of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keaprov.site import check_text
from keaprov.words import did_you_mean, meant_by

SUBNET = {"id": 1, "subnet": "10.0.0.0/24"}
LOGGER = {"name": "kea-dhcp4", "severity": "INFO", "output-options": [{"output": "stdout"}]}
OPTION = {"name": "routers", "data": "10.0.0.1"}


def renamed(entry: dict[str, Any], key: str, wrong: str) -> dict[str, Any]:
    return {wrong if name == key else name: value for name, value in entry.items()}


def of_kea(body: Any) -> list[str]:
    """Return the problems of a kea-dhcp4.conf: code, place and cure."""
    text = json.dumps({"Dhcp4": body}).encode()
    problems = check_text(text, "kea-dhcp4.conf", Path()).problems
    return [f"{problem.code} {problem.path[-1]}: {problem.hint}" for problem in problems]


@pytest.mark.parametrize(
    ("body", "wrong", "right"),
    [
        ({"subnet4": [renamed(SUBNET, "subnet", "subnt")]}, "subnt", "subnet"),
        ({"subnet4": [renamed(SUBNET, "id", "Id")]}, "Id", "id"),
        ({"subnet4": [SUBNET | {"reservations": [{"hw-adress": "00:01:02:03:04:05"}]}]},
         "hw-adress", "hw-address"),
        ({"loggers": [renamed(LOGGER, "severity", "severty")]}, "severty", "severity"),
        ({"loggers": [LOGGER | {"output-options": [{"OUTPUT": "stdout"}]}]}, "OUTPUT", "output"),
        ({"option-data": [renamed(OPTION, "data", "dat")]}, "dat", "data"),
        ({"control-socket": {"socket-type": "unix", "socket_name": "a"}},
         "socket_name", "socket-name"),
        ({"client-classes": [{"nme": "a"}, {"name": "b", "test": "member('a')"}]}, "nme", "name"),
        ({"shared-networks": [{"name": "n", "subnet4": [renamed(SUBNET, "id", "ID")]}]},
         "ID", "id"),
    ],
)  # fmt: skip
def test_a_key_that_is_spelt_wrong_is_reported_once(body: Any, wrong: str, right: str) -> None:
    assert of_kea(body) == [f"KP201 {wrong}: Did you mean {right}?"]


def test_a_value_is_judged_as_that_of_the_key_that_is_meant() -> None:
    """Its own faults come once the key is right; those of other keys come at once."""
    body = {"valid-lifetme": 60, "min-valid-lifetime": 100}
    assert [line[:29] for line in of_kea(body)][1:] == ["KP602 min-valid-lifetime: Cho"]
    assert [line[:6] for line in of_kea({"valid-lifetme": 5})] == ["KP201 "]


def test_a_key_beside_the_right_one_changes_nothing() -> None:
    assert [line[:9] for line in of_kea({"subnet4": [{"ID": 2, "id": 1}]})] == [
        "KP202 sub",
        "KP201 ID:",
    ]


def test_the_keys_of_many_entries_are_corrected_in_one_pass() -> None:
    rows = [{"hw-adress": f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}"} for n in range(3000)]
    lines = of_kea({"subnet4": [SUBNET | {"reservations": rows}]})
    assert set(lines) == {"KP201 hw-adress: Did you mean hw-address?"}


def test_a_site_is_read_as_it_is_meant() -> None:
    server = {"address": "10.0.9.1", "interfaces": ["ens18"]}
    subnet = renamed(SUBNET, "subnet", "subnt")
    site = {"site": "a", "servers": {"a": server}, "sevrers": {}, "dhcp4": {"subnet4": [subnet]}}
    problems = check_text(json.dumps(site).encode(), "site.json", Path()).problems
    assert [problem.code for problem in problems] == ["KP201", "KP201"]
    assert meant_by(problems[0].hint) == "servers"
    assert meant_by(problems[1].hint) == "subnet"


def test_what_is_meant_is_read_from_the_hint() -> None:
    assert meant_by(did_you_mean("subnt", ["subnet", "pools"])) == "subnet"
    assert meant_by("Known here: subnet, pools.") == ""
