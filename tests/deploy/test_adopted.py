"""Servers that somebody installed by hand become keaprov's, and go back, without losing a lease."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.by_hand import SITE, Made
from tests.deploying import (
    HOSTS,
    LAB,
    Work,
    ask,
    await_pair,
    lease,
    leases_of,
    look,
    on,
    sh,
    subnets,
)
from tests.faults import asking
from tests.lab import lab
from tests.pages import of_hosts

pytestmark = pytest.mark.lab

PYINFRA = ["pyinfra", "labo/inventory.py", "labo/deploy.py"]
CONF, AGENT = "/etc/kea/kea-dhcp4.conf", "/etc/kea/kea-ctrl-agent.conf"


def keaprov(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a verb by the lab's ssh_config."""
    config = folder / "ssh_config"
    config.write_text(lab.ssh_config())
    program = str(Path(sys.executable).with_name("keaprov"))
    command = [program, *words, "--ssh-config", str(config)]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


def imported(folder: Path, *hosts: str, words: tuple[str, ...] = ()) -> Work:
    """Import what the hosts run, as docs/import.md says, and complete the site."""
    listed = [word for host in hosts for word in ("--from", host)]
    out = ("--out", str(folder), "--site", "labo", "--force")
    done = keaprov(folder, "import", "kea", *listed, *words, *out)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not imported" not in done.stdout
    return completed(folder)


def completed(folder: Path) -> Work:
    """Complete an imported site, with the lab's inventory beside it."""
    work = Work.__new__(Work)
    work.folder = folder
    shutil.copy(LAB / "inventory.py", folder)
    work.site(("site: labo\n", SITE))
    return work


def taken_over(work: Work, most: float) -> None:
    """Lease, deploy, and hold that every client keeps its address, and waits at most so long."""
    held = {vlan: lease(vlan)["ip"] for vlan in ("user", "voice")}
    with asking(most=most):
        output = work.deploy()
    assert "not yet keaprov's" in output
    assert {vlan: lease(vlan)["ip"] for vlan in held} == held


def files(host: str) -> list[str]:
    """Return the hashes of Kea's files on a host."""
    return on(host, "sha256sum", CONF, AGENT).splitlines()


@pytest.fixture(scope="module")
def _made_once() -> None:
    lab.up()
    lab.reset()
    Made().install()
    lab.save("by-hand")


@pytest.fixture
def by_hand(_made_once: None) -> Iterator[Made]:
    """The tutorial's pair, installed by hand and in hot-standby."""
    made = Made()
    lab.restore("by-hand")
    made.await_pair()
    yield made


@pytest.mark.fault("no fault: a pair installed by hand becomes keaprov's", "the rolling restart")
def test_the_tutorials_pair_becomes_keaprovs(by_hand: Made, tmp_path: Path) -> None:
    held = {vlan: lease(vlan)["ip"] for vlan in ("user", "voice")}
    from_hosts, plan, *deploys = (words.split() for words in of_hosts("import.md"))
    dry, deploy, back = (words[3:] for words in deploys)
    assert all(words[:3] == PYINFRA for words in deploys)
    from_hosts.remove("--sudo")  # the lab logs in as root
    done = keaprov(tmp_path, *from_hosts[1:])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not imported" not in done.stdout
    work = completed(tmp_path / "labo")
    before = {host: files(host) for host in HOSTS}
    done = keaprov(tmp_path, *plan[1:])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "labo: not yet keaprov's: dhcp1 and dhcp2 run a configuration" in done.stdout
    assert "hooks-libraries.libdhcp_stat_cmds.so: it runs nothing, the site wants" in done.stdout
    assert "subnet4" not in done.stdout  # no VLAN changes
    assert "not yet keaprov's" in work.deploy(*dry)
    with asking(most=3):
        output = work.deploy(*deploy)
    assert "dhcp2] it answers clients while dhcp1 restarts" in output
    await_pair()
    assert {vlan: lease(vlan)["ip"] for vlan in held} == held
    assert all(set(held.values()) <= leases_of(host) for host in HOSTS)

    done = keaprov(tmp_path, "history", "labo/site.yaml")
    assert done.stdout.count("  original  ") == 2, done.stdout
    with asking(most=3):
        work.deploy(*back)
    assert {host: files(host) for host in HOSTS} == before
    by_hand.await_pair()
    assert {vlan: lease(vlan)["ip"] for vlan in held} == held
    output = work.deploy()
    assert "not yet keaprov's" in output
    assert {vlan: lease(vlan)["ip"] for vlan in held} == held


@pytest.mark.fault(
    "a pair installed by hand, and its standby cannot start with the new configuration",
    "the files from before are restored",
)
def test_a_gate_that_closes_restores_the_files_by_hand(by_hand: Made, tmp_path: Path) -> None:
    work = imported(tmp_path, *HOSTS)
    before = {host: files(host) for host in HOSTS}
    drop_in = "/run/systemd/system/kea-dhcp4.service.d/fault.conf"
    grep = f"ExecStartPre=/bin/sh -c '! grep -q keaprov {CONF}'"
    sh("dhcp2", f"mkdir -p $(dirname {drop_in}); printf '[Service]\\n%s\\n' \"{grep}\" >{drop_in}")
    sh("dhcp2", "systemctl daemon-reload")
    with asking(most=3):
        output = " ".join(work.refused().split())
    assert "No other server was touched" in output
    assert f"keaprov put back {CONF}, {AGENT}" in output
    assert {host: files(host) for host in HOSTS} == before
    by_hand.await_pair()


@pytest.mark.fault(
    "no fault: a pair by hand with other names, an HA port and server-tags becomes keaprov's",
    "the second turn follows at once; subnets and leases stay",
)
def test_a_pair_with_other_names_and_ports_becomes_keaprovs(by_hand: Made, tmp_path: Path) -> None:
    Made(("alpha", "beta"), (110, 7, 4, 60), 8007, tags=("first", "second")).instead()
    work = imported(tmp_path, *HOSTS)
    work.site(("  alpha:", "  dhcp1:"), ("  beta:", "  dhcp2:"), ("port: 8007", "port: 8005"))
    taken_over(work, most=10)
    await_pair()
    assert [ask(host, "config-get")["Dhcp4"]["server-tag"] for host in HOSTS] == ["first", "second"]
    assert [subnets(host) for host in HOSTS] == [{110, 7, 4, 60}] * 2


@pytest.mark.fault("no fault: a single server by hand becomes keaprov's", "its restart")
def test_a_single_server_becomes_keaprovs(by_hand: Made, tmp_path: Path) -> None:
    Made(("dhcp1",)).instead()
    work = imported(tmp_path, "dhcp1", words=("--server", "dhcp1=10.60.1.67"))
    work.edit("inventory.py", (", pair.primary, pair.standby", ", [], []"))
    taken_over(work, most=10)
    assert subnets("dhcp1") == {1, 2, 3, 4}


@pytest.mark.fault("a pair that runs EPEL's packages", "refused before any change")
def test_kea_of_epel_is_refused_by_name(by_hand: Made, tmp_path: Path) -> None:
    work = imported(tmp_path, *HOSTS)
    for host in HOSTS:
        sh(host, "dnf -qy install kea kea-libs")
        sh(host, "rpm -qa 'isc-kea*' | xargs rpm -e --justdb --nodeps")
    before = {host: look(host) for host in HOSTS}
    output = " ".join(work.refused().split())
    assert "Kea of the distribution or of EPEL is installed (kea 3.9.9" in output
    assert {host: look(host) for host in HOSTS} == before
    by_hand.await_pair()
