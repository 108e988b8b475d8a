"""Interruptions and faults: somebody answers, the message is clear, a rerun goes on from there."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deploying import HOSTS, ROOT, Work, ask, await_pair, ha_state, lease, on, running, sh
from tests.lab import lab
from tests.lab.shell import until

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

NO_CHANGE = re.compile(r"Grand total +(\d+) +- +- +\1 ")
CHANGE = ("rebind-timer: 1800", "rebind-timer: 1801")
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


@contextmanager
def started(work: Work) -> Iterator[subprocess.Popen[str]]:
    """Run a deploy beside the test; it is killed at the end if it is not over."""
    program = str(Path(sys.executable).with_name("pyinfra"))
    words = [program, str(work.folder / "inventory.py"), str(ROOT / "deploy.py"), "-y"]
    with (work.folder / "said").open("w") as said:
        process = subprocess.Popen(words, cwd=work.folder, stdout=said, stderr=said, text=True)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()


class Asking(threading.Thread):
    """A client that asks for its lease again and again; `longest` is the longest silence."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.longest = 0.0

    def run(self) -> None:
        last = time.monotonic()
        while not self.over.is_set():
            if lab.run_in("voice", "lease").returncode == 0:
                now = time.monotonic()
                self.longest, last = max(self.longest, now - last), now
        self.longest = max(self.longest, time.monotonic() - last)


@contextmanager
def asking(most: float) -> Iterator[Asking]:
    """Hold that a client is never without an answer for longer than `most` seconds."""
    client = Asking()
    client.start()
    yield client
    client.over.set()
    client.join()
    print(f"longest silence {client.longest:.1f} s")
    assert client.longest < most


def active(host: str) -> str:
    return on(host, "sha256sum", "/etc/kea/kea-dhcp4.conf")


def pid(host: str) -> str:
    return running(host)["kea-dhcp4.service"]


STEPS: dict[str, Callable[[dict[str, str]], bool]] = {
    "staged on both": lambda before: all(
        lab.execute(host, "test", "-e", "/etc/kea/kea-dhcp4.conf.staged").returncode == 0
        for host in HOSTS
    ),
    "the standby's file renamed": lambda before: active("dhcp2") != before["file2"],
    "the standby restarted": lambda before: pid("dhcp2") != before["pid2"],
    "the primary restarted": lambda before: pid("dhcp1") != before["pid1"],
}


@pytest.mark.parametrize("step", STEPS)
def test_a_run_that_is_killed_goes_on_from_there(work: Work, step: str) -> None:
    held = lease("user")["ip"]
    work.site(CHANGE)
    before = {"file2": active("dhcp2"), "pid1": pid("dhcp1"), "pid2": pid("dhcp2")}
    with started(work) as process:
        until(lambda: STEPS[step](before) or process.poll() is not None, step, 60)
        assert process.poll() is None, (work.folder / "said").read_text()
    with asking(most=20):
        work.deploy()
    assert NO_CHANGE.search(work.deploy())
    for host in HOSTS:
        assert ask(host, "config-get")["Dhcp4"]["rebind-timer"] == 1801
        assert ask(host, "lease4-get", **{"ip-address": held})["ip-address"] == held
        assert "staged" not in sh(host, "ls -a /etc/kea")


def test_one_run_at_a_time(work: Work) -> None:
    work.site(CHANGE)
    with started(work) as process:
        script = "[ -e /run/keaprov.lock ] && ! flock -n /run/keaprov.lock true"
        held = ("sh", "-c", script)
        until(lambda: lab.execute("dhcp1", *held).returncode == 0, "the lock is held", 30)
        said = " ".join(work.refused().split())
        assert "[dhcp1] Refused: another run is at work on this host" in said
        assert "since 20" in said
        until(lambda: process.poll() is not None, "the first run ends", 60)
        assert process.returncode == 0, (work.folder / "said").read_text()
    assert NO_CHANGE.search(work.deploy())


def test_power_cut_between_rename_and_restart(work: Work) -> None:
    work.site(CHANGE)
    sh("dhcp2", "mkdir -p /run/systemd/system/kea-dhcp4.service.d")
    before = {"file2": active("dhcp2")}
    with started(work) as process:
        renamed = STEPS["the standby's file renamed"]
        until(lambda: renamed(before) or process.poll() is not None, "renamed", 60)
        lab.power_cut("dhcp2")
    assert lease("user")["serverid"] == "10.60.1.67"
    lab.boot("dhcp2")
    work.deploy()
    assert NO_CHANGE.search(work.deploy())
    assert ask("dhcp2", "config-get")["Dhcp4"]["rebind-timer"] == 1801


def test_the_new_configuration_passes_the_test_and_dies_at_the_start(work: Work) -> None:
    drop_in = "/etc/systemd/system/kea-dhcp4.service.d/fault.conf"
    grep = "ExecStartPre=/bin/sh -c '! grep -q 1801 /etc/kea/kea-dhcp4.conf'"
    sh("dhcp2", f"mkdir -p $(dirname {drop_in}); printf '[Service]\\n%s\\n' \"{grep}\" >{drop_in}")
    sh("dhcp2", "systemctl daemon-reload")
    work.site(CHANGE)
    primary, file = running("dhcp1"), active("dhcp2")
    with asking(most=5):
        said = " ".join(work.refused().split())
    assert "kea-dhcp4" in said
    assert "stopped before the second turn, because dhcp2 did not come this far" in said
    assert running("dhcp1") == primary
    assert active("dhcp2") == file
    await_pair()
    sh("dhcp2", f"rm {drop_in}; systemctl daemon-reload")
    work.deploy()
    assert NO_CHANGE.search(work.deploy())


def test_the_primary_is_down_and_the_standby_answers(work: Work) -> None:
    sh("dhcp1", "systemctl stop kea-dhcp4")
    until(lambda: ha_state("dhcp2") == "partner-down", "the standby takes over", 60)
    work.site(CHANGE)
    with asking(most=10):
        work.deploy()
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    assert NO_CHANGE.search(work.deploy())


def test_the_primary_dies_during_the_standbys_turn(work: Work) -> None:
    work.site(CHANGE)
    before = {"pid2": pid("dhcp2")}
    with started(work) as process:
        until(lambda: pid("dhcp2") != before["pid2"], "the standby restarts", 60)
        sh("dhcp1", "systemctl kill -s KILL kea-dhcp4")
        until(lambda: process.poll() is not None, "the run ends", 120)
        assert process.returncode != 0
    said = " ".join((work.folder / "said").read_text().split())
    assert "Gate closed: the peer's kea-dhcp4 died meanwhile" in said, said
    until(lambda: ha_state("dhcp2") == "partner-down", "the standby takes over", 60)
    assert lease("user")["serverid"] == "10.60.1.68"
    work.deploy()
    assert NO_CHANGE.search(work.deploy())


def test_the_peers_cannot_hear_each_other(work: Work) -> None:
    chain = "nft 'add chain inet fault in { type filter hook input priority -10; }'"
    block = f"nft add table inet fault; {chain}"
    for host in HOSTS:
        sh(host, f"{block}; nft add rule inet fault in tcp dport 8005 drop")
    until(lambda: [ha_state(h) for h in HOSTS] == ["partner-down"] * 2, "both partner-down", 90)
    work.site(CHANGE)
    before = {host: running(host) for host in HOSTS}
    said = " ".join(work.refused().split())
    assert "split brain: both servers are in partner-down and serve the same pools" in said
    assert {host: running(host) for host in HOSTS} == before
    for host in HOSTS:
        sh(host, "nft delete table inet fault")
    await_pair()
    work.deploy()
    assert NO_CHANGE.search(work.deploy())


def test_a_split_brain_of_our_own_making_is_healed(work: Work) -> None:
    held = lease("user")["ip"]
    for host in HOSTS:
        rules = on(host, "firewall-cmd", "--list-rich-rules").splitlines()
        (rule,) = (one for one in rules if "keaprov-ha" in one)
        sh(
            host,
            f"firewall-cmd -q --permanent --remove-rich-rule='{rule}'; firewall-cmd -q --reload",
        )
        sh(host, "ss -K dport = :8005 >/dev/null; ss -K sport = :8005 >/dev/null")
    until(lambda: [ha_state(h) for h in HOSTS] == ["partner-down"] * 2, "both partner-down", 90)
    before = {host: running(host) for host in HOSTS}
    work.deploy()
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    assert {host: running(host) for host in HOSTS} == before, "opening the port was all it took"
    assert ask("dhcp2", "lease4-get", **{"ip-address": held})["ip-address"] == held
    assert NO_CHANGE.search(work.deploy())


@contextmanager
def clock_ahead(host: str, seconds: int) -> Iterator[None]:
    """Have a host's kea-dhcp4 believe that it is later."""
    drop_in = "/etc/systemd/system/kea-dhcp4.service.d/fault.conf"
    lines = f"[Service]\\nEnvironment=LD_PRELOAD={FAKETIME} FAKETIME=+{seconds}s\\n"
    sh(host, f"mkdir -p $(dirname {drop_in}); printf '{lines}' >{drop_in}")
    sh(host, "systemctl daemon-reload; systemctl restart kea-dhcp4")
    yield
    sh(host, f"rm {drop_in}; systemctl daemon-reload; systemctl restart kea-dhcp4")


def test_a_clock_that_is_off(work: Work) -> None:
    with clock_ahead("dhcp2", 45):
        await_pair()

        def skewed() -> bool:
            servers = ask("dhcp1", "status-get")["high-availability"][0]["ha-servers"]
            return abs(int(servers["remote"].get("clock-skew") or 0)) > 30

        until(skewed, "the skew is seen", 30)
        work.site(CHANGE)
        before = {host: running(host) for host in HOSTS}
        said = " ".join(work.refused().split())
        assert re.search(r"sees its peer's clock -?4[0-9] s away from its own", said), said
        assert {host: running(host) for host in HOSTS} == before
        assert lease("user")["ip"].startswith("172.20.10.")
    await_pair()
    until(lambda: not skewed(), "the skew is gone", 60)
    work.deploy()
    assert NO_CHANGE.search(work.deploy())


def test_a_terminated_pair(work: Work) -> None:
    with clock_ahead("dhcp2", 90):
        until(lambda: "terminated" in [ha_state(host) for host in HOSTS], "terminated", 60)
        work.site(CHANGE)
        before = {host: running(host) for host in HOSTS}
        said = " ".join(work.refused().split())
        assert "the pair is terminated" in said
        assert "restart kea-dhcp4 on both servers within 10 minutes" in said
        assert {host: running(host) for host in HOSTS} == before
        assert lease("user")["ip"].startswith("172.20.10.")
    sh("dhcp1", "systemctl restart kea-dhcp4")
    await_pair()
    work.deploy()
    assert NO_CHANGE.search(work.deploy())


def test_a_lost_lease_file_on_the_standby_is_filled_again(work: Work) -> None:
    held = lease("user")["ip"]
    sh("dhcp2", "systemctl stop kea-dhcp4; rm -f /var/lib/kea/*")
    work.deploy()
    assert ask("dhcp2", "lease4-get", **{"ip-address": held})["ip-address"] == held
    assert NO_CHANGE.search(work.deploy())
