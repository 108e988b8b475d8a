"""Passwords on a host: each is in one file, which its reader alone may read, and nowhere else."""

from __future__ import annotations

import threading
from pathlib import Path
from urllib.parse import quote

import pytest

from keaprov import paths
from tests.deploying import HOSTS, Work, sh
from tests.lab.packageserver import PASSWORD, PRIVATE, USER

pytestmark = pytest.mark.lab

SECRET = "correct-horse-battery"
OTHER = "quite-another-staple"


class Watch(threading.Thread):
    """Watch every process's command line and environment while a deploy runs."""

    def __init__(self, *secrets: str) -> None:
        super().__init__(daemon=True)
        self.secrets = [secret.encode() for secret in secrets]
        self.matches: set[str] = set()
        self.looks = 0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            self.looks += 1
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    line = (process / "cmdline").read_bytes()
                except OSError:
                    continue
                if any(secret in line for secret in self.secrets):
                    self.matches.add(line.decode(errors="replace"))


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize("source", ["env", "file"])
def test_the_password_stays_secret(work: Work, source: str) -> None:
    def deploy(secret: str) -> str:
        (work.folder / "password").write_text(f"{secret}\n")
        return work.deploy("-vvv", "--debug", env={"KEA_API_PASSWORD": secret})

    given = "{env: KEA_API_PASSWORD}" if source == "env" else "{file: password}"
    work.site(("{generate: true}", given))
    watch = Watch(SECRET, OTHER)
    watch.start()
    output = deploy(SECRET) + deploy(OTHER)
    watch.over.set()
    watch.join()
    assert watch.looks > 10
    assert not watch.matches
    assert SECRET not in output
    assert OTHER not in output
    for host in HOSTS:
        holds = f"grep -rlE '{SECRET}|{OTHER}' /etc /tmp /var /root /home /run 2>/dev/null || true"
        assert sh(host, holds).split() == ["/etc/kea/kea-api-password"]
        assert sh(host, "stat -c '%U:%G %a' /etc/kea/kea-api-password").strip() == "root:kea 640"
        assert SECRET not in sh(host, "journalctl --no-pager -o cat")
        status = "curl -s -o /dev/null -w '%{http_code}' -d '{\"command\":\"version-get\"}'"
        kind = "-H 'Content-Type: application/json'"
        address = {"dhcp1": "10.60.1.67", "dhcp2": "10.60.1.68"}[host]
        for secret, code in ((OTHER, "200"), (SECRET, "401")):
            assert sh(host, f"{status} {kind} -u admin:{secret} http://{address}:8000/") == code


@pytest.mark.usefixtures("pair")
def test_the_repositorys_password_is_in_dnfs_configuration_alone(work: Work) -> None:
    address = f"http://packages.lab{PRIVATE}/public/isc/kea-3-0"
    private = address.replace("://", f"://{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@")
    work.site((f"url: {address.replace(PRIVATE, '')}", "url: {env: MIRROR}"))
    # without the key, the deploy asks the repository before it changes anything
    sh("dhcp1", f"rm {paths.ISC_KEY}")
    watch = Watch(PASSWORD, quote(PASSWORD, safe=""))
    watch.start()
    refused = work.refused(env={"MIRROR": private.replace("kea-3-0", "kea-30")})
    verbose = work.deploy("-vvv", "--debug", env={"MIRROR": private})
    inode = sh("dhcp1", f"stat -c %i {paths.ISC_REPO}")
    again = work.deploy(env={"MIRROR": private})
    assert sh("dhcp1", f"stat -c %i {paths.ISC_REPO}") == inode
    watch.over.set()
    watch.join()
    assert watch.looks > 10
    assert not watch.matches
    assert "the vendor's signing key cannot be fetched from {env: MIRROR}/gpg." in refused
    for text in (refused, verbose, again):
        assert PASSWORD not in text
        assert quote(PASSWORD, safe="") not in text
    for host in HOSTS:
        holds = "grep -rlE 'Mirror%2(5|F)' /etc /tmp /var /root /home /run 2>/dev/null || true"
        assert sh(host, holds).split() == [paths.ISC_REPO]
        assert sh(host, f"stat -c '%U:%G %a' {paths.ISC_REPO}").strip() == "root:root 600"
        dnf = "dnf -q --refresh --disablerepo='*' --enablerepo='isc-kea*'"
        assert "isc-kea-dhcp4" in sh(host, f"{dnf} repoquery isc-kea-dhcp4")
