"""Reservations that Kea does not look up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.lint.test_rules import HOST, S, T, findings

Changes = list[tuple[str, Any]]
GLOBAL = ("dhcp4.reservations", [{"hw-address": "00:11:22:33:44:66", "hostname": "b"}])
CIRCUIT = (f"{S}.reservations[1]", {"circuit-id": "0102", "ip-address": "172.20.10.6"})
FLEX = {"flex-id": "0102", "ip-address": "172.20.10.6"}
ALL = ("dhcp4.host-reservation-identifiers", ["hw-address", "circuit-id", "flex-id"])
IN_POOL = (f"{S}.reservations[0].ip-address", "172.20.10.150")


def reserve(*rows: dict[str, Any]) -> tuple[str, Any]:
    return (f"{S}.reservations", [HOST, *rows])


def codes(folder: Path, changes: Changes) -> set[str]:
    return {code for code, _ in findings(folder, *changes)}


@pytest.mark.parametrize(
    ("fires", "changes"),
    [
        (True, [GLOBAL]),
        (True, [GLOBAL, ("dhcp4.reservations-global", False)]),
        (True, [GLOBAL, ("dhcp4.reservations-global", True),
                (f"{S}.reservations-global", False), (f"{T}.reservations-global", False)]),
        (True, [(f"{S}.reservations-in-subnet", False)]),
        (True, [("dhcp4.reservations-in-subnet", False)]),
        (False, [GLOBAL, ("dhcp4.reservations-global", True)]),
        (False, [GLOBAL, (f"{T}.reservations-global", True)]),
        (False, [GLOBAL, ("dhcp4.early-global-reservations-lookup", True)]),
        (False, [GLOBAL, ("dhcp4.subnet4", [])]),
        (False, [("dhcp4.reservations", [])]),
        (False, [("dhcp4.reservations-in-subnet", False), (f"{S}.reservations-in-subnet", True)]),
        (False, [(f"{T}.reservations-in-subnet", False)]),
    ],
)  # fmt: skip
def test_reservations_where_kea_does_not_look(
    tmp_path: Path, fires: bool, changes: Changes
) -> None:
    assert ("KP421" in codes(tmp_path, changes)) is fires


def test_a_shared_network_that_looks_at_global_reservations(tmp_path: Path) -> None:
    network = {"name": "n", "subnet4": [{"id": 12, "subnet": "172.20.12.0/24"}]}
    whole = ("dhcp4.shared-networks", [{**network, "reservations-global": True}])
    assert "KP421" not in codes(tmp_path, [GLOBAL, whole])
    assert "KP421" in codes(tmp_path, [GLOBAL, ("dhcp4.shared-networks", [network])])


@pytest.mark.parametrize(
    ("fires", "changes"),
    [
        (True, [reserve({"circuit-id": "0102"}),
                ("dhcp4.host-reservation-identifiers", ["hw-address"])]),
        (True, [("dhcp4.host-reservation-identifiers", ["client-id"])]),
        (True, [reserve(FLEX)]),
        (True, [reserve(FLEX), ALL]),
        (True, [reserve(FLEX), ALL,
                ("dhcp4.hooks-libraries", [{"library": "libdhcp_ping_check.so"}])]),
        (False, [reserve({"circuit-id": "0102"}, {"client-id": "0102"}, {"duid": "0102"})]),
        (False, [reserve({"circuit-id": "0102"}), ALL]),
        (False, [reserve(FLEX), ALL,
                 ("dhcp4.hooks-libraries",
                  [{"library": "libdhcp_flex_id.so",
                    "parameters": {"identifier-expression": "option[82].hex"}}])]),
        (False, [reserve(FLEX), ALL, ("dhcp4.hooks-libraries", [{"library": "ours.so"}])]),
        (False, [reserve({"circuit-id": "0102"}),
                 ("dhcp4.host-reservation-identifiers", ["auto"])]),
    ],
)  # fmt: skip
def test_identifiers_that_kea_does_not_look_for(
    tmp_path: Path, fires: bool, changes: Changes
) -> None:
    assert ("KP422" in codes(tmp_path, changes)) is fires


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("KP423", [IN_POOL, ("dhcp4.reservations-out-of-pool", True)]),
        ("KP423", [IN_POOL, (f"{S}.reservations-out-of-pool", True)]),
        ("KP416", [IN_POOL]),
        ("KP416", [IN_POOL, ("dhcp4.reservations-out-of-pool", True),
                   (f"{S}.reservations-out-of-pool", False)]),
        ("", [("dhcp4.reservations-out-of-pool", True)]),
    ],
)  # fmt: skip
def test_reserved_addresses_in_a_pool(tmp_path: Path, code: str, changes: Changes) -> None:
    assert codes(tmp_path, changes) & {"KP416", "KP423"} == ({code} if code else set())
