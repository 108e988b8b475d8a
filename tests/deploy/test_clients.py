"""The tutorial's last step by itself: client hosts in the inventory take a lease at the end."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploying import ROOT, Work, leases_of
from tests.lab import rogue, services
from tests.lab.topology import CLIENT_PORTS, space

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]


@pytest.fixture
def clients(work: Work) -> Iterator[Work]:
    """An inventory with a client in each VLAN, reached over its own sshd."""
    for name in CLIENT_PORTS:
        services.start_client(name)
    ports = "".join(f'        "{n}": {{"ssh_port": {p}}},\n' for n, p in CLIENT_PORTS.items())
    asking = ", ".join(f'"{name}": "eth0"' for name in CLIENT_PORTS)
    work.edit(
        "inventory.py",
        ('        "dhcp2": {"ssh_port": 2202},\n    },\n', (
            f'        "dhcp2": {{"ssh_port": 2202}},\n{ports}    }},\n    clients={{{asking}}},\n'
        )),
        ("servers, primary, standby = pair.servers, pair.primary, pair.standby",
         "servers, clients = pair.servers, pair.clients"),
    )  # fmt: skip
    yield work
    for name in CLIENT_PORTS:
        services.stop_client(name)


def test_clients_prove_the_deploy(clients: Work) -> None:
    before = leases_of("dhcp1")
    output = clients.deploy()
    for name, network in (("user", "172.20.10."), ("voice", "172.20.60.")):
        assert re.search(
            rf"\[{name}\] +{re.escape(network)}\d+ from 10.60.1.67, as promised", output
        )
    assert leases_of("dhcp1") == before, "the leases were given back"


def test_a_client_that_gets_nothing_fails_the_deploy(clients: Work) -> None:
    services.stop("relay")
    try:
        output = " ".join(clients.refused().split())
    finally:
        services.start("relay")
    assert "[user] Refused: no server offers anything to user on eth0" in output
    assert "[voice] Refused: no server offers anything to voice on eth0" in output


def probe(work: Work, *options: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("keaprov"))
    inside = ["nsenter", f"--net={space('user').path}", program, "probe", "-i", "eth0"]
    words = [*inside, *options, str(work.folder / "site.yaml")]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True)


def test_another_server_in_the_clients_network_is_named(clients: Work) -> None:
    mac, address = rogue.MAC.hex(":"), rogue.ADDRESS
    with rogue.serving("user"):
        done = probe(clients, "--all", "--patience", "3")
        assert done.returncode == 1
        assert f"offer of {rogue.OFFERED} by {address} (from {address}, MAC {mac})" in done.stdout
        assert "offer of 172.20.10." in done.stdout
        assert f"STRANGER: {address} (from {address}, MAC {mac}) answers clients" in done.stderr
        assert "STRANGER: 10.60.1.6" not in done.stderr
        output = " ".join(clients.refused().split())
    assert f"[user] Refused: {address} (from {address}, MAC {mac}) answers clients" in output
    assert "[voice] Refused" not in output
    with rogue.serving("user", identifier=""):
        done = probe(clients, "--lease")
    assert "Traceback" not in done.stderr
    assert f"a server without an identifier (from {address}, MAC {mac}) answers" in done.stderr
    assert "lease of 172.20.10." in done.stdout, "the site's own server gives the lease"
    assert done.returncode == 1
    done = probe(clients, "--all", "--patience", "2")
    assert (done.returncode, done.stderr) == (0, "")
