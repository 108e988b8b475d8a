"""The verbs that go to the servers, by the keaprov command, against the deployed pair."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploying import HOSTS, Work, ask, await_pair, on, sh
from tests.lab import lab

pytestmark = pytest.mark.lab


NOBODY = "Host dhcp8 dhcp9\n    HostName 127.0.0.1\n    Port 9\n"
"""Hosts that refuse every connection."""

OFFERED = """\
cat >/run/offered/updateinfo.xml <<'END'
<updates><update type="security" status="final" from="lab" version="1">
<id>LAB-1</id><title>An update</title><severity>Important</severity><issued date="2026-01-01"/>
<pkglist><collection short="lab"><name>lab</name>
<package name="rocky-release" epoch="0" version="99" release="1.el9" arch="noarch" src="a.src.rpm">
<filename>rocky-release-99-1.el9.noarch.rpm</filename></package>
</collection></pkglist></update></updates>
END
modifyrepo_c /run/offered/updateinfo.xml /run/offered/repodata >/dev/null
printf '[offered]\\nname=offered\\nbaseurl=file:///run/offered\\n' >/etc/yum.repos.d/offered.repo
dnf -q --disablerepo='*' --enablerepo=offered makecache
"""
"""Makes a repository that has an advisory, and none of its packages."""


def command(work: Work, verb: str, *options: str) -> list[str]:
    """Return the words of a verb on the site file, by the lab's ssh_config."""
    path = work.folder / "ssh_config"
    path.write_text(lab.ssh_config() + NOBODY)
    program = str(Path(sys.executable).with_name("keaprov"))
    return [program, verb, str(work.folder / "site.yaml"), "--ssh-config", str(path), *options]


def keaprov(work: Work, verb: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a verb on the site file, by the lab's ssh_config."""
    words = command(work, verb, *options)
    return subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)


@pytest.mark.usefixtures("deployed")
class TestDeployed:
    """These leave the pair as it is."""

    def test_plan_says_what_a_deploy_would_do(self, work: Work) -> None:
        done = keaprov(work, "plan")
        assert done.stdout == (
            "labo: nothing to do: every server runs what is wanted. Nothing is changed.\n"
        )
        work.append("    - id: 70\n      subnet: 172.20.70.0/24\n")
        done = keaprov(work, "plan")
        assert "labo: live change: Kea has a command for every change. No restart." in done.stdout
        assert "dhcp2: live: add subnet 70 (172.20.70.0/24)" in done.stdout
        work.site(("rebind-timer: 1800", "rebind-timer: 1801"))
        done = keaprov(work, "plan")
        assert "rolling restart" in done.stdout
        assert (
            "One server after the other: dhcp2 and its gate, then dhcp1 and its gate."
            in done.stdout
        )
        assert (done.returncode, done.stderr) == (0, "")

    def test_so_does_a_dry_run(self, work: Work) -> None:
        work.append("    - id: 70\n      subnet: 172.20.70.0/24\n")
        report = work.deploy("--dry")
        assert "live change: Kea has a command for every change" in report
        assert "live: add subnet 70" in report

    def test_plan_when_a_server_cannot_be_reached(self, work: Work) -> None:
        work.site(("10.60.1.68", "10.60.1.69"), ("  dhcp2:", "  dhcp9:"))
        done = keaprov(work, "plan")
        assert done.returncode == 1
        assert "a server is unreachable: dhcp9 did not answer" in done.stdout
        assert "dhcp9: " in done.stderr
        assert "Traceback" not in done.stderr

    def test_history_lists_the_active_one_first_and_the_original_last(self, work: Work) -> None:
        done = keaprov(work, "history")
        assert done.returncode == 0, done.stderr
        parts = done.stdout.split("dhcp2:\n")
        for part in (parts[0].removeprefix("dhcp1:\n"), parts[1]):
            lines = part.splitlines()
            assert "active" in lines[0]
            assert "4 subnets" in lines[0]
            assert "not keaprov's" in lines[-1]

    @pytest.mark.fault(
        "a file of Kea's packages is changed on a host",
        "named by status, and by a deploy that installs packages",
    )
    def test_kea_is_as_its_vendor_released_it(self, work: Work) -> None:
        whole = keaprov(work, "status", "--strict")
        assert whole.returncode == 0, whole.stdout
        on("dhcp1", "chown", "kea", "/usr/sbin/kea-lfc")
        words = "1 file of Kea's packages is not as installed: /usr/sbin/kea-lfc (owner). Find out"
        done = keaprov(work, "status", "--strict")
        assert f"? {words}" in done.stdout
        assert done.returncode == 3
        work.no_change()  # a run that installs nothing verifies nothing
        on("dhcp1", "dnf", "-y", "-q", "remove", "isc-kea-admin")
        output = " ".join(work.refused().split())
        assert f"not as promised: dhcp1: {words}" in output
        on("dhcp1", "chown", "root", "/usr/sbin/kea-lfc")
        work.no_change()

    def test_advisories_of_a_repository_are_reported(self, work: Work) -> None:
        words = "advisories: unknown: no repository of this host offers any"
        assert keaprov(work, "status", "--strict").stdout.count(words) == 2
        sh("dhcp1", f"mkdir /run/offered; createrepo_c -q /run/offered\n{OFFERED}")
        try:
            done = keaprov(work, "status", "--strict")
        finally:
            sh("dhcp1", "rm -r /etc/yum.repos.d/offered.repo /run/offered /var/cache/dnf/offered*")
        assert "advisories: 1 pending, 1 of them for security (offered, as of 2" in done.stdout
        warning = "1 security update is pending, the gravest Important: LAB-1 (rocky-release)"
        assert f"? {warning}. Run the deploy" in done.stdout
        assert done.stdout.count(words) == 1, "dhcp2's repositories offer none"
        assert done.returncode == 3

    def test_a_site_with_mistakes(self, work: Work) -> None:
        work.site(("rebind-timer", "rebind-timber"))
        done = keaprov(work, "plan")
        assert done.returncode == 1
        assert "did you mean" in done.stderr.lower()


@pytest.mark.usefixtures("pair")
def test_plan_names_what_was_changed_by_hand(work: Work) -> None:
    ask("dhcp1", "subnet4-del", id=50)
    done = keaprov(work, "plan")
    assert "kea-dhcp4 runs revision unknown" in done.stdout
    assert "a server is behind: dhcp2 runs what is wanted, dhcp1 does not" in done.stdout
    sh("dhcp1", "systemctl stop kea-dhcp4")
    done = keaprov(work, "plan")
    assert "one server is down: kea-dhcp4 of dhcp1 does not answer" in done.stdout
    for host in HOSTS:
        sh(host, "systemctl restart kea-dhcp4")
    await_pair()


@pytest.mark.usefixtures("pair")
def test_diff_finds_hands_at_work(work: Work) -> None:
    done = keaprov(work, "diff")
    assert done.stdout == "labo: site, files and running configurations are equal\n"
    assert (done.returncode, done.stderr) == (0, "")
    ask("dhcp1", "subnet4-del", id=50)
    sh("dhcp2", "sed -i s/28800/28801/ /etc/kea/kea-dhcp4.conf")
    done = keaprov(work, "diff")
    assert done.returncode == 1
    first, second, *lines = (line.strip() for line in done.stdout.splitlines())
    assert first == "dhcp1: runs changes that are not in its file: a restart would lose them"
    changed = "its file was changed, but kea-dhcp4 does not run it: a restart would load it"
    assert second == f"dhcp2: {changed}"
    assert any(line.startswith("dhcp1: running: subnet4.50: wanted {") for line in lines)
    assert "dhcp2: file: valid-lifetime: wanted 28800, found 28801" in lines
    assert any(line.startswith("dhcp2: running, unlike dhcp1's: subnet4.50: ") for line in lines)
    assert len(lines) == 3
    report = json.loads(keaprov(work, "diff", "--json").stdout)
    assert set(report["verdicts"]) == set(HOSTS)
    assert {difference["path"] for difference in report["differences"]} == {
        "subnet4.50",
        "valid-lifetime",
    }


@pytest.mark.usefixtures("pair")
def test_diff_shows_no_secret(work: Work) -> None:
    sh(
        "dhcp2",
        r"""sed -i 's/"lease-database": {/&"password": "hidden",/' /etc/kea/kea-dhcp4.conf""",
    )
    done = keaprov(work, "diff")
    assert "lease-database.password: wanted (absent), found (secret)" in done.stdout
    assert "hidden" not in done.stdout + keaprov(work, "diff", "--json").stdout


@pytest.mark.usefixtures("pair")
def test_diff_when_a_server_is_down(work: Work) -> None:
    sh("dhcp2", "systemctl stop kea-dhcp4")
    done = keaprov(work, "diff")
    assert done.stdout == ("dhcp2: kea-dhcp4 does not answer\n  dhcp2: running: there is none\n")


@pytest.mark.usefixtures("pair")
def test_diff_finds_a_peer_left_behind_and_the_agents_file(work: Work) -> None:
    sh("dhcp1", "cp -a /etc/kea/kea-dhcp4.conf /root/before")
    work.site(("rebind-timer: 1800", "rebind-timer: 1801"))
    work.deploy()
    sh("dhcp1", "cp -a /root/before /etc/kea/kea-dhcp4.conf; systemctl restart kea-dhcp4")
    await_pair()
    done = keaprov(work, "diff")
    assert done.stdout.count("unlike") == 1, "what is inherited is reported once"
    verdicts = json.loads(keaprov(work, "diff", "--json").stdout)["verdicts"]
    assert verdicts == {"dhcp1": "left behind: dhcp2 runs the site's configuration"}, done.stdout
    sh("dhcp1", "sed -i '1s/{/{ # mine/' /etc/kea/kea-dhcp4.conf")
    sh("dhcp1", "sed -i s/8000/8001/ /etc/kea/kea-ctrl-agent.conf")
    done = keaprov(work, "diff")
    assert "dhcp1: file: rebind-timer: wanted 1801, found 1800" in done.stdout
    assert "dhcp1: agent's file: http-port: wanted 8000, found 8001" in done.stdout
    sh("dhcp1", "echo '{' >/etc/kea/kea-dhcp4.conf")
    assert "dhcp1: file: there is none that can be read" in keaprov(work, "diff").stdout
