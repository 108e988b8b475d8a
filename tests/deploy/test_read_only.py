"""A user of the hosts with read-only access: one rule of sudo, for one program."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keaprov import paths
from keaprov.control import read_only
from tests.deploy.test_verbs import command, keaprov
from tests.deploying import HOSTS, Work, pid, sh
from tests.lab import lab

pytestmark = pytest.mark.lab

USER = "monitor"
RULE = "/etc/sudoers.d/keaprov-read-only-monitor"
WROTE = f"wrote {paths.READ_ONLY} and {RULE}; monitor has read-only access"


@pytest.fixture(scope="module")
def monitor(deployed: None) -> Iterator[None]:
    """A user `monitor` on both hosts, who logs in with the lab's key and has no rights."""
    for host in HOSTS:
        sh(host, f"useradd -m -s /bin/bash {USER}; cp -r /root/.ssh /home/{USER}/.ssh")
        sh(host, f"chown -R {USER}:{USER} /home/{USER}/.ssh")
    yield
    for host in HOSTS:
        sh(host, f"rm -f {RULE} {paths.READ_ONLY}; userdel -r {USER} 2>/dev/null || true")


def as_monitor(work: Work, verb: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a verb that logs in as `monitor`."""
    words = command(work, verb, *options)
    path = Path(words[words.index("--ssh-config") + 1])
    path.write_text(path.read_text().replace("User root", f"User {USER}"))
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert "Traceback" not in done.stdout + done.stderr
    return done


def on_host(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command on dhcp1 as `monitor`."""
    return lab.execute("dhcp1", "runuser", "-u", USER, "--", *words, stdin=stdin)


def read(name: str, **request: Any) -> Any:
    """Return what the read-only program reports to `monitor`."""
    done = on_host("sudo", "-n", paths.READ_ONLY, stdin=read_only.request(name, request))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.usefixtures("monitor")
def test_one_rule_is_enough_to_observe_and_for_nothing_else(work: Work) -> None:
    refusal = (
        f"unreachable: sudo does not let this user run {paths.READ_ONLY}: have root run keaprov "
    )
    assert refusal in as_monitor(work, "status", "--read-only").stdout

    install = ("--user", USER, "--install")
    done = keaprov(work, "sudoers", *install)
    assert (done.returncode, done.stdout.splitlines()) == (0, [f"{h}: {WROTE}" for h in HOSTS])
    done = keaprov(work, "sudoers", *install)
    assert done.stdout.count("nothing to do; monitor has read-only access") == 2
    rights = sh(
        "dhcp1", f"stat -c '%U %G %a' {paths.READ_ONLY} {RULE}; visudo -c; ls /etc/sudoers.d"
    )
    assert rights.startswith("root root 755\nroot root 440\n")
    assert "keaprov-new" not in rights

    for verb, *options in (
        ("status",),
        ("diff",),
        ("diff", "--leases"),
        ("history",),
        ("status", "--json"),
    ):
        done = as_monitor(work, verb, "--read-only", *options)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        mine, roots = (each.stdout.splitlines() for each in (done, keaprov(work, verb, *options)))
        assert len(mine) == len(roots)
    sh("dhcp1", "sed -i s/28800/28801/ /etc/kea/kea-dhcp4.conf")
    assert "is not the site's" in as_monitor(work, "status", "--read-only").stdout
    assert "dhcp1: file: valid-lifetime: wanted 28800, found 28801" in (
        as_monitor(work, "diff", "--read-only").stdout
    )
    sh("dhcp1", "sed -i s/28801/28800/ /etc/kea/kea-dhcp4.conf")

    report = read("observe", parts=["files"], files=[paths.PASSWORD_FILE, paths.DHCP4_CONF])
    assert "sha256" not in report["files"][paths.PASSWORD_FILE]
    assert report["files"][paths.DHCP4_CONF]["sha256"]
    for words in (
        ("sh", "-c", "id"),
        ("python3", "-c", ""),
        (paths.READ_ONLY, "x"),
        ("PYTHONPATH=/tmp", paths.READ_ONLY),
        ("-E", paths.READ_ONLY),
        ("-u", "kea", paths.READ_ONLY),
    ):
        done = on_host("sudo", "-n", *words, stdin="{}\n")
        assert done.returncode == 1, words
        assert "sudo: " in done.stderr, words
    ask = read_only.request("command", {"socket": paths.CONTROL_SOCKET, "steps": []})
    done = on_host("sudo", "-n", paths.READ_ONLY, stdin=ask)
    assert (done.returncode, done.stdout) == (1, "")
    assert "does not let command have 'steps': []" in done.stderr

    before = pid("dhcp2")
    done = as_monitor(work, "retire", "--sudo", "--yes", "dhcp2")
    assert done.returncode == 1
    assert "a user with read-only access uses --read-only" in done.stdout + done.stderr
    done = as_monitor(work, "sudoers", *install, "--sudo")
    assert done.returncode == 1
    assert "dhcp1: sudo does not let this user become root" in done.stderr
    assert pid("dhcp2") == before

    sh("dhcp2", f"sed -i 's/^DIGEST = .*/DIGEST = \"old\"/' {paths.READ_ONLY}")
    output = as_monitor(work, "status", "--read-only").stdout
    assert (
        "dhcp2  unreachable: /usr/libexec/keaprov-read-only of this host is from another" in output
    )
    work.deploy()
    assert as_monitor(work, "status", "--read-only").returncode == 0
    sh("dhcp2", f"rm {paths.READ_ONLY}")
    output = as_monitor(work, "history", "--read-only").stderr
    assert f"dhcp2: there is no {paths.READ_ONLY} on this host: have root run keaprov" in output
    done = keaprov(work, "sudoers", "--user", "nobody2", "--install")
    assert done.stderr.count("there is no user nobody2 on this host; nothing was changed here") == 2
