"""What Kea 3.0.3 refuses of one of its own files, be the rule stricter than Kea elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keaprov.errors import Severity
from keaprov.paths import base_name
from keaprov.site import check_text

POOL = {"pool": "10.0.0.1 - 10.0.0.9"}
PATH = "/usr/lib64/kea/hooks"


def errors(body: Any, severity: Severity = Severity.ERROR) -> list[str]:
    """Return the errors of a kea-dhcp4.conf, with their places."""
    text = json.dumps({"Dhcp4": body}).encode()
    problems = check_text(text, "kea-dhcp4.conf", Path()).problems
    return [f"{p.code} {p.path[-1]}" for p in problems if p.severity is severity]


def subnets(*prefixes: str, **more: Any) -> list[Any]:
    return [{"id": n, "subnet": text, **more} for n, text in enumerate(prefixes, 1)]


@pytest.mark.parametrize(
    ("prefixes", "times"),
    [
        (("10.0.0.0/24", "10.0.0.0/24"), 1),
        (("10.0.0.7/24", "10.0.0.7/24"), 1),
        (("10.0.0.0/24", " 10.0.0.0 / 024"), 1),
        (("10.0.0.0/16", "10.0.1.0/24", "10.0.1.0/24"), 1),
        (("10.0.0.0/24", "10.0.0.7/24"), 0),
        (("10.0.0.0/24", "10.0.0.0/25"), 0),
    ],
)
def test_the_same_prefix_twice(prefixes: tuple[str, ...], times: int) -> None:
    """CfgSubnets4::add compares prefixes as they are written, host bits and all."""
    assert errors({"subnet4": subnets(*prefixes)}) == ["KP407 subnet"] * times


def test_the_same_prefix_in_a_shared_network() -> None:
    (subnet,) = subnets("10.0.0.0/24")
    body = {
        "shared-networks": [{"name": "n", "subnet4": [subnet]}],
        "subnet4": [subnet | {"id": 2}],
    }
    assert errors(body) == ["KP407 subnet"]


def test_a_set_of_letters_of_a_network() -> None:
    """Kea compiles it when it reads the network; the global one when a client sends a name."""
    wrong = {"hostname-char-set": "[^A-Z-z]"}
    (subnet,) = subnets("10.0.0.0/24")
    assert errors(wrong | {"subnet4": [subnet]}) == []
    assert errors({"client-classes": [{"name": "a"}], **wrong}) == []
    for body in (
        {"subnet4": [subnet | wrong]},
        {"subnet4": [subnet | {"pools": [POOL | wrong]}]},
        {"shared-networks": [{"name": "n", "subnet4": [subnet], **wrong}]},
    ):
        assert errors(body) == ["KP705 hostname-char-set"]


def test_the_sizes_of_a_set_of_letters_and_of_its_replacement() -> None:
    """StringSanitizer takes 4096 octets of each; BaseNetworkParser gives it what one scope has."""
    (subnet,) = subnets("10.0.0.0/24")
    most, more = "é" * 2048, "é" * 2048 + "a"
    chars, new = "hostname-char-set", "hostname-char-replacement"
    assert errors({"subnet4": [subnet | {chars: most, new: most}]}) == []
    assert errors({"subnet4": [subnet | {chars: more}]}) == [f"KP705 {chars}"]
    assert errors({"subnet4": [subnet | {chars: "a", new: more}]}) == [f"KP705 {new}"]
    for of_the_scope in ({new: more}, {chars: "", new: more}):
        assert errors({"subnet4": [subnet | of_the_scope]}) == []
        assert errors({"subnet4": [subnet | of_the_scope]}, Severity.WARNING) == [f"KP705 {new}"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("libdhcp_ha.so", "libdhcp_ha.so"),
        (" \t\nlibdhcp_ha.so \n", "libdhcp_ha.so"),
        (f" {PATH}/libdhcp_ha.so ", "libdhcp_ha.so"),
        ("\u00a0libdhcp_ha.so", "\u00a0libdhcp_ha.so"),
        ("\rlibdhcp_ha.so", "\rlibdhcp_ha.so"),
    ],
)
def test_blanks_around_a_name(written: str, name: str) -> None:
    """PathChecker::validatePath takes these away, and no other white space."""
    assert base_name(written) == name


def test_a_library_with_blanks_around_is_judged() -> None:
    hook = {"library": " libdhcp_lease_query.so\n", "parameters": {"requesters": []}}
    assert errors({"hooks-libraries": [hook]}) == ["KP204 requesters"]
    assert errors({"hooks-libraries": [{"library": f" {PATH}/libdhcp_bootp.so"}]}) == []
    assert errors({"hooks-libraries": [{"library": f"{PATH}/ x/libdhcp_bootp.so"}]}) == [
        "KP701 library"
    ]


def test_a_name_of_blanks_alone() -> None:
    unix = {"socket-type": "unix", "socket-name": " \t"}
    logger = {"name": "a", "severity": "INFO", "output-options": [{"output": " "}]}
    assert errors({"control-socket": unix}) == ["KP701 socket-name"]
    assert errors({"hooks-libraries": [{"library": " "}]}) == ["KP701 library"]
    assert errors({"loggers": [logger]}) == ["KP701 output"]
    assert errors({"loggers": [logger | {"output-options": [{"output": ""}]}]}) == ["KP204 output"]


@pytest.mark.parametrize(
    ("path", "right"), [("/var/log/kea//", True), ("/var/log/kea ", False), ("", True)]
)
def test_the_directory_of_legal_log(path: str, right: bool) -> None:
    hook = {"library": "libdhcp_legal_log.so", "parameters": {"path": path}}
    assert errors({"hooks-libraries": [hook]}) == ([] if right else ["KP715 path"])


@pytest.mark.parametrize("library", ["libdhcp_ddns_tuning.so", "libdhcp_ping_check.so"])
def test_libraries_that_want_parameters(library: str) -> None:
    assert errors({"hooks-libraries": [{"library": library}]}) == ["KP713 0"]
    assert errors({"hooks-libraries": [{"library": library, "parameters": {}}]}) == []


def test_limits_takes_no_parameters_not_even_empty_ones() -> None:
    hook = {"library": "libdhcp_limits.so"}
    assert errors({"hooks-libraries": [hook]}) == []
    assert errors({"hooks-libraries": [hook | {"parameters": {}}]}) == ["KP715 parameters"]


@pytest.mark.parametrize(
    ("address", "server", "expected"),
    [
        ("*", "192.0.2.1", []),
        ("*", "2001:db8::1", []),
        ("192.0.2.9", "192.0.2.1", []),
        ("192.0.2.9", "radius.example.org", []),
        ("2001:db8::9", "2001:db8::1", []),
        ("192.0.2.9", "2001:db8::1", ["KP717 name"]),
        ("::", "192.0.2.1", ["KP717 name"]),
        ("", "192.0.2.1", ["KP717 bindaddr"]),
        ("* ", "192.0.2.1", ["KP717 bindaddr"]),
    ],
)
def test_the_local_address_of_radius(address: str, server: str, expected: list[str]) -> None:
    service = {"servers": [{"name": server, "secret": "s"}]}
    hook = {
        "library": "libdhcp_radius.so",
        "parameters": {"bindaddr": address, "accounting": service},
    }
    assert errors({"hooks-libraries": [hook]}) == expected
    assert errors({"hooks-libraries": [hook | {"parameters": {"bindaddr": address}}]}) == []


@pytest.mark.parametrize("name", ["e th", "a\nb", "x" * 16, "lo ", "a/b", "a:b", ".."])
def test_the_interface_of_a_network(name: str) -> None:
    assert errors({"subnet4": subnets("10.0.0.0/24", interface=name)}) == ["KP733 interface"]
    network = {"name": "n", "interface": name, "subnet4": subnets("10.0.0.0/24")}
    assert errors({"shared-networks": [network]}) == ["KP733 interface"]


def test_right_interfaces_of_networks() -> None:
    for name in ("", "eth0", "eth0.10", "x" * 15):
        assert errors({"subnet4": subnets("10.0.0.0/24", interface=name)}) == []


def test_an_empty_address_is_left_out_where_kea_knows_the_key() -> None:
    (subnet,) = subnets("10.0.0.0/24")
    ddns = {"enable-updates": False}
    assert errors({"next-server": "", "dhcp-ddns": ddns | {"sender-ip": ""}}) == []
    assert errors({"subnet4": [subnet | {"next-server": ""}]}) == []
    assert errors({"sender-ip": ""}) == ["KP201 sender-ip"]
    assert errors({"dhcp-ddns": ddns | {"next-server": ""}}) == ["KP201 next-server"]
    assert errors({"subnet4": [subnet | {"sender-ip": ""}]}) == ["KP201 sender-ip"]
    pools = [POOL | {"next-server": ""}]
    assert errors({"subnet4": [subnet | {"pools": pools}]}) == ["KP201 next-server"]


def test_an_empty_class_of_a_reservation_or_option() -> None:
    """Kea refuses it of networks and pools only; KP802 warns of it."""
    (subnet,) = subnets("10.0.0.0/24")
    empty = {"client-classes": [""]}
    row = {"hw-address": "00:01:02:03:04:05", **empty}
    assert errors({"subnet4": [subnet | {"reservations": [row]}]}) == []
    assert errors({"option-data": [{"name": "routers", "data": "10.0.0.1", **empty}]}) == []
    assert errors({"subnet4": [subnet | empty]}) == ["KP204 0"]


def test_a_key_of_peers_that_the_hook_does_not_read() -> None:
    peers = [
        {"name": name, "url": f"http://192.0.2.{n}/", "role": role, "require-client-certs": 2}
        for n, (name, role) in enumerate((("a", "primary"), ("b", "standby")), 1)
    ]
    pair = {"this-server-name": "a", "mode": "hot-standby", "peers": peers}
    hook = {"library": "libdhcp_ha.so", "parameters": {"high-availability": [pair]}}
    assert errors({"hooks-libraries": [hook]}) == []
