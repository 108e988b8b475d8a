"""Client classes: each message, its place and its cure (Kea ARM, Client Classification)."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import classes
from tests.lint.reports import Report, reports


def of_classes(*entries: dict[str, Any]) -> list[Report]:
    return reports(classes.RULES, {"client-classes": list(entries)})


def test_a_class_twice_and_one_without_a_name() -> None:
    assert of_classes({"name": "a"}, {"name": "a"}) == [
        ("KP801", "client-classes[1].name", "the class 'a' is defined twice",
         "Merge the two, or rename one."),
    ]  # fmt: skip
    assert of_classes({"name": ""}) == [
        ("KP801", "client-classes[0].name", "the class has no name", "Write a name."),
    ]


@pytest.mark.parametrize(
    ("test", "message", "hint"),
    [
        ("member('b')", "column 8: the class 'b' is not defined before this test",
         "Move the definition of 'b' above this class."),
        ("member('a')", "column 8: the class 'a' is not defined before this test",
         "Move the definition of 'a' above this class."),
        ("member('phone')", "column 8: there is no class 'phone'", "Did you mean phones?"),
        ("member('x') or member('KNOWN')", "column 8: there is no class 'x'",
         "Define 'x' above this class."),
        ("member('KNOWN') or member('x')", "column 27: there is no class 'x'",
         "Define 'x' above this class."),
        ("member('DROP')", "column 8: there is no class 'DROP'",
         "Define 'DROP' above this class."),
        ("member('HA_')", "column 8: there is no class 'HA_'", "Define 'HA_' above this class."),
    ],
)  # fmt: skip
def test_a_test_asks_for_a_class_that_is_defined_above(test: str, message: str, hint: str) -> None:
    lines = of_classes({"name": "phones"}, {"name": "a", "test": test}, {"name": "b"})
    assert lines == [("KP801", "client-classes[1].test", message, hint)]


@pytest.mark.parametrize(
    "name",
    ["ALL", "KNOWN", "UNKNOWN", "BOOTP", "VENDOR_CLASS_x", "HA_x", "AFTER_x", "EXTERNAL_x", "own"],
)
def test_classes_of_kea_are_there(name: str) -> None:
    """Kea ARM, Built-in Client Classes."""
    assert of_classes({"name": "own"}, {"name": "a", "test": f"member('{name}')"}) == []


@pytest.mark.parametrize("name", ["ALL", "KNOWN", "UNKNOWN", "BOOTP"])
def test_a_built_in_class_takes_no_test(name: str) -> None:
    remove = "Remove it, or use another name."
    for key, text in (("test", "option[60].exists"), ("template-test", "option[60].hex")):
        message = f"the built-in class {name} takes no {key}"
        assert of_classes({"name": name, key: text}) == [
            ("KP803", f"client-classes[0].{key}", message, remove)
        ]
        assert of_classes({"name": name, key: ""}) == []


@pytest.mark.parametrize("key", ["only-in-additional-list", "only-if-required"])
@pytest.mark.parametrize("name", ["ALL", "KNOWN", "UNKNOWN", "BOOTP", "DROP"])
def test_a_class_that_kea_evaluates_is_not_additional(name: str, key: str) -> None:
    message = f"Kea evaluates the class {name} itself"
    assert of_classes({"name": name, key: True}) == [
        ("KP803", f"client-classes[0].{key}", message, f"Remove {key}, or use another name."),
    ]
    assert of_classes({"name": name, key: False}) == []
    assert of_classes({"name": "a", key: True}) == []


SUBNET = {"id": 1, "subnet": "10.0.0.0/24"}
POOL = {"pool": "10.0.0.1-10.0.0.9"}
HOST = {"hw-address": "00:11:22:33:44:55"}


@pytest.mark.parametrize(
    ("place", "body"),
    [
        ("client-class", {"client-class": "x"}),
        ("subnet4[0].client-class", {"subnet4": [{**SUBNET, "client-class": "x"}]}),
        ("subnet4[0].client-classes[1]", {"subnet4": [{**SUBNET, "client-classes": [5, "x"]}]}),
        ("subnet4[0].require-client-classes[0]",
         {"subnet4": [{**SUBNET, "require-client-classes": ["x"]}]}),
        ("subnet4[0].evaluate-additional-classes[0]",
         {"subnet4": [{**SUBNET, "evaluate-additional-classes": ["x"]}]}),
        ("subnet4[0].pools[0].client-classes[0]",
         {"subnet4": [{**SUBNET, "pools": [{**POOL, "client-classes": ["x"]}]}]}),
        ("shared-networks[0].client-classes[0]",
         {"shared-networks": [{"name": "n", "client-classes": ["x"]}]}),
        ("reservations[1].client-classes[1]",
         {"reservations": [HOST, {**HOST, "client-classes": ["KNOWN", "x"]}]}),
        ("subnet4[0].reservations[0].client-classes[0]",
         {"subnet4": [{**SUBNET, "reservations": [{**HOST, "client-classes": ["x"]}]}]}),
        ("option-data[0].client-classes[1]",
         {"option-data": [{"name": "routers", "client-classes": ["own", "x"]}]}),
        ("client-classes[0].template-test",
         {"client-classes": [{"name": "a", "template-test": "ifelse(member('x'), 'b', '')"}]}),
    ],
)  # fmt: skip
def test_a_class_that_is_used_is_defined(place: str, body: dict[str, Any]) -> None:
    """Each scope has its key for classes (Kea ARM, Configuring Subnets With Class Information)."""
    wanted = [("KP802", place, "there is no class 'x'", "Define it in client-classes.")]
    own = [{"name": "own"}]
    body = {**body, "client-classes": [*body.get("client-classes", []), *own]}
    assert reports((classes.uses,), body) == wanted
    defined = {**body, "client-classes": [*body["client-classes"], {"name": "x"}]}
    assert reports((classes.uses,), defined) == []


@pytest.mark.parametrize("name", ["KNOWN", "DROP", "SKIP_DDNS", "SPAWN_x_y", "HA_a", "AFTER_x"])
def test_classes_that_may_be_used(name: str) -> None:
    assert reports(classes.RULES, {"subnet4": [{**SUBNET, "client-classes": [name]}]}) == []


def test_several_places_have_one_message() -> None:
    subnets = [{**SUBNET, "client-classes": ["DROPP"]}, {**SUBNET, "client-class": "DROPP"}]
    assert reports(classes.RULES, {"subnet4": subnets}) == [
        ("KP802", "subnet4[0].client-classes[0]", "there is no class 'DROPP'; 2 places use it",
         "Did you mean DROP?"),
    ]  # fmt: skip


def test_global_lists_of_classes_are_definitions() -> None:
    assert reports((classes.uses,), {"client-classes": ["x"]}) == []
