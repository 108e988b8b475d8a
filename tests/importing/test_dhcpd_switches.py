"""``keaprov import dhcpd``: statements for which Kea has a key of its own, in the same scopes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.importing.dhcpd_site import SUBNET, body, imported, kept


@pytest.mark.parametrize(
    ("statement", "keys"),
    [
        ("ignore-client-uids true;", {"match-client-id": False}),
        ("ignore-client-uids off;", {"match-client-id": True}),
        ("dhcp-cache-threshold 25;", {"cache-threshold": 0.25}),
        ("dhcp-cache-threshold 0;", {"cache-threshold": 0.0}),
    ],
)
def test_switches_of_networks(tmp_path: Path, statement: str, keys: dict[str, Any]) -> None:
    made = body(tmp_path, statement + SUBNET % "")
    assert made.items() >= keys.items()
    (subnet,) = body(tmp_path, SUBNET % statement)["subnet4"]
    assert subnet.items() >= keys.items()
    (subnet,) = body(tmp_path, f"group {{ {statement} {SUBNET % ''} }}")["subnet4"]
    assert subnet.items() >= keys.items()


@pytest.mark.parametrize(
    ("statement", "keys"),
    [
        ("abandon-lease-time 1000;", {"decline-probation-period": 1000}),
        ("echo-client-id on;", {"echo-client-id": True}),
        ("stash-agent-options true;", {"stash-agent-options": True}),
    ],
)
def test_switches_of_all_networks(tmp_path: Path, statement: str, keys: dict[str, Any]) -> None:
    assert body(tmp_path, statement + SUBNET % "").items() >= keys.items()
    result = imported(tmp_path, SUBNET % statement)
    (reason,) = kept(result).values()
    assert reason == f"Kea has {next(iter(keys))} for all networks together"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("dhcp-cache-threshold 100;", "Kea takes less than 100 percent"),
        ("dhcp-cache-threshold -1;", "Kea takes less than 100 percent"),
        ("ignore-client-uids maybe;", "it is neither on nor off"),
        ("pool { range 192.0.2.9; ignore-client-uids on; }",
         "Kea has match-client-id for networks only"),
        ("allow bootp;", "Kea needs the hook libdhcp_bootp.so for it"),
        ("allow leasequery;", "Kea needs the hook libdhcp_lease_query.so for it"),
        ("allow client-updates;", "keaprov does not manage Kea's DNS updates (D2)"),
        ("one-lease-per-client on;", "Kea ends no other lease of a client"),
    ],
)  # fmt: skip
def test_what_kea_cannot_say_is_named(tmp_path: Path, statement: str, reason: str) -> None:
    assert [*kept(imported(tmp_path, SUBNET % statement)).values()] == [reason]


def test_a_limit_of_leases_needs_a_hook(tmp_path: Path) -> None:
    text = 'class "a" { match if exists host-name; lease limit 4; }\n' + SUBNET % ""
    reason = "Kea needs the hook libdhcp_limits.so for it"
    assert [*kept(imported(tmp_path, text)).values()] == [reason]


def test_a_deleted_host_is_no_reservation(tmp_path: Path) -> None:
    text = "host a { hardware ethernet 02:00:5e:10:00:01; deleted; }\n" + SUBNET % ""
    result = imported(tmp_path, text)
    assert "reservations" not in result.site["dhcp4"]
    assert "dhcpd has deleted the host" in kept(result).values()


def test_of_two_statements_of_a_kind_the_last_counts(tmp_path: Path) -> None:
    """Of a host, dhcpd keeps one interface; the report names the others."""
    text = SUBNET % "" + (
        "host a { hardware ethernet 02:00:5e:10:00:01; hardware ethernet 02:00:5e:10:00:02; "
        'uid "ab"; option dhcp-client-identifier "cd"; '
        "fixed-address 192.0.2.5; fixed-address 192.0.2.6; }\n"
    )
    result = imported(tmp_path, text)
    rows = result.site["dhcp4"]["subnet4"][0]["reservations"]
    assert [(row.get("hw-address") or row["client-id"], row["ip-address"]) for row in rows] == [
        ("02:00:5e:10:00:02", "192.0.2.6"), ("63:64", "192.0.2.6"),
    ]  # fmt: skip
    assert sorted(kept(result).values()) == [
        f"the host has another {kind} behind it, which counts"
        for kind in ("client identifier", "fixed-address", "hardware")
    ]
