"""A closed gate restores what ran before: files, packages, units; after an interruption, too."""

from __future__ import annotations

import pytest

from tests.deploy.test_interrupted import idle, output_of, started
from tests.deploying import (
    HOSTS,
    Work,
    active,
    ask,
    await_pair,
    ha_state,
    on,
    pid,
    running,
    sh,
)
from tests.faults import asking
from tests.lab import services
from tests.lab.rpms import KEA_VERSIONS
from tests.lab.shell import until

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

CHANGE = ("rebind-timer: 1800", "rebind-timer: 1801")
OLD, NEW = ("-".join(version) for version in KEA_VERSIONS)
SERIES = 'series: "3.0"'
DROP_IN = "/etc/systemd/system/kea-dhcp4.service.d/fault.conf"


def dies_if(host: str, condition: str, *lines: str) -> None:
    """Have kea-dhcp4 die at its start if a shell command succeeds."""
    text = "\\n".join(["[Service]", f"ExecStartPre=/bin/sh -c '! {condition}'", *lines])
    sh(host, f"mkdir -p $(dirname {DROP_IN}); printf '%b\\n' \"{text}\" >{DROP_IN}")
    sh(host, "systemctl daemon-reload")


def lives(host: str) -> None:
    """End what `dies_if` began."""
    sh(host, f"rm {DROP_IN}; systemctl daemon-reload")


@pytest.mark.fault(
    "a configuration that kills Kea, the run killed after the rename",
    "every rerun restores the configuration that ran",
)
def test_a_rerun_restores_what_ran(work: Work) -> None:
    first, primary = active("dhcp2"), running("dhcp1")
    dies_if("dhcp2", "grep -q 180[12] /etc/kea/kea-dhcp4.conf", "RestartSec=30")
    work.site(CHANGE)
    with asking(most=5):
        with started(work) as process:
            renamed = lambda: active("dhcp2") != first or process.poll() is not None  # noqa: E731
            until(renamed, "the file is renamed", 60)
        until(lambda: all(map(idle, HOSTS)), "the programs of the killed run have ended", 60)
        output = " ".join(work.refused().split())
        assert "kea-dhcp4" in output
        assert active("dhcp2") == first, "the configuration that ran is back"
        await_pair()
        work.site(("rebind-timer: 1801", "rebind-timer: 1802"))
        work.refused()
        assert active("dhcp2") == first, "a third one has not replaced the good copy"
    assert running("dhcp1") == primary
    await_pair()
    lives("dhcp2")
    work.deploy()
    work.no_change()


@pytest.mark.fault(
    "a unit that systemd restarts until its limit", "restored all the same, last words at once"
)
def test_the_start_limit_does_not_stop_the_restore(work: Work) -> None:
    limits = ("Restart=on-failure", "RestartSec=100ms", "[Unit]", "StartLimitBurst=2")
    dies_if("dhcp2", "grep -q 1801 /etc/kea/kea-dhcp4.conf", *limits)
    first = active("dhcp2")
    work.site(CHANGE)
    with asking(most=5):
        work.refused()
    assert active("dhcp2") == first
    await_pair()
    lives("dhcp2")
    work.deploy()
    work.no_change()


@pytest.mark.fault("an upgrade whose gate closes", "packages, files and units are as before")
def test_an_upgrade_is_restored_as_a_whole(work: Work) -> None:
    names = on("dhcp1", "rpm", "-qa", "--qf", "%{NAME} ", "isc-kea*").split()
    for host in reversed(HOSTS):
        on(host, "dnf", "-y", "-q", "downgrade", *(f"{name}-{OLD}" for name in names))
    await_pair()
    dies_if("dhcp2", f"rpm -q isc-kea-dhcp4 | grep -q {NEW}", "RestartSec=30")
    first = active("dhcp2")
    work.site((SERIES, f"{SERIES}\n  version: {NEW}"), CHANGE)
    with asking(most=10):
        work.refused()
    for host in HOSTS:
        assert on(host, "rpm", "-q", "isc-kea-dhcp4").strip() == f"isc-kea-dhcp4-{OLD}.x86_64"
    assert active("dhcp2") == first
    await_pair()
    lives("dhcp2")
    work.deploy()
    work.no_change()


@pytest.mark.fault("an upgrade, the old version no longer offered", "refused before any change")
def test_a_version_that_could_not_be_restored(work: Work) -> None:
    names = on("dhcp1", "rpm", "-qa", "--qf", "%{NAME} ", "isc-kea*").split()
    for host in reversed(HOSTS):
        on(host, "dnf", "-y", "-q", "downgrade", *(f"{name}-{OLD}" for name in names))
        sh(host, f"echo 'excludepkgs=isc-kea*{OLD}*' >>/etc/dnf/dnf.conf")
    await_pair()
    before = {host: running(host) for host in HOSTS}
    work.site((SERIES, f"{SERIES}\n  version: {NEW}"))
    output = " ".join(work.refused().split())
    assert "is no longer offered" in output
    assert {host: running(host) for host in HOSTS} == before


@pytest.mark.fault("the peer not reachable by SSH while a gate waits", "restored, and said")
def test_the_peer_is_out_of_reach_while_a_gate_waits(work: Work) -> None:
    first = active("dhcp2")
    before = pid("dhcp2")
    work.site(CHANGE)
    try:
        with started(work) as process, asking(most=10):
            until(lambda: pid("dhcp2") != before, "the standby restarts", 60)
            services.stop("ssh-dhcp1")
            until(lambda: process.poll() is not None, "the run ends", 120)
            assert process.returncode != 0
    finally:
        services.start("ssh-dhcp1")
    assert "Traceback" not in output_of(work)
    assert "Gate closed: its peer: dhcp1: " in output_of(work)
    assert active("dhcp2") == first
    await_pair()
    work.deploy()
    work.no_change()


@pytest.mark.fault("--data revision= across a change of failover.port", "back on the old port")
def test_going_back_across_a_port_change(work: Work) -> None:
    revision = str(ask("dhcp1", "config-get")["Dhcp4"]["user-context"]["keaprov"]["revision"])
    work.site(("port: 8005", "port: 8006"))
    work.deploy()
    with asking(most=20):
        work.deploy("--data", f"revision={revision}")
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    for host in HOSTS:
        assert ":8005 " in on(host, "ss", "-Hlnt")
    work.no_change("--data", f"revision={revision}")


@pytest.mark.fault(
    "failover.port changes, Kea refuses the configuration",
    "the port in use stays open, the new one too",
)
def test_the_port_in_use_stays_open(work: Work) -> None:
    hooks = "  hooks-libraries: [{library: libdhcp_none.so}]"
    work.site(("port: 8005", "port: 8006"))
    work.site(("  authoritative: true", f"{hooks}\n  authoritative: true"))
    with asking(most=5):
        work.refused()
        for host in HOSTS:
            opened = sh(host, "cat /etc/firewalld/services/keaprov-ha.xml")
            assert 'port="8005"' in opened
            assert 'port="8006"' in opened
            sh(host, "ss -K dport = :8005 >/dev/null; ss -K sport = :8005 >/dev/null || true")
        await_pair()
    work.site((hooks + "\n", ""))
    work.deploy()
    for host in HOSTS:
        opened = sh(host, "cat /etc/firewalld/services/keaprov-ha.xml")
        assert 'port="8005"' not in opened, "it closes after the last gate"
    work.no_change()
