"""Deploy to the lab as a user does, with pyinfra's own command, and check the result."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.lab import lab
from tests.lab.shell import until

ROOT = Path(__file__).parent.parent
LAB = ROOT / "inventories/lab"
HOSTS = ("dhcp1", "dhcp2")


NO_CHANGE = re.compile(r"Grand total +(\d+) +- +- +\1 ")
"""What pyinfra prints at the end of a deploy that changed nothing."""
HEARTBEAT = ("heartbeat-delay: 2000 ", "heartbeat-delay: 500 ")
"""Every gate waits for a heartbeat: the tests' is shorter than the lab's own."""

HARDENED = os.environ.get("KEAPROV_HARDENED") == "1"
"""Whether every test that drives hosts has ``kea.hardening``; no line of the site file moves."""
FIRST_LINE = (LAB / "site.yaml").read_text().splitlines(keepends=True)[0]
HARDENING = ((FIRST_LINE, ""), ("\nkea:", "\nkea:\n  hardening: true"))


class Work:
    """A copy of inventories/lab with `HEARTBEAT`, and deploys from it."""

    def __init__(self, folder: Path, *, filled: bool = False) -> None:
        """Copy the lab's site file and inventory, unless the folder is `filled` already."""
        self.folder = folder
        self.inventory = str(folder / "inventory.py")
        self.phases = ROOT / "deploy.py"
        if not filled:
            for name in ("site.yaml", "inventory.py"):
                shutil.copy(LAB / name, folder)
            self.site(HEARTBEAT, *(HARDENING if HARDENED else ()))

    def edit(self, name: str, *changes: tuple[str, str]) -> None:
        """Replace texts in one of the two files; each text has to be there."""
        path = self.folder / name
        text = path.read_text()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new)
        path.write_text(text)

    def site(self, *changes: tuple[str, str]) -> None:
        """Replace texts in the site file."""
        self.edit("site.yaml", *changes)

    def append(self, text: str) -> None:
        """Add to the end of the site file, which is the end of ``subnet4``."""
        path = self.folder / "site.yaml"
        path.write_text(path.read_text().rstrip("\n") + "\n\n" + text)

    def run(
        self, *options: str, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run ``pyinfra inventory.py deploy.py -y`` and return what it said, on stdout.

        ``-y`` leaves the preview out, so a dry run does not use it.
        """
        program = str(Path(sys.executable).with_name("pyinfra"))
        words = [program, self.inventory, str(self.phases)]
        words += [] if "--dry" in options else ["-y"]
        return subprocess.run(
            [*words, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **(env or {})},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
        )

    def deploy(self, *options: str, env: Mapping[str, str] | None = None) -> str:
        """Run a deploy that has to succeed; return what it said."""
        done = self.run(*options, env=env)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def no_change(self, *options: str, env: Mapping[str, str] | None = None) -> str:
        """Run a deploy that has nothing to change; return what it said."""
        output = self.deploy(*options, env=env)
        assert NO_CHANGE.search(output), f"it changed something:\n{output}"
        return output

    def refused(self, *options: str, env: Mapping[str, str] | None = None) -> str:
        """Run a deploy that has to fail, without a traceback; return what it said."""
        done = self.run(*options, env=env)
        assert done.returncode != 0, done.stdout
        assert "Traceback" not in done.stdout, done.stdout
        return done.stdout


def on(host: str, *argv: str) -> str:
    """Run a command on a host that has to succeed; return its stdout."""
    done = lab.execute(host, *argv)
    assert done.returncode == 0, f"{host}: {' '.join(argv)}: {done.stderr}{done.stdout}"
    return done.stdout


def sh(host: str, script: str) -> str:
    """Run a shell script on a host that has to succeed; return its stdout."""
    return on(host, "sh", "-ec", script)


def ask(host: str, command: str, **arguments: Any) -> Any:
    """Ask the running kea-dhcp4 on its control socket; return the answer's arguments."""
    request: dict[str, Any] = {"command": command}
    if arguments:
        request["arguments"] = arguments
    script = "socat -t5 - UNIX-CONNECT:/var/run/kea/kea4-ctrl-socket"
    done = lab.execute(host, "sh", "-c", script, stdin=json.dumps(request))
    answer = json.loads(done.stdout or "{}")
    assert answer.get("result") == 0, f"{host}: {command}: {done.stdout}{done.stderr}"
    return answer.get("arguments")


def ha_state(host: str) -> str:
    """Return a server's HA state, "" when it does not answer."""
    try:
        local = ask(host, "status-get")["high-availability"][0]["ha-servers"]["local"]
    except (AssertionError, KeyError, IndexError):
        return ""
    return str(local["state"])


def await_pair(patience: float = 90) -> None:
    """Wait until both servers are in hot-standby, and each hears it of the other."""
    until(lambda: all(map(_in_hot_standby, HOSTS)), "hot-standby", patience)


def _in_hot_standby(host: str) -> bool:
    try:
        servers = ask(host, "status-get")["high-availability"][0]["ha-servers"]
    except (AssertionError, KeyError, IndexError):
        return False
    local, remote = servers["local"], servers["remote"]
    return bool(remote["in-touch"]) and local["state"] == remote["last-state"] == "hot-standby"


def lease(vlan: str, *options: str) -> dict[str, Any]:
    """Have the VLAN's real client get a lease; return it."""
    done = lab.run_in(vlan, "lease", *options)
    assert done.returncode == 0, done.stderr
    given: dict[str, Any] = json.loads(done.stdout)
    return given


def running(host: str) -> dict[str, str]:
    """Return the main processes of the deploy's units."""
    units = ("kea-dhcp4", "kea-ctrl-agent", "firewalld", "chronyd")
    shown = on(host, "systemctl", "show", "-p", "Id,MainPID", "--", *units)
    lines = (block.split("\n") for block in shown.strip().split("\n\n"))
    return {unit.removeprefix("Id="): pid for unit, pid in (sorted(pair) for pair in lines)}


def active(host: str) -> str:
    """Return the hash of the active kea-dhcp4.conf."""
    return on(host, "sha256sum", "/etc/kea/kea-dhcp4.conf")


def pid(host: str) -> str:
    """Return kea-dhcp4's main process."""
    return running(host)["kea-dhcp4.service"]


def killed_for_good(host: str) -> None:
    """Kill kea-dhcp4 as a crash does, and have systemd not start it again."""
    drop_in = "/run/systemd/system/kea-dhcp4.service.d"
    sh(host, f"mkdir -p {drop_in}; printf '[Service]\\nRestart=no\\n' >{drop_in}/crash.conf")
    sh(host, "systemctl daemon-reload; systemctl kill -s KILL kea-dhcp4")
    sh(host, f"rm -r {drop_in}")  # the next daemon-reload takes it away


@contextmanager
def ha_port_blocked() -> Iterator[None]:
    """Keep the servers from hearing each other."""
    chain = "nft 'add chain inet fault in { type filter hook input priority -10; }'"
    rule = "nft add rule inet fault in tcp dport 8005 drop"
    try:
        for host in HOSTS:
            sh(host, f"nft add table inet fault; {chain}; {rule}")
        yield
    finally:
        for host in HOSTS:
            lab.execute(host, "nft", "delete", "table", "inet", "fault")


def subnets(host: str) -> set[int]:
    """Return the ids of the subnets that kea-dhcp4 runs."""
    config = ask(host, "config-get")["Dhcp4"]
    return {subnet["id"] for subnet in config["subnet4"]}


def leases_of(host: str) -> set[str]:
    """Return the addresses that are leased, by a server's own table."""
    try:
        leases = ask(host, "lease4-get-all")["leases"]
    except AssertionError:  # Kea's result 3: there are none
        return set()
    return {lease["ip-address"] for lease in leases if lease["state"] == 0}


STANDING = """
import json, os, socket, sys, time
path, refused, delay = "/var/run/kea/kea4-ctrl-socket", sys.argv[1], float(sys.argv[2])
os.rename(path, path + ".real")
server = socket.socket(socket.AF_UNIX)
server.bind(path)
server.listen()
while True:
    near, _ = server.accept()
    asked = near.recv(1 << 20)
    name = json.loads(asked)["command"]
    if name.startswith(("subnet4-", "reservation-", "class-", "network4-")):
        time.sleep(delay)
        if name == refused:
            near.sendall(b'{"result": 1, "text": "not today"}')
            near.close()
            continue
    with socket.socket(socket.AF_UNIX) as far:
        far.connect(path + ".real")
        far.sendall(asked)
        while data := far.recv(1 << 20):
            near.sendall(data)
    near.close()
"""


class Stubborn:
    """Something between keaprov and a real kea-dhcp4 that refuses a command, or delays changes."""

    def __init__(self) -> None:
        self._hosts: list[str] = []

    def __call__(self, host: str, refused: str = "-", delay: float = 0) -> None:
        """Stand before this host's kea-dhcp4."""
        lab.execute(host, "sh", "-c", "cat >/run/standing.py", stdin=STANDING)
        run = f"systemd-run -q --unit=standing python3 /run/standing.py {refused} {delay}"
        sh(host, f"{run}; until [ -S /var/run/kea/kea4-ctrl-socket.real ]; do sleep 0.1; done")
        self._hosts.append(host)

    def over(self) -> None:
        """Step aside."""
        for host in self._hosts:
            back = "mv -f kea4-ctrl-socket.real kea4-ctrl-socket"
            sh(host, f"systemctl stop standing || true; cd /var/run/kea; {back} || true")
        self._hosts.clear()


def look(host: str) -> list[str]:
    """List what a deploy may change: files with inode, change time, owner and mode; packages."""
    files = "find /etc /usr/lib/systemd /var/lib/kea /var/log/kea -xdev -type f"
    skip = "! -name '*.csv*' ! -name '*.log' ! -name '*.lock'"
    listed = sh(
        host, f"{files} {skip} -printf '%p %i %C@ %u %g %m\\n' 2>/dev/null || true; rpm -qa"
    )
    return sorted(listed.splitlines())
