"""What follows from a value that cannot be read is not reported beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keaprov.site import check_text

CLASSES = [{"name": "a", "test": "member('a')"}]
OPTION = {"name": "own", "data": "1"}
ANOTHER = {"name": "other", "data": "1"}
WRONG: tuple[Any, ...] = (None, [], "x")
DEFINITION = {"name": "own", "code": 230, "type": "uint8"}


def of_kea(body: Any) -> list[str]:
    text = json.dumps({"Dhcp4": body}).encode()
    problems = check_text(text, "kea-dhcp4.conf", Path()).problems
    return [problem.code for problem in problems]


@pytest.mark.parametrize("nameless", [{"name": 1}, 5, {"test": "member('ALL')"}, {"name": ""}])
def test_a_class_without_a_name_may_be_the_unknown_class(nameless: Any) -> None:
    asks = {"name": "b", "test": "member('a')"}
    subnet = {"id": 1, "subnet": "10.0.0.0/24", "client-classes": ["c"]}
    (code,) = of_kea({"client-classes": [nameless, asks], "subnet4": [subnet]})
    assert code in ("KP202", "KP204", "KP801")
    assert of_kea({"client-classes": [asks], "subnet4": [subnet]}) == ["KP801", "KP802"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"code": "230"}, "KP204"),
        ({"code": None}, "KP204"),
        ({"type": 5}, "KP204"),
        ({"name": 230}, "KP204"),
        ({"space": 5}, "KP204"),
        ({"space": " dhcp4"}, "KP503"),
        ({"name": "own "}, "KP503"),
    ],
)
def test_a_definition_that_cannot_be_read_may_be_that_of_the_option(change: Any, code: str) -> None:
    definition = DEFINITION | change
    assert of_kea({"option-def": [definition], "option-data": [OPTION]}) == [code]


@pytest.mark.parametrize("lacking", ["code", "type"])
def test_another_option_is_still_unknown(lacking: str) -> None:
    definition = {key: value for key, value in DEFINITION.items() if key != lacking}
    assert of_kea({"option-def": [definition], "option-data": [OPTION]}) == ["KP202"]
    both = {"option-def": [definition], "option-data": [OPTION, ANOTHER]}
    assert of_kea(both) == ["KP202", "KP501"]
    elsewhere = {"option-def": [definition], "option-data": [OPTION | {"space": "mine"}]}
    assert of_kea(elsewhere) == ["KP202", "KP501"]


def test_an_option_by_its_code() -> None:
    by_code = {"code": 230, "data": "1"}
    definition = {"name": "own", "code": 230}
    assert of_kea({"option-def": [definition], "option-data": [by_code]}) == ["KP202"]
    other = {"option-def": [definition | {"code": 231}], "option-data": [by_code]}
    assert of_kea(other) == ["KP202", "KP501"]


@pytest.mark.parametrize(
    "option",
    [
        {"name": None, "data": "1"},
        {"name": "routers", "space": 5, "data": "10.0.0.1"},
        {"name": "routers", "space": " x", "data": "10.0.0.1"},
        {"name": "nix", "space": "", "data": "1"},
        {"code": -1, "csv-format": False, "data": "x"},
        {"code": True, "data": "x"},
        {"code": 256, "data": "x"},
        {"name": "routers", "code": 26, "data": "10.0.0.1"},
    ],
)
def test_an_option_that_is_not_identified_is_reported_once(option: Any) -> None:
    (code,) = of_kea({"option-data": [option]})
    assert code in ("KP204", "KP501")


@pytest.mark.parametrize(
    "body",
    [
        {"subnet4": [{"id": None, "subnet": "10.0.0.0/24"}]},
        {"control-socket": {"socket-type": "unix", "socket-name": None}},
        *(
            {"hooks-libraries": [{"library": library, "parameters": wrong}]}
            for library in ("libdhcp_ha.so", "libdhcp_legal_log.so", "libdhcp_host_cache.so")
            for wrong in WRONG
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_not_missing(body: Any) -> None:
    assert of_kea(body) == ["KP204"]
