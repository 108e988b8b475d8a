"""A subnet gets another id, and its leases with it; a subnet goes before a rolling restart."""

from __future__ import annotations

import re

import pytest

from tests.deploy.test_verbs import keaprov
from tests.deploying import HOSTS, Work, ask, await_pair, lease, subnets
from tests.faults import under
from tests.lab.load import SUBNET, under_load

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

VOICE = "subnet 60 (172.20.60.0/24, VLAN Voice)"


def leases_of(host: str, subnet: int) -> set[str]:
    leases = ask(host, "lease4-get-all", subnets=[subnet])["leases"]
    return {lease["ip-address"] for lease in leases if lease["state"] == 0}


@pytest.mark.alone
@pytest.mark.fault("no fault: a subnet gets another id, under load", "every lease comes along")
def test_the_leases_come_along(work: Work) -> None:
    work.append(SUBNET)
    work.deploy()
    await_pair()
    with under_load() as measured:
        pass
    held = {host: leases_of(host, 900) for host in HOSTS}
    work.site(("id: 900", "id: 901"))
    done = keaprov(work, "plan")
    assert re.search(r"gets the id 901: \d+ active leases come along", done.stdout), done.stdout
    assert done.returncode == 0
    with under_load() as measured:
        output = " ".join(work.deploy().split())
        await_pair()
    assert "leases came along" in output
    under("a subnet gets another id", measured)
    assert measured.naks == measured.lost == measured.duplicates == 0, str(measured)
    for host in HOSTS:
        assert leases_of(host, 901) >= held[host]
        assert subnets(host) >= {901}
    work.no_change()


def test_a_client_keeps_its_address(work: Work) -> None:
    address = lease("voice")["ip"]
    work.site(("id: 60", "id: 61"), ("rebind-timer: 1800", "rebind-timer: 1801"))
    output = " ".join(work.deploy().split())
    assert "1 lease came along" in output, output
    await_pair()
    assert lease("voice")["ip"] == address
    for host in HOSTS:
        assert leases_of(host, 61) == {address}
        assert ask(host, "config-get")["Dhcp4"]["rebind-timer"] == 1801
    assert keaprov(work, "status").returncode == 0
    work.no_change()
