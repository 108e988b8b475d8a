"""The agent's password: in its file on the host, readable by Kea alone, and nowhere else."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.deploying import HOSTS, Work, sh

pytestmark = pytest.mark.lab

SECRET = "correct-horse-battery"
OTHER = "quite-another-staple"


class Watch(threading.Thread):
    """Watch every process's command line and environment while a deploy runs."""

    def __init__(self, *secrets: str) -> None:
        super().__init__(daemon=True)
        self.secrets = [secret.encode() for secret in secrets]
        self.seen: set[str] = set()
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
                    self.seen.add(line.decode(errors="replace"))


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
    said = deploy(SECRET) + deploy(OTHER)
    watch.over.set()
    watch.join()
    assert watch.looks > 10
    assert not watch.seen
    assert SECRET not in said
    assert OTHER not in said
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
