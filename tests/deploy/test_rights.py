"""Rights: sudo with a password, services that have what they need, a compromised kea."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.test_verbs import command, keaprov
from tests.deploying import HARDENED, HOSTS, NO_CHANGE, ROOT, Work, await_pair, lease, pid, sh
from tests.lab import lab
from tests.lab.shell import until
from tests.terminal import at_a_terminal

pytestmark = pytest.mark.lab

PASSWORD = "hush-Zz7q"
SPY = """
import glob, sys
known, out = open("/root/password").read().strip().encode(), open("/root/spied", "ab", 0)
while True:
    for name in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            words = open(name, "rb").read()
        except OSError:
            continue
        if known in words:
            out.write(words.replace(b"\\0", b" ") + b"\\n")
"""
"""Writes down every command line of the host that shows the password."""


@pytest.fixture(scope="module")
def locked(deployed: None) -> Iterator[None]:
    """A user `locked` on both hosts, who needs a password for sudo; a spy watches dhcp1."""
    for host in HOSTS:
        sh(host, "useradd -m -s /bin/bash locked; cp -r /root/.ssh /home/locked/.ssh")
        sh(host, "chown -R locked:locked /home/locked/.ssh")
        lab.execute(
            host, "sh", "-c", "cat >/root/password; chmod 600 /root/password", stdin=PASSWORD
        )
        sh(host, 'printf "locked:%s" "$(cat /root/password)" | chpasswd')
        sh(host, "echo 'locked ALL=(ALL) ALL' >/etc/sudoers.d/locked")
    lab.execute("dhcp1", "sh", "-c", "cat >/root/spy.py", stdin=SPY)
    sh("dhcp1", ": >/root/spied; systemd-run -q --unit=spy nice python3 /root/spy.py")
    yield
    lab.execute("dhcp1", "systemctl", "stop", "spy")


def spied() -> str:
    return sh("dhcp1", "cat /root/spied")


def by_sudo(work: Work, *rights: str) -> None:
    """Have the inventory log in as `locked`, with these data."""
    data = ", ".join(['"ssh_user": "locked"', '"_sudo": True', *rights])
    work.edit("inventory.py", ('"ssh_user": "root"', data))


def verb(work: Work, where: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a status as `locked` with a password from there; return all that it says."""
    monkeypatch.setenv("LOCKED", PASSWORD)
    monkeypatch.setenv("WRONG", "wrong-password")
    words = command(work, "status", "--sudo-password", where)
    path = Path(words[words.index("--ssh-config") + 1])
    path.write_text(path.read_text().replace("User root", "User locked"))
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return done.stdout + done.stderr


@pytest.mark.usefixtures("locked")
class TestSudoWithAPassword:
    """The user of the hosts may do everything, after a password."""

    def test_a_deploy_by_pyinfras_own_arguments(self, work: Work) -> None:
        by_sudo(work, f'"_sudo_password": "{PASSWORD}"', '"_use_sudo_login": True')
        output = work.no_change("-vvv")
        assert PASSWORD not in output
        assert spied() == ""

    def test_a_deploy_that_asks_at_the_terminal(self, work: Work) -> None:
        by_sudo(work)
        program = str(Path(sys.executable).with_name("pyinfra"))
        words = [program, str(work.folder / "inventory.py"), str(ROOT / "deploy.py"), "-y"]
        with at_a_terminal(words) as terminal:
            for _ in HOSTS:
                terminal.read_until("sudo password: ")
                terminal.write(f"{PASSWORD}\n")
            output = terminal.read_all()
        assert NO_CHANGE.search(output)
        assert PASSWORD not in output

    def test_without_a_password_or_with_a_wrong_one_it_is_refused(self, work: Work) -> None:
        by_sudo(work)
        words = "[dhcp1] Refused: sudo does not let this user become root without a password: give"
        assert words in work.refused()
        work.edit("inventory.py", ('"_sudo": True', '"_sudo": True, "_sudo_password": "wrong-Zz"'))
        output = work.refused()
        assert "[dhcp1] Refused: sudo rejects this password; keaprov tried it once" in output
        assert "wrong-Zz" not in output

    def test_a_verb_with_a_password(
        self, work: Work, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "password").write_text(f"{PASSWORD}\n")
        for where in ("env:LOCKED", f"file:{tmp_path}/password"):
            output = verb(work, where, monkeypatch)
            assert "labo: " in output
            assert "dhcp1" in output
            assert "sudo" not in output
            assert PASSWORD not in output

    def test_a_wrong_password_is_tried_once(
        self, work: Work, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        began = time.strftime("@%s")
        output = verb(work, "env:WRONG", monkeypatch)
        assert "dhcp2  unreachable: sudo rejects this password; keaprov tried it once" in output
        assert "wrong-password" not in output
        failures = sh(
            "dhcp2", f"journalctl -o cat --since {began} | grep -c 'auth.*failure' || true"
        )
        assert failures.strip() == "1"

    def test_no_process_list_has_had_the_password(self) -> None:
        assert spied() == ""
        sh("dhcp1", 'sh -c "sleep 1; true" "$(cat /root/password)"')
        until(lambda: PASSWORD in spied(), "the spy works", 10)


DROP_IN = "/etc/systemd/system/kea-dhcp4.service.d"
LFC = "rebind-timer: 1800\n  lease-database: {type: memfile, lfc-interval: 2}"
AS_KEA = "nsenter -t $(systemctl show -P MainPID kea-dhcp4) -m -- runuser -u kea -- sh -c"
NOT_ALLOWED = (
    "touch /etc/kea/x",
    "touch /usr/x",
    "ls /home",
    "touch /proc/sys/kernel/x",
    "ls /root",
)
LIMITS = (
    "grep -E '^(NoNewPrivs|Seccomp|CapBnd|CapEff):' /proc/$(systemctl show -P MainPID {})/status"
)


def exposure(unit: str) -> float:
    """Return the figure of `systemd-analyze security`: 10 is the worst."""
    shown = sh("dhcp1", f"systemd-analyze security {unit} | grep 'Overall exposure'")
    return float(shown.split(":")[1].split()[0])


def limits(unit: str) -> dict[str, str]:
    """Return what the kernel says of the unit's main process."""
    return dict(line.split(":\t") for line in sh("dhcp1", LIMITS.format(unit)).splitlines())


@pytest.mark.skipif(HARDENED, reason="every pair is hardened from its first deploy on")
@pytest.mark.usefixtures("pair")
class TestHardening:
    """kea.hardening, turned on for a pair that runs."""

    def test_it_comes_by_turns_and_kea_does_all_its_work(self, work: Work) -> None:
        units = ("kea-dhcp4", "kea-ctrl-agent")
        before = {unit: exposure(unit) for unit in units}
        work.site(("\nkea:", "\nkea:\n  hardening: true"), ("rebind-timer: 1800", LFC))
        output = work.deploy()
        for host in HOSTS:
            assert f"[{host}] turn: " in output
        work.no_change()
        after = {unit: exposure(unit) for unit in units}
        print("systemd-analyze security:", before, after)
        for unit in units:
            assert before[unit] > 8
            assert after[unit] < 3
        bits = "0000000000002400"  # CAP_NET_BIND_SERVICE 10, CAP_NET_RAW 13
        assert limits("kea-dhcp4") == {
            "CapEff": bits,
            "CapBnd": bits,
            "NoNewPrivs": "1",
            "Seccomp": "2",
        }
        assert limits("kea-ctrl-agent")["CapBnd"] == "0" * 16
        for script in NOT_ALLOWED:
            done = lab.execute("dhcp1", "sh", "-c", f"{AS_KEA} '{script}'")
            assert done.returncode != 0, script
        mine = "/var/lib/kea/x /var/log/kea/x"
        sh("dhcp1", f"{AS_KEA} 'touch {mine}; rm {mine}'")
        assert lease("user")["ip"].startswith("172.20.10.")
        cleaned = "grep LFC_EXECUTE /var/log/kea/kea-dhcp4.log && ls /var/lib/kea/kea-leases4.csv.2"
        until(lambda: lab.execute("dhcp1", "sh", "-c", cleaned).returncode == 0, "a cleanup", 30)
        health = keaprov(work, "status", "--explain", "--strict")
        assert health.returncode == 0, health.stdout
        work.site(("hardening: true", "hardening: false"))
        output = " ".join(work.deploy().split())
        for host in HOSTS:
            reason = f"kea-dhcp4 runs since before {DROP_IN}/keaprov.conf was changed"
            assert f"[{host}] turn: kea-ctrl-agent runs since before" in output
            assert reason in output
        assert exposure("kea-dhcp4") == before["kea-dhcp4"]

    @pytest.mark.fault(
        "kea-dhcp4 does not start with the hardening of its unit",
        "the drop-in is removed again; the other server is not touched",
    )
    def test_a_kea_that_does_not_bear_it(self, work: Work) -> None:
        own = f"printf '[Service]\\nExecStartPre=ls /home\\n' >{DROP_IN}/own.conf"
        sh("dhcp2", f"mkdir -p {DROP_IN}; {own}; systemctl daemon-reload")
        before = pid("dhcp1")
        work.site(("\nkea:", "\nkea:\n  hardening: true"))
        output = " ".join(work.refused().split())
        assert f"keaprov removed {DROP_IN}/keaprov.conf" in output
        assert "kea-dhcp4 started again" in output
        assert pid("dhcp1") == before
        assert "keaprov.conf" not in sh("dhcp2", f"ls {DROP_IN}")
        await_pair()


SECRET = "the-secret-of-root"
VICTIMS = "/root/secret /root/kept"
BEFORE_2001 = "978307200"

PLANTS = """
cd /var/log/kea; mv kea-dhcp4.log away.log; ln -s /root/secret kea-dhcp4.log
cd /var/lib/kea; for end in .pid .1 .output .completed; do
    rm -f kea-leases4.csv$end; ln -s /root/secret kea-leases4.csv$end; done
cd /etc/kea; rm kea-api-password; ln -s /root/secret kea-api-password
rm -r bkp; ln -s /root/kept bkp; ln -s /root/secret kea-dhcp4.conf.staged.keaprov-new
"""
"""What user kea does where it may write; on this host /etc/kea is its own."""


@pytest.mark.usefixtures("pair")
def test_links_that_a_compromised_kea_plants_lead_root_nowhere(work: Work) -> None:
    sh("dhcp1", f"echo {SECRET} >/root/secret; mkdir /root/kept; chmod 600 /root/secret")
    sh("dhcp1", "chown -R kea:kea /etc/kea")
    sh("dhcp1", f"cat >/tmp/plants <<'END'{PLANTS}END\nrunuser -u kea -- sh -e /tmp/plants")
    sh("dhcp1", f"touch -a -d @{BEFORE_2001} /root/secret")
    status = keaprov(work, "status", "--explain")
    others = [keaprov(work, verb) for verb in ("diff", "plan", "history")]
    refusal = work.refused()
    for path in ("/etc/kea/kea-api-password", "/etc/kea/bkp"):
        words = f"{path} is, or leads through, a symbolic link that another user than root can"
        assert words in " ".join(refusal.split())
        assert words in " ".join(status.stdout.split())
    output = "".join(done.stdout + done.stderr for done in (status, *others)) + refusal
    assert SECRET not in output
    assert "Traceback" not in output
    rights = sh("dhcp1", f"stat -c '%n %U %a' {VICTIMS}; ls /root/kept; stat -c %X /root/secret")
    assert rights.split("\n")[:-1] == ["/root/secret root 600", "/root/kept root 755", BEFORE_2001]
    sh("dhcp1", "cat /root/secret")
    assert sh("dhcp1", "stat -c %X /root/secret").strip() != BEFORE_2001, "a reader is noticed"
    sh("dhcp1", "rm /etc/kea/kea-api-password /etc/kea/bkp")
    work.deploy()
    owners = sh("dhcp1", "stat -c '%n %U %G %a' /etc/kea /etc/kea/bkp /etc/kea/kea-dhcp4.conf")
    assert owners.split("\n")[:-1] == [
        "/etc/kea root kea 750",
        "/etc/kea/bkp root kea 750",
        "/etc/kea/kea-dhcp4.conf root kea 640",
    ]
    assert sh("dhcp1", "cat /root/secret").strip() == SECRET
