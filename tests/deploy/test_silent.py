"""Hosts that fall silent, and controllers that die or freeze: nothing waits for ever."""

from __future__ import annotations

import signal
import time
from functools import partial

import pytest

from tests.deploy.test_interrupted import output_of, started
from tests.deploying import HOSTS, Work, active, await_pair, lease, pid, sh
from tests.faults import asking
from tests.lab import lab
from tests.lab.shell import until

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

CHANGE = ("rebind-timer: 1800", "rebind-timer: 1801")
DROP_IN = "/etc/systemd/system/kea-dhcp4.service.d/fault.conf"


def _succeeds(host: str, *argv: str) -> bool:
    return lab.execute(host, *argv).returncode == 0


@pytest.mark.fault("the {} frozen in the middle of a run", "named within 15 s, the run ends")
@pytest.mark.parametrize("host", ["standby", "primary"])
def test_a_frozen_host(work: Work, host: str) -> None:
    name = {"standby": "dhcp2", "primary": "dhcp1"}[host]
    work.site(CHANGE)
    before = pid("dhcp2")
    try:
        with started(work) as process:
            until(lambda: pid("dhcp2") != before or process.poll() is not None, "a restart", 60)
            lab.freeze(name)
            frozen = time.monotonic()
            until(lambda: process.poll() is not None, "the run ends", 60)
            assert process.returncode != 0
            assert time.monotonic() - frozen < 45
    finally:
        lab.thaw(name)
    assert "Traceback" not in output_of(work)
    assert f"{name}: the host has not answered for 15 s" in output_of(work)
    await_pair()
    assert lease("user")["ip"]
    work.deploy()
    work.no_change()


@pytest.mark.fault("the standby frozen before the run connects", "refused, nothing changed")
def test_a_host_that_is_frozen_already(work: Work) -> None:
    work.site(CHANGE)
    primary = active("dhcp1")
    lab.freeze("dhcp2")
    try:
        output = work.refused()
    finally:
        lab.thaw("dhcp2")
    assert "dhcp2" in output
    assert active("dhcp1") == primary


@pytest.mark.fault(
    "the controller killed while a program works on a host",
    "a second run is refused until the program has ended",
)
def test_a_program_outlives_its_controller(work: Work) -> None:
    lines = "[Service]\\nExecStartPre=/bin/sleep 6\\n"
    sh("dhcp2", f"mkdir -p $(dirname {DROP_IN}); printf '{lines}' >{DROP_IN}")
    sh("dhcp2", "systemctl daemon-reload")
    work.site(CHANGE)
    before = active("dhcp2")
    with asking(most=6):
        with started(work) as process:
            until(lambda: active("dhcp2") != before, "the turn has begun", 60)
            process.send_signal(signal.SIGKILL)
        output = " ".join(work.refused().split())
        assert "a program of an earlier run" in output
        sh("dhcp2", f"rm {DROP_IN}; systemctl daemon-reload")
        free = ("flock", "-n", "/run/keaprov-work.lock", "true")
        for host in HOSTS:  # a program that proves what runs may be at work on the other one
            until(partial(_succeeds, host, *free), "the program ends", 30)
        work.deploy()
    work.no_change()


@pytest.mark.fault(
    "a controller frozen until its lock is free, a second run, then it goes on",
    "the second run ends well; the first changes nothing more",
)
def test_a_run_that_lost_its_lock(work: Work) -> None:
    work.site(CHANGE)
    before = {host: pid(host) for host in HOSTS}
    with started(work) as process:
        until(lambda: pid("dhcp2") != before["dhcp2"], "the standby's turn", 60)
        process.send_signal(signal.SIGSTOP)
        try:
            free = ("flock", "-n", "/run/keaprov.lock", "true")
            for host in HOSTS:
                until(partial(_succeeds, host, *free), "it is free", 40)
            work.site(("rebind-timer: 1801", "rebind-timer: 1802"))
            work.deploy()
            after = {host: (pid(host), active(host)) for host in HOSTS}
        finally:
            process.send_signal(signal.SIGCONT)
        until(lambda: process.poll() is not None, "the first run ends", 120)
        assert process.returncode != 0
    assert "Traceback" not in output_of(work)
    assert {host: (pid(host), active(host)) for host in HOSTS} == after
    await_pair()
    work.no_change()
