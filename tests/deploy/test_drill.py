"""Rehearsed failover in the lab, both ways, with a client that asks throughout."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.deploy.test_verbs import keaprov
from tests.deploying import HOSTS, Work, ask, await_pair, ha_state, lease, sh
from tests.lab import lab
from tests.lab.shell import until
from tests.lab.topology import space

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("deployed")]


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
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert told["lost"] == 0
    assert 0 < told["silence"] < 5
    assert [one["at"] for one in told["timeline"]] == sorted(one["at"] for one in told["timeline"])


def test_an_interrupted_drill_puts_the_pair_back(work: Work) -> None:
    words = drill(work, "--yes")
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as one:
        until(lambda: ha_state("dhcp1") == "", "the primary is stopped", 60)
        time.sleep(0.5)
        one.send_signal(signal.SIGINT)
        said, complaint = one.communicate(timeout=120)
    assert "the pair is put back" in said
    assert "interrupted: the pair was put back" in complaint
    assert "Traceback" not in complaint
    await_pair()


def test_no_drill_without_a_yes_or_on_a_pair_that_is_not_well(work: Work) -> None:
    assert keaprov(work, "drill").returncode == 1
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    sh("dhcp2", "systemctl stop kea-dhcp4")
    done = keaprov(work, "drill", "--yes")
    assert done.returncode == 1
    assert "the pair is not healthy" in done.stderr
    sh("dhcp2", "systemctl start kea-dhcp4")
    await_pair()
