"""A run that is interrupted anywhere: somebody answers, and a rerun goes on from there."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deploying import (
    HOSTS,
    ROOT,
    Stubborn,
    Work,
    active,
    ask,
    await_pair,
    lease,
    pid,
    running,
    sh,
    subnets,
)
from tests.faults import asking
from tests.lab import lab, services
from tests.lab.shell import until

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

CHANGE = ("rebind-timer: 1800", "rebind-timer: 1801")
ADDED = "    - id: 70\n      subnet: 172.20.70.0/24\n      pools: [172.20.70.5 - 172.20.70.9]\n"


@contextmanager
def started(work: Work, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run a deploy beside the test; it is killed at the end if it is not over."""
    program = str(Path(sys.executable).with_name("pyinfra"))
    words = [program, str(work.folder / "inventory.py"), str(ROOT / "deploy.py"), "-y", *options]
    with (work.folder / "output").open("w") as file:
        process = subprocess.Popen(words, cwd=work.folder, stdout=file, stderr=file, text=True)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()


def output_of(work: Work) -> str:
    """Return what the run that was started has printed."""
    return " ".join((work.folder / "output").read_text().split())


def killed_at(
    work: Work,
    step: str,
    reached: Callable[[], bool],
    after: Callable[[], None] = lambda: None,
) -> None:
    """Start a run, kill it as soon as a step is reached, and wait for the programs it leaves.

    `after` is called between the two.
    """
    with started(work) as process:
        until(lambda: reached() or process.poll() is not None, step, 60)
        assert process.poll() is None, output_of(work)
    after()
    until(lambda: all(map(idle, HOSTS)), "the programs of the run that was killed have ended", 60)


def idle(host: str) -> bool:
    """Whether no program of keaprov is at work on a host: a run is refused until then."""
    lock = "/run/keaprov-work.lock"
    return lab.execute(host, "sh", "-c", f"! [ -e {lock} ] || flock -n {lock} true").returncode == 0


def staged(host: str) -> bool:
    return lab.execute(host, "test", "-e", "/etc/kea/kea-dhcp4.conf.staged").returncode == 0


Before = dict[str, str]
STEPS: dict[str, Callable[[Work, Before], bool]] = {
    "the hosts are locked": lambda work, before: "Starting operation" in output_of(work),
    "the bootstrap has begun": lambda work, before: (
        "Starting operation: Bootstrap" in output_of(work)
    ),
    "staged on both": lambda work, before: all(map(staged, HOSTS)),
    "the standby's file renamed": lambda work, before: active("dhcp2") != before["file2"],
    "the standby restarted": lambda work, before: pid("dhcp2") != before["pid2"],
    "the first gate open": lambda work, before: "gate open" in output_of(work),
    "the primary's file renamed": lambda work, before: active("dhcp1") != before["file1"],
    "the primary restarted": lambda work, before: pid("dhcp1") != before["pid1"],
    "the verification has begun": lambda work, before: (
        "Starting operation: Verify" in output_of(work)
    ),
}


@pytest.mark.fault("run killed: {}", "the rerun goes on from there")
@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_is_killed(work: Work, step: str) -> None:
    held = lease("user")["ip"]
    work.site(CHANGE)
    before = {f"file{host[-1]}": active(host) for host in HOSTS}
    before |= {f"pid{host[-1]}": pid(host) for host in HOSTS}
    with asking(most=20):
        killed_at(work, step, lambda: STEPS[step](work, before))
        work.deploy()
    work.no_change()
    for host in HOSTS:
        assert ask(host, "config-get")["Dhcp4"]["rebind-timer"] == 1801
        assert ask(host, "lease4-get", **{"ip-address": held})["ip-address"] == held
        assert "staged" not in sh(host, "ls -a /etc/kea")


@pytest.mark.fault("run killed between the servers of a live change", "the rerun goes on, live")
def test_a_live_change_that_is_killed_halfway(work: Work, stubborn: Stubborn) -> None:
    work.append(ADDED)
    before = {host: running(host) for host in HOSTS}
    with asking(most=5):
        stubborn("dhcp1", delay=60)  # longer than its program waits: never done
        both = {10, 40, 50, 60, 70}
        killed_at(work, "the standby has it", lambda: subnets("dhcp2") == both, stubborn.over)
        assert subnets("dhcp1") == {10, 40, 50, 60}
        assert "live: add subnet 70" in work.deploy()
    assert {host: running(host) for host in HOSTS} == before
    assert subnets("dhcp1") == subnets("dhcp2") == {10, 40, 50, 60, 70}
    work.no_change()


@pytest.mark.fault("SSH cut during the standby's turn", "the run ends; the rerun goes on")
def test_ssh_is_cut(work: Work) -> None:
    work.site(CHANGE)
    before = pid("dhcp2")
    with asking(most=20):
        with started(work) as process:
            until(lambda: pid("dhcp2") != before, "the standby restarts", 60)
            services.stop("ssh-dhcp2")
            until(lambda: process.poll() is not None, "the run ends", 120)
            assert process.returncode != 0
        assert "Traceback" not in output_of(work)
        services.start("ssh-dhcp2")
        await_pair()
        work.deploy()
    work.no_change()


@pytest.mark.fault("a second run meanwhile", "refused, names the first; that one ends well")
def test_one_run_at_a_time(work: Work) -> None:
    work.site(CHANGE)
    with started(work) as process:
        script = "[ -e /run/keaprov.lock ] && ! flock -n /run/keaprov.lock true"
        held = ("sh", "-c", script)
        until(lambda: lab.execute("dhcp1", *held).returncode == 0, "the lock is held", 30)
        refusal = " ".join(work.refused().split())
        assert "[dhcp1] Refused: another run is at work on this host" in refusal
        assert "since 20" in refusal
        until(lambda: process.poll() is not None, "the first run ends", 60)
        assert process.returncode == 0, output_of(work)
    work.no_change()


@pytest.mark.fault("power cut of the standby between rename and restart", "the rerun goes on")
def test_power_cut_between_rename_and_restart(work: Work) -> None:
    work.site(CHANGE)
    before = active("dhcp2")
    with asking(most=20):
        with started(work) as process:
            until(lambda: active("dhcp2") != before or process.poll() is not None, "renamed", 60)
            lab.power_cut("dhcp2")
        assert lease("user")["serverid"] == "10.60.1.67"
        lab.boot("dhcp2")
        work.deploy()
    work.no_change()
    assert ask("dhcp2", "config-get")["Dhcp4"]["rebind-timer"] == 1801
