"""A newer Kea comes by a rolling restart: never on both servers at once."""

from __future__ import annotations

import re

import pytest

from tests.deploying import HOSTS, Work, ask, ha_state, lease, on
from tests.faults import asking, under
from tests.lab.load import SUBNET, under_load
from tests.lab.rpms import KEA_VERSIONS

pytestmark = pytest.mark.lab

OLD, NEW = ("-".join(version) for version in KEA_VERSIONS)
SERIES = 'series: "3.0"'


@pytest.mark.fault(
    "no fault: upgrade of Kea by a rolling restart", "both on the new version, no lease lost"
)
@pytest.mark.usefixtures("bare")
def test_an_upgrade_by_turns(work: Work) -> None:
    work.site((SERIES, f"{SERIES}\n  version: {OLD}"))
    work.append(SUBNET)
    work.deploy()
    installed = {on(host, "rpm", "-q", "isc-kea-dhcp4").strip() for host in HOSTS}
    assert installed == {f"isc-kea-dhcp4-{OLD}.x86_64"}
    held = lease("user")["ip"]
    work.site((OLD, NEW))
    with asking(most=10), under_load() as measured:
        said = work.deploy()
    under("an upgrade by a rolling restart", measured)
    assert (measured.duplicates, measured.lost) == (0, 0)
    assert measured.silence < 1, "the standby answers while the primary restarts"
    assert measured.unnoticed, str(measured)
    for host in HOSTS:
        names = on(host, "rpm", "-qa", "isc-kea*").split()
        assert len(names) >= 4
        assert all(name.endswith(f"{NEW}.x86_64") for name in names)
        assert ask(host, "lease4-get", **{"ip-address": held})["ip-address"] == held
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    assert "dhcp2] it answers clients while dhcp1 restarts" in said
    assert re.search(r"Kea's packages +2 +- +- +2 ", said), "not on both at once"
    assert re.search(r"Grand total +(\d+) +- +- +\1 ", work.deploy())


@pytest.mark.fault("an upgrade interrupted between the servers", "the rerun goes on from there")
@pytest.mark.usefixtures("pair")
def test_an_upgrade_that_was_cut_off_goes_on(work: Work) -> None:
    on("dhcp2", "dnf", "-y", "-q", "downgrade", *(f"{name}-{OLD}" for name in _packages()))
    assert "Kea versions differ" in " ".join(work.refused().split())
    work.site((SERIES, f"{SERIES}\n  version: {NEW}"))
    work.deploy()
    assert on("dhcp2", "rpm", "-q", "isc-kea-dhcp4").strip() == f"isc-kea-dhcp4-{NEW}.x86_64"


def _packages() -> list[str]:
    return on("dhcp2", "rpm", "-qa", "--qf", "%{NAME} ", "isc-kea*").split()
