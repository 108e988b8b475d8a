"""Rehearsed failover in the lab, both ways, with clients that ask throughout."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.deploy.test_verbs import keaprov
from tests.deploying import (
    HOSTS,
    Work,
    ask,
    await_pair,
    ha_state,
    lease,
    leases_of,
    pid,
    running,
    sh,
)
from tests.lab import lab
from tests.lab.shell import until
from tests.lab.topology import space

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("deployed")]


FROM_THE_STANDBY = re.compile(r"a client has 172\.20\.10\.\d+ from 10\.60\.1\.68, as promised")


def drill(work: Work, *options: str) -> list[str]:
    """Return the command of a drill; from wherever it runs, SSH goes by this machine's loopback."""
    out = f"nsenter --net=/proc/{os.getpid()}/ns/net socat STDIO TCP:%h:%p"
    (work.folder / "ssh_config").write_text(f"{lab.ssh_config()}\nHost *\n  ProxyCommand {out}\n")
    program = str(Path(sys.executable).with_name("keaprov"))
    words = [program, "drill", str(work.folder / "site.yaml"), *options]
    return [*words, "--ssh-config", str(work.folder / "ssh_config")]


@pytest.fixture
def own_pair(pair: None) -> Iterator[None]:
    """A pair to change, in a module whose other tests need it as it was."""
    yield
    lab.restore("deployed")
    await_pair()


@contextmanager
def under_way(work: Work, *options: str) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Run a drill beside the test; yield its process, and the file that it prints into."""
    log = work.folder / "log"
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with (
        log.open("w") as out,
        subprocess.Popen(
            drill(work, "--yes", *options),
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        ) as process,
    ):
        try:
            yield process, log
        finally:
            process.kill()


def scopes(host: str) -> list[str]:
    """Return the scopes that a server answers for, [] if it does not answer."""
    try:
        local = ask(host, "status-get")["high-availability"][0]["ha-servers"]["local"]
    except (AssertionError, KeyError, IndexError):
        return []
    return list(local["scopes"])


def stopped() -> bool:
    return ha_state("dhcp1") == ""


def handed_over() -> bool:
    return ha_state("dhcp2") == "hot-standby" and scopes("dhcp2") == ["dhcp1"]


def taken_over() -> bool:
    return ha_state("dhcp2") == "partner-down"


def await_whole() -> None:
    """Wait until the pair is as before a drill, and nothing of it is left on the hosts."""
    await_pair()
    until(lambda: scopes("dhcp2") == [], "the standby has given the scopes back")
    left = "ls /run/keaprov-return.json /run/keaprov-handover.json 2>/dev/null || true"
    until(lambda: not any(sh(host, left) for host in HOSTS), "no watcher is left")
    units = "systemctl is-active keaprov-return keaprov-handover || true"
    ended = {"inactive"}
    until(lambda: all(set(sh(host, units).split()) == ended for host in HOSTS), "they have ended")


@pytest.mark.parametrize("way", ["failover", "hand-over"])
def test_the_pair_is_back_and_no_lease_is_lost(work: Work, way: str) -> None:
    held = lease("user")["ip"]
    done = subprocess.run(drill(work, "--way", way, "--yes"), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("dhcp2: partner-down" in done.stdout) == (way == "failover")
    serves = "dhcp2: hot-standby, answers clients for its primary"
    assert (serves in done.stdout) == (way == "hand-over")
    by_itself = "the standby has given the scopes back by itself\n"
    assert (by_itself in done.stdout) == (way == "hand-over")
    assert "both are in hot-standby" in done.stdout
    assert "0 leases lost" in done.stdout
    await_whole()
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    assert ask("dhcp1", "lease4-get", **{"ip-address": held})["ip-address"] == held


def test_a_client_that_asks_throughout_a_hand_over_is_served(work: Work) -> None:
    inside = ["nsenter", f"--net={space('user').path}"]
    words = drill(work, "--way", "hand-over", "--yes", "--json", "-i", "eth0")
    done = subprocess.run([*inside, *words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    result = json.loads(done.stdout)
    assert (result["lost"], result["uncompared"]) == (0, "")
    assert 0 < result["silence"] < 2
    times = [event["at"] for event in result["timeline"]]
    assert times == sorted(times)
    events = [event["words"] for event in result["timeline"]]
    assert any(FROM_THE_STANDBY.fullmatch(words) for words in events), events
    assert not any("partner-down" in words for words in events), "it stays in hot-standby"
    await_whole()


def test_a_client_host_asks_and_has_a_lease_from_the_standby(work: Work, user_host: None) -> None:
    before = leases_of("dhcp1")
    done = keaprov(work, "drill", "--yes", "--client", "user", "-i", "eth0")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.partition(" s  ")[2] for line in done.stdout.splitlines()]
    steps = ("the standby serves alone", "both are in hot-standby")
    at = [lines.index(step) for step in steps]
    lease_at = next(n for n, line in enumerate(lines) if FROM_THE_STANDBY.fullmatch(line))
    assert at[0] < lease_at < at[1]
    silence = re.search(r"the pair is restored; ([0-9.]+) s without an offer", done.stdout)
    assert silence and 1 < float(silence[1]) < 60
    assert leases_of("dhcp1") == before, "the lease was given back"


@pytest.mark.parametrize(
    ("options", "code", "expected"),
    [
        (("--client", "user"), 2, "--client needs --interface or --giaddr"),
        (("-i", "eth0", "--giaddr", "10.0.0.1"), 2, "either --interface or --giaddr"),
        (("-i", "eth9"), 1, "cannot ask from eth9"),
        (("-i", "eth0", "--client", "nobody.invalid"), 1, "Error: nobody.invalid: "),
    ],
)
def test_nothing_stops_when_clients_cannot_ask(
    work: Work, options: tuple[str, ...], code: int, expected: str
) -> None:
    before = {host: running(host) for host in HOSTS}
    done = keaprov(work, "drill", "--yes", *options)
    assert done.returncode == code
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert {host: running(host) for host in HOSTS} == before


@pytest.mark.parametrize(
    ("way", "number", "reached"),
    [
        ("failover", signal.SIGINT, stopped),
        ("failover", signal.SIGHUP, taken_over),
        ("hand-over", signal.SIGTERM, handed_over),
    ],
)
def test_an_interrupted_drill_puts_the_pair_back(
    work: Work, way: str, number: signal.Signals, reached: Callable[[], bool]
) -> None:
    with under_way(work, "--way", way, "--hold", "60") as (process, log):
        until(reached, reached.__name__, 60)
        process.send_signal(number)
        until(lambda: "restoring the pair" in log.read_text(), "it is being restored", 60)
        process.send_signal(number)  # the impatient press it twice
        complaint = process.communicate(timeout=120)[1]
    assert "both are in hot-standby" in log.read_text()
    assert complaint == "Error: interrupted; the pair was restored\n"
    assert process.returncode == 1
    assert "Traceback" not in complaint
    await_whole()


@pytest.mark.fault(
    "`keaprov drill --way {}` is killed halfway",
    "the hosts start kea-dhcp4 again, give the scopes back, and the pair heals",
)
@pytest.mark.parametrize("way", ["failover", "hand-over"])
def test_the_hosts_heal_the_pair_of_a_drill_that_was_killed(work: Work, way: str) -> None:
    with under_way(work, "--way", way, "--hold", "60") as (process, _):
        until(stopped if way == "failover" else handed_over, "it is halfway", 60)
        process.kill()
        process.wait(10)
    until(lambda: pid("dhcp1") != "0", "dhcp1's host starts kea-dhcp4 again", 30)
    await_whole()
    assert keaprov(work, "status").returncode == 0


def test_a_client_without_a_lease_ends_the_drill_and_the_pair_is_back(work: Work) -> None:
    words = drill(work, "--yes", "--json", "--giaddr", "10.60.1.100")
    inside = ["nsenter", f"--net={space('load').path}"]
    done = subprocess.run([*inside, *words], capture_output=True, text=True)
    assert done.returncode == 1
    reason = "no client got a lease from dhcp2 within 10 s: no server offered one. Read the log"
    assert reason in done.stderr
    result = json.loads(done.stdout)
    assert result["failed"].endswith("; the pair was restored")
    assert result["timeline"][-1]["words"] == "both are in hot-standby"
    await_whole()


@pytest.mark.usefixtures("own_pair")
@pytest.mark.parametrize("kept", ["3600", "0"])
def test_what_clients_gave_back_is_not_lost(work: Work, kept: str) -> None:
    """A client leaves during the drill: with hold-reclaimed-time 0, Kea deletes its lease."""
    entry = f"  expired-leases-processing: {{hold-reclaimed-time: {kept}}}\n"
    work.site(("  authoritative: true\n", f"  authoritative: true\n{entry}"))
    work.deploy()
    held = lease("user")["ip"]
    with under_way(work, "--hold", "20") as (process, log):
        until(taken_over, "the standby serves alone", 60)
        lease("user", "--release")
        assert process.wait(120) == 0
    assert "0 leases lost" in log.read_text()
    assert held not in leases_of("dhcp2")


def test_no_drill_without_a_yes_or_on_a_pair_that_is_not_well(work: Work) -> None:
    assert keaprov(work, "drill").returncode == 1
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    sh("dhcp2", "systemctl stop kea-dhcp4")
    done = keaprov(work, "drill", "--yes")
    assert done.returncode == 1
    assert "the pair is not healthy: " in done.stderr
    assert "dhcp2: kea-dhcp4 is inactive. Run the deploy: it starts it" in done.stderr
    sh("dhcp2", "systemctl start kea-dhcp4")
    await_pair()


def test_a_drill_keeps_others_off_and_others_keep_it_off(work: Work) -> None:
    with under_way(work, "--hold", "60") as (process, log):
        until(lambda: stopped() or process.poll() is not None, "dhcp1 is stopped", 60)
        assert process.poll() is None, log.read_text() + str(process.communicate()[1])
        refusal = " ".join(work.refused().split())
        other = keaprov(work, "drill", "--yes")
        process.send_signal(signal.SIGINT)
        process.wait(120)
    busy = "another run is at work on this host"
    assert busy in refusal
    assert (other.returncode, f"Error: dhcp1: {busy}" in other.stderr) == (1, True)
    await_whole()
    assert keaprov(work, "drill", "--yes", "--way", "hand-over", "--hold", "0").returncode == 0


def test_no_drill_on_a_pair_that_has_drifted_or_cannot_be_reached(work: Work) -> None:
    before = {host: running(host) for host in HOSTS}
    work.append("    - id: 70\n      subnet: 172.20.70.0/24\n")
    done = keaprov(work, "drill", "--yes", "--json")
    assert done.returncode == 1
    assert "dhcp1: drift: it runs revision" in done.stderr
    result = json.loads(done.stdout)
    assert (result["timeline"], "the pair is not healthy" in result["failed"]) == ([], True)
    work.site(("  dhcp2:", "  dhcp9:"), ("10.60.1.68", "192.0.2.9"))
    done = keaprov(work, "drill", "--yes")
    assert done.returncode == 1
    assert "Error: dhcp9: " in done.stderr
    assert {host: running(host) for host in HOSTS} == before


@pytest.mark.usefixtures("own_pair")
def test_clients_in_vain_make_the_standby_take_over(work: Work, user_host: None) -> None:
    work.site(("max-unacked-clients: 0", "max-unacked-clients: 1"))
    work.deploy()
    done = keaprov(work, "drill", "--yes", "--client", "user", "-i", "eth0")
    assert (done.returncode, done.stderr) == (0, "")
    assert "dhcp2: communication-recovery" not in done.stdout, "that is load-balancing's"
    assert "the standby serves alone" in done.stdout
