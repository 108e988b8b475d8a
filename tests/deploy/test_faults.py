"""Faults of servers and between them: somebody answers, the message is clear, a rerun converges."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.deploy.test_interrupted import output_of, started
from tests.deploy.test_verbs import keaprov
from tests.deploying import (
    HOSTS,
    Work,
    active,
    ask,
    await_pair,
    ha_port_blocked,
    ha_state,
    killed_for_good,
    lease,
    on,
    pid,
    running,
    sh,
)
from tests.faults import asking
from tests.lab.load import duplicates, leases
from tests.lab.shell import until

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

CHANGE = ("rebind-timer: 1800", "rebind-timer: 1801")
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"
DROP_IN = "/etc/systemd/system/kea-dhcp4.service.d/fault.conf"


@pytest.mark.fault(
    "accepted by -T, but the daemon dies at the start",
    "the standby is put back, the primary not touched",
)
def test_the_new_configuration_passes_the_test_and_dies_at_the_start(work: Work) -> None:
    grep = "ExecStartPre=/bin/sh -c '! grep -q 1801 /etc/kea/kea-dhcp4.conf'"
    sh("dhcp2", f"mkdir -p $(dirname {DROP_IN}); printf '[Service]\\n%s\\n' \"{grep}\" >{DROP_IN}")
    sh("dhcp2", "systemctl daemon-reload")
    work.site(CHANGE)
    primary, file = running("dhcp1"), active("dhcp2")
    with asking(most=5):
        refusal = " ".join(work.refused().split())
    assert "kea-dhcp4" in refusal
    assert "No other server was touched" in refusal
    assert running("dhcp1") == primary
    assert active("dhcp2") == file
    await_pair()
    sh("dhcp2", f"rm {DROP_IN}; systemctl daemon-reload")
    work.deploy()
    work.no_change()


@pytest.mark.fault(
    "the primary's daemon down before the run", "the primary first, then the standby"
)
def test_the_primary_is_down_and_the_standby_answers(work: Work) -> None:
    sh("dhcp1", "systemctl stop kea-dhcp4")
    until(lambda: ha_state("dhcp2") == "partner-down", "the standby takes over", 60)
    work.site(CHANGE)
    with asking(most=10):
        work.deploy()
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    work.no_change()


@pytest.mark.fault(
    "the primary's daemon dies during the standby's turn",
    "the gate closes; the standby takes over and stays",
)
def test_the_primary_dies_during_the_standbys_turn(work: Work) -> None:
    work.site(CHANGE)
    before = {"pid2": pid("dhcp2")}
    with started(work) as process:
        until(lambda: pid("dhcp2") != before["pid2"], "the standby restarts", 60)
        killed_for_good("dhcp1")
        until(lambda: process.poll() is not None, "the run ends", 120)
        assert process.returncode != 0
    assert "Gate closed: the peer's kea-dhcp4 died meanwhile" in output_of(work)
    until(lambda: ha_state("dhcp2") == "partner-down", "the standby takes over", 60)
    assert lease("user")["serverid"] == "10.60.1.68"
    work.deploy()
    work.no_change()


@pytest.mark.fault(
    "HA port blocked between the hosts: split brain", "refused, named; unblocked, they heal"
)
def test_the_peers_cannot_hear_each_other(work: Work) -> None:
    with ha_port_blocked():
        until(lambda: [ha_state(h) for h in HOSTS] == ["partner-down"] * 2, "both partner-down", 90)
        work.site(CHANGE)
        before = {host: running(host) for host in HOSTS}
        refusal = " ".join(work.refused().split())
        assert "split brain: both servers are in partner-down and serve the same pools" in refusal
        assert {host: running(host) for host in HOSTS} == before
        for _ in range(3):
            assert lease("voice")["ip"]
            assert lease("user")["ip"]
    await_pair()
    assert duplicates(leases(HOSTS)) == 0
    work.deploy()
    work.no_change()


@pytest.mark.fault(
    "HA port closed in the hosts' own firewalls: split brain",
    "opened; they heal, nothing restarted",
)
def test_a_split_brain_of_our_own_making_is_healed(work: Work) -> None:
    held = lease("user")["ip"]
    for host in HOSTS:
        rules = on(host, "firewall-cmd", "--list-rich-rules").splitlines()
        (rule,) = (rule for rule in rules if "keaprov-ha" in rule)
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
    assert duplicates(leases(HOSTS)) == 0
    work.no_change()


@contextmanager
def clock_ahead(host: str, seconds: int) -> Iterator[None]:
    """Have a host's kea-dhcp4 believe that it is later."""
    lines = f"[Service]\\nEnvironment=LD_PRELOAD={FAKETIME} FAKETIME=+{seconds}s\\n"
    sh(host, f"mkdir -p $(dirname {DROP_IN}); printf '{lines}' >{DROP_IN}")
    sh(host, "systemctl daemon-reload; systemctl restart kea-dhcp4")
    yield
    sh(host, f"rm {DROP_IN}; systemctl daemon-reload; systemctl restart kea-dhcp4")


@pytest.mark.fault("one daemon's clock 45 s off", "refused, with the way out; clients are served")
def test_a_clock_that_is_off(work: Work) -> None:
    with clock_ahead("dhcp2", 45):
        await_pair()

        def skewed() -> bool:
            servers = ask("dhcp1", "status-get")["high-availability"][0]["ha-servers"]
            return abs(int(servers["remote"].get("clock-skew") or 0)) > 30

        until(skewed, "the skew is seen", 30)
        work.site(CHANGE)
        before = {host: running(host) for host in HOSTS}
        refusal = " ".join(work.refused().split())
        assert re.search(r"its peer's clock differs by -?4[0-9] s", refusal), refusal
        assert {host: running(host) for host in HOSTS} == before
        assert lease("user")["ip"].startswith("172.20.10.")
    await_pair()
    until(lambda: not skewed(), "the skew is gone", 60)
    work.deploy()
    work.no_change()


@pytest.mark.fault(
    "one daemon's clock 90 s off: terminated", "refused, with the way out; clients are served"
)
def test_a_terminated_pair(work: Work) -> None:
    with clock_ahead("dhcp2", 90):
        until(lambda: "terminated" in [ha_state(host) for host in HOSTS], "terminated", 60)
        work.site(CHANGE)
        before = {host: running(host) for host in HOSTS}
        refusal = " ".join(work.refused().split())
        assert re.search("the pair is terminated, because the clocks were (8|9). s apart", refusal)
        assert "restart kea-dhcp4 on both servers within 10 minutes, standby first" in refusal
        done = keaprov(work, "status", "--explain")
        assert done.returncode == 3
        assert "the pair is terminated" in done.stdout
        assert "Remove the cause, then run the deploy" in done.stdout
        assert {host: running(host) for host in HOSTS} == before
        assert lease("user")["ip"].startswith("172.20.10.")
    sh("dhcp1", "systemctl restart kea-dhcp4")
    await_pair()
    work.deploy()
    work.no_change()


@pytest.mark.fault("the standby's lease file lost", "filled again by Kea before the gate opens")
def test_a_lost_lease_file_on_the_standby_is_filled_again(work: Work) -> None:
    held = lease("user")["ip"]
    sh("dhcp2", "systemctl stop kea-dhcp4; rm -f /var/lib/kea/*")
    work.deploy()
    assert ask("dhcp2", "lease4-get", **{"ip-address": held})["ip-address"] == held
    work.no_change()


@pytest.mark.fault(
    "the standby's daemon killed during its turn", "put back, the primary not touched"
)
def test_the_standbys_daemon_is_killed_in_its_turn(work: Work) -> None:
    work.site(CHANGE)
    before, primary = pid("dhcp2"), running("dhcp1")
    with asking(most=5):
        with started(work) as process:
            until(lambda: pid("dhcp2") not in (before, "0"), "the standby restarts", 60)
            killed_for_good("dhcp2")
            until(lambda: process.poll() is not None, "the run ends", 120)
            assert process.returncode != 0
        assert "Gate closed: kea-dhcp4 died after it was started" in output_of(work)
        assert running("dhcp1") == primary
        await_pair()
        work.deploy()
    work.no_change()


@pytest.mark.fault("the standby's lease file corrupted", "refused while staging, by its name")
def test_a_corrupted_lease_file_on_the_standby(work: Work) -> None:
    held, primary = lease("user")["ip"], running("dhcp1")
    file = "/var/lib/kea/kea-leases4.csv"
    sh("dhcp2", "systemctl stop kea-dhcp4; rm -f /var/lib/kea/*")
    sh("dhcp2", f"head -c 3000 /bin/true >{file}; chown kea:kea {file}")
    work.site(CHANGE)
    with asking(most=5):
        refusal = work.refused()
    assert "kea-leases4.csv" in refusal, f"the daemon's last words do not say why: {refusal}"
    assert running("dhcp1") == primary
    sh("dhcp2", f"rm {file}; systemctl reset-failed kea-dhcp4")
    work.deploy()
    assert ask("dhcp2", "lease4-get", **{"ip-address": held})["ip-address"] == held
    work.no_change()


@pytest.mark.fault("the disk full while staging", "refused by name; nothing active was changed")
def test_the_disk_fills_up_while_staging(work: Work) -> None:
    sh("dhcp2", "cp -a /etc/kea /root/kea; mount -t tmpfs -o size=9m,mode=750 tmpfs /etc/kea")
    sh("dhcp2", "cp -a /root/kea/. /etc/kea/; chown root:kea /etc/kea")
    work.site(CHANGE)
    before = {host: (running(host), active(host)) for host in HOSTS}
    with started(work) as process, asking(most=5):
        until(
            lambda: "operation: Bootstrap" in output_of(work),
            "the observation before has ended",
            60,
        )
        sh("dhcp2", "dd if=/dev/zero of=/etc/kea/fill bs=1M status=none || true")
        until(lambda: process.poll() is not None, "the run ends", 120)
        assert process.returncode != 0
    assert "No space left on device" in output_of(work)
    assert {host: (running(host), active(host)) for host in HOSTS} == before
    sh("dhcp2", "umount /etc/kea")
    work.deploy()
    work.no_change()


@pytest.mark.fault("a maintenance begun and not ended", "cancelled; the change goes on")
def test_a_maintenance_that_was_left(work: Work) -> None:
    ask("dhcp2", "ha-maintenance-start")
    until(lambda: ha_state("dhcp1") == "in-maintenance", "in maintenance", 30)
    work.site(CHANGE)
    with asking(most=20):
        words = work.deploy()
    assert "a maintenance was started and not ended: it is cancelled" in words
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    work.no_change()


@pytest.mark.fault("a file edited by hand on the standby", "repaired without a restart")
def test_a_file_edited_by_hand(work: Work) -> None:
    right = active("dhcp2")
    sh("dhcp2", "sed -i s/28800/28801/ /etc/kea/kea-dhcp4.conf")
    before = {host: running(host) for host in HOSTS}
    work.deploy()
    assert active("dhcp2") == right
    assert {host: running(host) for host in HOSTS} == before
    work.no_change()


@pytest.mark.fault(
    "a running server changed by command, by hand", "detected, and repaired in its turn"
)
def test_a_server_changed_by_command(work: Work) -> None:
    ask("dhcp2", "subnet4-del", id=50)
    primary = running("dhcp1")
    words = work.deploy()
    assert "kea-dhcp4 runs revision unknown" in words
    assert running("dhcp1") == primary
    assert len(ask("dhcp2", "config-get")["Dhcp4"]["subnet4"]) == 4
    work.no_change()


@pytest.mark.fault("failover.port changes", "the turns follow each other without a gate between")
def test_another_failover_port(work: Work) -> None:
    work.site(("port: 8005", "port: 8006"))
    with asking(most=20):
        work.deploy()
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    for host in HOSTS:
        assert ":8006 " in on(host, "ss", "-Hlnt")
        assert "8005" not in on(host, "firewall-cmd", "--list-all")
    work.no_change()
