"""Every rule: what it finds, where, and that it finds nothing in a good site."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from keaprov.errors import Problem, dotted
from keaprov.lint import RULES
from keaprov.lint.page import READING, page
from keaprov.site import check_file
from tests.deploying import ROOT

HOST = {"hw-address": "00:11:22:33:44:55", "ip-address": "172.20.10.5", "hostname": "a"}
SUBNET: dict[str, Any] = {
    "id": 10,
    "subnet": "172.20.10.0/24",
    "pools": ["172.20.10.100 - 172.20.10.199"],
    "option-data": {"domain-name-servers": "172.20.21.53", "routers": "172.20.10.254"},
    "reservations": [HOST],
}
SITE: dict[str, Any] = {
    "site": "labo",
    "servers": {
        "dhcp1": {"role": "primary", "address": "10.0.0.1", "interfaces": ["ens18"]},
        "dhcp2": {"role": "standby", "address": "10.0.0.2", "interfaces": ["ens18"]},
    },
    "failover": {},
    "api": {},
    "dhcp4": {"subnet4": [SUBNET, {"id": 11, "subnet": "172.20.11.0/24"}]},
}
TLS = {"generate": True, "passphrase": {"env": "PASSPHRASE"}}
OWN = {"ca": "site.json", "cert": "site.json", "private-key": {"env": "NOT_SET"}}
S = "dhcp4.subnet4[0]"
T = "dhcp4.subnet4[1]"


GONE = object()
"""The value of a key that a site is to have no more."""


def problems(folder: Path, *changes: tuple[str, Any]) -> tuple[Problem, ...]:
    """Check the site with these changes (dotted path, value)."""
    site = deepcopy(SITE)
    for path, value in changes:
        *steps, last = path.replace("[", ".").replace("]", "").split(".")
        into: Any = site
        for step in steps:
            into = into[int(step)] if isinstance(into, list) else into.setdefault(step, {})
        if value is GONE:
            del into[last]
        elif isinstance(into, list):
            into[int(last)] = value
        else:
            into[last] = value
    file = folder / "site.json"
    file.write_text(json.dumps(site))
    return check_file(file).problems


def findings(folder: Path, *changes: tuple[str, Any]) -> set[tuple[str, str]]:
    """Check the site with these changes; return codes and paths."""
    return {(problem.code, dotted(problem.path)) for problem in problems(folder, *changes)}


def test_a_good_site_has_no_problems(tmp_path: Path) -> None:
    assert findings(tmp_path) == set()


def test_tls_that_nothing_uses(tmp_path: Path) -> None:
    site = deepcopy(SITE) | {"servers": {"dhcp1": SITE["servers"]["dhcp1"]}, "tls": TLS}
    del site["failover"]
    for api, expected in ((True, set()), (False, {("KP345", ("tls",))})):
        site["tls"] = {**TLS, "api": api}
        file = tmp_path / "site.json"
        file.write_text(json.dumps(site))
        problems = [(p.code, p.path) for p in check_file(file).problems if p.path[:1] == ("tls",)]
        assert set(problems) == expected


@pytest.mark.parametrize(
    ("code", "where", "changes"),
    [
        ("KP733", "servers.dhcp2.interfaces[0]", [("servers.dhcp2.interfaces", ["a" * 16])]),
        ("KP733", "servers.dhcp1.interfaces[1]", [("servers.dhcp1.interfaces", ["a", "a/1.2.3"])]),
        ("KP204", "servers.dhcp2.interfaces[0]", [("servers.dhcp2.interfaces", ["ens18\n"])]),
        ("KP736", "servers.dhcp2.interfaces[1]", [("servers.dhcp2.interfaces", ["a", "a.10"])]),
        ("KP408", f"{S}.pools[0]", [("servers.dhcp2.interfaces", ["a/172.20.10.120"])]),
        ("KP331", "kea.series", [("kea.series", "9.9")]),
        ("KP332", "kea.version", [("kea", {"series": "3.2", "version": "3.0.4"})]),
        ("KP332", "kea.version", [("kea.version", "3.00.1")]),
        ("KP333", "kea.series", [("kea.series", "3.2")]),
        ("KP334", "control-agent", [("kea.series", "3.2"), ("control-agent", {}), ("api", GONE)]),
        ("KP336", "control-agent", [("control-agent", {}), ("api", GONE)]),
        ("KP301", "servers.dhcp2.role", [("servers.dhcp2.role", "primary")]),
        ("KP303", "servers.dhcp2.address", [("servers.dhcp2.address", "10.0.0.1")]),
        ("KP304", "failover.port", [("failover.port", 8000)]),
        ("KP305", "failover.max-response-delay", [("failover.max-response-delay", 9999)]),
        ("KP306", "failover.heartbeat-dely", [("failover.heartbeat-dely", 1)]),
        ("KP306", "failover.state-machine", [("failover.state-machine", {"states": []})]),
        ("KP306", "failover.sync-leases", [("failover.sync-leases", "yes")]),
        ("KP306", "failover.delayed-updates-limit", [("failover.delayed-updates-limit", 5)]),
        (
            "KP306",
            "failover.multi-threading.http-dedicated-listner",
            [("failover.multi-threading", {"http-dedicated-listner": True})],
        ),
        ("KP307", "failover.key-file",
         [("failover.trust-anchor", "a"), ("failover.cert-file", "b")]),
        (
            "KP308",
            "dhcp4.hooks-libraries[0].library",
            [("dhcp4.hooks-libraries", [{"library": "libdhcp_ha.so"}])],
        ),
        (
            "KP308",
            "dhcp4.interfaces-config.interfaces",
            [("dhcp4.interfaces-config", {"interfaces": ["*"]})],
        ),
        ("KP341", "failover.trust-anchor", [("tls", TLS), ("failover.trust-anchor", "a")]),
        ("KP341", "tls.servers", [("tls", {"servers": {"dhcp1": OWN}})]),
        ("KP341", "tls.servers.dhcp3", [("tls", {"servers": {"dhcp3": OWN}})]),
        ("KP342", "tls.servers.dhcp1.ca", [("tls", {"servers": {"dhcp1": {**OWN, "ca": "no"}}})]),
        ("KP343", "tls.servers.dhcp1.cert", [("tls", {"servers": {"dhcp1": OWN}})]),
        ("KP344", "tls", [("tls", {"generate": True})]),
        ("KP206", "tls.servers", [("tls", {"generate": True, "servers": {"dhcp1": OWN}})]),
        ("KP202", "tls.generate", [("tls", {"days": 30})]),
        ("KP401", T, [(T, {"subnet": "172.20.11.0/24"})]),
        ("KP401", f"{T}.id", [(f"{T}.id", 10)]),
        ("KP402", f"{T}.subnet", [(f"{T}.subnet", "172.20.11.0")]),
        ("KP403", f"{S}.pools[0]", [(f"{S}.pools", ["172.20.10.100 172.20.10.199"])]),
        ("KP403", f"{S}.pools[0]", [(f"{S}.pools", ["172.20.12.1 - 172.20.12.9"])]),
        ("KP403", f"{S}.pools[1]", [(f"{S}.pools", ["172.20.10.64/26", "172.20.10.96/27"])]),
        ("KP403", f"{S}.pools[0]", [(f"{S}.pools", ["172.20.10.77/26"])]),
        ("KP404", f"{S}.pools[0]", [(f"{S}.pools", ["172.20.10.130 - 172.20.10.254"])]),
        ("KP405", f"{S}.reservations[0].ip-address",
         [(f"{S}.reservations[0].ip-address", "1.1.1.1")]),
        ("KP405", f"{S}.reservations[0].ip-address", [(f"{S}.reservations[0].ip-address", "x")]),
        (
            "KP406",
            "dhcp4.shared-networks[1].name",
            [("dhcp4.shared-networks", [{"name": "a"}, {"name": "a"}])],
        ),
        ("KP407", f"{T}.subnet", [(f"{T}.subnet", "172.20.10.128/25")]),
        ("KP407", f"{T}.subnet", [(f"{T}.subnet", "172.20.10.0/24")]),
        ("KP408", f"{S}.pools[0]", [("servers.dhcp2.address", "172.20.10.150")]),
        ("KP409", f"{T}.pools[0]", [(f"{T}.pools", ["172.20.11.0/25"])]),
        ("KP410", f"{S}.option-data.routers", [(f"{S}.option-data.routers", "172.20.11.1")]),
        ("KP410", f"{S}.option-data.routers", [(f"{S}.option-data.routers", "172.20.10.0")]),
        ("KP410", f"{S}.option-data.routers", [(f"{S}.option-data.routers", "172.20.10.255")]),
        ("KP411", f"{S}.relay.ip-addresses[0]", [(f"{S}.relay", {"ip-addresses": ["x"]})]),
        ("KP412", f"{S}.reservations[0].hw-address", [(f"{S}.reservations[0].hw-address", "zz")]),
        ("KP412", f"{S}.reservations[0].client-id", [(f"{S}.reservations[0].client-id", "01")]),
        ("KP412", f"{S}.reservations[0]", [(f"{S}.reservations", [{"hostname": "a"}])]),
        ("KP434", f"{S}.reservations[0].client-id", [(f"{S}.reservations[0].client-id", "")]),
        ("KP413", f"{S}.reservations[1].hw-address", [(f"{S}.reservations", [HOST, HOST])]),
        ("KP413", f"{S}.reservations[1].ip-address", [(f"{S}.reservations", [HOST, HOST])]),
        (
            "KP414",
            f"{T}.reservations[0].hw-address",
            [(f"{T}.reservations", [{"hw-address": "00:11:22:33:44:55"}])],
        ),
        (
            "KP414",
            f"{T}.reservations[0].hostname",
            [(f"{T}.reservations", [{"hw-address": "00:11:22:33:44:66", "hostname": "a"}])],
        ),
        ("KP415", f"{S}.reservations[0].ip-address",
         [(f"{S}.reservations[0].ip-address", "172.20.10.255")]),
        ("KP416", f"{S}.pools[0]", [(f"{S}.reservations[0].ip-address", "172.20.10.150")]),
        ("KP417", f"{S}.subnet", [(f"{S}.pools", ["172.20.10.5 - 172.20.10.5"])]),
        ("KP418", f"{S}.reservations[0].hostname", [(f"{S}.reservations[0].hostname", "a b")]),
        ("KP501", f"{S}.option-data.infra.labo", [(f"{S}.option-data", {"infra.labo": "x"})]),
        ("KP501", f"{S}.option-data[0].code",
         [(f"{S}.option-data", [{"name": "routers", "code": 4, "data": "172.20.10.254"}])]),
        ("KP502", f"{S}.option-data.routers", [(f"{S}.option-data.routers", "172.20.10.300")]),
        ("KP502", f"{S}.option-data.time-offset", [(f"{S}.option-data.time-offset", "4294967296")]),
        ("KP503", "dhcp4.option-def[0].type",
         [("dhcp4.option-def", [{"name": "mine", "code": 224, "type": "sting"}])]),
        ("KP503", "dhcp4.option-def[0].code",
         [("dhcp4.option-def", [{"name": "mine", "code": 3, "type": "string"}])]),
        ("KP504", f"{S}.option-data[1]",
         [(f"{S}.option-data", [{"name": "routers", "data": "172.20.10.254"}] * 2)]),
        ("KP505", f"{S}.option-data.swap-server",
         [(f"{S}.option-data.swap-server", "10.0.0.1, 10.0.0.2")]),
        ("KP601", "dhcp4.rebind-timer", [("dhcp4.renew-timer", 9), ("dhcp4.rebind-timer", 8)]),
        ("KP602", f"{S}.max-valid-lifetime", [(f"{S}.max-valid-lifetime", 60)]),
        ("KP603", "dhcp4.t1-percent",
         [("dhcp4.t1-percent", 0.9), ("dhcp4.calculate-tee-times", True)]),
        ("KP604", "dhcp4.ddns-ttl-max", [("dhcp4.ddns-ttl", 1), ("dhcp4.ddns-ttl-max", 2)]),
        ("KP701", "dhcp4.lease-database.name",
         [("dhcp4.lease-database", {"type": "memfile", "name": "/srv/leases.csv"})]),
        ("KP701", "dhcp4.loggers[0].output-options[0].output",
         [("dhcp4.loggers", [{"name": "kea-dhcp4", "severity": "INFO",
                             "output-options": [{"output": "/tmp/x"}]}])]),
        ("KP701", "dhcp4.hooks-libraries[0].library",
         [("dhcp4.hooks-libraries", [{"library": "/opt/libdhcp_x.so"}])]),
        ("KP702", "dhcp4.loggers[0].severity",
         [("dhcp4.loggers", [{"name": "kea-dhcp4", "severity": "LOUD"}])]),
        ("KP702", "dhcp4.loggers[0]", [("dhcp4.loggers", [{"name": "kea-dhcp4.leases"}])]),
        ("KP703", "dhcp4.lease-database.type", [("dhcp4.lease-database", {"type": "mysql"})]),
        ("KP703", "dhcp4.lease-database.readonly",
         [("dhcp4.lease-database", {"type": "memfile", "readonly": True})]),
        ("KP703", "dhcp4.lease-database.read-timeout",
         [("dhcp4.lease-database", {"type": "memfile", "read-timeout": 1})]),
        ("KP703", "dhcp4.lease-database.tcp-user-timeout",
         [("dhcp4.lease-database", {"type": "mysql", "tcp-user-timeout": 1})]),
        ("KP204", "dhcp4.config-control.config-fetch-wait-time",
         [("dhcp4.config-control", {"config-fetch-wait-time": 65536})]),
        ("KP204", f"{S}.pools[0].pool-id",
         [(f"{S}.pools", [{"pool": "172.20.10.100 - 172.20.10.199", "pool-id": 0}])]),
        ("KP704", "dhcp4.multi-threading.enable-multi-threading",
         [("dhcp4.multi-threading", {"enable-multi-threading": False})]),
        ("KP704", "failover.multi-threading.enable-multi-threading",
         [("failover.multi-threading", {"enable-multi-threading": False})]),
        ("KP704", "failover.multi-threading.http-dedicated-listener",
         [("failover.multi-threading", {"http-dedicated-listener": False})]),
        ("KP704", "failover.multi-threading.enable-multi-threading",
         [("failover.multi-threading", {"enable-multi-threading": False}),
          ("dhcp4.multi-threading", {"enable-multi-threading": False})]),
        ("KP705", "dhcp4.hostname-char-set", [("dhcp4.hostname-char-set", "[")]),
        ("KP801", "dhcp4.client-classes[0].test",
         [("dhcp4.client-classes", [{"name": "a", "test": "member('b')"}])]),
        ("KP801", "dhcp4.client-classes[0].test",
         [("dhcp4.client-classes", [{"name": "a", "test": "member('DROP')"}])]),
        ("KP802", f"{S}.client-class", [(f"{S}.client-class", "phones")]),
        ("KP802", "dhcp4.client-classes[0].template-test",
         [("dhcp4.client-classes",
           [{"name": "a", "template-test": "ifelse(member('b'), 'c', '')"}])]),
        ("KP803", "dhcp4.client-classes[0].test",
         [("dhcp4.client-classes", [{"name": "KNOWN", "test": "option[60].exists"}])]),
        ("KP803", "dhcp4.client-classes[0].only-in-additional-list",
         [("dhcp4.client-classes", [{"name": "DROP", "only-in-additional-list": True}])]),
        ("KP804", f"{S}.client-classes[0]", [(f"{S}.client-classes", ["HA_dhcp2"])]),
        ("KP810", "dhcp4.client-classes[0].test",
         [("dhcp4.client-classes", [{"name": "a", "test": "option[60].text = 'a'"}])]),
        ("KP810", "dhcp4.client-classes[0].template-test",
         [("dhcp4.client-classes", [{"name": "a", "template-test": "option[60].exists"}])]),
        ("KP802", f"{S}.option-data.routers.client-classes[0]",
         [(f"{S}.option-data.routers", {"data": "172.20.10.254", "client-classes": ["phones"]})]),
        ("KP901", "dhcp4.lease-database.password",
         [("dhcp4.lease-database", {"type": "memfile", "password": "x"})]),
        ("KP901", "dhcp4.hooks-libraries[0].parameters.access.servers[0].secret",
         [("dhcp4.hooks-libraries", [{"library": "libdhcp_radius.so", "parameters": {
             "access": {"servers": [{"name": "10.0.0.9", "secret": "x"}]}}}])]),
        ("KP201", f"{S}.option_data", [(f"{S}.option_data", [])]),
        ("KP203", "dhcp4.control-socket", [("dhcp4.control-socket", {})]),
        ("KP204", f"{S}.valid-lifetime", [(f"{S}.valid-lifetime", "1h")]),
        ("KP206", f"{S}.client-classes",
         [(f"{S}.client-class", "KNOWN"), (f"{S}.client-classes", ["KNOWN"])]),
    ],
)  # fmt: skip
def test_a_rule_finds(
    tmp_path: Path, code: str, where: str, changes: list[tuple[str, Any]]
) -> None:
    assert (code, where) in findings(tmp_path, *changes)


def test_every_rule_has_a_test() -> None:
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert {rule.code for rule in RULES} - {"KP302"} <= {
        code for code in {rule.code for rule in RULES} if f'"{code}"' in text
    }


@pytest.mark.parametrize(
    ("name", "value", "good"),
    [
        ("routers", "172.20.10.254, 172.20.10.253", True),
        ("routers", "10.0.0.1,, 10.0.0.2,", True),
        ("swap-server", "", False),
        ("ip-forwarding", "true", True),
        ("ip-forwarding", "yes", False),
        ("boot-size", "65536", False),
        ("time-offset", "-3600", True),
        ("domain-search", "a.example, b.example", True),
        ("domain-search", "a..example", False),
        ("slp-directory-agent", "true, 10.0.0.1, 10.0.0.2", True),
        ("slp-directory-agent", "true", False),
        ("classless-static-route", "10.0.0.0/8 - 172.20.10.254", True),
        ("classless-static-route", "10.0.0.0/8", False),
    ],
)
def test_values_of_options(tmp_path: Path, name: str, value: str, good: bool) -> None:
    codes = {code for code, _ in findings(tmp_path, ("dhcp4.option-data", {name: value}))}
    assert ("KP502" not in codes) is good


def test_percents_count_only_where_times_are_calculated(tmp_path: Path) -> None:
    percents = [("dhcp4.t1-percent", 0.9), ("dhcp4.t2-percent", 0.8)]
    for more in ([], [("dhcp4.calculate-tee-times", False)]):
        assert "KP603" not in {code for code, _ in findings(tmp_path, *percents, *more)}


def test_options_of_ones_own(tmp_path: Path) -> None:
    mine = {"name": "mine", "code": 224, "type": "record", "record-types": "uint8, string"}
    definition = ("dhcp4.option-def", [mine])
    assert findings(tmp_path, definition, ("dhcp4.option-data", {"mine": "1, a"})) == set()
    assert ("KP502", "dhcp4.option-data.mine") in findings(
        tmp_path, definition, ("dhcp4.option-data", {"mine": "x, a"})
    )


def test_what_keaprov_does_not_know_passes(tmp_path: Path) -> None:
    hook = {"library": "libdhcp_own.so", "parameters": {"anything": [1, {"at": "all"}]}}
    vendor = [{"space": "vendor-9", "code": 2, "data": "0a", "csv-format": False}]
    assert findings(
        tmp_path,
        ("dhcp4.hooks-libraries", [hook]),
        ("dhcp4.user-context", {"note": {"deep": [1, 2]}}),
        ("dhcp4.option-data", vendor),
    ) == set()  # fmt: skip


def test_did_you_mean(tmp_path: Path) -> None:
    file = tmp_path / "site.json"
    body = {**SITE, "dhcp4": {"valid-lifetme": 1, "option-data": {"domain-name-server": "1.1.1.1"}}}
    file.write_text(json.dumps(body))
    hints = [problem.hint for problem in check_file(file).problems]
    assert hints == ["Did you mean valid-lifetime?", "Did you mean domain-name-servers?"]


@pytest.mark.fault("HA multi-threading off, or no listener of its own", "an error of the site file")
def test_ha_without_a_listener_of_its_own(tmp_path: Path) -> None:
    for threads in ({"enable-multi-threading": False}, {"http-dedicated-listener": False}):
        codes = findings(
            tmp_path,
            ("failover.multi-threading", threads),
            ("dhcp4.multi-threading", {"enable-multi-threading": False}),
        )
        assert "KP704" in {code for code, _ in codes}


def test_the_page_is_made_from_the_rules() -> None:
    assert (ROOT / "docs/lint.md").read_text() == page(), "make it: see docs/architecture.md"


def test_every_code_in_the_code_is_on_the_page() -> None:
    import re

    used: set[str] = set()
    for path in (ROOT / "keaprov").rglob("*.py"):
        used |= set(re.findall(r"[\"'](KP\d{3})[\"']", path.read_text()))
    assert used == {rule.code for rule in RULES} | set(READING)
