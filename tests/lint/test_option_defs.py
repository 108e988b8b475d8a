"""Definitions of options: each message, its place and its cure (Kea ARM, Custom DHCPv4 Options)."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import option_defs
from tests.lint.reports import reports

MINE = {"name": "mine", "code": 224, "type": "uint8"}
USUAL = "Correct the definition; your own options take the codes 224 to 254."
LETTERS = "Letters, digits, - and _; a letter or digit first and last."
OF_CLASS = "A class defines option 43 and 224 to 254; move this to the global option-def."


@pytest.mark.parametrize(
    ("changes", "key", "message", "hint"),
    [
        ({"name": "-x"}, "name", "'-x' is not an option name", LETTERS),
        ({"space": "a b"}, "space", "'a b' is not the name of an option space", LETTERS),
        ({"code": 0}, "code", "the code 0 is reserved for padding", USUAL),
        ({"code": 255}, "code", "the code 255 is reserved for the end of the options", USUAL),
        ({"code": 3}, "code", "3 is Kea's own option routers (3) of the space dhcp4",
         "Take a code from 224 to 254."),
        ({"name": "routers"}, "name", "'routers' is Kea's own option routers (3) of the space "
         "dhcp4", USUAL),
        ({"space": "cablelabs-client-conf", "code": 1}, "code",
         "1 is Kea's own option tsp-primary-server (1) of the space cablelabs-client-conf", USUAL),
        ({"type": "uint9"}, "type", "'uint9' is not an option type", "Did you mean uint8?"),
        ({"type": "number"}, "type", "'number' is not an option type", USUAL),
        ({"type": "record"}, "", "a record needs record-types, two at least", USUAL),
        ({"type": "record", "record-types": "uint8"}, "",
         "a record needs record-types, two at least", USUAL),
        ({"record-types": "uint8"}, "record-types",
         "record-types belong to the type record", USUAL),
        ({"type": "record", "record-types": "uint8, booleans"}, "record-types",
         "'booleans' is not a type of a field", "Did you mean boolean?"),
        ({"type": "record", "record-types": "uint8, record"}, "record-types",
         "'record' is not a type of a field", USUAL),
        ({"type": "record", "record-types": "string, uint8"}, "record-types",
         "a string has no end: it can only be the last field", USUAL),
        ({"type": "record", "record-types": "binary, uint8"}, "record-types",
         "a binary has no end: it can only be the last field", USUAL),
        ({"type": "record", "record-types": "uint8, string", "array": True}, "array",
         "the elements of an array of string have no bounds", USUAL),
        *(({"type": kind, "array": True}, "array",
           f"the elements of an array of {kind} have no bounds", USUAL)
          for kind in ("string", "binary", "empty", "internal")),
        ({"encapsulate": "-x"}, "encapsulate", "'-x' is not the name of an option space", LETTERS),
        ({"encapsulate": "inner", "array": True}, "encapsulate",
         "an array cannot encapsulate a space", USUAL),
        ({"encapsulate": "dhcp4"}, "encapsulate",
         "an option cannot encapsulate its own space", USUAL),
        ({"space": "own", "encapsulate": "own"}, "encapsulate",
         "an option cannot encapsulate its own space", USUAL),
    ],
)  # fmt: skip
def test_a_wrong_definition(changes: dict[str, Any], key: str, message: str, hint: str) -> None:
    body = {"option-def": [{**MINE, "name": "first", "code": 225}, {**MINE, **changes}]}
    where = "option-def[1]" + (f".{key}" if key else "")
    assert reports(option_defs.RULES, body) == [("KP503", where, message, hint)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"code": 1, "space": "own"},
        {"code": 0, "space": "own"},
        {"code": 255, "space": "own"},
        {"space": "a_b-9"},
        {"name": "a"},
        {"type": "string", "array": False},
        {"type": "uint8", "array": True},
        {"type": "tuple", "array": True},
        {"type": "fqdn", "array": True},
        {"type": "record", "record-types": "uint8, string"},
        {"type": "record", "record-types": "uint8, binary"},
        {"type": "record", "record-types": "tuple, uint8", "array": True},
        {"encapsulate": ""},
        {"encapsulate": "inner"},
        {"encapsulate": "inner", "array": False},
        {"encapsulate": "dhcp4", "space": "own"},
    ],
)
def test_a_right_definition(changes: dict[str, Any]) -> None:
    assert reports(option_defs.RULES, {"option-def": [{**MINE, **changes}]}) == []


@pytest.mark.parametrize(
    ("changes", "key", "message"),
    [
        ({"name": "other"}, "code", "the code 224 is defined twice"),
        ({"code": 225}, "name", "the name 'mine' is defined twice"),
        ({"name": "other", "code": 225}, "", ""),
        ({"space": "own"}, "", ""),
    ],
)
def test_two_definitions(changes: dict[str, Any], key: str, message: str) -> None:
    """Two of one space differ in name and code (Kea ARM, Custom DHCPv4 Options)."""
    body = {"option-def": [MINE, {**MINE, **changes}]}
    wanted = [("KP503", f"option-def[1].{key}", message, USUAL)] if key else []
    assert reports(option_defs.RULES, body) == wanted


@pytest.mark.parametrize(
    ("code", "space", "good"),
    [
        (43, "dhcp4", True),
        (223, "dhcp4", False),
        (224, "dhcp4", True),
        (254, "dhcp4", True),
        (150, "dhcp4", False),
        (224, "own", False),
        (43, "own", False),
    ],
)
def test_a_definition_of_a_class(code: int, space: str, good: bool) -> None:
    """Kea ARM, Private DHCPv4 Options: a class defines 43 and 224 to 254 of the space dhcp4."""
    own = {"name": "a", "option-def": [{**MINE, "code": code, "space": space}]}
    message = f"a client class cannot define the option {code} of the space {space}"
    wanted = [("KP503", "client-classes[0].option-def[0].code", message, OF_CLASS)]
    assert reports(option_defs.RULES, {"client-classes": [own]}) == ([] if good else wanted)


def test_two_classes_have_definitions_of_their_own() -> None:
    classes = [{"name": name, "option-def": [MINE]} for name in ("a", "b")]
    body = {"client-classes": classes, "option-def": [MINE]}
    assert reports(option_defs.RULES, body) == []


@pytest.mark.parametrize("value", [None, [], {}])
@pytest.mark.parametrize("key", ["name", "type", "record-types", "array", "encapsulate"])
def test_values_of_another_type_are_left_to_the_schema(key: str, value: Any) -> None:
    assert reports(option_defs.RULES, {"option-def": [{**MINE, key: value}]}) == []
