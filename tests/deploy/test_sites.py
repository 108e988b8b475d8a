"""Several sites in one inventory: pairs roll side by side, and stop themselves only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploying import Work, ask, ha_state, on, running
from tests.lab import lab
from tests.lab.topology import BRANCH

pytestmark = pytest.mark.lab

INVENTORY = """\
from pathlib import Path

from keaprov import inventory
from tests.lab import topology

ssh = {
    "ssh_hostname": "127.0.0.1",
    "ssh_user": "root",
    "ssh_key": str(topology.STATE / "id_ed25519"),
    "ssh_known_hosts_file": str(topology.STATE / "known_hosts"),
    "ssh_strict_host_key_checking": "yes",
    **{host.name: {"ssh_port": host.port} for host in topology.HOSTS},
}
here = Path(__file__)
sites = inventory.load(here.with_name("site.yaml"), ssh)
sites += inventory.load(here.with_name("branch.yaml"), ssh)
servers = sites.servers
"""
FAR = tuple(host.name for host in BRANCH)
REFUSED = "  hooks-libraries: [{library: libdhcp_none.so}]\n  subnet4:\n"


@pytest.fixture
def branch(work: Work, pair: None) -> Iterator[Work]:
    """A second, smaller pair in the same inventory: one subnet, in a site file of its own."""
    lab.second_pair()
    text = (work.folder / "site.yaml").read_text()
    for near, far in (
        ("dhcp1", "branch1"),
        ("dhcp2", "branch2"),
        ("1.67", "1.77"),
        ("1.68", "1.78"),
    ):
        text = text.replace(near, far)
    text = text.partition("    - id: 40")[0].replace("site: labo", "site: branch")
    (work.folder / "branch.yaml").write_text(text)
    (work.folder / "inventory.py").write_text(INVENTORY)
    yield work
    lab.end_second_pair()


def test_two_pairs_side_by_side(branch: Work) -> None:
    near = {host: running(host) for host in ("dhcp1", "dhcp2")}
    branch.deploy()
    assert [ha_state(host) for host in FAR] == ["hot-standby"] * 2
    assert {host: running(host) for host in near} == near, "the first pair was healthy"
    branch.no_change()

    branch.site(("rebind-timer: 1800", "rebind-timer: 1801"))
    branch.edit("branch.yaml", ("  subnet4:\n", REFUSED))
    far = {host: running(host) for host in FAR}
    output = " ".join(branch.refused().split())
    assert "branch.yaml" in output, "Kea's verdict is shown at that site's line"
    assert "[branch1] Refused: stopped before" not in output or "branch2" in output
    assert {host: running(host) for host in FAR} == far
    for host in near:
        assert ask(host, "config-get")["Dhcp4"]["rebind-timer"] == 1801, "the other pair went on"
    branch.edit("branch.yaml", (REFUSED, "  subnet4:\n"))
    branch.no_change()
    assert "branch" in on("branch1", "cat", "/etc/kea/kea-dhcp4.conf")
