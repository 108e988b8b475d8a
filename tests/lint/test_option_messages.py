"""What the messages about options say: names, values, options twice; each with place and cure."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import options
from tests.lint.reports import Report, reports

NAMES = (
    "Write the option's name as in Kea's manual (Standard DHCPv4 Options), or add an option-def."
)
VALUES = "Write the value in the form of the option's type (Kea ARM, Standard DHCPv4 Options)."
MISREAD = "Write the value as the option's type needs it."
DEFINE = "Define it in option-def, or add `csv-format: false` and write hexadecimal digits."
HEXADECIMAL = "Write digits like 0a0b or 0a:0b, or leave out `csv-format: false`."
NO_DEFINITION = "Write hexadecimal digits, or define the option in option-def."
SPACE = "Letters, digits, - and _; a letter or digit first and last."
CODES = "Options have codes from 1 to 254."
WITHOUT_SPACES = "Write the name without spaces, as in Kea's manual (Standard DHCPv4 Options)."
ADDRESSES = "{name: option-200, code: 200, type: ipv4-address, array: true}"


def of_options(*entries: dict[str, Any]) -> list[Report]:
    """Return the reports about global options."""
    return reports(options.RULES, {"option-data": list(entries)})


def of_pool(*entries: dict[str, Any]) -> list[Report]:
    """Return the reports about the options of a pool, with their places in it."""
    pool = {"pool": "10.0.0.1-10.0.0.9", "option-data": list(entries)}
    body = {"subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "pools": [pool]}]}
    head = "subnet4[0].pools[0]."
    lines = reports(options.RULES, body)
    assert all(where.startswith(head) for _, where, *_ in lines)
    return [(code, where.removeprefix(head), message, hint) for code, where, message, hint in lines]


@pytest.mark.parametrize(
    ("option", "code", "key", "message", "hint"),
    [
        ({"name": "a b"}, "KP501", "name", "'a b' is not the name of an option", WITHOUT_SPACES),
        ({"data": "1"}, "KP501", "", "the option has neither name nor code", NAMES),
        ({"code": 4, "name": "routers", "data": "10.0.0.1"}, "KP501", "code",
         "the code 4 is time-servers, not routers", "Leave out one of the two."),
        ({"name": "router", "data": "x"}, "KP501", "name",
         "there is no option 'router'", "Did you mean routers?"),
        ({"name": "xyzzy-plugh"}, "KP501", "name", "there is no option 'xyzzy-plugh'",
         "Kea's names are in the manual; your own need an option-def."),
        ({"code": 200, "data": "0a"}, "KP501", "code",
         "the option 200 of the space dhcp4 has no definition", DEFINE),
        ({"code": 2, "space": "own", "data": "0a"}, "KP501", "code",
         "the option 2 of the space own has no definition", DEFINE),
        ({"code": 200, "data": "10.0.0.1"}, "KP501", "code",
         "the option 200 of the space dhcp4 has no definition",
         f"Define it: option-def: [{ADDRESSES}]."),
        ({"code": 252, "csv-format": False, "data": "http://wpad/wpad.dat"}, "KP502", "data",
         "'http://wpad/wpad.dat' is not hexadecimal, and the option 252 has no definition",
         "Define it: option-def: [{name: wpad, code: 252, type: string}]."),
        ({"code": 200, "space": "own", "data": "10.0.0.1, 10.0.0.2"}, "KP501", "code",
         "the option 200 of the space own has no definition",
         f"Define it: option-def: [{ADDRESSES[:-1]}, space: own}}]."),
        ({"code": 200, "data": "10.0.0.1, x"}, "KP501", "code",
         "the option 200 of the space dhcp4 has no definition", DEFINE),
        ({"code": 200}, "KP501", "code",
         "the option 200 of the space dhcp4 has no definition", DEFINE),
        ({"code": 0, "csv-format": False, "data": "00"}, "KP501", "code",
         "the code 0 is reserved for padding", CODES),
        ({"code": 255, "csv-format": False}, "KP501", "code",
         "the code 255 is reserved for the end of the options", CODES),
        ({"code": 1, "space": "dhcp6", "csv-format": False, "data": "00"}, "KP501", "space",
         "the space dhcp6 belongs to DHCPv6", "Leave it out for an option of DHCPv4."),
        ({"code": 1, "space": "-x", "csv-format": False}, "KP501", "space",
         "'-x' is not the name of an option space", SPACE),
        ({"name": "routers", "data": "x"}, "KP502", "data",
         "routers takes an IPv4 address, not 'x'", VALUES),
        ({"name": "swap-server"}, "KP502", "",
         "swap-server needs a value: an IPv4 address", VALUES),
        ({"name": "swap-server", "data": ""}, "KP502", "data",
         "swap-server needs a value: an IPv4 address", VALUES),
        ({"name": "routers", "csv-format": False, "data": "0a"}, "KP502", "data",
         "1 octets do not make routers: an IPv4 address (one or more)", VALUES),
        ({"name": "routers", "csv-format": False, "data": "xy"}, "KP502", "data",
         "'xy' is not hexadecimal", HEXADECIMAL),
        ({"code": 200, "csv-format": False, "data": "xy"}, "KP502", "data",
         "'xy' is not hexadecimal, and the option 200 has no definition", NO_DEFINITION),
        ({"code": 200, "csv-format": False, "data": "10.0.0.1"}, "KP502", "data",
         "'10.0.0.1' is not hexadecimal, and the option 200 has no definition",
         f"Define it: option-def: [{ADDRESSES}]."),
        ({"name": "boot-file-name", "data": "a,b"}, "KP505", "data",
         "boot-file-name takes text: Kea drops what follows 'a'",
         r"Write a comma within a text as \,."),
        ({"name": "routers"}, "KP505", "",
         "routers needs a value: an IPv4 address (one or more)", "Kea would send an empty option."),
        ({"name": "routers", "data": "::1"}, "KP505", "data",
         "routers takes an IPv4 address, not '::1'", MISREAD),
        ({"name": "routers", "code": 200, "csv-format": False, "data": "0a"}, "KP505", "code",
         "routers has the code 3, but Kea sends the option 200", "Leave out the name or the code."),
    ],
)  # fmt: skip
def test_a_message(option: dict[str, Any], code: str, key: str, message: str, hint: str) -> None:
    """Kea ARM, Standard DHCPv4 Options and Custom DHCPv4 Options."""
    where = "option-data[1]" + (f".{key}" if key else "")
    assert of_options({"name": "domain-name", "data": "a"}, option) == [
        (code, where, message, hint)
    ]


@pytest.mark.parametrize(
    "option",
    [
        {"name": "routers", "data": "10.0.0.1"},
        {"name": "routers", "code": 3, "data": "10.0.0.1"},
        {"code": 3, "data": "10.0.0.1"},
        {"code": 200, "csv-format": False, "data": "0a"},
        {"code": 0, "never-send": True, "csv-format": False},
        {"code": 0, "space": "own", "csv-format": False, "data": "00"},
        {"name": "swap-server", "never-send": True},
        {"name": 5, "data": "10.0.0.1"},
        {"name": "routers", "data": 5},
        {"code": 3, "data": "10.0.0.1", "comment": "c", "user-context": {}},
        {"name": "vendor-encapsulated-options"},
        {"gateway": "10.0.0.1"},
    ],
)
def test_no_message(option: dict[str, Any]) -> None:
    assert of_options(option) == []


def test_a_class_has_its_own_names() -> None:
    """Kea ARM, Private DHCPv4 Options: definitions of a class hold in this class."""
    own = {"name": "a", "option-def": [{"name": "of-class", "code": 224, "type": "uint8"}]}
    place = "client-classes[0].option-data[0]"
    for option, wanted in (
        ({"name": "of-clas", "data": "1"},
         ("KP501", f"{place}.name", "there is no option 'of-clas'", "Did you mean of-class?")),
        ({"name": "of-class", "code": 200, "csv-format": False, "data": "0a"},
         ("KP505", f"{place}.code", "of-class has the code 224, but Kea sends the option 200",
          "Leave out the name or the code.")),
    ):  # fmt: skip
        body = {"client-classes": [{**own, "option-data": [option]}]}
        assert reports(options.RULES, body) == [wanted]


def test_a_value_counts_if_the_option_is_never_sent() -> None:
    assert [code for code, *_ in of_options({"name": "routers", "never-send": True, "data": "x"})]
    assert of_options({"name": "routers", "never-send": False})[0][0] == "KP505"


def test_only_a_global_option_is_text_by_default() -> None:
    """Kea ARM, Standard DHCPv4 Options: without a definition the default of csv-format is false."""
    assert of_pool({"code": 200, "data": "0a"}) == []
    message = "'x' is not hexadecimal, and the option 200 has no definition"
    assert of_pool({"code": 200, "data": "x"}) == [
        ("KP502", "option-data[0].data", message, NO_DEFINITION)
    ]
    message = "the option 200 of the space dhcp4 has no definition"
    assert of_pool({"code": 200, "csv-format": True, "data": "0a"}) == [
        ("KP501", "option-data[0].code", message, DEFINE)
    ]


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [
        ({"name": "routers"}, {"name": "routers"}, "routers"),
        ({"name": "routers"}, {"code": 3}, "routers"),
        ({"code": 3}, {"name": "routers"}, "routers"),
        ({"code": 200, "csv-format": False}, {"code": 200, "csv-format": False}, "200"),
        ({"name": "routers"}, {"name": "domain-name-servers"}, ""),
        ({"name": "routers"}, {"name": "routers", "client-classes": ["a"]}, ""),
        ({"code": 2, "space": "own", "csv-format": False}, {"name": "time-offset"}, ""),
    ],
)
def test_an_option_twice(first: dict[str, Any], second: dict[str, Any], name: str) -> None:
    """RFC 2131, 4.1: an option stands once in a message."""
    lines = reports((options.twice,), {"option-data": [first, second]})
    message = f"the option {name} stands twice in this scope"
    assert lines == ([("KP504", "option-data[1]", message, "Keep one of the two.")] * bool(name))


def test_an_option_of_two_scopes_stands_once_in_each() -> None:
    routers = [{"name": "routers", "data": "10.0.0.1"}]
    subnets = [{"id": 1, "subnet": "10.0.0.0/24", "option-data": routers}]
    assert reports((options.twice,), {"option-data": routers, "subnet4": subnets}) == []


def test_equal_values_are_reported_at_each_place() -> None:
    body = {"option-data": [{"name": "swap-server", "data": "x"}]}
    subnet = {"id": 1, "subnet": "10.0.0.0/24", **body}
    places = [line[1] for line in reports((options.values,), {**body, "subnet4": [subnet]})]
    assert places == ["option-data[0].data", "subnet4[0].option-data[0].data"]
