"""Load on the pair: perfdhcp's new clients and a prober; and what became of leases."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab import lab, services
from tests.lab.shell import run
from tests.lab.topology import LOAD, SERVERS

ADDRESS = "10.60.1.101"
SUBNET = """\
    - id: 900                   # the load's own clients, on the servers' bridge
      subnet: 10.60.0.0/16
      pools: [10.60.128.1 - 10.60.255.250]
"""
"""What a site needs besides, for `under_load`: it goes to the end of ``subnet4``."""
RATE = 50
"""New clients a second."""
GOAL = 2 / 1000
"""DISCOVERs that may be unanswered in a roll-out that no client notices, of all."""
BUSY = 4
"""As many may be unanswered in any case: this machine's processors do other work meanwhile."""


@dataclass
class Measured:
    """What clients noticed: DISCOVERs without an OFFER within 1 s, REQUESTs without an ACK.

    `silence` is the longest time without an OFFER, in seconds, while clients ask. `duplicates`
    are addresses that two clients hold; `lost` those previous leases that a server lacks.
    """

    asked: int = 0
    unanswered: int = 0
    silence: float = 0.0
    requests: int = 0
    requests_lost: int = 0
    losses: list[str] = field(default_factory=list)
    duplicates: int = 0
    lost: int = 0

    @property
    def unnoticed(self) -> bool:
        """Whether the roll-out kept its goal; `python -m benchmarks` shows the figures."""
        return self.unanswered <= max(BUSY, self.asked * GOAL)

    def __str__(self) -> str:
        return (
            f"{self.asked} DISCOVERs, {self.unanswered} unanswered, {self.silence:.1f} s of "
            f"silence, {self.requests_lost} of {self.requests} REQUESTs lost, "
            f"{self.duplicates} duplicate leases, {self.lost} leases lost"
        )


@contextmanager
def under_load(servers: tuple[str, ...] = ("dhcp1", "dhcp2")) -> Iterator[Measured]:
    """Have clients ask through what happens inside; the figures are there when it has ended."""
    measured = Measured()
    addresses = [host.address for host in SERVERS if host.name in servers]
    run("ip", "-n", LOAD.netns, "address", "replace", f"{ADDRESS}/24", "dev", "eth0")
    before = leases(servers)
    perfdhcp = ("perfdhcp", "-4", "-B", "-l", "eth0", "-r", str(RATE), "-p", "3600")
    clients = _start(*services.inside(LOAD, *perfdhcp, "-R", "1000000"))
    probing = Path(__file__).with_name("prober.py")
    enter = ("nsenter", f"--net={LOAD.path}", sys.executable, str(probing))
    prober = _start(*enter, "eth0", ADDRESS, *addresses)
    try:
        yield measured
    finally:
        found = json.loads(prober.communicate("end\n", timeout=30)[0])
        clients.send_signal(signal.SIGINT)
        clients.communicate(timeout=30)
    for name, value in found.items():
        setattr(measured, name, value)
    after = leases(servers)
    measured.lost = sum(len(before[name].keys() - after[name].keys()) for name in servers)
    measured.duplicates = duplicates(after)


def duplicates(tables: dict[str, dict[str, str]]) -> int:
    """Count the addresses that two clients hold, by the leases of all servers."""
    holders: dict[str, set[str]] = {}
    for table in tables.values():
        for address, client in table.items():
            holders.setdefault(address, set()).add(client)
    return sum(len(clients) > 1 for clients in holders.values())


def _start(*command: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True)


def leases(servers: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Return each server's valid leases: the client by address."""
    found = {}
    for name in servers:
        script = 'echo \'{"command":"lease4-get-all"}\' | '
        script += "socat -t9 - UNIX-CONNECT:/var/run/kea/kea4-ctrl-socket"
        answer = json.loads(lab.execute(name, "sh", "-c", script).stdout)
        held = (answer.get("arguments") or {}).get("leases", [])
        found[name] = {one["ip-address"]: one["hw-address"] for one in held if one["state"] == 0}
    return found
