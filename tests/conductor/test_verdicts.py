"""Kea's refusal of a staged configuration, at the site file's line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from keaprov import load_site
from keaprov.conductor.verdicts import at_the_site
from keaprov.model import Site
from keaprov.wanted import dhcp4_text

ROOT = Path(__file__).parents[2]
FILE = "/etc/kea/kea-dhcp4.conf.staged.keaprov-new"


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(ROOT / "inventories/lab/site.yaml")


def place_of(site: Site, text: str) -> str:
    """Return line and column of a text in the rendered file, as Kea counts them."""
    rendered = dhcp4_text(site, site.servers[0])
    before = rendered[: rendered.index(text)]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def test_the_line_of_the_site_is_shown(site: Site) -> None:
    words = (
        f"subnet configuration failed: no such thing ({FILE}:{place_of(site, '172.20.40.0/24')})"
    )
    refusal = (
        f"dhcp1: /usr/sbin/kea-dhcp4 refuses the new configuration:\nError encountered: {words}"
    )
    shown = at_the_site(site, site.servers[0], refusal)
    assert shown.startswith("kea-dhcp4 refuses the new configuration\n")
    assert "subnet configuration failed: no such thing" in shown
    assert FILE not in shown, "the file of the host says nothing to who wrote the site"
    number = next(
        index
        for index, line in enumerate(Path(site.source).read_text().splitlines(), 1)
        if "172.20.40.0/24" in line
    )
    assert f"site.yaml:{number}:" in shown


@pytest.mark.parametrize(
    "refusal", ["the disk is full", "Error encountered: cannot open socket", ""]
)
def test_a_refusal_without_a_place_stays_as_it_is(site: Site, refusal: str) -> None:
    assert at_the_site(site, site.servers[0], refusal) == ""


def test_a_site_without_a_file_has_no_lines(site: Site) -> None:
    refusal = f"Error encountered: x ({FILE}:1:1)"
    assert at_the_site(replace(site, source=""), site.servers[0], refusal) == ""
