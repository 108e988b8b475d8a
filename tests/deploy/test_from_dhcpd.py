"""From ISC's dhcpd to a pair: the leases come along, and clients keep their addresses."""

from __future__ import annotations

import csv
import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from keaprov.dhcp_client import packets
from tests.by_hand import SITE, write
from tests.deploying import HOSTS, LAB, Work, await_pair, lease, leases_of, sh
from tests.faults import asking
from tests.lab import dhcpd, lab

pytestmark = pytest.mark.lab

CONF = """\
authoritative;
default-lease-time 28800;
option domain-name-servers 172.20.21.53, 172.20.23.53;
subnet 10.60.0.0 netmask 255.255.0.0 { range 10.60.128.1 10.60.255.250; }
subnet 172.20.10.0 netmask 255.255.255.0 {
  option routers 172.20.10.254;
  range 172.20.10.130 172.20.10.253;
}
subnet 172.20.60.0 netmask 255.255.255.0 {
  option routers 172.20.60.254;
  range 172.20.60.100 172.20.60.199;
}
"""
ADDRESSES = ("dhcp1=10.60.1.67", "dhcp2=10.60.1.68")
LEASES = 1000
FAILOVER = ("failover: {}", "failover: {heartbeat-delay: 500}")
REQUEST, ACK = 3, 5


def live_leases() -> str:
    """Return leases as dhcpd writes them, each in effect for the next hours."""
    now = time.time()
    starts, ends = (
        time.strftime("%w %Y/%m/%d %H:%M:%S", time.gmtime(at)) for at in (now - 60, now + 28800)
    )
    return "".join(
        f"lease 10.60.{128 + number // 250}.{1 + number % 250} {{\n  starts {starts};\n"
        f"  ends {ends};\n  cltt {starts};\n  binding state active;\n  next binding state free;\n"
        f"  hardware ethernet 02:00:00:01:{number // 256:02x}:{number % 256:02x};\n}}\n"
        for number in range(LEASES)
    )


@pytest.fixture
def old_server(pair: None) -> Iterator[Path]:
    """Hosts that have Kea's packages, unused, and dhcpd on the first; return its lease file."""
    for host in HOSTS:
        sh(host, "systemctl disable -q --now kea-dhcp4 kea-ctrl-agent")
        sh(host, "cp /etc/kea/bkp/kea-dhcp4.conf.bkp /etc/kea/kea-dhcp4.conf; rm -r /etc/kea/bkp")
        sh(host, "rm -rf /var/lib/keaprov /var/lib/kea/*")
    yield dhcpd.start("dhcp1", CONF, live_leases())
    dhcpd.stop()


def imported(folder: Path, leases: Path) -> Work:
    """Import dhcpd's files, as docs/import.md says, and complete the site."""
    (folder / "dhcpd.conf").write_text(CONF)
    program = str(Path(sys.executable).with_name("keaprov"))
    words = [program, "import", "dhcpd", str(folder / "dhcpd.conf"), "--leases", str(leases)]
    words += [word for address in ADDRESSES for word in ("--server", address)]
    words += ["--out", str(folder), "--site", "labo", "--force"]
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    work = Work(folder, filled=True)
    (folder / "inventory.py").write_text((LAB / "inventory.py").read_text())
    work.site(("site: labo\n", SITE), ("['*']", "[ens18]"), FAILOVER)
    return work


def renewed(address: str, server: str) -> str:
    """Return the address that the user VLAN's client gets acknowledged for its own.

    By unicast to a server (RENEWING), or by broadcast (REBINDING, RFC 2131 section 4.3.2).
    """
    shown = lab.run_in("user", "ip", "-json", "link", "show", "eth0").stdout
    mac = bytes.fromhex(json.loads(shown)[0]["address"].replace(":", ""))
    probe = packets()
    with lab.in_space("user"):
        packet = probe.encode(
            REQUEST, secrets.randbits(32), mac, [(61, b"\x01" + mac)], ciaddr=address
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0\0")
            channel.bind(("", 68))
            channel.settimeout(5)
            channel.sendto(packet, (server, 67))
            reply = probe.decode(channel.recv(4096))
    assert reply["kind"] == ACK
    return str(reply["yiaddr"])


@pytest.mark.fault(
    "no fault: dhcpd with 1,000 leases becomes a pair", "every client keeps its address"
)
def test_dhcpd_becomes_a_pair(old_server: Path, tmp_path: Path) -> None:
    held = lease("user")
    assert held["serverid"] == "10.60.1.67"
    work = imported(tmp_path, old_server)
    refusal = " ".join(work.refused().split())
    assert "dhcp1] Refused: another program has UDP port 67 of this host: dhcpd" in refusal
    with asking(most=60):
        dhcpd.stop()
        work = imported(tmp_path, old_server)
        rows = (tmp_path / "kea-leases4.csv").read_text()
        for host in HOSTS:
            write(host, "/var/lib/kea/kea-leases4.csv", rows)
            sh(host, "chown kea:kea /var/lib/kea/kea-leases4.csv")
        work.deploy()
        await_pair()
    leases = csv.DictReader(rows.splitlines())
    # dhcpd abandons an address that answers its ping: the client has it from a test before
    kept = {row["address"] for row in leases if row["state"] == "0"}
    assert len(kept) - LEASES - 1 in (0, 1), "the client that asks may have one just then"
    assert held["ip"] in kept
    for host in HOSTS:
        assert kept <= leases_of(host)
    assert renewed(held["ip"], "10.60.1.67") == held["ip"]
    assert renewed(held["ip"], "255.255.255.255") == held["ip"]
    assert lease("user")["ip"] == held["ip"]
