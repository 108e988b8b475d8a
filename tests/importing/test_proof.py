"""The proof of an import: nothing of a file is lost, and the site renders to the same."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from keaprov import importing, load_site
from keaprov.importing import Options, original, proof
from keaprov.source import parse_relaxed
from tests.deploying import ROOT
from tests.differential.bodies import bodies
from tests.importing import cases
from tests.importing.cases import body_of, imported, pair, run, written
from tests.importing.round_trip import rendered


@pytest.mark.parametrize("name", cases.NAMES)
def test_nothing_is_lost(tmp_path: Path, name: str) -> None:
    assert proof.losses(imported(cases.files(name, tmp_path), a="192.0.2.2")) == []


def test_a_loss_is_found(tmp_path: Path) -> None:
    result = imported(written(tmp_path, pair("a")))
    del result.parts[0].body["subnet4"][0]["subnet"]
    assert [line.rpartition(": ")[2] for line in proof.losses(result)] == [
        "Dhcp4.subnet4[0].subnet is lost"
    ]


def test_a_difference_ends_with_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = importing.text.site
    monkeypatch.setattr(
        importing.text, "site", lambda values: site(values).replace("192.0.2.0/24", "192.0.2.0/25")
    )
    done = run(tmp_path / "site", written(tmp_path, pair("a")))
    assert done.exit_code == 1
    assert 'subnet: "192.0.2.0/24", but the site renders "192.0.2.0/25"' in done.output


@pytest.mark.parametrize("text", ["0o17", "1e5", "null", "~", "0x10", "<<", "a: b", "é", "- x", ""])
def test_a_text_stays_a_text(tmp_path: Path, text: str) -> None:
    subnet = {"id": 1, "subnet": "192.0.2.0/24", "user-context": {text: text, "list": [text]}}
    result = imported(written(tmp_path, pair("a", subnet4=[subnet])))
    (tmp_path / "site.yaml").write_text(result.files["site.yaml"])
    assert body_of(proof.rebuilt(tmp_path))["subnet4"] == [subnet]


RICH = """\
site: rich
servers: {a: {address: 192.0.2.2, interfaces: [eth0]}}
live: false
dhcp4:
  interfaces-config: {service-sockets-max-retries: 3, dhcp-socket-type: udp}
  sanity-checks: {extended-info-checks: none}
  user-context: {by: me}
  option-data: {3: 192.0.2.1, domain-name-servers: 192.0.2.1, domain-name: "0x10"}
  subnet4: [{id: 1, subnet: 192.0.2.0/24, pools: [192.0.2.8/29]}]
"""


OWN = """\
site: own
servers:
  a: {address: 192.0.2.2, interfaces: [eth0], role: primary, dhcp4: {server-tag: first}}
  b:
    address: 192.0.2.3
    interfaces: [eth0]
    role: standby
    dhcp4: {server-tag: second, lease-database: {type: memfile, name: b.csv}}
failover: {}
dhcp4: {subnet4: [{id: 1, subnet: 192.0.2.0/24}]}
"""
BY_TEXT = {"rich": RICH, "own": OWN}


@pytest.mark.parametrize("name", ["inventories/lab", "inventories/example", *BY_TEXT])
def test_a_rendered_site_comes_back(tmp_path: Path, name: str) -> None:
    file = ROOT / name / "site.yaml"
    if name in BY_TEXT:
        file = tmp_path / f"{name}.yaml"
        file.write_text(BY_TEXT[name])
    texts = rendered(load_site(file))
    for base, text in texts.items():
        (tmp_path / base).write_text(text)
    done = run(tmp_path / "out", [tmp_path / base for base in texts], "--server", "a=192.0.2.2")
    assert done.exit_code == 0, done.output
    assert rendered(load_site(tmp_path / "out/site.yaml")) == texts


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(bodies())
def test_any_body_comes_through_whole_or_is_refused(body: dict[str, Any]) -> None:
    file = parse_relaxed(json.dumps({"Dhcp4": body}), "kea.conf")
    originals, problems = original.sorted_by_program([file])
    assert problems == []
    result = importing.kea(originals, Options(addresses={"a": "192.0.2.2"}))
    if isinstance(result, list):
        assert all(problem.mark.line for problem in result)
        return
    assert proof.losses(result) == []
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (result.files | result.secrets).items():
            (Path(folder) / name).write_text(text)
        site = proof.rebuilt(Path(folder))
    assert proof.differences(result, site) == []
    assert body_of(site) == result.parts[0].body
