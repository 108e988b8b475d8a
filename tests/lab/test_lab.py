"""The lab itself: bare hosts, nothing left behind, up again after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.lab import base, lab, network, processes, world
from tests.lab.shell import mounts
from tests.lab.topology import PREFIX, STATE

pytestmark = pytest.mark.lab


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("host", ["dhcp1", "dhcp2"])
def test_hosts_are_bare(host: str) -> None:
    installed = lab.execute(host, "rpm", "-qa", "--qf", "%{NAME}\n").stdout.split()
    assert not {"chrony", "firewalld", "epel-release", "isc-kea-dhcp4", "kea"} & set(installed)
    assert lab.execute(host, "dnf", "-q", "check-update").returncode == 100, "updates are pending"
    for program in ("chronyd", "firewalld", "kea-dhcp4", "firewall-cmd"):
        assert lab.execute(host, "sh", "-c", f"command -v {program}").returncode != 0
    for program in ("sshd", "dnf", "rpm", "sudo", "python3", "nft", "systemctl"):
        assert lab.execute(host, "sh", "-c", f"command -v {program}").returncode == 0


def test_a_bare_host_has_the_addresses_and_routes_of_the_first_boot() -> None:
    def shown() -> str:
        return lab.execute("dhcp2", "sh", "-c", "ip -4 -o address; ip route").stdout

    lab.up()
    lab.reset("dhcp2")
    before = shown()
    assert "10.60.1.0/24 dev ens18" in before
    change = "ip address add 10.60.1.99/24 dev ens18; ip route delete 10.60.1.0/24"
    assert lab.execute("dhcp2", "sh", "-ec", change).returncode == 0
    lab.reset("dhcp2")
    assert shown() == before


def test_down_leaves_nothing_and_up_works_again() -> None:
    lab.up()
    started = {name: processes.pid(name) for name in processes.recorded()}
    lab.down()
    assert None not in started.values()
    assert [name for name, pid in started.items() if pid and not processes.gone(pid)] == []
    assert network.namespaces() == []
    assert str(STATE) not in Path("/proc/self/mounts").read_text()
    assert not STATE.exists()
    other = ("-name", world.GROUP, "-prune", "-o")
    find = ["find", "/sys/fs/cgroup", *other, "-name", f"{PREFIX}*", "-print"]
    groups = subprocess.run(find, capture_output=True)
    assert groups.stdout == b""
    lab.up()
    assert lab.healthy()


def test_up_after_a_crash_clears_what_is_left() -> None:
    lab.up()
    for name in ("dhcp1", "packages", "ssh-dhcp2"):
        number = processes.pid(name)
        assert number is not None
        os.kill(number, signal.SIGKILL)
    lab.up()
    assert lab.healthy()
    assert lab.execute("dhcp1", "curl", "-fsS", "http://packages.lab/").returncode == 0


def test_what_a_build_that_was_cut_off_leaves_is_removed(tmp_path: Path) -> None:
    within = tmp_path / "key.part/full/proc"
    within.mkdir(parents=True)
    subprocess.run(["mount", "-t", "proc", "proc", within], check=True)
    base.remove(tmp_path / "key.part")
    assert list(tmp_path.iterdir()) == []
    assert mounts(tmp_path) == []
