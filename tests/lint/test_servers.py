"""Addresses of a site's servers, its management networks, its series: messages and cures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.lint.test_pair import lines
from tests.lint.test_rules import GONE

Changes = list[tuple[str, Any]]
PEER = "Write the address of the interface by which its peer reaches it."
RELAYS = "Write the address of the interface by which relays reach it."
NETWORK = "Name the network that your management hosts are in."
KEY = {"fingerprint": "AB" * 20}


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("0.0.0.0", "in 0.0.0.0/8"),
        ("0.255.255.255", "in 0.0.0.0/8"),
        ("1.0.0.0", ""),
        ("126.255.255.255", ""),
        ("127.0.0.0", "a loopback address"),
        ("127.255.255.255", "a loopback address"),
        ("223.255.255.255", ""),
        ("224.0.0.0", "a multicast address"),
        ("239.255.255.255", "a multicast address"),
        ("240.0.0.0", "in the reserved block 240.0.0.0/4"),
        ("255.255.255.254", "in the reserved block 240.0.0.0/4"),
        ("255.255.255.255", "the broadcast address"),
        ("172.20.10.0", "the network address of 172.20.10.0/24"),
        ("172.20.10.255", "the broadcast address of 172.20.10.0/24"),
        ("172.20.10.1", ""),
        ("169.254.1.1", ""),
    ],
)
def test_an_address_of_a_host(tmp_path: Path, address: str, kind: str) -> None:
    """RFC 6890, RFC 5771, RFC 1122, 3.2.1.3."""
    message = f"{address} is {kind}, not the address of a host on the network"
    for key, hint in (("address", PEER), ("dhcp-address", RELAYS)):
        where = f"servers.dhcp2.{key}"
        rows = [line for line in lines(tmp_path, [(where, address)]) if line[0] == "KP314"]
        assert rows == ([("KP314", where, message, hint)] if kind else [])


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("::", "the unspecified address"),
        ("::1", "a loopback address"),
        ("ff02::1", "a multicast address"),
        ("fe80::1", "a link-local address"),
        ("febf::1", "a link-local address"),
        ("2001:db8::1%a", "an address with an interface"),
        ("::ffff:192.0.2.1", "the IPv4 address 192.0.2.1"),
        ("4000::1", "in a block that IPv6 reserves"),
        ("2001:db8::1", ""),
        ("fd00::1", ""),
    ],
)
def test_an_ipv6_address_of_a_host(tmp_path: Path, address: str, kind: str) -> None:
    """RFC 4291, sections 2.4 and 2.5.6."""
    changes = [("servers.dhcp1.address", "2001:db8::9"), ("servers.dhcp2.address", address),
               ("servers.dhcp1.dhcp-address", "10.0.0.1"),
               ("servers.dhcp2.dhcp-address", "10.0.0.2")]  # fmt: skip
    message = f"{address} is {kind}, not the address of a host on the network"
    rows = [line for line in lines(tmp_path, changes) if line[0] == "KP314"]
    assert rows == ([("KP314", "servers.dhcp2.address", message, PEER)] if kind else [])


@pytest.mark.parametrize(
    ("prefix", "whose"),
    [
        ("0.0.0.0/0", "every address there is"),
        ("128.0.0.0/1", "public addresses too"),
        ("10.0.0.0/7", "public addresses too"),
        ("10.0.0.0/8", ""),
        ("192.0.2.1", ""),
        ("::/0", "every address there is"),
        ("2000::/3", "public addresses too"),
        ("2001:db8::/31", "public addresses too"),
        ("2001:db8::/32", ""),
        ("fd00::/8", ""),
        ("fc00::/7", ""),
    ],
)
def test_networks_of_management(tmp_path: Path, prefix: str, whose: str) -> None:
    """RFC 1918: the longest private block is a /8; RFC 4193 for fc00::/7."""
    rows = [
        line
        for line in lines(tmp_path, [("firewall", {"management": ["10.0.0.0/24", prefix]})])
        if line[0] == "KP315"
    ]
    message = f"{prefix} opens the management API to {whose}"
    wanted = [("KP315", "firewall.management[1]", message, NETWORK)] if whose else []
    assert rows == wanted


@pytest.mark.parametrize(
    ("code", "where", "message", "hint", "changes"),
    [
        ("KP316", "servers.dhcp2.address",
         "the address of dhcp2 is IPv6, and clients know a server by IPv4",
         "Add dhcp-address: the IPv4 address of this server that relays send to.",
         [("servers.dhcp1.address", "2001:db8::1"), ("servers.dhcp2.address", "2001:db8::2"),
          ("servers.dhcp1.dhcp-address", "10.0.0.1")]),
        ("KP317", "servers.dhcp2.address", "the address of dhcp1 is IPv6, this one is IPv4",
         "Give both servers an address of the same family.",
         [("servers.dhcp1.address", "2001:db8::1"), ("servers.dhcp1.dhcp-address", "10.0.0.1")]),
        ("KP317", "servers.dhcp2.address", "the address of dhcp1 is IPv4, this one is IPv6",
         "Give both servers an address of the same family.",
         [("servers.dhcp2.address", "2001:db8::1"), ("servers.dhcp2.dhcp-address", "10.0.0.2")]),
        ("KP408", "dhcp4.subnet4[0].pools[0]",
         "the address of dhcp2, 172.20.10.100, is inside the pool", "Leave it out of the pool.",
         [("servers.dhcp2.address", "172.20.10.100")]),
        ("KP408", "dhcp4.subnet4[0].pools[0]",
         "the address of dhcp1, 172.20.10.199, is inside the pool", "Leave it out of the pool.",
         [("servers.dhcp1.interfaces", ["a/172.20.10.199"])]),
        ("KP415", "dhcp4.subnet4[0].reservations[0].ip-address",
         "172.20.10.5 is the address of dhcp1", "Reserve another address.",
         [("servers.dhcp1.address", "172.20.10.5")]),
        ("KP331", "kea.series", "keaprov does not know Kea 9.9; it knows 3.0 and 3.2",
         'Write series: "3.2".', [("kea.series", "9.9")]),
        ("KP332", "kea.version", "Kea 3.0.4 is not of the series 3.2",
         'Write series: "3.0", or a version of 3.2.',
         [("kea", {"series": "3.2", "version": "3.0.4", "repository": KEY})]),
        ("KP332", "kea.version", "Kea 9.9.1 is not of the series 3.0",
         "Write a version of 3.0, such as 3.0.0.", [("kea.version", "9.9.1")]),
        ("KP333", "kea.series",
         "keaprov does not know the key that signs the packages of Kea 3.2",
         "Download the key from ISC's page of the repository kea-3-2, print its fingerprint with "
         "`gpg --show-keys FILE`, compare it with what ISC publishes or confirms elsewhere, and "
         "write it as kea.repository.fingerprint, with the key's address as "
         "kea.repository.key-url.",
         [("kea.series", "3.2")]),
        ("KP334", "control-agent", "Kea 3.2 has no control agent",
         "Rename control-agent to api: kea-dhcp4 of Kea 3.2 serves the API itself.",
         [("kea", {"series": "3.2", "repository": KEY}), ("control-agent", {}), ("api", GONE)]),
        ("KP336", "control-agent", "the control agent is deprecated",
         "Rename control-agent to api: a deploy moves the API, at the same address.",
         [("control-agent", {}), ("api", GONE)]),
        ("KP304", "failover.port", "failover and control-agent share port 8000",
         "8005 and 8000 are usual.",
         [("failover.port", 8000), ("control-agent", {}), ("api", GONE)]),
    ],
)  # fmt: skip
def test_a_site(
    tmp_path: Path, code: str, where: str, message: str, hint: str, changes: Changes
) -> None:
    assert (code, where, message, hint) in lines(tmp_path, changes)
