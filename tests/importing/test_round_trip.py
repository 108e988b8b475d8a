"""Whatever site a test loads is rendered, imported and rendered again: what this notices."""

from __future__ import annotations

from pathlib import Path

import pytest

from keaprov import importing, load_site
from keaprov.model import Site
from tests.deploying import ROOT
from tests.importing import round_trip
from tests.importing.round_trip import REASONS, Sites, came_back

SITE = """\
site: labo
servers: {{dhcp1: {{role: primary, address: 192.0.2.2, interfaces: [eth0]}}}}
dhcp4:
  subnet4: [{{id: 1, subnet: 192.0.2.0/24{}}}]
"""
USUAL = SITE.format("")
HTTPS = "tls: {generate: true}\napi: {password: {env: NAME}}\n"


def site(folder: Path, text: str) -> Site:
    (folder / "site.yaml").write_text(text)
    return load_site(folder / "site.yaml")


@pytest.mark.parametrize("file", sorted((ROOT / "inventories").glob("*/site.yaml")))
def test_the_inventories_come_back(file: Path) -> None:
    assert came_back(load_site(file)) == ("", set())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SITE.format(", client-class: ALL"), "an old spelling"),
        (f"{USUAL}  lease-database: {{type: memfile, password: x}}\n", "a secret"),
        (f"{USUAL}{HTTPS}", "an API by https"),
    ],
)
def test_a_site_that_a_render_does_not_carry_has_its_reason(
    tmp_path: Path, text: str, reason: str
) -> None:
    difference, reasons = came_back(site(tmp_path, text))
    assert difference
    assert [why for why in REASONS if why.startswith(reason)] == list(reasons)


def test_a_site_that_comes_back_otherwise_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(round_trip, "_tried", set())
    sites = Sites(monkeypatch)
    site(tmp_path, USUAL)
    assert len(sites.sites) == 1
    text = importing.text.site
    with monkeypatch.context() as patch:
        patch.setattr(
            importing.text, "site", lambda values: text(values).replace("2.0/24", "3.0/24")
        )
        (line,) = sites.changed()
    assert line.startswith('dhcp1.conf:28: "keaprov": {"revision": "')
