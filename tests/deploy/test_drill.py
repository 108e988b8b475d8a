"""Rehearsed failover in the lab, both ways, with a client that asks throughout."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
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


@pytest.mark.parametrize("way", ["failover", "hand-over"])
def test_the_pair_is_back_and_no_lease_is_lost(work: Work, way: str) -> None:
    held = lease("user")["ip"]
    done = subprocess.run(drill(work, "--way", way, "--yes"), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "dhcp2: partner-" in done.stdout
    assert "both are in hot-standby" in done.stdout
    assert "0 leases lost" in done.stdout
    await_pair()
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    assert ask("dhcp1", "lease4-get", **{"ip-address": held})["ip-address"] == held


def test_a_client_that_asks_throughout_is_served(work: Work) -> None:
    inside = ["nsenter", f"--net={space('user').path}"]
    words = drill(work, "--way", "hand-over", "--yes", "--json", "-i", "eth0")
    done = subprocess.run([*inside, *words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert told["lost"] == 0
    assert 0 < told["silence"] < 5
    assert [one["at"] for one in told["timeline"]] == sorted(one["at"] for one in told["timeline"])
    said = [one["words"] for one in told["timeline"]]
    assert any(FROM_THE_STANDBY.fullmatch(one) for one in said), said


def test_a_client_host_asks_and_has_a_lease_from_the_standby(work: Work, user_host: None) -> None:
    before = leases_of("dhcp1")
    done = keaprov(work, "drill", "--yes", "--client", "user", "-i", "eth0")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.partition(" s  ")[2] for line in done.stdout.splitlines()]
    at = [lines.index(one) for one in ("the standby serves alone", "both are in hot-standby")]
    lease_at = next(n for n, line in enumerate(lines) if FROM_THE_STANDBY.fullmatch(line))
    assert at[0] < lease_at < at[1]
    silence = re.search(r"the pair is back; ([0-9.]+) s without an offer", done.stdout)
    assert silence and 1 < float(silence[1]) < 60
    assert leases_of("dhcp1") == before, "the lease was given back"


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--client", "user"), 2, "--client needs --interface or --giaddr"),
        (("-i", "eth0", "--giaddr", "10.0.0.1"), 2, "either --interface or --giaddr"),
        (("-i", "eth9"), 1, "cannot ask from eth9"),
        (("-i", "eth0", "--client", "nobody.invalid"), 1, "Error: nobody.invalid: "),
    ],
)
def test_nothing_stops_when_clients_cannot_ask(
    work: Work, options: tuple[str, ...], code: int, said: str
) -> None:
    before = {host: running(host) for host in HOSTS}
    done = keaprov(work, "drill", "--yes", *options)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert {host: running(host) for host in HOSTS} == before


@pytest.mark.parametrize(
    ("way", "number", "reached"),
    [
        ("failover", signal.SIGINT, ("dhcp1", "")),
        ("failover", signal.SIGHUP, ("dhcp2", "partner-down")),
        ("hand-over", signal.SIGTERM, ("dhcp2", "partner-in-maintenance")),
    ],
)
def test_an_interrupted_drill_puts_the_pair_back(
    work: Work, way: str, number: signal.Signals, reached: tuple[str, str]
) -> None:
    words, log = drill(work, "--yes", "--way", way, "--hold", "60"), work.folder / "log"
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with (
        log.open("w") as out,
        subprocess.Popen(
            words, stdout=out, stderr=subprocess.PIPE, text=True, env=environment
        ) as one,
    ):
        host, state = reached
        until(lambda: ha_state(host) == state, f"{host}: {state or 'stopped'}", 60)
        one.send_signal(number)
        until(lambda: "putting the pair back" in log.read_text(), "it is being put back", 60)
        one.send_signal(number)  # the impatient press it twice
        complaint = one.communicate(timeout=120)[1]
    assert "both are in hot-standby" in log.read_text()
    assert complaint == "Error: interrupted; the pair was put back\n"
    assert one.returncode == 1
    assert "Traceback" not in complaint
    await_pair()


def test_a_client_without_a_lease_ends_the_drill_and_the_pair_is_back(work: Work) -> None:
    words = drill(work, "--yes", "--json", "--giaddr", "10.60.1.100")
    inside = ["nsenter", f"--net={space('load').path}"]
    done = subprocess.run([*inside, *words], capture_output=True, text=True)
    assert done.returncode == 1
    assert "a client had no lease from the standby; the pair was put back" in done.stderr
    told = json.loads(done.stdout)
    assert told["failed"].endswith("the pair was put back")
    assert told["timeline"][-1]["words"] == "both are in hot-standby"
    await_pair()


def test_what_clients_gave_back_is_not_lost(work: Work) -> None:
    """A client leaves while the drill runs: its server keeps the lease, as one that is free."""
    held = lease("user")["ip"]
    log = work.folder / "log"
    with log.open("w") as out:
        words = drill(work, "--yes", "--way", "hand-over")
        with subprocess.Popen(
            words, stdout=out, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        ) as one:
            until(lambda: ha_state("dhcp2") == "partner-in-maintenance", "it hands over", 60)
            lease("user", "--release")
            assert one.wait(120) == 0
    assert "0 leases lost" in log.read_text()
    assert held not in leases_of("dhcp1")


def test_no_drill_without_a_yes_or_on_a_pair_that_is_not_well(work: Work) -> None:
    assert keaprov(work, "drill").returncode == 1
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    sh("dhcp2", "systemctl stop kea-dhcp4")
    done = keaprov(work, "drill", "--yes")
    assert done.returncode == 1
    assert "the pair is not healthy: " in done.stderr
    assert "dhcp2: kea-dhcp4 does not run" in done.stderr
    sh("dhcp2", "systemctl start kea-dhcp4")
    await_pair()


def test_a_drill_keeps_others_off_and_others_keep_it_off(work: Work) -> None:
    log = work.folder / "log"
    with log.open("w") as out:
        words = drill(work, "--yes", "--way", "hand-over", "--hold", "60")
        with subprocess.Popen(words, stdout=out, stderr=subprocess.DEVNULL) as one:
            until(lambda: ha_state("dhcp2") == "partner-in-maintenance", "it hands over", 60)
            refusal = " ".join(work.refused().split())
            other = keaprov(work, "drill", "--yes")
            one.send_signal(signal.SIGINT)
            one.wait(120)
    busy = "another run is at work on this host"
    assert f"[dhcp1] Refused: {busy}" in refusal
    assert (other.returncode, f"Error: dhcp1: {busy}" in other.stderr) == (1, True)
    await_pair()
    assert keaprov(work, "drill", "--yes", "--way", "hand-over", "--hold", "0").returncode == 0


def test_no_drill_on_a_pair_that_has_drifted_or_cannot_be_reached(work: Work) -> None:
    before = {host: running(host) for host in HOSTS}
    work.append("    - id: 70\n      subnet: 172.20.70.0/24\n")
    done = keaprov(work, "drill", "--yes", "--json")
    assert done.returncode == 1
    assert "dhcp1: drift: it runs revision" in done.stderr
    told = json.loads(done.stdout)
    assert (told["timeline"], "the pair is not healthy" in told["failed"]) == ([], True)
    work.site(("  dhcp2:", "  dhcp9:"), ("10.60.1.68", "127.0.0.9"))
    done = keaprov(work, "drill", "--yes")
    assert done.returncode == 1
    assert "Error: dhcp9: " in done.stderr
    assert {host: running(host) for host in HOSTS} == before


@pytest.mark.usefixtures("pair")
def test_clients_in_vain_make_the_standby_take_over(work: Work, user_host: None) -> None:
    work.site(("max-unacked-clients: 0", "max-unacked-clients: 1"))
    work.deploy()
    done = keaprov(work, "drill", "--yes", "--client", "user", "-i", "eth0")
    assert (done.returncode, done.stderr) == (0, "")
    assert "dhcp2: communication-recovery" not in done.stdout, "that is load-balancing's"
    assert "the standby serves alone" in done.stdout
