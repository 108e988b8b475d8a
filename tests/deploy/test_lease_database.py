"""Another lease database: the leases come along, or the change is refused; never an empty table."""

from __future__ import annotations

import pytest

from tests.deploy.test_ways import standalone
from tests.deploying import (
    HOSTS,
    Work,
    ask,
    await_pair,
    ha_state,
    lease,
    leases_of,
    pid,
    sh,
)
from tests.faults import asking, under
from tests.lab.load import SUBNET, under_load

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

DATABASE = "  lease-database: {type: memfile, name: other.csv}\n"
OTHER = ("  authoritative: true\n", f"  authoritative: true\n{DATABASE}")


@pytest.mark.alone
@pytest.mark.fault(
    "no fault: a pair gets another lease database", "each server fetches the leases of its peer"
)
def test_a_pair(work: Work) -> None:
    work.append(SUBNET)
    work.deploy()
    held = lease("user")["ip"]
    work.site(OTHER)
    with asking(most=8), under_load() as measured:
        work.deploy()
    await_pair()
    under("a pair gets another lease database", measured)
    assert (measured.duplicates, measured.lost, measured.naks) == (0, 0, 0), str(measured)
    for host in HOSTS:
        assert ask(host, "config-get")["Dhcp4"]["lease-database"]["name"].endswith("other.csv")
        assert held in leases_of(host)
        assert held in sh(host, "cat /var/lib/kea/other.csv")
    work.no_change()


def test_one_server(work: Work) -> None:
    """Nobody else has its leases."""
    standalone(work)
    sh("dhcp2", "systemctl disable --now kea-dhcp4")
    work.deploy()
    held = lease("user")["ip"]
    served = pid("dhcp1")
    work.site(OTHER)
    refusal = " ".join(work.refused().split())
    words = "the leases stay behind in another database: 1 active lease loses its address"
    assert words in refusal
    assert pid("dhcp1") == served
    assert ha_state("dhcp1") == ""
    assert held in leases_of("dhcp1")
