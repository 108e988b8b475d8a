"""A key that is spelt wrong is one mistake: nothing else is reported of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keaprov.errors import Severity
from keaprov.site import check_text
from keaprov.words import did_you_mean, meant_by

SUBNET = {"id": 1, "subnet": "10.0.0.0/24"}
LOGGER = {"name": "kea-dhcp4", "severity": "INFO", "output-options": [{"output": "stdout"}]}
OPTION = {"name": "routers", "data": "10.0.0.1"}


def renamed(entry: dict[str, Any], key: str, wrong: str) -> dict[str, Any]:
    return {wrong if name == key else name: value for name, value in entry.items()}


def of_kea(body: Any, *, warnings: bool = True) -> list[str]:
    """Return the problems of a kea-dhcp4.conf: code, place and cure."""
    text = json.dumps({"Dhcp4": body}).encode()
    problems = check_text(text, "kea-dhcp4.conf", Path()).problems
    problems = tuple(p for p in problems if warnings or p.severity is Severity.ERROR)
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


POOL = {"pool": "10.0.0.10 - 10.0.0.20"}


@pytest.mark.parametrize(
    ("body", "key", "home"),
    [
        ({"id": 1, "subnet4": [{"subnet": "10.0.0.0/24"}]}, "id", "subnet4[0]"),
        ({"subnet": "10.0.0.0/24", "subnet4": [{"id": 1}]}, "subnet", "subnet4[0]"),
        ({"shared-networks": [{"name": "n", "id": 1, "subnet4": [{"subnet": "10.0.0.0/24"}]}]},
         "id", "shared-networks[0].subnet4[0]"),
        ({"shared-networks": [{"subnet4": [SUBNET | {"name": "n"}]}]},
         "name", "shared-networks[0]"),
        ({"subnet4": [{"subnet": "10.0.0.0/24", "pools": [POOL | {"id": 1}]}]},
         "id", "subnet4[0]"),
        ({"subnet4": [SUBNET | {"hw-address": "00:01:02:03:04:05", "reservations": [
            {"hostname": "a"}]}]}, "hw-address", "subnet4[0].reservations[0]"),
        ({"name": "routers", "option-data": [{"data": "10.0.0.1"}]}, "name", "option-data[0]"),
        ({"code": 3, "option-data": [{"data": "10.0.0.1"}]}, "code", "option-data[0]"),
        ({"library": "libdhcp_bootp.so", "hooks-libraries": [{}]},
         "library", "hooks-libraries[0]"),
        ({"loggers": [{"name": "kea-dhcp4", "output-options": [
            {"output": "stdout", "severity": "INFO"}]}]}, "severity", "loggers[0]"),
        ({"hooks-libraries": [{"library": "libdhcp_flex_id.so", "identifier-expression": "'a'"}]},
         "identifier-expression", "hooks-libraries[0].parameters"),
        ({"hooks-libraries": [{"library": "libdhcp_lease_query.so", "parameters": {
            "advanced": {"requesters": ["10.0.0.1"]}}}]},
         "requesters", "hooks-libraries[0].parameters"),
        ({"socket-type": "unix", "control-socket": {"socket-name": "a"}},
         "socket-type", "control-socket"),
    ],
)  # fmt: skip
def test_a_key_of_the_one_place_that_lacks_it_is_reported_once(
    body: Any, key: str, home: str
) -> None:
    assert of_kea(body, warnings=False) == [f"KP201 {key}: Write it in Dhcp4.{home}."]


def test_a_value_at_a_wrong_place_is_judged_at_the_right_one() -> None:
    """Two subnets have the id 1 then; the fault of the value itself comes once it is there."""
    subnet = {"subnet": "10.0.0.0/24", "pools": [POOL | {"id": 1}]}
    other = {"id": 1, "subnet": "10.0.1.0/24"}
    assert of_kea({"subnet4": [subnet, other]}, warnings=False) == [
        "KP201 id: Write it in Dhcp4.subnet4[0].",
        "KP401 id: Give each subnet an id of its own.",
    ]
    assert of_kea({"id": "x", "subnet4": [{"subnet": "10.0.0.0/24"}]}) == [
        "KP201 id: Write it in Dhcp4.subnet4[0]."
    ]


def test_a_key_that_several_places_lack_is_missing_in_each() -> None:
    subnets = [{"subnet": "10.0.0.0/24"}, {"subnet": "10.0.1.0/24"}]
    codes = [line[:5] for line in of_kea({"id": 1, "subnet4": subnets})]
    assert codes == ["KP201", "KP401", "KP401"]


def test_a_key_that_no_place_lacks_is_unknown() -> None:
    assert of_kea({"id": 1, "subnet4": [SUBNET]}) == ["KP201 id: Write it in a subnet4."]
    assert of_kea({"id": 1}) == ["KP201 id: Write it in a subnet4."]


def test_many_keys_at_wrong_places_are_moved_in_one_pass() -> None:
    subnets = [
        {"subnet": f"10.{n >> 8}.{n & 255}.0/24", "pools": [{"id": n + 1, **_pool(n)}]}
        for n in range(2000)
    ]
    lines = of_kea({"subnet4": subnets}, warnings=False)
    assert sorted(lines) == sorted(
        f"KP201 id: Write it in Dhcp4.subnet4[{n}]." for n in range(2000)
    )


def _pool(number: int) -> dict[str, str]:
    return {"pool": f"10.{number >> 8}.{number & 255}.0/28"}


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
