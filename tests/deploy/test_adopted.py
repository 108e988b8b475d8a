"""Servers that somebody installed by hand become keaprov's, and go back, without losing a lease."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.by_hand import EPEL, SITE, Made
from tests.deploy.test_interrupted import idle, output_of, started
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
from tests.lab.rpms import KEA_VERSIONS
from tests.lab.shell import until
from tests.pages import of_hosts

pytestmark = pytest.mark.lab

VERSION = "-".join(KEA_VERSIONS[-1])
PYINFRA = ["pyinfra", "labo/inventory.py", "labo/deploy.py"]
DROP_IN = "/run/systemd/system/kea-dhcp4.service.d/fault.conf"
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
    work = Work(folder, filled=True)
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
    refuse_to_start("dhcp2")
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


def of_kea_2_6(source: str, folder: Path) -> Work:
    """Install a pair of Kea 2.6 by hand, and import it."""
    lab.up()
    lab.reset()
    Made(source=source).install()
    return imported(folder, *HOSTS)


def pinned(work: Work) -> None:
    """Write the exact version into the site file."""
    work.site(("kea:\n", f"kea:\n  version: {VERSION}\n"))


def hold_that_isc_runs(held: set[str]) -> None:
    """Hold that both servers have ISC's packages only, and every lease."""
    await_pair()
    for host in HOSTS:
        names = packages(host)
        assert [name for name in names if not name.startswith("isc-kea")] == []
        assert all(name.endswith(VERSION) for name in names)
        assert held <= leases_of(host)
        assert not sh(host, "ls /etc/kea | grep -E 'rpmsave|carried' || :")


@pytest.mark.fault(
    "a pair of Kea 2.6 (of EPEL, of ISC) becomes keaprov's, and its gate closes the first time",
    "packages and files are as before; then the rolling restart",
)
@pytest.mark.parametrize("source", [EPEL, "kea-2-6"])
def test_a_pair_of_kea_2_6_becomes_keaprovs(source: str, tmp_path: Path) -> None:
    work = of_kea_2_6(source, tmp_path)
    held = {vlan: lease(vlan)["ip"] for vlan in ("user", "voice")}
    before = {host: look(host) for host in HOSTS}
    assert "as kea.version in the site file" in " ".join(work.refused().split())
    assert {host: look(host) for host in HOSTS} == before

    pinned(work)
    installed = {host: packages(host) for host in HOSTS}
    kept = {host: files(host) for host in HOSTS}
    refuse_to_start("dhcp2")
    with asking(most=5):
        output = " ".join(work.refused().split())
    assert "No other server was touched" in output
    assert {host: packages(host) for host in HOSTS} == installed
    assert {host: files(host) for host in HOSTS} == kept
    assert sh("dhcp2", "systemctl is-enabled kea-dhcp4 kea-ctrl-agent").split() == ["enabled"] * 2
    Made(source=source).await_pair()

    sh("dhcp2", f"rm {DROP_IN} && systemctl daemon-reload")
    with asking(most=5):
        output = work.deploy()
    assert "dhcp2] it answers clients while dhcp1 restarts" in output
    hold_that_isc_runs(set(held.values()))
    assert {vlan: lease(vlan)["ip"] for vlan in held} == held
    work.no_change()


@pytest.mark.fault("no fault: a single server of EPEL's Kea becomes keaprov's", "its restart")
def test_a_single_server_of_epel_becomes_keaprovs(tmp_path: Path) -> None:
    lab.up()
    lab.reset()
    Made(("dhcp1",), source=EPEL).install()
    work = imported(tmp_path, "dhcp1", words=("--server", "dhcp1=10.60.1.67"))
    work.edit("inventory.py", (", pair.primary, pair.standby", ", [], []"))
    pinned(work)
    done = keaprov(tmp_path, "plan", "site.yaml")
    assert "not yet keaprov's" in done.stdout
    assert "ISC's packages replace kea-libs 2.6.3-1.el9, kea 2.6.3-1.el9, " in done.stdout
    taken_over(work, most=5)
    assert all(name.endswith(VERSION) for name in packages("dhcp1"))
    work.no_change()


def test_hosts_on_which_epels_kea_never_ran_are_deployed(work: Work) -> None:
    lab.up()
    lab.reset()
    for host in HOSTS:
        sh(host, "dnf -qy install epel-release && dnf -qy install kea")
    series = 'series: "3.0"'
    work.site((series, f"{series}\n  version: {VERSION}"))
    work.deploy()
    hold_that_isc_runs(set())
    work.no_change()


@pytest.mark.fault(
    "the standby's power fails while ISC's packages replace EPEL's", "the rerun goes on from there"
)
def test_the_power_fails_while_packages_are_replaced(tmp_path: Path) -> None:
    work = of_kea_2_6(EPEL, tmp_path)
    held = lease("user")["ip"]
    pinned(work)
    with asking(most=30):
        with started(work) as process:
            until(lambda: "isc-kea-common" in " ".join(packages("dhcp2")), "the swap", 60)
            lab.power_cut("dhcp2")
            until(lambda: process.poll() is not None, "the run ends", 120)
        assert "Traceback" not in output_of(work)
        lab.boot("dhcp2")
        until(lambda: idle("dhcp1"), "the programs of the run have ended", 60)
        work.deploy()
    hold_that_isc_runs({held})
    work.no_change()


def packages(host: str) -> set[str]:
    """Return the installed packages of Kea, with their versions."""
    form = "%{NAME}-%{VERSION}-%{RELEASE}\\n"
    return set(sh(host, f"rpm -qa --qf '{form}' 'isc-kea*' 'kea*'").split())


def refuse_to_start(host: str) -> None:
    """Have kea-dhcp4 not start with a configuration of keaprov's."""
    grep = f"ExecStartPre=/bin/sh -c '! grep -q keaprov {CONF}'"
    sh(host, f"mkdir -p $(dirname {DROP_IN}); printf '[Service]\\n%s\\n' \"{grep}\" >{DROP_IN}")
    sh(host, "systemctl daemon-reload")
