"""Whatever fails on a host ends in one sentence with its cause: no traceback, no silence."""

from __future__ import annotations

import pytest

from tests.deploy.test_interrupted import output_of, started
from tests.deploy.test_verbs import keaprov
from tests.deploying import HOSTS, Stubborn, Work, await_pair, running, sh, subnets
from tests.faults import asking
from tests.lab import lab
from tests.lab.shell import until

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

CHANGE = ("rebind-timer: 1800", "rebind-timer: 1801")
ADDED = "    - id: 70\n      subnet: 172.20.70.0/24\n      pools: [172.20.70.5 - 172.20.70.9]\n"
BREAKS = {
    "a read-only /etc/kea": (
        "mount --bind /etc/kea /etc/kea && mount -o remount,ro,bind /etc/kea",
        "umount /etc/kea",
        "ead-only",
    ),
    "a read-only /var/lib/keaprov": (
        "mount --bind /var/lib/keaprov /var/lib/keaprov && "
        "mount -o remount,ro,bind /var/lib/keaprov",
        "umount /var/lib/keaprov",
        "ead-only",
    ),
    "a broken zone file": (
        "cd /etc/firewalld/zones; cp public.xml /root/zone; echo '<zone' >public.xml",
        "cp /root/zone /etc/firewalld/zones/public.xml",
        "firewalld's zone cannot be read",
    ),
    "a stopped firewall that does not allow SSH": (
        "systemctl stop firewalld; cd /etc/firewalld/zones; cp public.xml /root/zone; "
        """sed -i 's|<service name="ssh"/>|<port port="9090" protocol="tcp"/>|' public.xml""",
        "cp /root/zone /etc/firewalld/zones/public.xml; systemctl start firewalld",
        "firewalld's zone public does not allow SSH on port 22 from 10.60.1.",
    ),
}


@pytest.mark.fault("{} on the standby", "refused in a sentence; the primary not touched")
@pytest.mark.parametrize("broken", BREAKS)
def test_a_host_that_is_broken(work: Work, broken: str) -> None:
    breaks, mends, words = BREAKS[broken]
    sh("dhcp2", breaks)
    work.site(CHANGE)
    primary = running("dhcp1")
    try:
        with asking(most=5):
            output = work.refused()
    finally:
        sh("dhcp2", mends)
    assert words in output, output
    assert "[dhcp2]" in output
    assert running("dhcp1") == primary
    await_pair()
    work.deploy()
    work.no_change()


@pytest.mark.fault(
    "running.json that is not a map, a Latin-1 chrony.conf", "repaired, byte for byte"
)
def test_odd_files(work: Work) -> None:
    sh("dhcp2", "echo null >/var/lib/keaprov/running.json")
    sh("dhcp1", "printf '# caf\\351\\npool 192.0.2.1\\n' >>/etc/chrony.conf")
    work.deploy()
    assert lab.execute("dhcp1", "grep", "-a", "-c", "caf", "/etc/chrony.conf").stdout == "1\n"
    assert "351" in sh("dhcp1", "grep -a caf /etc/chrony.conf | od -An -to1")
    work.no_change()


@pytest.mark.fault(
    "a live change is refused, and so is its undo", "reported; the rolling restart repairs it"
)
def test_an_undo_that_fails(work: Work, stubborn: Stubborn) -> None:
    work.append(ADDED)
    stubborn("dhcp1", refused="subnet4-add")
    stubborn("dhcp2", refused="subnet4-del")
    output = " ".join(work.deploy().split())
    assert "dhcp1 refuses subnet4-add: not today. Changing it back failed (dhcp2: " in output
    assert "It is changed back" not in output
    for host in HOSTS:
        assert subnets(host) == {10, 40, 50, 60, 70}
    work.no_change()


@pytest.mark.fault("the connection lost in a live change", "reported: what runs is unknown")
def test_a_live_change_whose_connection_is_lost(work: Work, stubborn: Stubborn) -> None:
    work.append(ADDED)
    stubborn("dhcp1", delay=60)
    before = {host: running(host) for host in HOSTS}
    with started(work) as process, asking(most=40):  # the primary is frozen meanwhile
        until(lambda: 70 in subnets("dhcp2"), "the standby has it", 60)
        lab.freeze("dhcp1")
        try:
            until(lambda: process.poll() is not None, "the run ends", 60)
        finally:
            lab.thaw("dhcp1")
        assert process.returncode != 0
    stubborn.over()
    assert "What it runs is not known" in output_of(work)
    assert "is changed back" not in output_of(work)
    await_pair()
    work.deploy()
    assert {host: running(host)["kea-ctrl-agent.service"] for host in HOSTS} == {
        host: units["kea-ctrl-agent.service"] for host, units in before.items()
    }
    work.no_change()


@pytest.mark.fault(
    "`keaprov plan` with a full disk, another system, a foreign series", "exit 1, with the reason"
)
def test_a_plan_says_what_a_deploy_would_refuse(work: Work) -> None:
    sh("dhcp2", "cp /etc/os-release /root/kept")
    sh("dhcp2", "sed -i -e 's/^ID=.*/ID=debian/' -e /^ID_LIKE=/d /etc/os-release")
    done = keaprov(work, "plan")
    sh("dhcp2", "cp /root/kept /etc/os-release")
    assert done.returncode == 1
    assert "dhcp2: this host runs" in done.stderr
    work.site(('series: "3.0"', 'series: "3.2"'), ("control-agent:", "api:"))
    done = keaprov(work, "plan")
    assert done.returncode == 1
    assert "an upgrade to another series needs an exact version" in done.stderr
    work.site(('series: "3.2"', 'series: "3.0"'))
    sh("dhcp1", "mkdir -p /root/kea; cp -a /etc/kea/. /root/kea")
    sh("dhcp1", "mount -t tmpfs -o size=4m tmpfs /etc/kea; cp -a /root/kea/. /etc/kea/")
    done = keaprov(work, "plan")
    sh("dhcp1", "umount /etc/kea")
    assert done.returncode == 1
    assert "dhcp1: the disk is full" in done.stderr


def test_a_plan_says_what_would_be_prepared(work: Work) -> None:
    sh("dhcp1", "dnf -y -q downgrade rocky-release-9.6-1.5.el9")
    sh(
        "dhcp2",
        "firewall-cmd -q --permanent --remove-service=keaprov-dhcp; firewall-cmd -q --reload",
    )
    done = keaprov(work, "plan")
    assert done.returncode == 0, done.stderr
    assert "dhcp1: turn: 1 updates are pending: rocky-release" in done.stdout
    assert "dhcp2: open the firewall for the service" in done.stdout
