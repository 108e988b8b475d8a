"""firewalld as it is observed; rich rules in firewalld's own words."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from tests.host.loading import Host

# the right-hand sides are what firewalld 2.3.1's own reader and Rich_Rule.__str__ make of the left
RULES = {
    '<rule><service name="dns"/><accept/></rule>': 'rule service name="dns" accept',
    '<rule family="ipv4"><source address="10.0.0.0/8" invert="True"/><drop/></rule>': (
        'rule family="ipv4" source NOT address="10.0.0.0/8" drop'
    ),
    '<rule family="ipv4"><destination address="10.0.0.1" invert="yes"/><accept/></rule>': (
        'rule family="ipv4" destination NOT address="10.0.0.1" accept'
    ),
    '<rule family="ipv4" priority="-5"><port port="8005" protocol="tcp"/><accept>'
    '<limit value="3/minute" burst="7"/></accept></rule>': (
        'rule priority="-5" family="ipv4" port port="8005" protocol="tcp" accept '
        'limit value="3/m" burst=7'
    ),
    '<rule priority="0"><accept/><audit><limit value="1/h"/></audit><log level="info" '
    'prefix="x"><limit value="2/second"/></log><protocol value="icmp"/></rule>': (
        'rule protocol value="icmp" log prefix="x" level="info" limit value="2/s" '
        'audit limit value="1/h" accept'
    ),
    '<rule><nflog queue-size="9" group="0" prefix="p"/><masquerade/></rule>': (
        'rule masquerade nflog prefix="p" queue-size="9"'
    ),
    '<rule family="ipv4"><source mac="00:11:22:33:44:55"/><mark set="0x1/0xff"/></rule>': (
        'rule family="ipv4" source mac="00:11:22:33:44:55" mark set=0x1/0xff'
    ),
    '<rule family="ipv4"><reject type="icmp-admin-prohibited"/><source ipset="bad"/></rule>': (
        'rule family="ipv4" source ipset="bad" reject type="icmp-admin-prohibited"'
    ),
    '<rule family="ipv4"><forward-port port="80" protocol="tcp" to-port="8080" '
    'to-addr="10.0.0.2"/></rule>': (
        'rule family="ipv4" forward-port port="80" protocol="tcp" to-port="8080" to-addr="10.0.0.2"'
    ),
    "<rule><tcp-mss-clamp/></rule>": 'rule tcp-mss-clamp value="pmtu"',
    '<rule><source-port port="1" protocol="udp"/><drop/></rule>': (
        'rule source-port port="1" protocol="udp" drop'
    ),
    '<rule><icmp-block name="redirect"/></rule>': 'rule icmp-block name="redirect"',
}


@pytest.mark.parametrize("source", RULES)
def test_a_rich_rule_is_what_firewalld_calls_it(host: Host, source: str) -> None:
    assert host.module("rich_rule").text(ElementTree.fromstring(source)) == RULES[source]


@pytest.fixture
def etc(host: Host, monkeypatch: pytest.MonkeyPatch) -> Path:
    look = host.module("look_firewall")
    monkeypatch.setattr(look, "ROOT", str(host.root / "etc"))
    monkeypatch.setattr(look, "VENDOR", str(host.root / "lib"))
    (host.root / "etc/zones").mkdir(parents=True)
    (host.root / "etc/services").mkdir()
    return host.root / "etc"


def looked(host: Host) -> dict[str, Any]:
    return dict(host.module("look_firewall").firewall("public", ["eth0", "eth1"]))


def test_a_zone_is_read_from_its_file_and_from_what_runs(host: Host, etc: Path) -> None:
    (etc / "zones/public.xml").write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n<zone><service name="ssh"/>'
        '<port port="9" protocol="tcp"/><interface name="eth0"/>'
        '<rule><service name="dns"/><accept/></rule></zone>'
    )
    (etc / "services/keaprov-ha.xml").write_text("<service/>")
    (etc / "firewalld.conf").write_text("DefaultZone=internal\n")
    settings = {
        "services": {"type": "as", "data": ["ssh"]},
        "ports": {"type": "a(ss)", "data": [["9", "tcp"]]},
        "rules_str": {"type": "as", "data": ['rule service name="dns" accept']},
    }
    answer = json.dumps({"type": "a{sv}", "data": [settings]})
    bound = json.dumps({"type": "s", "data": ["public"]})
    host.command(
        "busctl",
        f"case $* in *Settings2*) echo '{answer}' ;; *eth0) echo '{bound}' ;; *) exit 1 ;; esac",
    )
    opened = {
        "services": ["ssh"],
        "ports": ["9/tcp"],
        "rules": ['rule service name="dns" accept'],
    }
    assert looked(host) == {
        "services": {"keaprov-ha": "<service/>"},
        "permanent": {**opened, "interfaces": ["eth0"]},
        "runtime": opened,
        "bound": {"eth0": "public", "eth1": ""},
        "default": "internal",
        "error": "",
    }


def test_a_broken_zone_is_reported(host: Host, etc: Path) -> None:
    (etc / "zones/public.xml").write_text("<zone><service")
    report = looked(host)
    assert report["permanent"] is None
    assert report["error"].startswith(f"{etc}/zones/public.xml is not valid XML: ")
    assert "runtime" not in report


@pytest.mark.parametrize("garbage", ["", "no", "{}", '{"data": 3}', "[]"])
def test_garbage_from_the_bus_is_no_answer(host: Host, etc: Path, garbage: str) -> None:
    host.command("busctl", f"echo '{garbage}'")
    assert "runtime" not in looked(host)
