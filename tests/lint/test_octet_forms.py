"""Octets of the options of the space dhcp4 that Kea reads in a form of their own."""

from __future__ import annotations

import pytest

from tests.lint.test_octets import standard_fits

DOCSIS = "0000118b"
"""The number of CableLabs, 4491: the vendor whose options Kea defines (IANA, PEN)."""


@pytest.mark.parametrize(
    ("digits", "good"),
    [("00", True), ("01", True), ("0061", True), ("02", False), ("ff", False), ("", False)],
)
def test_slp_scopes(digits: str, good: bool) -> None:
    """RFC 2610, section 4: the first octet is 0 or 1, a list of scopes follows."""
    assert standard_fits(digits, "slp-service-scope") is good


@pytest.mark.parametrize(
    ("digits", "good"),
    [
        ("", False),
        ("0000", False),
        ("000000", True),
        ("010000", True),
        ("080000", True),
        ("090000", False),
        ("0d0000", False),
        ("040000", True),
        ("040000016100", True),
        ("0400000161", True),  # a part of a name has no end
        ("0400000561", False),
        ("040000026100", False),  # the 0 is of the label: this name ends nowhere
        ("04000005610000", False),
        ("04000040" + "61" * 64, False),
        ("000000612e62", True),
        ("00000061", True),
        ("000000612e2e62", False),
        ("000000" + "61" * 63, True),
        ("000000" + "61" * 64, False),
        ("0000000161", True),  # without the flag E the octets are letters
    ],
)
def test_a_clients_name(digits: str, good: bool) -> None:
    """RFC 4702, 2.1: flags N (8), E (4) and S (1); S is 0 if N is 1. 3.1: the name's octets."""
    assert standard_fits(digits, "fqdn") is good


@pytest.mark.parametrize(
    ("length", "octets"), [(0, 0), (1, 1), (8, 1), (9, 2), (16, 2), (17, 3), (24, 3), (25, 4)]
)
def test_a_route_has_the_significant_octets_of_its_network(length: int, octets: int) -> None:
    """RFC 3442, page 2: the width of the mask, the significant octets, and a router."""
    route = f"{length:02x}" + "0a" * octets + "c0000201"
    assert standard_fits(route, "classless-static-route")
    assert standard_fits(route + "00c0000201", "classless-static-route")
    assert not standard_fits(route[:-2], "classless-static-route")
    assert not standard_fits(route + route[:-2], "classless-static-route")
    assert not standard_fits(route + "00", "classless-static-route")


def test_a_route_has_at_most_32_bits() -> None:
    assert standard_fits("20" + "0a" * 4 + "c0000201", "classless-static-route")
    assert not standard_fits("21" + "0a" * 5 + "c0000201", "classless-static-route")
    assert not standard_fits("", "classless-static-route")


@pytest.mark.parametrize(
    ("digits", "good"),
    [
        ("", False),
        ("000011", False),
        (DOCSIS, True),
        (f"{DOCSIS}00", True),
        (f"{DOCSIS}03616263", True),
        (f"{DOCSIS}04616263", False),
        (f"{DOCSIS}0161{DOCSIS}0162", True),
        (f"{DOCSIS}0161{DOCSIS}0162{DOCSIS}0163", True),
        (f"{DOCSIS}0161{DOCSIS}0262", False),
        (f"{DOCSIS}01610000118c0162", False),
        (f"{DOCSIS}0161{DOCSIS}0162010000090163", False),
        (f"{DOCSIS}0161{DOCSIS}", False),
        (f"{DOCSIS}0161{DOCSIS}00", False),  # Kea wants one octet more than an empty text has
        (f"{DOCSIS}0161{DOCSIS}00{DOCSIS}0161", True),
        (f"{DOCSIS}016100", False),
    ],
)
def test_a_vendors_class(digits: str, good: bool) -> None:
    """RFC 3925, section 3: a vendor's number, a length, data. Kea takes one vendor's only."""
    assert standard_fits(digits, "vivco-suboptions") is good


@pytest.mark.parametrize(
    ("digits", "good"),
    [
        ("", False),
        ("000011", False),
        (DOCSIS, True),
        (f"{DOCSIS}00", True),
        (f"{DOCSIS}01", False),
        (f"{DOCSIS}060204c0000201", True),
        (f"{DOCSIS}070204c0000201", False),
        (f"{DOCSIS}050204c00002", False),
        (f"{DOCSIS}050203c00002", False),
        (f"{DOCSIS}020200", True),
        (f"{DOCSIS}020100", False),
        (f"{DOCSIS}03010101", True),
        (f"{DOCSIS}090101020204c0000201", True),
        (f"{DOCSIS}080101020203c00002", False),
        (f"{DOCSIS}0803010a0203c00002", False),
        (f"{DOCSIS}0103", False),
        (f"{DOCSIS}020301", False),
        (f"{DOCSIS}03030100", True),
        ("00000009050203c00002", True),
        ("00000009050204c00002", False),
        (f"{DOCSIS}0301010100000009", True),  # Kea reads the first vendor
        (f"{DOCSIS}03010101{DOCSIS}050203c00002", True),
    ],
)
def test_a_vendors_options(digits: str, good: bool) -> None:
    """RFC 3925, section 4: a vendor's number, a length, options. 2 is an array of addresses."""
    assert standard_fits(digits, "vivso-suboptions") is good


@pytest.mark.parametrize(
    ("digits", "good"),
    [
        ("", True),
        ("00", False),
        ("0000", True),
        ("000161", True),
        ("000261", False),
        ("000161000162", True),
        ("000161000262", False),
        ("00016100", False),
        ("0100" + "61" * 256, True),
        ("0100" + "61" * 255, False),
    ],
)
def test_servers_of_a_bootstrap(digits: str, good: bool) -> None:
    """RFC 8572, 8.3: each URI has a length of two octets."""
    assert standard_fits(digits, "v4-sztp-redirect") is good


@pytest.mark.parametrize(
    ("digits", "good"),
    [
        ("0500", False),
        ("0504c0000201", True),
        ("0503c00002", False),
        ("040400000001", True),
        ("0403000001", False),
        ("0600", True),  # an empty text is left out
        ("06000503c00002", False),
        ("980103", True),
        ("00010500", True),  # RFC 3046 has no padding: 0 is a code
        ("ff000503c00002", False),  # nor an end: 255 is a code
    ],
)
def test_what_a_relay_adds(digits: str, good: bool) -> None:
    """RFC 3046, 2.0: sub-options without padding or end. 5 is an address (RFC 3527)."""
    assert standard_fits(digits, "dhcp-agent-options") is good


@pytest.mark.parametrize(
    ("digits", "good"),
    [
        ("0104c0000201", True),
        ("0103c00002", False),
        ("06016100", False),
        ("0603016100", True),
        ("06020161", False),
        ("060100", False),
        ("040c" + "00" * 12, True),
        ("040b" + "00" * 11, False),
        ("0a00", True),
        ("0a05c000020101", False),
    ],
)
def test_what_a_cable_client_gets(digits: str, good: bool) -> None:
    """RFC 3495, sections 5 and 6; RFC 3634 for 10, the addresses of key servers."""
    assert standard_fits(digits, "cablelabs-client-conf") is good
