"""Real Kea judges the addresses of a pair: what `check` passes, the HA hook takes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from keaprov import render
from keaprov.model import Failover, Role, Server, Site
from keaprov.site import check_file
from tests.lab.workshop import workshop

pytestmark = pytest.mark.lab

PEER = "2001:db8::2"
ADDRESSES = {
    "2001:db8::1": True,
    "2001:DB8:0:0::1": True,
    "fd00::1": True,
    "[2001:db8::1]": False,
    "2001:db8::1::2": False,
    "2001:db8::g": False,
    "dhcp1.example.org": False,
    "localhost": False,
}
"""Whether each is an address to Kea, which looks no name up (ha_config.cc)."""


def passed(address: str, folder: Path) -> bool:
    """Whether `check` passes a pair whose primary has this address."""
    path = folder / "site.json"
    servers = {
        "a": {"role": "primary", "address": address, "interfaces": ["lo/127.0.0.1"]},
        "b": {"role": "standby", "address": PEER, "interfaces": ["lo/127.0.0.1"]},
    }
    path.write_text(
        json.dumps({"site": "s", "servers": servers, "failover": {}, "dhcp4": {"subnet4": []}})
    )
    return not check_file(path).problems


def test_check_and_the_ha_hook_agree(tmp_path: Path) -> None:
    verdicts = {}
    with workshop() as shop:
        for address in ADDRESSES:
            primary = Server("a", address, ("lo",))
            site = Site(
                "s", (primary, Server("b", PEER, ("lo",), Role.STANDBY)), {}, failover=Failover()
            )
            (shop.root / "tmp/kea.conf").write_text(render.dhcp4(site, primary))
            kea = subprocess.run(
                shop.inside("kea-dhcp4", "-T", "/tmp/kea.conf"), capture_output=True, check=False
            )
            verdicts[address] = (passed(address, tmp_path), kea.returncode == 0)
    assert verdicts == {address: (good, good) for address, good in ADDRESSES.items()}
