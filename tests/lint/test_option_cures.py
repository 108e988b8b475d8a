"""The cure of an option's value says how the value is written that was meant."""

from __future__ import annotations

from typing import Any

import pytest

from keaprov.lint import lint_dhcp4

GENERAL = "Write the value in the form of the option's type (Kea ARM, Standard DHCPv4 Options)."


def hint(name: str, data: str) -> str:
    option: dict[str, Any] = {"name": name, "data": data}
    (problem,) = (p for p in lint_dhcp4({"option-data": [option]}) if p.code == "KP502")
    return problem.hint


@pytest.mark.parametrize(
    ("name", "data", "cure"),
    [
        ("routers", "10.0.0.1 10.0.0.2", "Write 10.0.0.1, 10.0.0.2."),
        ("routers", "10.0.0.1; 10.0.0.2", "Write 10.0.0.1, 10.0.0.2."),
        ("routers", "10.0.0.1 and 10.0.0.2", "Write 10.0.0.1, 10.0.0.2."),
        ("routers", "10.0.0.1/24, 010.0.0.2", "Write 10.0.0.1, 10.0.0.2."),
        ("swap-server", "10.0.0.1 | 10.0.0.2", "Write one address: 10.0.0.1."),
        ("routers", "10.0.0.256", "No part of an IPv4 address is above 255: correct 10.0.0.256."),
        (
            "ntp-servers",
            "10.0.0.1, ntp.example.org",
            "Clients get addresses only: write the IPv4 address of ntp.example.org.",
        ),
        ("ntp-servers", "nowhere", GENERAL),
        ("ntp-servers", "10.0.0.256, ntp.example.org", GENERAL),
        ("ip-forwarding", "Yes", "Write true."),
        ("ip-forwarding", "off", "Write false."),
        ("ip-forwarding", "maybe", GENERAL),
        ("time-offset", "1h", "Write 3600: the option counts seconds."),
        ("arp-cache-timeout", "1 h 30 min", "Write 5400: the option counts seconds."),
        ("arp-cache-timeout", "500ms", GENERAL),
        ("interface-mtu", "1500 bytes", "Write 1500."),
        ("interface-mtu", "1h", GENERAL),
        ("default-ip-ttl", "64 hops", "Write 64."),
        ("classless-static-route", "0.0.0.0/0 via 10.0.0.1", "Write 0.0.0.0/0 - 10.0.0.1."),
        (
            "classless-static-route",
            "default 10.0.0.1; 10.9.0.0/255.255.0.0 -> 10.0.0.2",
            "Write 0.0.0.0/0 - 10.0.0.1, 10.9.0.0/16 - 10.0.0.2.",
        ),
        ("classless-static-route", "10.9.0.1/16 via 10.0.0.2", GENERAL),
        ("classless-static-route", "10.9.0.0/16", GENERAL),
        ("classless-static-route", "10.9.0.0/16 dev ens18", GENERAL),
    ],
)
def test_a_value_that_was_meant_is_written_out(name: str, data: str, cure: str) -> None:
    assert hint(name, data) == cure


def test_a_value_of_thousands_of_parts_is_read_once() -> None:
    assert hint("routers", "10.0.0.1;" * 20_000) == "Write a comma between the addresses."
