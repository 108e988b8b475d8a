"""Load on the pair: new clients by perfdhcp, a prober, and the figures of what clients notice."""

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
from tests.lab.shell import LabError, run
from tests.lab.topology import LOAD, SERVERS

ADDRESS = "10.60.1.101"
SUBNET = """\
    - id: 900                   # the load's own clients, on the servers' bridge
      subnet: 10.60.0.0/16
      pools: [10.60.128.1 - 10.60.255.250]
"""
"""The subnet that a site needs for `under_load`, at the end of ``subnet4``."""
RATE = 50
"""New clients per second."""
RENEWALS = 10
"""Clients per second that renew the lease that they have."""
VALID, RELEASED = 0, 3
"""States of a lease, as Kea numbers them."""
GOAL = 2 / 1000
"""The share of DISCOVERs that may be unanswered in a roll-out that no client notices."""
LIST = """
import json, socket, sys
states, after, page = set(map(int, sys.argv[1:])), "start", [None]
while page:
    command = {"command": "lease4-get-page", "arguments": {"from": after, "limit": 10000}}
    with socket.socket(socket.AF_UNIX) as kea:
        kea.settimeout(60)
        kea.connect("/var/run/kea/kea4-ctrl-socket")
        kea.sendall(json.dumps(command).encode())
        answer = json.loads(b"".join(iter(lambda: kea.recv(1 << 20), b"")))
    page = answer.get("arguments", {}).get("leases", [])
    for lease in page:
        after = lease["ip-address"]
        if lease["state"] in states:
            print(after, lease["hw-address"])
"""
"""Prints the address and the client of every lease in one of these states."""
BUSY = 4
"""DISCOVERs that may be unanswered in any case, because this machine also does other work."""


@dataclass
class Measured:
    """What clients notice: DISCOVERs without an OFFER within 1 s, REQUESTs without an ACK.

    `silence` is the longest time without an OFFER, in seconds, while clients ask. `duplicates`
    are addresses that two clients hold; `lost` those previous leases that a server lacks, though
    no client gave them back.
    """

    discovers: int = 0
    unanswered: int = 0
    silence: float = 0.0
    requests: int = 0
    requests_lost: int = 0
    losses: list[str] = field(default_factory=list)
    naks: int = 0
    duplicates: int = 0
    lost: int = 0

    @property
    def unnoticed(self) -> bool:
        """Whether the roll-out kept its goal; `python -m benchmarks` shows the figures."""
        return self.unanswered <= max(BUSY, self.discovers * GOAL)

    def __str__(self) -> str:
        return (
            f"{self.discovers} DISCOVERs, {self.unanswered} unanswered, {self.silence:.1f} s of "
            f"silence, {self.requests_lost} of {self.requests} REQUESTs lost, {self.naks} NAKs, "
            f"{self.duplicates} duplicate leases, {self.lost} leases lost"
        )


@contextmanager
def under_load(servers: tuple[str, ...] = ("dhcp1", "dhcp2")) -> Iterator[Measured]:
    """Let clients ask while the block runs; the figures are complete when it ends."""
    measured = Measured()
    addresses = [host.address for host in SERVERS if host.name in servers]
    run("ip", "-n", LOAD.netns, "address", "replace", f"{ADDRESS}/24", "dev", "eth0")
    before = leases(servers)
    perfdhcp = (
        "perfdhcp",
        "-4",
        "-B",
        "-l",
        "eth0",
        "-r",
        str(RATE),
        "-f",
        str(RENEWALS),
        "-p",
        "3600",
    )
    clients = _start(*services.inside(LOAD, *perfdhcp, "-R", "1000000"))
    probing = Path(__file__).with_name("prober.py")
    enter = ("nsenter", f"--net={LOAD.path}", sys.executable, str(probing))
    prober = _start(*enter, "eth0", ADDRESS, *addresses)
    try:
        yield measured
    finally:
        figures = json.loads(prober.communicate("end\n", timeout=30)[0])
        clients.send_signal(signal.SIGINT)
        clients.communicate(timeout=30)
    for name, value in figures.items():
        setattr(measured, name, value)
    after = leases(servers, (VALID, RELEASED))
    measured.lost = sum(len(before[name].keys() - after[name].keys()) for name in servers)
    measured.duplicates = duplicates(leases(servers))


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


def leases(
    servers: tuple[str, ...], states: tuple[int, ...] = (VALID,)
) -> dict[str, dict[str, str]]:
    """Return each server's leases that are in one of these states: the client by address."""
    tables = {}
    for name in servers:
        done = lab.execute(name, "python3", "-", *map(str, states), stdin=LIST)
        if done.returncode:
            raise LabError(f"lab: {name}: {done.stderr.strip()}")
        pairs = (line.partition(" ") for line in done.stdout.splitlines())
        tables[name] = {address: client for address, _, client in pairs}
    return tables
