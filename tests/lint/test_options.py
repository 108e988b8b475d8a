"""Options against Kea's definitions and the site's own; each case was put to a real Kea 3.0.3."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from keaprov import lint
from keaprov.errors import Severity

CONTROLLER = {
    "name": "controller",
    "code": 241,
    "space": "vendor-encapsulated-options-space",
    "type": "ipv4-address",
}
EMPTY_43 = {"name": "vendor-encapsulated-options", "code": 43, "type": "empty"}
MINE = {"name": "mine", "code": 224, "type": "uint8"}


def errors(body: dict[str, Any]) -> set[str]:
    """Return the codes of what is an error in a site with this ``Dhcp4`` body.

    KP505 is a warning in one of Kea's own files: Kea accepts the value.
    """
    problems = list(lint.lint_dhcp4(body))
    assert all(p.severity is Severity.WARNING for p in problems if p.code == "KP505")
    return {p.code for p in problems if p.severity is Severity.ERROR or p.code == "KP505"}


def of(*options: dict[str, Any], **body: Any) -> set[str]:
    """Return the codes of the errors of global options."""
    return errors({"option-data": list(options), **body})


def in_subnet(*options: dict[str, Any], **body: Any) -> set[str]:
    """Return the codes of the errors of a subnet's options."""
    subnet = {"id": 1, "subnet": "10.0.0.0/24", "option-data": list(options)}
    return errors({"subnet4": [subnet], **body})


@pytest.mark.parametrize(
    "options",
    [
        [{"name": "vendor-encapsulated-options"}],
        [{"name": "dhcp-agent-options"}, {"name": "cablelabs-client-conf", "data": ""}],
        [{"name": "routers", "never-send": True}],
        [{"code": 255, "never-send": True, "csv-format": False}],
        [{"name": "vivso-suboptions", "data": "4491"},
         {"name": "tftp-servers", "space": "vendor-4491", "data": "192.0.2.5, 192.0.2.6"}],
        [{"name": "vivco-suboptions", "data": "4491, 03616263"}],
        [{"name": "tsp-realm", "space": "cablelabs-client-conf", "data": "example.org"}],
        [{"name": "circuit-id", "space": "dhcp-agent-options-space", "data": "0a0b"}],
        [{"name": "oro", "space": "docsis3-v4", "data": "1, 2"}],
        [{"code": 150, "csv-format": False, "data": "C0000205"}],
        [{"code": 43, "csv-format": False, "data": "f104c0000205"}],
        [{"name": "tcode", "data": r"EST5EDT4\,M3.2.0/02:00"}],
        [{"name": "default-ip-ttl", "data": "0x40"}],
    ],
)  # fmt: skip
def test_right_options(options: list[dict[str, Any]]) -> None:
    assert of(*options) == set()


@pytest.mark.parametrize(
    ("code", "option"),
    [
        ("KP501", {"code": 150, "data": "C0000205"}),
        ("KP501", {"code": 150, "never-send": True}),
        ("KP501", {"name": "a b", "csv-format": False, "data": ""}),
        ("KP501", {"name": "routers", "code": 4, "data": "10.0.0.1"}),
        ("KP501", {"name": "mine", "space": "-x", "data": "1"}),
        ("KP501", {"code": 1, "space": "dhcp6", "csv-format": False}),
        ("KP501", {"code": 255, "csv-format": False, "data": "00"}),
        ("KP501", {"data": "1"}),
        ("KP502", {"name": "vendor-encapsulated-options", "data": "0a"}),
        ("KP502", {"name": "vivco-suboptions", "data": "4491, 04616263"}),
        ("KP502", {"name": "tftp-servers", "space": "vendor-4491", "data": "x"}),
        ("KP502", {"name": "boot-file-name"}),
        ("KP502", {"name": "routers", "csv-format": False, "data": "0a00"}),
        ("KP502", {"name": "routers", "csv-format": False, "data": "10.0.0.1"}),
        ("KP502", {"name": "cablelabs-client-conf", "csv-format": False, "data": "0103c00002"}),
        ("KP502", {"name": "fqdn", "data": "9, 0, 0, a.example"}),
        ("KP502", {"name": "v4-dnr", "data": "1, a.example., 10.0.0.1, alpn=h2"}),
        ("KP502", {"name": "v4-lost", "data": "a b"}),
        ("KP505", {"name": "boot-file-name", "data": "a,b"}),
        ("KP505", {"name": "routers", "data": ""}),
        ("KP505", {"name": "routers", "data": "2001:db8::1"}),
        ("KP505", {"name": "domain-search", "data": "a.example b.example"}),
        ("KP505", {"name": "interface-mtu", "data": "9c4"}),
        ("KP505", {"name": "routers", "code": 200, "csv-format": False, "data": "0a"}),
    ],
)  # fmt: skip
def test_wrong_options(code: str, option: dict[str, Any]) -> None:
    assert of(option) == {code}


def test_only_a_global_option_without_definition_needs_csv_format() -> None:
    option = {"code": 150, "data": "C0000205"}
    assert of(option) == {"KP501"}
    assert in_subnet(option) == set()
    assert in_subnet({"code": 150, "data": "10.20.1.80"}) == {"KP502"}
    pool = {"pool": "10.0.0.1-10.0.0.9", "option-data": [{"code": 150, "data": "x"}]}
    assert errors({"subnet4": [{"id": 1, "subnet": "10.0.0.0/24", "pools": [pool]}]}) == {"KP502"}


@pytest.mark.parametrize(
    ("code", "data", "name"),
    [(150, "10.20.1.80", "tftp-servers"), (224, "10.20.1.80, 10.20.1.81", "option-224")],
)
@pytest.mark.parametrize("everywhere", [True, False])
def test_addresses_without_definition_get_the_definition_to_write(
    code: int, data: str, name: str, everywhere: bool
) -> None:
    option = {"option-data": [{"code": code, "data": data}]}
    subnet = {"id": 1, "subnet": "10.0.0.0/24"} | ({} if everywhere else option)
    body = {"subnet4": [subnet]} | (option if everywhere else {})
    hints = [
        problem.hint for problem in lint.lint_dhcp4(body) if problem.code in ("KP501", "KP502")
    ]
    written = f"{{name: {name}, code: {code}, type: ipv4-address, array: true}}"
    assert hints == [f"Define it: option-def: [{written}]."]
    defined = body | {"option-def": [yaml.safe_load(written)]}
    assert errors(defined) == set()


def test_option_43_by_its_name_and_its_suboptions() -> None:
    options = [
        {"name": "vendor-encapsulated-options"},
        {"name": "controller", "space": CONTROLLER["space"], "data": "192.0.2.5"},
    ]
    of_class = {"client-classes": [{"name": "ap", "option-data": options}]}
    assert errors({"option-def": [CONTROLLER], **of_class}) == set()
    assert errors(of_class) == {"KP501"}
    octets = {"code": 43, "csv-format": False}
    assert of({**octets, "data": "f103c00002"}) == set()
    assert of({**octets, "data": "f103c00002"}, **{"option-def": [CONTROLLER]}) == {"KP502"}


def test_a_class_has_its_definitions_alone() -> None:
    own = {"name": "a", "option-def": [EMPTY_43], "option-data": [{"code": 43}]}
    octets = {"code": 43, "csv-format": False, "data": "0104c0000201"}
    assert in_subnet(octets, **{"client-classes": [own]}) == set()
    mine = {"name": "mine", "data": "1"}
    other = {"name": "b", "option-data": [mine]}
    classes = [{"name": "a", "option-def": [MINE], "option-data": [mine]}]
    assert errors({"client-classes": classes}) == set()
    assert errors({"client-classes": [*classes, other]}) == {"KP501"}
    assert errors({"client-classes": classes, "option-data": [mine]}) == {"KP501"}
    text = {"client-classes": [{**classes[0], "option-data": [{"name": "mine", "data": "300"}]}]}
    assert errors({**text, "option-def": [{**MINE, "type": "uint16"}]}) == {"KP502"}


@pytest.mark.parametrize(
    "definition",
    [
        {**MINE, "code": 3},
        {**MINE, "code": 255},
        {**MINE, "name": "-x"},
        {**MINE, "name": "routers"},
        {**MINE, "space": "cablelabs-client-conf", "code": 1},
        {**MINE, "space": "s46-rule-options", "code": 93},
        {**MINE, "space": "a b"},
        {**MINE, "encapsulate": "-x"},
        {**MINE, "encapsulate": "dhcp4"},
        {**MINE, "encapsulate": "inner", "array": True},
        {**MINE, "type": "internal", "array": True},
        {**MINE, "type": "record", "record-types": "string, uint8"},
        {**MINE, "type": "record", "record-types": "uint8, string", "array": True},
        {**MINE, "type": "record", "record-types": "uint8"},
        {**MINE, "record-types": "uint8"},
    ],
)
def test_wrong_definitions(definition: dict[str, Any]) -> None:
    assert errors({"option-def": [definition]}) == {"KP503"}


@pytest.mark.parametrize(
    "definition",
    [
        {**MINE, "code": 43},
        {**MINE, "space": "vendor-4491", "code": 2},
        {**MINE, "space": "dhcp6", "code": 250},
        {**MINE, "type": "record", "record-types": "uint8,, tuple", "array": True},
        {**MINE, "type": "fqdn", "array": True},
        {**MINE, "type": "tuple", "encapsulate": "inner"},
    ],
)
def test_right_definitions(definition: dict[str, Any]) -> None:
    assert errors({"option-def": [definition]}) == set()


def test_a_class_defines_private_options_only() -> None:
    for code, good in ((43, True), (224, True), (254, True), (150, False)):
        of_class = {"name": "a", "option-def": [{**MINE, "code": code}]}
        assert errors({"client-classes": [of_class]}) == (set() if good else {"KP503"})


def test_an_option_twice_by_name_and_by_code() -> None:
    options = [{"name": "routers", "data": "10.0.0.1"}, {"code": 3, "data": "10.0.0.2"}]
    problems = list(lint.lint_dhcp4({"option-data": options}))
    assert [(problem.code, problem.path[-1]) for problem in problems] == [("KP504", 1)]
