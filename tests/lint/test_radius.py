"""The hook library radius: servers, attributes, what it does not go with (Kea 3.0.3, radius)."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import radius
from tests.lint.reports import Report, reports

CACHE = {"library": "libdhcp_host_cache.so"}
SERVER = {"name": "127.0.0.1", "secret": "s"}
KIND = "Write one of its kind, and of its length."
GLOBAL_ONLY = {"reservations-global": True, "reservations-in-subnet": False}
SUBNETS = [{"id": number, "subnet": f"10.0.{number}.0/24"} for number in (1, 2)]


def loaded(**services: Any) -> dict[str, Any]:
    return {"library": "libdhcp_radius.so", "parameters": services}


def of_attribute(attribute: dict[str, Any]) -> list[Report]:
    """Return the reports about an attribute, with their places in it."""
    body = {"hooks-libraries": [loaded(accounting={"attributes": [attribute]})]}
    where = "hooks-libraries[0].parameters.accounting.attributes[0]"
    return [
        (code, place.removeprefix(where), message, hint)
        for code, place, message, hint in reports(radius.RULES, body)
    ]


@pytest.mark.parametrize(
    "attribute",
    [
        {"name": "User-Name", "data": "a"},
        {"name": "User-Name", "type": 1, "data": "x" * 253, "raw": "", "expr": ""},
        {"type": 8, "data": "10.0.0.1"},
        {"name": "NAS-Port", "data": "4294967295"},
        {"name": "Service-Type", "data": "Login-User"},
        {"name": "Service-Type", "data": "-1"},
        {"name": "NAS-IPv6-Address", "data": "::1"},
        {"name": "NAS-Port", "raw": "1020304"},
        {"name": "NAS-IPv6-Address", "raw": "00" * 16},
        {"name": "Class", "raw": "aA1"},
        {"name": "Nix", "type": 7, "data": "0x01"},
        {"name": "Class", "expr": "'a'"},
        {"name": "Class", "raw": 5},
        {"type": [], "data": "a"},
    ],
)
def test_a_right_attribute(attribute: dict[str, Any]) -> None:
    assert of_attribute(attribute) == []


@pytest.mark.parametrize(
    ("attribute", "where", "message", "hint"),
    [
        ({"data": "a"}, "", "an attribute needs a name or a type", "Add `name: NAME`."),
        ({"name": "Class", "type": 1, "data": "a"}, ".type", "the type of Class is 25, not 1",
         "Leave the type out."),
        ({"name": "Class"}, "", "an attribute without a value", "Add data, raw or expr."),
        ({"name": "Class", "data": ""}, "", "an attribute without a value",
         "Add data, raw or expr."),
        ({"name": "Class", "data": "a", "raw": "01"}, ".raw", "data and raw exclude each other",
         "Keep one."),
        ({"name": "Class", "raw": "01", "expr": "'a'"}, ".expr", "raw and expr exclude each other",
         "Keep one."),
        *(({"name": name, key: text}, f".{key}", f"{text!r} is not a value of this attribute", KIND)
          for name, key, text in (
              ("NAS-Port", "data", "4294967296"), ("NAS-Port", "data", "0x01"),
              ("NAS-Port", "raw", "0102"), ("Framed-IP-Address", "data", "::1"),
              ("Framed-IP-Address", "data", "10.0.0"), ("NAS-IPv6-Address", "data", "10.0.0.1"),
              ("Framed-IPv6-Address", "raw", "00" * 15), ("Class", "raw", "0x01"),
              ("Class", "raw", "01 02"), ("Class", "raw", "01" * 254),
              ("Class", "data", "x" * 254), ("Nix", "data", "\u00e9" * 127))),
        ({"type": 5, "data": "5x"}, ".data", "'5x' is not a value of this attribute", KIND),
    ],
)  # fmt: skip
def test_a_wrong_attribute(attribute: dict[str, Any], where: str, message: str, hint: str) -> None:
    assert of_attribute(attribute) == [("KP717", where, message, hint)]


def test_access_needs_the_host_cache_before_it() -> None:
    access = loaded(access={"servers": [SERVER]})
    assert reports(radius.RULES, {"hooks-libraries": [CACHE, access]}) == []
    assert reports(radius.RULES, {"hooks-libraries": [loaded(access={"servers": []})]}) == []
    assert (
        reports(radius.RULES, {"hooks-libraries": [loaded(accounting={"servers": [SERVER]})]}) == []
    )
    for hooks in ([access], [access, CACHE]):
        assert reports(radius.RULES, {"hooks-libraries": hooks}) == [
            ("KP717", "hooks-libraries[0].parameters.access.servers",
             "servers for access need the hook library libdhcp_host_cache.so before",
             "Put {library: libdhcp_host_cache.so} into hooks-libraries, before this one."),
        ]  # fmt: skip


def test_servers() -> None:
    """A secret of Kea's examples, and expressions where there are servers for accounting."""
    attributes = [{"name": "Class", "expr": "'a'"}]
    servers = [SERVER, {**SERVER, "secret": "1234"}]
    body = {"hooks-libraries": [loaded(accounting={"servers": servers, "attributes": attributes})]}
    where = "hooks-libraries[0].parameters.accounting"
    assert reports(radius.RULES, body) == [
        ("KP717", f"{where}.servers[1].secret", "the password of Kea's examples",
         "Choose another: Kea refuses its defaults."),
        ("KP717", f"{where}.attributes[0].expr", "accounting has no expressions",
         "Write the value as data or raw."),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("outer", "network", "subnet", "right"),
    [
        ({}, {}, {}, False),
        (GLOBAL_ONLY, {}, {}, True),
        ({}, GLOBAL_ONLY, {}, True),
        ({}, {}, GLOBAL_ONLY, True),
        (GLOBAL_ONLY, {"reservations-global": True}, {}, False),
        (GLOBAL_ONLY, {}, {"reservations-in-subnet": False}, False),
        ({"reservations-global": True}, {}, {}, False),
    ],
)
def test_shared_networks_have_global_reservations_only(
    outer: dict[str, Any], network: dict[str, Any], subnet: dict[str, Any], right: bool
) -> None:
    subnets = [{**each, **subnet} for each in SUBNETS]
    networks = [{"name": "n", "subnet4": subnets, **network}]
    body = {"hooks-libraries": [loaded()], "shared-networks": networks, **outer}
    message = "in a shared network, radius wants global reservations only"
    hint = "Set reservations-global: true and reservations-in-subnet: false there."
    wanted = [("KP717", f"shared-networks[0].subnet4[{at}]", message, hint) for at in (0, 1)]
    assert reports(radius.RULES, body) == ([] if right else wanted)
    body["shared-networks"] = [{**networks[0], "subnet4": subnets[:1]}]
    assert reports(radius.RULES, body) == []


def test_reservations_are_not_looked_up_early() -> None:
    body = {"hooks-libraries": [loaded()], "early-global-reservations-lookup": True}
    message = "early-global-reservations-lookup does not go with the hook library radius"
    wanted = [("KP717", "early-global-reservations-lookup", message, "Set it to false.")]
    assert reports(radius.RULES, body) == wanted
    assert reports(radius.RULES, {**body, "early-global-reservations-lookup": False}) == []
    assert reports(radius.RULES, {**body, "hooks-libraries": [CACHE]}) == []


@pytest.mark.parametrize(
    ("entry", "where", "message", "hint"),
    [
        ({"port": 1, "bogus": 2}, ".bogus", "unknown key 'bogus'",
         "Known here: port, subnet-id, subnet-prefix, shared-network-name."),
        ({"port": 1, "subnet-prefix": "10.0.9.0/24"}, ".subnet-prefix",
         "the file has no such subnet prefix", "Write it as it stands there."),
        ({"port": 1, "shared-network-name": "m"}, ".shared-network-name",
         "the file has no such shared network", "Write it as it stands there."),
    ],
)  # fmt: skip
def test_a_wrong_port(entry: dict[str, Any], where: str, message: str, hint: str) -> None:
    body = {"hooks-libraries": [{**loaded(), "parameters": {"nas-ports": [entry]}}]}
    networks = [{"name": "n", "subnet4": SUBNETS[:1]}]
    place = f"hooks-libraries[0].parameters.nas-ports[0]{where}"
    wanted = [("KP717", place, message, hint)]
    assert reports(radius.RULES, {**body, "shared-networks": networks}) == wanted


@pytest.mark.parametrize(
    "entry",
    [
        {"port": 1},
        {"port": 1, "subnet-id": 9},
        {"port": 1, "subnet-prefix": "10.0.1.0/24", "bogus": 1},
        {"port": 1, "shared-network-name": "n"},
        {"port": 1, "subnet-id": 1, "shared-network-name": "m"},
    ],
)
def test_a_right_port(entry: dict[str, Any]) -> None:
    body = {"hooks-libraries": [{**loaded(), "parameters": {"nas-ports": [entry]}}]}
    networks = [{"name": "n", "subnet4": SUBNETS[:1]}]
    assert reports(radius.RULES, {**body, "shared-networks": networks}) == []
