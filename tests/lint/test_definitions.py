"""Definitions of options: Kea's own from its table, the configuration's, and their order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from keaprov.lint import definitions
from keaprov.lint.config import Config
from keaprov.lint.definitions import (
    Definition,
    Definitions,
    builtin,
    deferred,
    is_space_name,
    option_defs,
    record_types,
    standard,
    vendor_space,
)

MINE = {"name": "mine", "code": 224, "type": "uint8"}
OPTION_43 = "vendor-encapsulated-options"


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    """Let each test read the table of the package itself."""
    forget()
    yield
    forget()


def forget() -> None:
    for function in vars(definitions).values():
        if hasattr(function, "cache_clear"):
            function.cache_clear()


def known(**body: Any) -> Definitions:
    return Definitions(Config({key.replace("_", "-"): value for key, value in body.items()}))


@pytest.mark.parametrize(
    "definition",
    [
        Definition("dhcp4", "subnet-mask", 1, ("ipv4-address",), False),
        Definition("dhcp4", "time-offset", 2, ("int32",), False),
        Definition("dhcp4", "routers", 3, ("ipv4-address",), True),
        Definition("dhcp4", "slp-directory-agent", 78, ("boolean", "ipv4-address"), True),
        Definition("dhcp4", "dhcp-agent-options", 82, ("empty",), False,
                   "dhcp-agent-options-space"),
        Definition("dhcp-agent-options-space", "link-selection", 5, ("ipv4-address",), False),
        Definition("docsis3-v4", "tftp-servers", 2, ("ipv4-address",), True),
        Definition("cablelabs-client-conf", "tsp-realm", 6, ("fqdn",), False),
    ],
)  # fmt: skip
def test_definitions_of_kea(definition: Definition) -> None:
    """Kea ARM, Standard DHCPv4 Options, and std_option_defs.h."""
    table = builtin()
    assert table[definition.space, definition.code] == definition
    assert table[definition.space, definition.name] == definition


def test_option_43_is_looked_up_last() -> None:
    """Kea ARM, DHCPv4 Vendor-Specific Options: a definition of one's own replaces it."""
    assert ("dhcp4", 43) not in builtin()
    entries = standard()
    assert [entry.code for entry in entries] == sorted(entry.code for entry in entries)
    assert {entry.space for entry in entries} == {"dhcp4"}
    assert next(entry.name for entry in entries if entry.code == 43) == OPTION_43
    for find in (known().find, known().without_vendors):
        definition = find("dhcp4", 43)
        assert definition is not None
        assert definition.name == OPTION_43
        assert definition.encapsulates == "vendor-encapsulated-options-space"
        assert find("own", 43) is None
    own = known(option_def=[{**MINE, "code": 43}])
    for find in (own.find, own.without_vendors):
        assert getattr(find("dhcp4", 43), "name", "") == "mine"


def test_the_order() -> None:
    """OptionDataParser::findOptionDefinition: a class's, Kea's, the vendor's, the file's."""
    own = [{**MINE, "type": "uint16"}, {**MINE, "name": "routers", "code": 3},
           {**MINE, "space": "vendor-4491", "name": "oro", "code": 1}]  # fmt: skip
    classes = [{"name": "b"}, {"name": "a", "option-def": [MINE]}]
    definitions = known(option_def=own, client_classes=classes)
    of_class = ("dhcp4", "client-classes", 1)
    for key in (224, "mine"):
        assert getattr(definitions.find("dhcp4", key, of_class), "types", ()) == ("uint8",)
        assert getattr(definitions.find("dhcp4", key), "types", ()) == ("uint16",)
        assert getattr(definitions.without_vendors("dhcp4", key), "types", ()) == ("uint16",)
        assert definitions.find("own", key) is None
    assert getattr(definitions.find("dhcp4", 3), "types", ()) == ("ipv4-address",)
    assert getattr(definitions.find("vendor-4491", 1), "space", "") == "docsis3-v4"
    assert getattr(definitions.without_vendors("vendor-4491", 1), "space", "") == "vendor-4491"
    assert getattr(definitions.suboption("vendor-4491", 1), "space", "") == "vendor-4491"
    assert getattr(definitions.suboption("docsis3-v4", 1), "space", "") == "docsis3-v4"
    assert definitions.is_own("dhcp4", 224)
    assert not definitions.is_own("dhcp4", 225)
    assert not known().is_own("dhcp4", 3)


def test_the_first_of_two_definitions_counts() -> None:
    own = known(option_def=[MINE, {**MINE, "type": "uint16"}, {**MINE, "code": 225}])
    assert getattr(own.find("dhcp4", 224), "types", ()) == ("uint8",)
    assert getattr(own.find("dhcp4", "mine"), "code", 0) == 224
    assert getattr(own.find("dhcp4", 225), "name", "") == "mine"


def test_names_to_suggest() -> None:
    classes = [{"name": "a", "option-def": [{**MINE, "name": "of-class"}]}]
    own = [MINE, {**MINE, "name": "else", "space": "own"}]
    definitions = known(option_def=own, client_classes=classes)
    names = definitions.names("dhcp4")
    assert {"routers", "mine", OPTION_43} <= set(names)
    assert not {"of-class", "else", "oro", "circuit-id"} & set(names)
    assert names == sorted(names)
    assert "of-class" in definitions.names("dhcp4", ("dhcp4", "client-classes", 0))
    assert definitions.names("own") == ["else"]
    assert definitions.names("vendor-4491") == ["oro", "tftp-servers"]
    assert OPTION_43 not in definitions.names("own")


@pytest.mark.parametrize(
    ("changes", "definition"),
    [
        ({}, Definition("dhcp4", "mine", 224, ("uint8",), False)),
        ({"space": "own", "array": True}, Definition("own", "mine", 224, ("uint8",), True)),
        ({"array": "true"}, Definition("dhcp4", "mine", 224, ("uint8",), False)),
        ({"encapsulate": "in"}, Definition("dhcp4", "mine", 224, ("uint8",), False, "in")),
        ({"type": "record", "record-types": "uint8, string"},
         Definition("dhcp4", "mine", 224, ("uint8", "string"), False)),
        ({"type": "record"}, Definition("dhcp4", "mine", 224, ("empty",), False)),
        ({"type": "uint8", "record-types": "string"},
         Definition("dhcp4", "mine", 224, ("uint8",), False)),
        ({"name": 5}, None),
        ({"code": "224"}, None),
        ({"type": None}, None),
    ],
)  # fmt: skip
def test_a_definition_of_the_configuration(
    changes: dict[str, Any], definition: Definition | None
) -> None:
    """Kea ARM, Custom DHCPv4 Options: the space is dhcp4, and array false, if not set."""
    space = definition.space if definition else "dhcp4"
    assert known(option_def=[{**MINE, **changes}]).find(space, 224) == definition


@pytest.mark.parametrize(
    ("text", "fields"),
    [("uint8", ["uint8"]), ("uint8,string", ["uint8", "string"]),
     (" uint8 ,, string ,", ["uint8", "string"]), ("", []), (None, []), (["uint8"], [])],
)  # fmt: skip
def test_fields_of_a_record(text: Any, fields: list[str]) -> None:
    assert record_types({"record-types": text}) == fields


@pytest.mark.parametrize(
    ("name", "good"),
    [("a", True), ("A-b_9", True), ("9", True), ("-a", False), ("a-", False), ("_a", False),
     ("a_", False), ("a b", False), ("a.b", False), ("", False), ("é", False), ("a\n", False)],
)  # fmt: skip
def test_names_of_spaces(name: str, good: bool) -> None:
    """OptionSpace::validateName in Kea's source."""
    assert is_space_name(name) is good


@pytest.mark.parametrize(
    ("space", "code", "private"),
    [("dhcp4", 43, True), ("dhcp4", 42, False), ("dhcp4", 223, False), ("dhcp4", 224, True),
     ("dhcp4", 254, True), ("dhcp4", 255, False), ("own", 43, False), ("own", 224, False)],
)  # fmt: skip
def test_private_options(space: str, code: int, private: bool) -> None:
    """Kea ARM, Private DHCPv4 Options; RFC 3942 for 224 to 254."""
    assert deferred(space, code) is private


@pytest.mark.parametrize(
    ("space", "vendor"),
    [("vendor-4491", "docsis3-v4"), ("vendor-04491", "docsis3-v4"), ("vendor-4490", ""),
     ("vendor-4492", ""), ("vendor-x", ""), ("4491", ""), ("vendor-4491x", ""), ("dhcp4", "")],
)  # fmt: skip
def test_the_vendor_of_a_space(space: str, vendor: str) -> None:
    """LibDHCP::optionSpaceToVendorId; Kea defines the options of CableLabs (4491)."""
    assert vendor_space(space) == vendor


def test_definitions_stand_in_the_global_scope_and_in_classes() -> None:
    subnet = {"subnet": "10.0.0.0/24", "option-def": [MINE]}
    body = {"option-def": [5, MINE], "client-classes": [{"option-def": [MINE]}],
            "subnet4": [subnet]}  # fmt: skip
    assert [path for path, _ in option_defs(Config(body))] == [
        ("dhcp4", "option-def", 1),
        ("dhcp4", "client-classes", 0, "option-def", 0),
    ]
