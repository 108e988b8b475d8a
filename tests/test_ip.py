"""Addresses have one spelling, in the site and in everything that is made of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from keaprov import ip, load_site, render
from keaprov.firewall import openings
from keaprov.ha.verified import listening
from keaprov.observation import observe_request
from keaprov.promise import identifiers
from keaprov.site import check_text

IPV6 = """\
site: labo
servers:
  dhcp1: {role: primary, address: '2001:DB8:0::67', dhcp-address: 10.60.1.67, interfaces: [ens18]}
  dhcp2: {role: standby, address: '2001:db8::68', interfaces: [ens18/10.60.1.68]}
failover: {}
API: {}
firewall: {management: ['2001:DB8:20::/64', 10.20.0.0/24]}
dhcp4: {subnet4: [{id: 10, subnet: 172.20.10.0/24}]}
"""


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """A site file whose servers talk by IPv6."""
    file = tmp_path / "site.yaml"
    file.write_text(IPV6.replace("API", "api"))
    return file


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("2001:DB8:0:0::0067", "2001:db8::67"),
        ("::FFFF:c000:201", "::ffff:192.0.2.1"),
        ("::ffff:c000:200/120", "::ffff:192.0.2.0/120"),
        ("2001:db8::67", "2001:db8::67"),
        ("FD00:0::/8", "fd00::/8"),
        ("10.60.1.67", "10.60.1.67"),
        ("10.60.1.0/24", "10.60.1.0/24"),
        ("10.60.1.67/24", "10.60.1.67/24"),
        ("dhcp1.example.org", "dhcp1.example.org"),
        ("", ""),
    ],
)
def test_one_spelling(written: str, canonical: str) -> None:
    assert ip.canonical(written) == canonical


@pytest.mark.parametrize(
    ("text", "address", "ipv6"),
    [
        ("::1", True, True),
        ("10.0.0.1", True, False),
        ("[::1]", False, False),
        ("a:b", False, False),
        ("", False, False),
        (None, False, False),
    ],
)
def test_what_an_address_is(text: str, address: bool, ipv6: bool) -> None:
    assert ip.is_address(text) is address
    assert text is None or ip.is_ipv6(text) is ipv6


def test_kea_listens_and_connects_by_ipv6(text: Path) -> None:
    site = load_site(text)
    primary, _ = site.servers
    body = json.loads(render.dhcp4(site, primary))["Dhcp4"]
    (ha,) = [hook for hook in body["hooks-libraries"] if "libdhcp_ha" in hook["library"]]
    peers = ha["parameters"]["high-availability"][0]["peers"]
    urls = {peer["name"]: peer["url"] for peer in peers}
    assert urls == {"dhcp1": "http://[2001:db8::67]:8005/", "dhcp2": "http://[2001:db8::68]:8005/"}
    assert body["control-sockets"][1]["socket-address"] == "2001:db8::67"
    assert listening(site, primary) == ("tcp [2001:db8::67]:8005", "tcp [2001:db8::67]:8000")


def test_the_agent_listens_by_ipv6(text: Path) -> None:
    text.write_text(IPV6.replace("API", "control-agent"))
    site = load_site(text)
    agent = json.loads(render.agent(site, site.servers[0]) or "")
    assert agent["Control-agent"]["http-host"] == "2001:db8::67"


def test_the_firewall_lets_in_ipv6_by_its_family(text: Path) -> None:
    site = load_site(text)
    ipv6, ipv4 = 'rule family="ipv6" source address="', 'rule family="ipv4" source address="'
    assert set(openings(site, site.servers[0]).rules) == {
        f'{ipv6}2001:db8::68" service name="keaprov-ha" accept',
        f'{ipv6}2001:db8::68" service name="keaprov-agent" accept',
        f'{ipv6}2001:db8:20::/64" service name="keaprov-agent" accept',
        f'{ipv4}10.20.0.0/24" service name="keaprov-agent" accept',
    }


def test_clients_know_the_servers_by_ipv4(text: Path) -> None:
    site = load_site(text)
    assert identifiers(site) == ["10.60.1.67", "10.60.1.68"]
    first, second = (
        observe_request(site, server, updates=False, secret=False)["addresses"]
        for server in site.servers
    )
    assert first == {"own": ["2001:db8::67", "10.60.1.67"], "peers": ["2001:db8::68"]}
    assert second["own"] == ["2001:db8::68"]


@pytest.mark.parametrize("written", ["dhcp1.example.org", "'[2001:db8::67]'"])
def test_a_name_is_refused_with_its_reason(written: str) -> None:
    text = IPV6.replace("API", "api").replace("'2001:DB8:0::67'", written)
    checked = check_text(text.encode(), "site.yaml", Path())
    (problem,) = checked.problems
    assert (problem.mark.line, problem.mark.column) == (3, 35)
    assert problem.message == f"{json.dumps(written.strip(chr(39)))} is not an IP address"
    assert "Kea looks no name up" in problem.hint
    assert "without brackets" in problem.hint
