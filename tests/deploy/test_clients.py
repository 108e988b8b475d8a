"""The tutorial's last step by itself: client hosts in the inventory take a lease at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.deploying import Work, leases_of
from tests.lab import services
from tests.lab.topology import CLIENT_PORTS

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
    told = clients.deploy()
    for name, network in (("user", "172.20.10."), ("voice", "172.20.60.")):
        assert re.search(rf"\[{name}\] +{re.escape(network)}\d+ from 10.60.1.67, as promised", told)
    assert leases_of("dhcp1") == before, "the leases were given back"


def test_a_client_that_gets_nothing_fails_the_deploy(clients: Work) -> None:
    services.stop("relay")
    try:
        told = " ".join(clients.refused().split())
    finally:
        services.start("relay")
    assert "[user] Refused: no server offers anything to user on eth0" in told
    assert "[voice] Refused: no server offers anything to voice on eth0" in told
