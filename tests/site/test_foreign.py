"""Files of other programs are named as what they are, in one problem, with a way on."""

from __future__ import annotations

from pathlib import Path

import pytest

from keaprov.errors import Problem
from keaprov.site import check_text
from keaprov.site.foreign import program

START = "`keaprov init DIR` writes a site file to fill in."
IMPORT = "`keaprov import dhcpd dhcpd.conf --out DIR` writes a site of it"
ISC = "this is the configuration of ISC dhcpd"
TABLE = "Name it in a site file, as `reservations: {csv: FILE}`."
SUBNET = "subnet 192.0.2.0 netmask 255.255.255.0 {\n  range 192.0.2.10 192.0.2.20;\n}\n"


WINDOWS = (
    "Write the reservations as a table, by PowerShell: Get-DhcpServerv4Scope | "
    "Get-DhcpServerv4Reservation | Export-Csv reservations.csv"
)
BINDINGS = (
    "Write a table of the clients that keep their address (hw-address,ip-address), and name it as "
    "`reservations: {csv: FILE}`: 0100.1122.3344.55 is the MAC address 00:11:22:33:44:55."
)


def problems(text: str | bytes, name: str) -> tuple[Problem, ...]:
    data = text.encode() if isinstance(text, str) else text
    return check_text(data, name, Path()).problems


@pytest.mark.parametrize(
    ("name", "text", "line", "words", "hint"),
    [
        ("dhcpd.conf", f"# ours\n{SUBNET}", 2, ISC, f"{IMPORT}."),
        ("x", 'option domain-name "a";\n', 1, ISC, f"{IMPORT}."),
        ("dhcpd.leases", "lease 192.0.2.10 {\n  binding state active;\n}\n", 1,
         "these are the leases of ISC dhcpd", f"{IMPORT}, with --leases."),
        ("dnsmasq.conf", "interface=eth0\ndhcp-range=192.0.2.10,192.0.2.20,12h\n", 2,
         "this is the configuration of dnsmasq", START),
        ("a.csv", "address,hwaddr,client_id,valid_lifetime\n", 1, "this is a lease file of Kea",
         "Check its configuration: kea-dhcp4.conf."),
        ("a.csv", "Name;MAC;IP\nprinter;00:11:22:33:44:55;192.0.2.5\n", 1,
         "this is a table of reservations", TABLE),
        ("hosts", "# ours\n[dhcp]\ndhcp1 ansible_host=192.0.2.1\n", 1,
         "this is an INI file, such as an inventory of Ansible", START),
        ("sw.txt", "ip dhcp pool A\n network 192.0.2.0 255.255.255.0\n", 1,
         "this is the configuration of a router or switch", START),
        ("sw.txt", "Bindings from all pools not associated with VRF:\n", 1,
         "these are the bindings of a router or switch", BINDINGS),
        ("sw.txt", "IP address          Client-ID/              Lease expiration\n", 1,
         "these are the bindings of a router or switch", BINDINGS),
        ("sw.txt", "192.0.2.11  0100.1122.3344.55  Mar 02 2024 12:00 AM  Automatic\n", 1,
         "these are the bindings of a router or switch", BINDINGS),
        ("sw.txt", "sw1#show ip dhcp snooping binding\nMacAddress   IpAddress\n", 1,
         "these are the bindings of a router or switch", BINDINGS),
        ("dump.txt", 'Dhcp Server \\\\srv Scope 192.0.2.0 Add iprange 192.0.2.9 192.0.2.99\n', 1,
         "this is a dump of Windows' DHCP (netsh)", WINDOWS),
        ("r.rsc", "/ip pool\nadd name=a ranges=192.0.2.10-192.0.2.20\n", 1,
         "this is an export of RouterOS", START),
        ("a.pem", "-----BEGIN CERTIFICATE-----\nMII\n", 1, "this is a certificate or a key", START),
        ("a.xml", '<?xml version="1.0"?>\n<DHCPServer/>\n', 1, "this is XML or HTML", START),
        ("inventory.py", "from keaprov import inventory\n", 1, "this is a program in Python",
         "Give the site file itself."),
    ],
)  # fmt: skip
def test_another_program(name: str, text: str, line: int, words: str, hint: str) -> None:
    (problem,) = problems(text, name)
    assert (problem.code, problem.mark.line) == ("KP207", line)
    assert (problem.message, problem.hint) == (words, hint)


@pytest.mark.parametrize(
    "text",
    [
        f"site: a\ncomment: |\n  {SUBNET}x: [\n",
        '{"Dhcp4": {"comment": "\ndhcp-range=1"',
        "hello world",
        "mac",
    ],
)
def test_a_broken_file_of_ours_is_not_foreign(text: str) -> None:
    assert program(text, "a") is None
    assert all(problem.code != "KP207" for problem in problems(text, "a.yaml"))


@pytest.mark.parametrize("start", [b"\xd4\xc3\xb2\xa1", b"\n\r\r\n", b"\x1f\x8b\x08", b"\x7fELF"])
def test_binary_data(start: bytes) -> None:
    (problem,) = problems(start + bytes(20), "a")
    assert (problem.code, problem.mark.line) == ("KP102", 1)
    assert problem.message == "not text but a capture, a compressed file or a program"


@pytest.mark.parametrize("part", ["\n", "#", "; #", "# a\n", " \n"])
def test_many_blank_lines_or_comments_are_read_once(part: str) -> None:
    """A pattern that may part them in many ways would take years."""
    assert program(part * 1000 + "x x", "f") is None
