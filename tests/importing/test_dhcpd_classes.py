"""``keaprov import dhcpd``: classes, conditions and known clients, by dhcpd.conf(5)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.importing.dhcpd_cases import (
    KNOWN,
    MATCHING,
    OFFICE,
    TRANSLATED,
)
from tests.importing.dhcpd_site import SUBNET, body, imported, kept


def test_classes_have_the_tests_and_options_of_dhcpd(tmp_path: Path) -> None:
    classes = {keys["name"]: keys for keys in body(tmp_path, OFFICE)["client-classes"]}
    assert list(classes) == [
        "phones", "by-port#1", "by-port", "if-line-21", "else-line-21", "pxe", "not-phones",
    ]  # fmt: skip
    assert classes["phones"]["test"] == "substring(option[60].hex, 0, 9) == 'ACME-phone'"
    assert classes["phones"]["option-def"] == [
        {"name": "vendor-encapsulated-options", "code": 43, "type": "empty", "encapsulate": "ACME"}
    ]
    assert classes["phones"]["option-data"] == [
        {"name": "vendor-encapsulated-options"},
        {"name": "server", "space": "ACME", "data": "192.0.2.30"},
        {"name": "mode", "space": "ACME", "data": "3"},
    ]
    assert classes["by-port#1"]["test"] == "relay4[1].hex == 'sw1/0/7'"
    assert classes["by-port#1"]["option-data"] == [{"name": "host-name", "data": "lobby"}]
    assert classes["by-port"]["test"] == (
        "(relay4[1].hex == 'sw1/0/7') or (relay4[1].hex == 0x0102)"
    )
    assert classes["if-line-21"] == {
        "name": "if-line-21",
        "test": "option[93].exists and (option[93].hex == 0x0007)",
        "boot-file-name": "efi/grub.efi",
    }
    assert classes["else-line-21"]["test"] == (
        "option[93].exists and (not (option[93].hex == 0x0007))"
    )
    assert classes["pxe"]["next-server"] == "192.0.2.40"
    assert classes["not-phones"]["test"] == "not member('phones')"


@pytest.mark.parametrize(
    ("permits", "classes"),
    [
        ('allow known-clients; allow members of "a";', ["KNOWN"]),
        ("allow unknown-clients; allow known-clients;", ["KNOWN"]),
        ('allow known-clients; deny members of "a";', ["KNOWN+not-a"]),
        ('allow members of "a";', ["known+a"]),
        ("allow all clients;", ["KNOWN"]),
    ],
)
def test_unknown_clients_that_are_denied_get_no_address(
    tmp_path: Path, permits: str, classes: list[str]
) -> None:
    """``deny unknown-clients`` holds beside what a pool allows (server/dhcp.c, ack_lease)."""
    pool = f"pool {{ {permits} range 192.0.2.10 192.0.2.19; }}"
    text = 'deny unknown-clients; class "a" { match if exists host-name; }\n' + SUBNET % pool
    (made,) = body(tmp_path, text)["subnet4"][0]["pools"]
    assert made["client-classes"] == classes


def test_known_clients_are_known_in_every_network(tmp_path: Path) -> None:
    dhcp4 = body(tmp_path, KNOWN)
    first, second = dhcp4["subnet4"]
    assert [pool.get("client-classes") for pool in first["pools"]] == [
        ["KNOWN"], ["known+UNKNOWN+a"],
    ]  # fmt: skip
    assert [pool.get("client-classes") for pool in second["pools"]] == [["not-KNOWN"], None]
    tests = {keys["name"]: keys["test"] for keys in dhcp4["client-classes"]}
    assert tests["a"] == (
        "(not option[77].exists) and (pkt4.htype == 1 and pkt4.mac == 0x02005e100001)"
    )
    assert tests["known+UNKNOWN+a"] == ("member('KNOWN') and (member('UNKNOWN') or member('a'))")
    assert tests["elsif-line-12"] == "(not (option[77].hex == 'iPXE')) and member('KNOWN')"
    assert second["evaluate-additional-classes"] == ["if-line-11", "elsif-line-12"]
    assert dhcp4["reservations"] == [
        {"hw-address": "02:00:5e:10:00:01", "comment": "everywhere",
         "option-data": [{"name": "host-name", "data": "everywhere"}]},
        {"hw-address": "02:00:5e:10:00:02"},
        {"client-id": "68:65:72:65"},
        {"hw-address": "02:00:5e:10:00:03"},
        {"hw-address": "02:00:5e:10:00:04", "comment": "thief", "client-classes": ["DROP"]},
        {"circuit-id": "73:77:31:2f:30:2f:31"},
    ]  # fmt: skip
    assert dhcp4["ip-reservations-unique"] is False
    assert dhcp4["host-reservation-identifiers"] == ["client-id", "hw-address", "circuit-id"]


@pytest.mark.parametrize(
    ("condition", "test"), TRANSLATED.items()
)  # fmt: skip
def test_conditions_that_kea_can_say(tmp_path: Path, condition: str, test: str) -> None:
    text = MATCHING.format(condition)
    (made,) = body(tmp_path, text)["client-classes"]
    assert made["test"] == test


@pytest.mark.parametrize(
    "condition",
    [
        'option host-name ~= "^a"',
        'option host-name = ""',
        "option host-name = option domain-name",
        'option host-name = "a" and exists user-class or exists root-path',
        "known",
        "static",
        'suffix(option host-name, 2) = "lab"',
        'binary-to-ascii(16, 8, ":", substring(hardware, 1, 2)) = "02:5e"',
        "substring(hardware, 0, 3) = 1:2:3",
        "packet(0, 4) = 1:2:3:4",
        'config-option host-name = "a"',
        "extract-int(option dhcp-max-message-size, 16) > 1500",
        "exists ACME.server",
        "exists no-such-option",
        "(" * 40 + "exists user-class" + ")" * 40,
        "",
    ],
)
def test_conditions_that_kea_cannot_say_leave_no_class(tmp_path: Path, condition: str) -> None:
    text = f'class "c" {{ match if {condition}; }}\n'
    text += SUBNET % 'pool { range 192.0.2.9; allow members of "c"; } range 192.0.2.1;'
    result = imported(tmp_path, text)
    dhcp4 = result.site["dhcp4"]
    assert "client-classes" not in dhcp4
    assert dhcp4["subnet4"][0]["pools"] == [{"pool": "192.0.2.1 - 192.0.2.1"}]
    assert kept(result)["pool"] == "the site has no class 'c', so the pool is left out"


def test_a_class_that_kea_would_not_prefer_leaves_its_option(tmp_path: Path) -> None:
    text = 'class "c" { match if exists user-class; option domain-name "c.example.org"; }\n'
    global_ = imported(tmp_path, 'option domain-name "example.org";\n' + text + SUBNET % "")
    assert global_.site["dhcp4"]["client-classes"][0]["option-data"] == [
        {"name": "domain-name", "data": "c.example.org"}
    ]
    result = imported(tmp_path, text + SUBNET % 'option domain-name "example.org";')
    assert "option-data" not in result.site["dhcp4"]["client-classes"][0]
    assert kept(result) == {
        'option domain-name "c.example.org"': (
            "a network sets it too, and Kea prefers the value of the network"
        )
    }


def test_lease_times_of_a_class_are_those_of_dhcpd(tmp_path: Path) -> None:
    text = """\
default-lease-time 3600;
class "c" { match option host-name; max-lease-time 7200; }
subclass "c" "a" { min-lease-time 5000; }
"""
    keys = ("valid-lifetime", "min-valid-lifetime", "max-valid-lifetime")
    inner, outer = body(tmp_path, text + SUBNET % "")["client-classes"]
    assert [inner[key] for key in keys] == [5000, 5000, 7200]
    assert [outer[key] for key in keys] == [3600, 300, 7200]
    result = imported(tmp_path, text + SUBNET % "default-lease-time 600;")
    assert not any(key in made for made in result.site["dhcp4"]["client-classes"] for key in keys)
    assert len(kept(result)) == 2


def test_option_43_of_a_network_hides_that_of_a_class(tmp_path: Path) -> None:
    text = """\
option space A; option A.x code 1 = text;
class "c" { match if exists user-class; vendor-option-space A; option A.x "y"; }
"""
    result = imported(tmp_path, text + SUBNET % "option vendor-encapsulated-options 1:1:7a;")
    assert list(result.site["dhcp4"]["client-classes"][0]) == ["name", "test"]
    assert sorted(kept(result)) == ['option A.x "y"', "vendor-option-space A"]


def test_a_later_statement_replaces_a_condition(tmp_path: Path) -> None:
    condition = 'if exists user-class { filename "a"; }'
    result = imported(tmp_path, SUBNET % f'filename "b"; {condition}')
    assert result.site["dhcp4"]["client-classes"][0]["boot-file-name"] == "a"
    result = imported(tmp_path, SUBNET % f'{condition} filename "b";')
    assert "client-classes" not in result.site["dhcp4"]
    assert kept(result) == {'filename "a"': "a later statement of the same scope replaces it"}


def test_the_last_condition_counts_first(tmp_path: Path) -> None:
    text = 'if exists user-class { filename "a"; }\nif exists root-path { filename "b"; }\n'
    classes = body(tmp_path, text + SUBNET % "")["client-classes"]
    assert [keys["boot-file-name"] for keys in classes] == ["b", "a"]


def test_classes_of_the_import_have_names_of_their_own(tmp_path: Path) -> None:
    text = """\
class "a" { match option host-name; } class "a#1" { match if exists root-path; }
class "not-a" { match if exists user-class; } subclass "a" "x" { filename "f"; }
"""
    inside = 'pool { range 192.0.2.9; deny members of "a"; }'
    dhcp4 = body(tmp_path, text + SUBNET % inside)
    names = [made["name"] for made in dhcp4["client-classes"]]
    assert names == ["a#1-2", "a", "a#1", "not-a", "not-a-2"]
    assert dhcp4["subnet4"][0]["pools"][0]["client-classes"] == ["not-a-2"]


def test_a_condition_of_all_clients_gives_way_to_that_of_a_network(tmp_path: Path) -> None:
    condition = 'if exists user-class { filename "%s"; }'
    result = imported(tmp_path, condition % "a" + "\n" + SUBNET % condition % "b")
    (made,) = result.site["dhcp4"]["client-classes"]
    assert (made["boot-file-name"], made["only-in-additional-list"]) == ("b", True)
    assert list(kept(result)) == ['filename "a"']
