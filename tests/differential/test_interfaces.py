"""Spellings of interfaces: real Kea, on a network that has them, says the same as `check`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from keaprov import render
from keaprov.errors import Severity
from keaprov.model import Server, Site
from keaprov.site import check_file
from tests.lab.shell import run
from tests.lab.workshop import workshop

pytestmark = pytest.mark.lab

LONGEST = "a-name-of-15-by"
NETWORK = (
    ("link", "add", "ens18", "type", "veth", "peer", "name", "ens18.10"),
    ("link", "add", LONGEST, "type", "veth", "peer", "name", "far"),
    ("addr", "add", "192.0.2.1/24", "dev", "ens18"),
    ("addr", "add", "192.0.2.2/24", "dev", "ens18"),
    ("addr", "add", "198.51.100.1/24", "dev", "ens18.10"),
)
LISTS = (
    ["ens18"],
    ["*"],
    [LONGEST],
    [LONGEST + "t"],
    ["ens18.10"],
    ["ens18", "ens18.10", LONGEST],
    ["ens18/192.0.2.1"],
    ["ens18/192.0.2.1", "ens18/192.0.2.2"],
    ["ens18.10/198.51.100.1", "ens18/192.0.2.1"],
    ["ens18", "*"],
    ["*", "*"],
    ["ens18", "ens18"],
    ["ens18", "ens18/192.0.2.1"],
    ["ens18/192.0.2.1", "ens18"],
    ["ens18/192.0.2.1", "ens18/192.0.2.1"],
    ["ens18/"],
    ["/192.0.2.1"],
    ["*/192.0.2.1"],
    ["ens18/192.0.2.1/24"],
    ["ens18/::1"],
    ["ens18:0"],
    ["."],
)


def refused(interfaces: list[str], folder: Path) -> bool:
    """Whether `check` refuses a site whose server listens there."""
    server = {"address": "192.0.2.1", "interfaces": interfaces}
    path = folder / "site.json"
    path.write_text(json.dumps({"site": "a", "servers": {"d": server}, "dhcp4": {"subnet4": []}}))
    return any(problem.severity is Severity.ERROR for problem in check_file(path).problems)


def test_check_and_kea_agree(tmp_path: Path) -> None:
    verdicts = []
    with workshop() as shop:
        for words in NETWORK:
            run("ip", "-n", shop.netns.name, *words)
        for interfaces in LISTS:
            server = Server("d", "192.0.2.1", tuple(interfaces))
            (shop.root / "tmp/kea.conf").write_text(render.dhcp4(Site("a", (server,), {}), server))
            kea = subprocess.run(
                shop.inside("kea-dhcp4", "-T", "/tmp/kea.conf"), capture_output=True, check=False
            )
            verdicts.append((interfaces, refused(interfaces, tmp_path), kea.returncode != 0))
    assert [verdict for verdict in verdicts if verdict[1] != verdict[2]] == []
    assert {verdict[2] for verdict in verdicts} == {True, False}
