"""Other ways to the same end: sudo, one server, a dry run, a change, an installed package."""

from __future__ import annotations

import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.deploying import (
    HOSTS,
    ROOT,
    Work,
    ask,
    await_pair,
    ha_port_blocked,
    ha_state,
    lease,
    look,
    on,
    running,
    sh,
)
from tests.faults import asking, under
from tests.lab import lab
from tests.lab.load import SUBNET, under_load
from tests.lab.watching import watching

pytestmark = pytest.mark.lab

DHCP2 = "  dhcp2: {role: standby, address: 10.60.1.68, interfaces: [ens18]}\n"
FOREIGN_RULES = """
cmd='firewall-cmd -q --permanent'
$cmd --new-ipset=bad --type=hash:net --family=inet
$cmd --add-port=9999/tcp
$cmd --add-rich-rule='rule family=ipv4 source NOT address=10.0.0.0/8 service name=dns reject'
$cmd --add-rich-rule='rule service name=ssh log prefix=keaprov- limit value=3/m accept'
$cmd --add-rich-rule='rule source ipset=bad drop'
firewall-cmd -q --reload
firewall-cmd -q --add-port=9998/udp
firewall-cmd -q --add-rich-rule='rule family=ipv4 source address=203.0.113.9 reject'
firewall-cmd -q --zone=drop --add-source=203.0.113.10
"""
"""What others have in a zone: rules for good, then a port and two bans until the next reload."""
FOREIGN = (
    "9999/tcp",
    "9998/udp",
    'rule family="ipv4" source NOT address="10.0.0.0/8" service name="dns" reject',
    'rule service name="ssh" log prefix="keaprov-" limit value="3/m" accept',
    'rule source ipset="bad" drop',
    'rule family="ipv4" source address="203.0.113.9" reject',
    "sources: 203.0.113.10",
)
MADE = "/etc/kea/*.conf /etc/chrony.conf /etc/yum.repos.d/*.repo /etc/firewalld/services/*"
RESULT = f"rpm -qa | sort; sha256sum {MADE}; stat -c '%n %U %G %a' {MADE} /etc/kea/*"


def standalone(work: Work) -> None:
    """Make the site one of a single server without failover."""
    text = (work.folder / "site.yaml").read_text()
    text = re.sub(r"(?ms)^failover:\n(  .*?\n)+", "", text)
    (work.folder / "site.yaml").write_text(text)
    work.site((DHCP2, ""))


@pytest.mark.usefixtures("bare")
class TestBareHosts:
    """From bare hosts."""

    def test_a_dry_run_shows_every_step_and_changes_nothing(self, work: Work) -> None:
        before = {host: look(host) for host in HOSTS}
        output = work.deploy("--dry")
        for step in (
            "System updates",
            "EPEL",
            "ISC's repository",
            "chrony",
            "Firewall",
            "Kea accepts",
            "by a rolling restart",
        ):
            assert re.search(rf"{step}.* [12] \(dhcp", output), step
        assert {host: look(host) for host in HOSTS} == before

    @pytest.mark.usefixtures("_deployed_once")
    def test_through_sudo_the_result_is_the_same(self, work: Work) -> None:
        work.edit("inventory.py", ('"ssh_user": "root"', '"ssh_user": "admin", "_sudo": True'))
        work.deploy()
        await_pair()
        by_sudo = {host: sh(host, RESULT) for host in HOSTS}
        work.no_change()
        lab.restore("deployed")
        assert {host: sh(host, RESULT) for host in HOSTS} == by_sudo

    def test_one_server(self, work: Work) -> None:
        standalone(work)
        lab.power_cut("dhcp2")
        work.deploy()
        config = ask("dhcp1", "config-get")["Dhcp4"]
        assert [hook["library"].rpartition("/")[2] for hook in config["hooks-libraries"]] == [
            "libdhcp_lease_cmds.so",
            "libdhcp_stat_cmds.so",
            "libdhcp_subnet_cmds.so",
            "libdhcp_class_cmds.so",
            "libdhcp_host_cmds.so",
        ]
        assert lease("voice")["ip"].startswith("172.20.60.")
        work.no_change()
        lab.boot("dhcp2")

    @pytest.mark.fault("a standalone server becomes a pair", "the one with the leases goes first")
    def test_a_second_server_joins(self, work: Work) -> None:
        work.append(SUBNET)
        pair = (work.folder / "site.yaml").read_text()
        standalone(work)
        work.deploy()
        held = lease("voice")["ip"]
        (work.folder / "site.yaml").write_text(pair)
        with asking(most=20), watching() as watched, under_load(("dhcp1",)) as measured:
            output = work.deploy()
        under("a standalone server becomes a pair", measured)
        assert (measured.duplicates, measured.lost, measured.naks) == (0, 0, 0), str(measured)
        assert output.index("[dhcp1] turn: ") < output.index("[dhcp2] turn: ")
        assert watched.unserved() < 12
        assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
        assert ask("dhcp2", "lease4-get", **{"ip-address": held})["ip-address"] == held
        work.no_change()

    @pytest.mark.fault(
        "a standalone server becomes a pair, the HA port blocked on the way",
        "the new server is stopped again",
    )
    def test_a_second_server_that_cannot_hear_the_first(self, work: Work) -> None:
        pair = (work.folder / "site.yaml").read_text()
        standalone(work)
        work.deploy()
        held = lease("voice")["ip"]
        (work.folder / "site.yaml").write_text(pair)
        with ha_port_blocked():
            with asking(most=20):
                output = " ".join(work.refused().split())
            assert "Gate closed: split brain: this server does not hear its peer" in output
            assert "[dhcp2] this server is new: kea-dhcp4 is stopped again" in output
            assert sh("dhcp2", "systemctl is-enabled kea-dhcp4 || true").strip() == "disabled"
            assert ha_state("dhcp2") == ""
            assert lease("voice")["ip"] == held
        work.deploy()
        assert [ha_state(host) for host in HOSTS] == ["hot-standby"] * 2
        assert ask("dhcp2", "lease4-get", **{"ip-address": held})["ip-address"] == held


@pytest.mark.usefixtures("pair")
class TestPair:
    """From a pair that runs."""

    def test_a_changed_subnet_reaches_clients_and_nothing_restarts(self, work: Work) -> None:
        work.site(
            (
                "domain-name: infra.labo}\n      reservations",
                "domain-name: new.labo}\n      reservations",
            )
        )
        before = {host: running(host) for host in HOSTS}
        work.deploy()
        assert lease("user")["domain"] == "new.labo"
        assert {host: running(host) for host in HOSTS} == before
        work.no_change()

    def test_leases_survive_a_roll_out_and_nothing_else_restarts(self, work: Work) -> None:
        held = lease("voice")["ip"]
        before = {host: running(host) for host in HOSTS}
        work.site(("rebind-timer: 1800", "rebind-timer: 1801"))
        work.deploy()
        for host in HOSTS:
            after = running(host)
            changed = {unit for unit in after if after[unit] != before[host][unit]}
            assert changed == {"kea-dhcp4.service"}
        for host in HOSTS:
            assert ask(host, "lease4-get", **{"ip-address": held})["ip-address"] == held

    def test_a_port_that_is_no_longer_needed_is_closed(self, work: Work) -> None:
        sh("dhcp1", FOREIGN_RULES)
        work.site(
            ("port: 8000", "port: 8010"),
            ("zone: public", "zone: public\n  , management: [10.60.1.100/32]"),
        )
        work.site(
            ("firewall: {zone: public\n  , management", "firewall: {zone: public, management")
        )
        work.deploy()
        services = sh("dhcp1", "cat /etc/firewalld/services/keaprov-agent.xml")
        assert 'port="8010"' in services
        assert "10.60.1.100/32" in sh("dhcp1", "firewall-cmd --list-rich-rules")
        foreign = sh("dhcp1", "firewall-cmd --list-all; firewall-cmd --zone=drop --list-all")
        for words in FOREIGN:
            assert words in foreign, "a reload for the new port keeps what others opened"
        sh("dhcp1", "firewall-cmd -q --remove-service=cockpit")
        work.site(
            ("\ncontrol-agent:\n  port: 8010\n  user: admin\n  password: {generate: true}\n", "")
        )
        work.deploy()
        rules = sh("dhcp1", "firewall-cmd --list-rich-rules; firewall-cmd --permanent --list-all")
        assert "keaprov-agent" not in rules
        assert "keaprov-ha" in rules
        assert "9999/tcp" in rules, "what keaprov did not open stays open"
        assert "cockpit" not in sh("dhcp1", "firewall-cmd --list-services"), "no reload"
        work.no_change()
        assert "keaprov-agent" not in sh("dhcp1", "ls /etc/firewalld/services")
        assert (
            on("dhcp1", "systemctl", "show", "-P", "ActiveState", "kea-ctrl-agent").strip()
            != "active"
        )

    def test_the_standby_fails_and_the_primary_is_not_touched(self, work: Work) -> None:
        sh("dhcp2", "systemd-run -q --unit=squatter python3 -m http.server 8010")
        work.site(("port: 8000", "port: 8010"), ("rebind-timer: 1800", "rebind-timer: 1801"))
        before = running("dhcp1"), sh("dhcp1", "cat /etc/kea/*.conf")
        active = sh("dhcp2", "cat /etc/kea/*.conf")
        output = work.refused()
        assert (running("dhcp1"), sh("dhcp1", "cat /etc/kea/*.conf")) == before
        assert sh("dhcp2", "cat /etc/kea/*.conf") == active
        words = " ".join(output.split())
        assert "Gate closed: kea-ctrl-agent died after it was started. Its last words:" in words
        assert "No other server was touched" in words
        await_pair()
        on("dhcp2", "systemctl", "stop", "squatter")
        work.deploy()
        work.no_change()

    def test_firewalld_that_was_stopped_is_started_with_the_ports_open(self, work: Work) -> None:
        sh("dhcp1", "systemctl stop firewalld")
        before = running("dhcp1")["kea-dhcp4.service"]
        work.deploy()
        assert running("dhcp1")["kea-dhcp4.service"] == before
        await_pair()

    def test_what_somebody_changed_on_a_host_is_put_right(self, work: Work) -> None:
        sh(
            "dhcp1",
            "chmod 644 /etc/kea/kea-dhcp4.conf; sed -i s/1800/1801/ /etc/kea/kea-dhcp4.conf",
        )
        sh("dhcp2", "systemctl stop kea-dhcp4; systemctl disable kea-dhcp4 2>/dev/null")
        work.deploy()
        assert on("dhcp1", "stat", "-c", "%a", "/etc/kea/kea-dhcp4.conf").strip() == "640"
        assert on("dhcp2", "systemctl", "is-enabled", "kea-dhcp4").strip() == "enabled"
        work.no_change()


@pytest.mark.usefixtures("deployed")
def test_an_installed_package_in_somebody_elses_deploy(work: Work, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*words, "-w", tmp_path, ROOT], check=True)
    venv.create(tmp_path / "venv", with_pip=False)
    site_packages = next((tmp_path / "venv/lib").glob("python*/site-packages"))
    wheel = next(tmp_path.glob("*.whl"))
    subprocess.run([sys.executable, "-m", "zipfile", "-e", wheel, site_packages], check=True)
    installed = Path(next(path for path in sys.path if path.endswith("site-packages")))
    for entry in installed.iterdir():
        if "keaprov" not in entry.name and not (site_packages / entry.name).exists():
            (site_packages / entry.name).symlink_to(entry)
    deploy = work.folder / "their_deploy.py"
    names = "preflight, bootstrap, stage, roll_out, verification"
    calls = "\n".join(f"{name}()" for name in names.split(", "))
    deploy.write_text(
        "from pyinfra.operations import files\n"
        f"from keaprov.deploys import {names}\n"
        f"{calls}\nfiles.directory('/srv/theirs')\n"
    )
    python = str(tmp_path / "venv/bin/python")
    main = "from pyinfra_cli.main import main; main()"
    command = [python, "-c", main, str(work.folder / "inventory.py"), str(deploy), "-y"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=work.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    where = [python, "-c", "import keaprov; print(keaprov.__file__)"]
    place = subprocess.run(where, capture_output=True, text=True, cwd="/", check=True).stdout
    assert place.startswith(str(tmp_path))
    for host in HOSTS:
        sh(host, "test -d /srv/theirs; rmdir /srv/theirs")


@pytest.mark.usefixtures("bare")
def test_several_sites_in_one_inventory_stop_themselves_only(work: Work) -> None:
    standalone(work)
    text = (work.folder / "site.yaml").read_text()
    dhcp1 = "dhcp1: {role: primary, address: 10.60.1.67, interfaces: [ens18]}"
    assert dhcp1 in text
    other = text.replace(dhcp1, dhcp1.replace("dhcp1", "dhcp2").replace("67", "68"))
    (work.folder / "other.yaml").write_text(other.replace("site: labo", "site: other"))
    inventory = (work.folder / "inventory.py").read_text()
    head, _, tail = inventory.partition("pair = inventory.load(\n    Path(__file__)")
    ssh = tail.partition("ssh=")[2].partition("\n)\n")[0].rstrip(",")
    (work.folder / "inventory.py").write_text(
        f"{head}ssh = {ssh}\n"
        "here = Path(__file__)\n"
        'both = inventory.load(here.with_name("site.yaml"), ssh) + inventory.load(\n'
        '    here.with_name("other.yaml"), ssh\n'
        ")\n"
        "servers = both.servers\n"
    )
    os_release = "/etc/os-release"
    another = "-e 's/^ID=.*/ID=debian/' -e /^ID_LIKE=/d"
    sh("dhcp2", f"cp {os_release} /root/kept; sed -i {another} {os_release}")
    output = " ".join(work.refused().split())
    assert "[dhcp2] Refused: this host runs" in output
    assert ask("dhcp1", "config-get")["Dhcp4"]["user-context"]["keaprov"]["site"] == "labo"
    assert "isc-kea" not in on("dhcp2", "rpm", "-qa")
    sh("dhcp2", f"cp /root/kept {os_release}")
    work.deploy()
    assert ask("dhcp2", "config-get")["Dhcp4"]["user-context"]["keaprov"]["site"] == "other"
    work.no_change()
