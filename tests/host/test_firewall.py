"""firewalld as it is observed; rich rules in firewalld's own words."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
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
    # firewalld reads none of these: what is asked is only that the host's report has them
    '<rule priority="--5"><accept/></rule>': "rule accept",
    f'<rule priority="{"9" * 5000}"><accept><limit value="1/h" burst="x"/></accept></rule>': (
        'rule accept limit value="1/h"'
    ),
}


@pytest.mark.parametrize("source", RULES)
def test_a_rich_rule_is_what_firewalld_calls_it(host: Host, source: str) -> None:
    assert host.module("rich_rule").text(ElementTree.fromstring(source)) == RULES[source]


@pytest.fixture
def etc(host: Host, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = host.module("firewall_files")
    monkeypatch.setattr(files, "ROOT", str(host.root / "etc"))
    monkeypatch.setattr(files, "VENDOR", str(host.root / "lib"))
    for name in ("etc/zones", "etc/services", "etc/ipsets", "lib/services", "lib/zones"):
        (host.root / name).mkdir(parents=True)
    ports = '<service><port port="22" protocol="tcp"/></service>'
    (host.root / "lib/services/ssh.xml").write_text(ports)
    return host.root / "etc"


def looked(host: Host) -> dict[str, Any]:
    return dict(host.module("look_firewall").firewall("public", ["eth0", "eth1"]))


OURS = 'rule family="ipv4" source address="10.0.0.9" service name="keaprov-ha" accept'
FOREIGN: dict[str, list[Any]] = {
    "services": ["ssh", "dns"],
    "ports": [["9", "tcp"]],
    "sources": ["203.0.113.0/24"],
    "rules_str": ['rule family="ipv4" source address="203.0.113.9" service name="ssh" reject'],
}


def answers(host: Host, **settings: list[Any]) -> str:
    """Let firewalld's zone have these settings; return the shell's words that answer so."""
    data = {key: {"type": "as", "data": value} for key, value in settings.items()}
    return f"""echo '{json.dumps({"type": "a{sv}", "data": [data]})}'"""


def test_a_zone_is_read_from_its_file_and_from_what_runs(host: Host, etc: Path) -> None:
    (etc / "zones/public.xml").write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n<zone><service name="ssh"/>'
        '<port port="9" protocol="tcp"/><interface name="eth0"/><service name="keaprov-dhcp"/>'
        '<rule><service name="dns"/><accept><limit value="odd"/></accept></rule>'
        '<rule family="ipv4"><service name="keaprov-ha"/><source address="10.0.0.9"/><accept/>'
        "</rule></zone>"
    )
    rule = '<rule family="ipv4"><source address="10.0.0.9"/><service name="keaprov-ha"/><accept/>'
    (etc / "zones/work.xml").write_text(f'<zone>{rule}</rule><interface name="eth9"/></zone>')
    (etc / "zones/home.xml").write_text('<zone><service name="ssh"/></zone>')
    (etc / "services/keaprov-ha.xml").write_text("<service/>")
    (etc / "firewalld.conf").write_text("DefaultZone=internal\n")
    bound = json.dumps({"type": "s", "data": ["public"]})
    running: dict[str, list[Any]] = {
        "services": [*FOREIGN["services"], "keaprov-dhcp"],
        "rules_str": [*FOREIGN["rules_str"], OURS],
    }
    host.command(
        "busctl",
        f"case $* in *getZoneSettings2*) {answers(host, **{**FOREIGN, **running})} ;; "
        f"*getServiceSettings2*) {answers(host, ports=[['8005', 'tcp']])} ;; "
        f"*eth0) echo '{bound}' ;; *) exit 1 ;; esac",
    )
    devices = "eth0:connected:7f\neth1:connected (externally):80\neth2:connected:81"
    host.command("nmcli", f"case $* in *show*) echo ;; *) echo '{devices}' ;; esac")
    report = looked(host)
    del report["ssh"]
    opened = {"services": ["keaprov-dhcp"], "rules": [OURS]}
    assert report == {
        "services": {"keaprov-ha": "<service/>"},
        "permanent": {**opened, "interfaces": ["eth0"]},
        "runtime": opened,
        "loaded": {"keaprov-ha": ["8005/tcp"]},
        "elsewhere": {"work": {**opened, "services": [], "interfaces": ["eth9"]}},
        "bound": {"eth0": "public", "eth1": ""},
        "managed": {"eth0": {"connection": "7f", "zone": ""}},
        "default": "internal",
        "error": "",
    }


def test_a_broken_zone_is_reported(host: Host, etc: Path) -> None:
    (etc / "zones/public.xml").write_text("<zone><service")
    report = looked(host)
    assert report["permanent"] is None
    assert report["bound"] == {"eth0": "", "eth1": ""}
    assert report["error"].startswith(f"{etc}/zones/public.xml is not valid XML: ")
    assert "runtime" not in report


@pytest.mark.parametrize("garbage", ["", "no", "{}", '{"data": 3}', "[]"])
def test_garbage_from_the_bus_is_no_answer(host: Host, etc: Path, garbage: str) -> None:
    host.command("busctl", f"echo '{garbage}'")
    assert "runtime" not in looked(host)


def test_a_reload_restores_what_others_added(host: Host) -> None:
    zones = json.dumps({"type": "as", "data": [["drop"]]})
    before = answers(host, **{**FOREIGN, "rules_str": [*FOREIGN["rules_str"], OURS]})
    after = answers(host, services=["ssh"])
    host.command(
        "busctl",
        f"case $* in *getZones*) echo '{zones}' ;; *) "
        f"if grep -q -- --reload {host.log}; then {after}; else {before}; fi ;; esac",
    )
    host.command("firewall-cmd", "case $* in *add-port*) echo no such port; exit 1 ;; esac")
    failed = host.module("firewalld_bus").reload()
    changes = [line for line in host.calls() if line.startswith("firewall-cmd")]
    assert changes == [
        "firewall-cmd --reload",
        "firewall-cmd --zone=drop --add-service=dns",
        "firewall-cmd --zone=drop --add-port=9/tcp",
        "firewall-cmd --zone=drop --add-source=203.0.113.0/24",
        f"firewall-cmd --zone=drop --add-rich-rule={FOREIGN['rules_str'][0]}",
    ]
    assert failed == "zone drop: no such port"


SSH = '<service name="ssh"/>'
RULE = '<rule family="ipv4">{}</rule>'
US = '<source address="10.0.0.0/8"/>'
ADMITS = {
    SSH: True,
    '<port port="9090" protocol="tcp"/>': False,
    '<port port="20-30" protocol="tcp"/>': True,
    '<port port="22" protocol="udp"/>': False,
    '<protocol value="tcp"/>': True,
    '<service name="bundle"/>': True,
    '<service name="missing"/>': False,
    RULE.format(f"{US}{SSH}<accept/>"): True,
    RULE.format(f"{US}<accept/>"): True,
    RULE.format(f'{US}<port port="2222" protocol="tcp"/><accept/>'): False,
    RULE.format(f"{SSH}<log/>"): False,
    RULE.format(f'<source address="192.0.2.0/24"/>{SSH}<accept/>'): False,
    RULE.format(f'<source address="192.0.2.0/24" invert="yes"/>{SSH}<accept/>'): True,
    RULE.format(f'<source address="10.0.0.0/8" invert="true"/>{SSH}<accept/>'): False,
    RULE.format(f'<source ipset="admins"/>{SSH}<accept/>'): True,
    RULE.format(f'<source ipset="nobody"/>{SSH}<accept/>'): False,
    RULE.format(f'{SSH}<accept><limit value="3/m"/></accept>'): False,
    RULE.format(f'<source mac="00:11:22:33:44:55"/>{SSH}<accept/>'): False,
    RULE.format(f'<destination address="10.0.0.2"/>{SSH}<accept/>'): True,
    RULE.format(f'<destination address="10.0.0.3"/>{SSH}<accept/>'): False,
    f'<rule family="ipv6">{SSH}<accept/></rule>': False,
    SSH + RULE.format(f"{US}<drop/>"): False,
    SSH + RULE.format(f'{US}<service name="dns"/><drop/>'): True,
    SSH + RULE.format('<source mac="00:11:22:33:44:55"/><reject/>'): False,
    SSH + f'<rule priority="5">{US}<drop/></rule>': True,
    f'<rule>{US}<drop/></rule><rule priority="-1">{US}{SSH}<accept/></rule>': True,
    '<port port="0-65535" protocol="tcp"/>': True,
    f'<rule priority="--5">{US}<drop/></rule><port port="{"9" * 5000}" protocol="tcp"/>': False,
}


def zone_of_rules(etc: Path, name: str, content: str, target: str = "default") -> None:
    (etc / f"zones/{name}.xml").write_text(f'<zone target="{target}">{content}</zone>')


@pytest.fixture
def connected(host: Host, etc: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the module, called over SSH from 10.0.0.1 to 10.0.0.2 on eth0."""
    links = [{"ifname": "eth0", "addr_info": [{"local": "10.0.0.2"}]}]
    host.command("ip", f"echo '{json.dumps(links)}'")
    admission = host.module("admission")
    monkeypatch.setattr(admission.reading, "quiet", _environ(admission.reading.quiet))
    (etc / "services/bundle.xml").write_text(
        '<service><include service="bundle"/><include service="ssh"/></service>'
    )
    (etc / "ipsets/admins.xml").write_text("<ipset><entry>10.0.0.1</entry></ipset>")
    return admission


def _environ(real: Callable[[str], str]) -> Callable[[str], str]:
    def quiet(path: str) -> str:
        connection = "LANG=C\0SSH_CONNECTION=10.0.0.1 50000 10.0.0.2 22\0"
        return connection if path.endswith("/environ") else real(path)

    return quiet


@pytest.mark.parametrize("content", ADMITS)
def test_a_zone_lets_this_connection_in_or_not(connected: Any, etc: Path, content: str) -> None:
    zone_of_rules(etc, "public", content)
    assert connected.report() == {
        "source": "10.0.0.1",
        "port": 22,
        "interface": "eth0",
        "zone": "",
        "by_source": False,
        "admitting": ["public"] if ADMITS[content] else [],
    }


def test_the_zone_of_a_connection_is_that_of_its_source_or_interface(
    connected: Any, etc: Path
) -> None:
    zone_of_rules(etc, "trusted", "", "ACCEPT")
    zone_of_rules(etc, "lan", '<interface name="eth0"/>')
    report = connected.report()
    assert (report["zone"], report["by_source"]) == ("lan", False)
    zone_of_rules(etc, "admins", f'<source address="10.0.0.1"/>{SSH}')
    report = connected.report()
    assert (report["zone"], report["by_source"]) == ("admins", True)
    assert report["admitting"] == ["admins", "trusted"]


def test_without_a_connection_only_what_is_open_to_all_counts(
    host: Host, etc: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.command("ip", "exit 1")
    admission = host.module("admission")
    monkeypatch.setattr(admission.os, "getpid", lambda: 1)
    zone_of_rules(etc, "public", RULE.format(f"{US}{SSH}<accept/>"))
    zone_of_rules(etc, "home", SSH)
    report = admission.report()
    assert (report["source"], report["admitting"]) == (None, ["home"])
