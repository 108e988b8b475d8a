"""Hosts that are dressed as Rocky Linux 10: first deploy, no change, a change, an upgrade.

The dress is what keaprov tells releases apart by: os-release, and the vendor's tree for release 10.
Python and the packages are those of the lab's other hosts (docs/lab.md).
"""

from __future__ import annotations

import pytest

from tests.deploying import HOSTS, Work, ask, await_pair, lease, on, sh
from tests.faults import asking
from tests.lab.rpms import KEA_VERSIONS

pytestmark = pytest.mark.lab

OLD, NEW = ("-".join(version) for version in KEA_VERSIONS)
SERIES = 'series: "3.0"'
DRESS = (
    r"s/9\.6 (Blue Onyx)/10.1 (Red Quartz)/; s/VERSION_ID=.*/VERSION_ID=10.1/; "
    "s/platform:el9/platform:el10/"
)


@pytest.mark.usefixtures("bare")
def test_release_10(work: Work) -> None:
    for host in HOSTS:
        sh(host, f"sed -i -e '{DRESS}' /etc/os-release")
    work.site((SERIES, f"{SERIES}\n  version: {OLD}"))
    work.deploy()
    await_pair()
    for host in HOSTS:
        assert "/rpm/el/10/" in on(host, "cat", "/etc/yum.repos.d/isc-kea.repo")
    work.no_change()
    held = lease("user")["ip"]

    work.append("    - {id: 70, subnet: 172.20.70.0/24}\n")
    with asking(most=1):
        work.deploy()
    assert ask("dhcp2", "subnet4-get", id=70)["subnet4"]

    work.site((f"version: {OLD}", f"version: {NEW}"))
    with asking(most=5):
        work.deploy()
    await_pair()
    for host in HOSTS:
        assert on(host, "rpm", "-q", "isc-kea-dhcp4").strip() == f"isc-kea-dhcp4-{NEW}.x86_64"
        assert ask(host, "lease4-get", **{"ip-address": held})["ip-address"] == held
    work.no_change()
