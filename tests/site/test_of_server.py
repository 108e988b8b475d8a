"""Keys of ``Dhcp4`` that a server has for itself (`keaprov.model.names.OF_A_SERVER`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keaprov import Site, render
from keaprov.drift import drifts
from keaprov.model.names import OF_A_SERVER
from keaprov.observation import lease_file, observe_request
from keaprov.schema import schema
from keaprov.site import check_text
from keaprov.survey import ServerConfigs
from keaprov.wanted import dhcp4_text, revision_of

HEAD = """site: labo
servers:
  dhcp1: {{role: primary, address: 192.0.2.2, interfaces: [eth0], dhcp4: {{{}}}}}
  dhcp2: {{role: standby, address: 192.0.2.3, interfaces: [eth0], dhcp4: {{{}}}}}
failover: {{}}
dhcp4:
  subnet4: [{{id: 1, subnet: 192.0.2.0/24}}]
  loggers: [{{name: kea-dhcp4, severity: INFO, output-options: [{{output: both.log}}]}}]
"""
MYSQL = "lease-database: {type: mysql, name: kea, password: {env: %s}}"
HOOK = "  hooks-libraries: [{library: libdhcp_mysql.so}]\n"


def problems(text: str) -> list[str]:
    return [f"{p.mark.line}: {p.code}: {p.message}" for p in check(text).problems]


def check(text: str) -> Any:
    return check_text(text.encode(), "site.yaml", Path())


def site(first: str = "", second: str = "", more: str = "") -> Site:
    checked = check(HEAD.format(first, second) + more)
    assert isinstance(checked.site, Site), checked.problems
    return checked.site


def bodies(site: Site) -> list[dict[str, Any]]:
    return [json.loads(render.dhcp4(site, server))["Dhcp4"] for server in site.servers]


def test_the_schema_has_these_keys() -> None:
    server = schema("site")["properties"]["servers"]["additionalProperties"]
    assert tuple(server["properties"]["dhcp4"]["properties"]) == OF_A_SERVER
    assert set(OF_A_SERVER) <= set(schema("dhcp4")["properties"])


def test_a_servers_value_takes_the_place_of_the_whole_key() -> None:
    own = site(
        "server-tag: one, loggers: [{name: kea-dhcp4.leases, severity: INFO}]", "server-tag: two"
    )
    first, second = bodies(own)
    assert (first["server-tag"], second["server-tag"]) == ("one", "two")
    assert first["loggers"] == [{"name": "kea-dhcp4.leases", "severity": "INFO"}]
    both = {"name": "kea-dhcp4", "severity": "INFO", "output-options": [{"output": "both.log"}]}
    assert second["loggers"] == [both]
    assert first["lease-database"] == second["lease-database"]  # keaprov's default


def test_a_server_without_its_own_has_keaprovs_default() -> None:
    first, second = bodies(site(second="lease-database: {type: memfile, name: x.csv}"))
    assert first["lease-database"] == bodies(site())[0]["lease-database"]
    assert second["lease-database"] == {"type": "memfile", "name": "x.csv"}


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("valid-lifetime: 60", "4: KP201: unknown key 'valid-lifetime'"),
        ("option-data: {routers: 192.0.2.1}", "4: KP201: unknown key 'option-data'"),
        ("loggers: {}", "4: KP204: {} is not a list"),
        ("loggers: [{colour: x}]", "4: KP201: unknown key 'colour'"),
        ("lease-database: {type: memfile, name: /x}", "4: KP701: /x: Kea takes a bare name"),
        ("hosts-database: {type: mysql, name: kea}", "4: KP703: mysql needs the hook library"),
    ],
)
def test_a_problem_is_at_its_place_below_the_server(key: str, problem: str) -> None:
    assert [p for p in problems(HEAD.format("", key)) if problem in p], key


def test_a_problem_of_both_servers_is_reported_once() -> None:
    text = HEAD.format("server-tag: one", "server-tag: two").replace("192.0.2.0/24", "300.0.0.0/8")
    assert len(problems(text)) == len(set(problems(text))) > 0


def test_each_server_gets_its_own_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONE", "pa55-one")
    monkeypatch.setenv("TWO", "pa55-two")
    own = site(MYSQL % "ONE", MYSQL % "TWO", HOOK)
    first, second = (json.loads(dhcp4_text(own, server))["Dhcp4"] for server in own.servers)
    assert first["lease-database"]["password"] == "pa55-one"
    assert second["lease-database"]["password"] == "pa55-two"
    revision = revision_of(own)
    for body in (first, second):
        assert body["user-context"]["keaprov"]["revision"] == revision
    monkeypatch.setenv("TWO", "pa55-three")
    assert revision_of(own) != revision


def test_one_servers_password_is_a_revision_of_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWO", "pa55-two")
    own = site("server-tag: one", MYSQL % "TWO", HOOK)
    for server in own.servers:
        body = json.loads(dhcp4_text(own, server))["Dhcp4"]
        assert body["user-context"]["keaprov"]["revision"] == revision_of(own)


def test_a_server_is_observed_at_its_own_files() -> None:
    log = "loggers: [{name: kea-dhcp4, severity: INFO, output-options: [{output: own.log}]}]"
    own = site(f"{log}, lease-database: {{type: memfile, name: own.csv}}")
    signs = [observe_request(own, s, updates=False, secret=False)["signs"] for s in own.servers]
    assert (signs[0]["log"], signs[0]["leases"]) == ("own.log", "own.csv")
    assert (signs[1]["log"], signs[1]["leases"]) == ("both.log", "kea-leases4.csv")
    assert lease_file(own, own.servers[0]) == "own.csv"


def test_servers_do_not_drift_apart_by_their_own_keys() -> None:
    own = site("server-tag: one", "server-tag: two")
    unused: Any = None
    configs = {
        server.name: ServerConfigs(unused, running=body, file=body)
        for server, body in zip(own.servers, bodies(own), strict=True)
    }
    assert list(drifts(own, configs)) == []
