"""Options that clients need: mask, routes, router, DNS, boot server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.lint.test_rules import S, T, findings

Changes = list[tuple[str, Any]]
OPTIONS = f"{S}.option-data"
BOTH = {"routers": "172.20.10.254", "domain-name-servers": "172.20.21.53"}
AWAY = "10.0.0.0/8 - 172.20.10.253"
BOOT = ("dhcp4.boot-file-name", "ipxe.efi")


def codes(folder: Path, changes: Changes) -> set[str]:
    return {code for code, _ in findings(folder, *changes)}


@pytest.mark.parametrize(
    ("fires", "changes"),
    [
        (True, [(f"{OPTIONS}.subnet-mask", "255.255.0.0")]),
        (True, [(f"{OPTIONS}.broadcast-address", "172.20.10.127")]),
        (True, [("dhcp4.option-data", {"subnet-mask": "255.255.254.0"})]),
        (True, [("dhcp4.option-data", [{"code": 1, "csv-format": False, "data": "ffff0000"}])]),
        (True, [(f"{S}.pools", [{"pool": "172.20.10.100 - 172.20.10.199",
                                 "option-data": {"subnet-mask": "255.255.255.128"}}])]),
        (False, [("dhcp4.option-data", {"subnet-mask": "255.255.255.0"})]),
        (False, [(f"{OPTIONS}.subnet-mask", "255.255.255.255")]),
        (False, [(f"{OPTIONS}.broadcast-address", "172.20.10.255")]),
        (False, [(f"{OPTIONS}.broadcast-address", "255.255.255.255")]),
        (False, [("dhcp4.option-data", {"subnet-mask": "255.255.0.0"}),
                 (f"{OPTIONS}.subnet-mask", "255.255.255.0"),
                 (f"{T}.option-data", {"subnet-mask": "255.255.255.0"})]),
        (True, [("dhcp4.client-classes",
                 [{"name": "a", "option-data": {"subnet-mask": "255.255.0.0"}}])]),
        (False, [("dhcp4.client-classes",
                  [{"name": "a", "option-data": {"subnet-mask": "255.255.255.0"}}])]),
        (False, [("dhcp4.client-classes",
                  [{"name": "a", "option-data": {"subnet-mask": "255.255.255.255"}}])]),
        (False, [("dhcp4.config-control", {"config-fetch-wait-time": 20}),
                 ("dhcp4.client-classes",
                  [{"name": "a", "option-data": {"subnet-mask": "255.255.0.0"}}])]),
        (True, [(f"{S}.reservations[0].option-data", {"subnet-mask": "255.255.0.0"})]),
        (True, [(f"{S}.reservations[0].option-data", {"broadcast-address": "172.20.11.255"})]),
        (False, [(f"{S}.reservations[0].option-data", {"broadcast-address": "172.20.10.255"})]),
    ],
)  # fmt: skip
def test_a_mask_against_the_prefix(tmp_path: Path, fires: bool, changes: Changes) -> None:
    assert ("KP520" in codes(tmp_path, changes)) is fires


@pytest.mark.parametrize(
    ("fires", "changes"),
    [
        (True, [(f"{OPTIONS}.classless-static-route", AWAY)]),
        (True, [("dhcp4.option-data", {121: AWAY})]),
        (True, [(OPTIONS, [{"code": 3, "data": "172.20.10.254"},
                           {"code": 121, "csv-format": False, "data": "080aac140afd"}])]),
        (True, [("dhcp4.client-classes",
                 [{"name": "a", "option-data": {"classless-static-route": AWAY}}])]),
        (True, [(f"{S}.reservations[0].option-data", {"classless-static-route": AWAY})]),
        (False, [(f"{OPTIONS}.classless-static-route", f"{AWAY}, 0.0.0.0/0 - 172.20.10.254")]),
        (False, [(OPTIONS, [{"code": 3, "data": "172.20.10.254"},
                            {"code": 121, "csv-format": False,
                             "data": "080aac140afd00ac140afe"}])]),
        (False, [(OPTIONS, {"classless-static-route": AWAY})]),
        (False, [(f"{OPTIONS}.classless-static-route", "10.0.0.0/8")]),
    ],
)  # fmt: skip
def test_routes_without_a_default_route(tmp_path: Path, fires: bool, changes: Changes) -> None:
    assert ("KP521" in codes(tmp_path, changes)) is fires


@pytest.mark.parametrize(
    ("fires", "changes"),
    [
        (True, [(OPTIONS, {"routers": "172.20.10.254"})]),
        (True, [(OPTIONS, {"domain-name-servers": "172.20.21.53"})]),
        (True, [(OPTIONS, {}), (f"{S}.pools",
                                [{"pool": "172.20.10.100 - 172.20.10.109", "option-data": BOTH},
                                 "172.20.10.110 - 172.20.10.119"])]),
        (False, []),
        (False, [(OPTIONS, {}), (f"{S}.pools", [])]),
        (False, [(OPTIONS, {}), ("dhcp4.option-data", BOTH)]),
        (False, [(OPTIONS, [{"code": 3, "data": "172.20.10.254"},
                            {"code": 6, "csv-format": False, "data": "ac141535"}])]),
        (False, [(OPTIONS, {}), (f"{S}.pools",
                                 [{"pool": "172.20.10.100 - 172.20.10.109",
                                   "option-data": BOTH}])]),
        (False, [(OPTIONS, {"domain-name-servers": "172.20.21.53",
                            "classless-static-route": AWAY})]),
        (False, [(OPTIONS, {}), ("dhcp4.client-classes", [{"name": "a", "option-data": BOTH}])]),
        (False, [(OPTIONS, {}), ("dhcp4.hooks-libraries", [{"library": "libdhcp_radius.so"}])]),
        (False, [(OPTIONS, {}), ("dhcp4.options-data", [])]),
    ],
)  # fmt: skip
def test_clients_without_a_router_or_dns(tmp_path: Path, fires: bool, changes: Changes) -> None:
    assert (("KP522", S) in findings(tmp_path, *changes)) is fires


def test_many_subnets_without_a_router_have_one_message(tmp_path: Path) -> None:
    subnets = [
        {
            "id": number,
            "subnet": f"10.1.{number}.0/24",
            "pools": [f"10.1.{number}.10 - 10.1.{number}.20"],
        }
        for number in range(1, 9)
    ]
    assert findings(tmp_path, ("dhcp4.subnet4", subnets)) == {("KP522", S)}


@pytest.mark.parametrize(
    ("where", "changes"),
    [
        ("dhcp4.boot-file-name", [BOOT]),
        ("dhcp4.boot-file-name", [BOOT, ("dhcp4.next-server", "0.0.0.0")]),
        (f"{S}.boot-file-name", [(f"{S}.boot-file-name", "ipxe.efi")]),
        (f"{OPTIONS}.boot-file-name", [(f"{OPTIONS}.boot-file-name", "ipxe.efi")]),
        ("dhcp4.client-classes[0].boot-file-name",
         [("dhcp4.client-classes", [{"name": "a", "boot-file-name": "ipxe.efi"}])]),
        (f"{S}.reservations[0].boot-file-name",
         [(f"{S}.reservations[0].boot-file-name", "ipxe.efi")]),
    ],
)  # fmt: skip
def test_a_boot_file_without_a_server(tmp_path: Path, where: str, changes: Changes) -> None:
    assert ("KP523", where) in findings(tmp_path, *changes)


@pytest.mark.parametrize(
    "changes",
    [
        [BOOT, ("dhcp4.next-server", "10.0.0.9")],
        [(f"{S}.boot-file-name", "ipxe.efi"), ("dhcp4.next-server", "10.0.0.9")],
        [BOOT, (f"{OPTIONS}.tftp-server-name", "tftp.example.org"),
         (f"{T}.next-server", "10.0.0.9")],
        [("dhcp4.boot-file-name", "http://10.0.0.9/ipxe.efi")],
        [BOOT, ("dhcp4.client-classes", [{"name": "a", "next-server": "10.0.0.9"}])],
        [BOOT, (f"{S}.reservations[0].next-server", "10.0.0.9")],
        [(f"{S}.reservations[0].boot-file-name", "ipxe.efi"), ("dhcp4.next-server", "10.0.0.9")],
    ],
)  # fmt: skip
def test_a_boot_file_with_a_server(tmp_path: Path, changes: Changes) -> None:
    assert "KP523" not in codes(tmp_path, changes)
