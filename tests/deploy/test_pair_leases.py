"""The leases of the two servers: what differs is reported, named, and refuses a drill."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.deploy.test_drill import drill
from tests.deploy.test_verbs import keaprov
from tests.deploy.test_ways import standalone
from tests.deploying import HOSTS, Work, ask, await_pair, ha_state, lease, pid, sh
from tests.lab import lab

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("pair")]

FILL = """
import json, socket, sys, time
for number in range(int(sys.argv[1])):
    lease = {
        "ip-address": f"172.20.40.{100 + number}",
        "hw-address": f"02:00:00:00:40:{number:02x}",
        "subnet-id": 40,
        "valid-lft": 3600,
        "expire": int(sys.argv[3]),
        "state": int(sys.argv[2]),
    }
    with socket.socket(socket.AF_UNIX) as kea:
        kea.connect("/var/run/kea/kea4-ctrl-socket")
        kea.sendall(json.dumps({"command": "lease4-add", "arguments": lease}).encode())
        answer = b""
        while part := kea.recv(1 << 16):
            answer += part
    assert json.loads(answer)["result"] == 0, answer
"""
"""Adds leases of subnet 40, whose pool has 100 addresses: how many, state, when they expire."""


def fill(number: int, state: int, *hosts: str) -> None:
    """Have servers keep leases as if clients had taken them a while ago."""
    expire = int(sh("dhcp1", "date +%s")) + 3000
    for host in hosts:
        words = ("python3", "-", str(number), str(state), str(expire))
        done = lab.execute(host, *words, stdin=FILL)
        assert done.returncode == 0, done.stderr


def test_a_lease_that_the_standby_lacks(work: Work) -> None:
    held = lease("user")["ip"]
    done = keaprov(work, "diff", "--leases")
    assert (done.returncode, done.stdout) == (0, "labo: both servers have the same leases\n")
    fill(3, 0, *HOSTS)
    assert keaprov(work, "status").returncode == 0
    for last in (100, 102):
        ask("dhcp2", "lease4-del", **{"ip-address": f"172.20.40.{last}"})
    done = keaprov(work, "status")
    assert done.returncode == 3, done.stdout
    lacking = "dhcp2 lacks 2 leases of subnet 40 (172.20.40.0/24) that dhcp1 has"
    assert f"  ! {lacking}. Run keaprov diff --leases" in done.stdout
    done = keaprov(work, "diff", "--leases")
    assert (done.returncode, done.stderr) == (1, "")
    first, second, number, _ = done.stdout.splitlines()
    assert first.startswith("  172.20.40.100 (subnet 40): dhcp2 lacks the lease that dhcp1 has")
    assert second.startswith("  172.20.40.102 (subnet 40): dhcp2 lacks the lease that dhcp1 has")
    assert "02:00:00:00:40:02, until 20" in second
    assert number == f"labo: {lacking}"
    assert held not in done.stdout
    report = json.loads(keaprov(work, "diff", "--leases", "--json").stdout)
    assert [entry["address"] for entry in report["leases"]] == ["172.20.40.100", "172.20.40.102"]
    before = pid("dhcp1")
    for way in ("failover", "hand-over"):
        refused = subprocess.run(drill(work, "--way", way, "--yes"), capture_output=True, text=True)
        assert refused.returncode == 1
        assert f"the pair is not healthy: {lacking}" in refused.stderr
    assert pid("dhcp1") == before
    done = keaprov(work, "plan")
    assert f"labo: the standby lacks leases: {lacking}. The standby restarts" in done.stdout
    output = " ".join(work.deploy().split())
    assert f"[dhcp2] turn: {lacking}" in output
    assert pid("dhcp1") == before, "the primary goes on answering clients"
    assert keaprov(work, "diff", "--leases").returncode == 0, "the deploy has fetched them"
    assert keaprov(work, "status").returncode == 0
    standby = pid("dhcp2")
    assert "[dhcp2] turn" not in work.deploy()
    assert pid("dhcp2") == standby


def test_a_pool_that_is_nearly_full_and_declined_addresses(work: Work) -> None:
    fill(90, 0, *HOSTS)
    for host in HOSTS:
        ask(
            host,
            "lease4-add",
            **{
                "ip-address": "172.20.50.100",
                "hw-address": "02:00:00:00:50:00",
                "subnet-id": 50,
                "state": 1,
                "valid-lft": 3600,
                "expire": int(sh("dhcp1", "date +%s")) + 3000,
            },
        )
    done = keaprov(work, "status")
    assert done.returncode == 0, done.stdout
    full = "  ? subnet 40 (172.20.40.0/24) is 90 % full: 90 of 100 addresses are in use. Add a pool"
    assert full in done.stdout
    assert "  ? 1 address is declined in subnet 50 (172.20.50.0/24): a device" in done.stdout
    assert "0/100, 1 declined" in done.stdout
    assert keaprov(work, "status", "--strict").returncode == 3


def test_a_server_that_is_taken_out_of_the_site_while_it_runs(work: Work) -> None:
    pair = (work.folder / "site.yaml").read_text()
    standalone(work)
    before = pid("dhcp1")
    output = " ".join(work.refused().split())
    assert "dhcp1 runs as a pair with dhcp2 (10.60.1.68), which is not in the site" in output
    assert "systemctl disable --now kea-dhcp4" in output
    done = keaprov(work, "plan")
    assert done.returncode == 1
    assert "labo: a running partner is not in the site: " in done.stdout
    assert pid("dhcp1") == before
    assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
    sh("dhcp2", "systemctl disable --now kea-dhcp4")
    output = " ".join(work.deploy().split())
    assert "Warning: dhcp1 runs as a pair with dhcp2 (10.60.1.68)" in output
    assert lease("voice")["ip"].startswith("172.20.60.")
    assert ask("dhcp1", "status-get").get("high-availability", []) == []
    (work.folder / "site.yaml").write_text(pair)
    work.deploy()
    await_pair()
