"""What a rolling restart and a comparison take with 1,000,000 leases and 100,000 reservations.

``python -m benchmarks.large [LEASES [RESERVATIONS]]``: deploys a site with both to the lab, writes
the leases into both servers' files, compares them, and changes a global value. No gate may close.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.deploying import HOSTS, Work, ask, await_pair, on, sh
from tests.lab import lab
from tests.lab.load import under_load
from tests.lab.shell import plainly
from tests.lab.topology import STATE, server

LEASES, RESERVATIONS = 1_000_000, 100_000
LACKING = 10
"""How many leases one server lacks when the two are compared."""
SUBNET = """\
    - id: 900                   # the load's own clients, on the servers' bridge
      subnet: 10.0.0.0/8
      pools: [10.60.128.1 - 10.60.255.250]
      reservations: {csv: many.csv}
"""
DELAY = ("max-response-delay: 10000", "max-response-delay: 60000")
"""Kea's default: kea-dhcp4 takes more than 10 s to load a million leases on a busy machine."""
FILE = "/var/lib/kea/kea-leases4.csv"
FIRST = (10 << 24) + (100 << 16)
"""The first leased address, as a number: 10.100.0.0, outside the pool that the load asks from."""


def address(number: int) -> str:
    """Return an IPv4 address."""
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def mac(kind: int, number: int) -> str:
    """Return a hardware address of its own."""
    return f"02:{kind:02x}:" + ":".join(f"{number >> shift & 255:02x}" for shift in (24, 16, 8, 0))


def main(leases: int, reservations: int) -> None:
    """Measure and print."""
    lab.up()
    lab.reset()
    with tempfile.TemporaryDirectory(prefix="keaprov-large-") as folder:
        work = Work(Path(folder))
        rows = (
            f"{mac(1, number)},{address((10 << 24) + (200 << 16) + number)}"
            for number in range(reservations)
        )
        text = "\n".join(["hw-address,ip-address", *rows])
        (work.folder / "many.csv").write_text(f"{text}\n")
        work.append(SUBNET)
        work.site(DELAY)
        work.deploy()
        started = time.monotonic()
        fill(leases)
        await_pair(900)
        print(f"{leases:,} leases: both loaded them in {time.monotonic() - started:.0f} s")
        compare(work)
        work.site(("rebind-timer: 1800", "rebind-timer: 1801"))
        started = time.monotonic()
        with under_load() as measured:
            output = work.deploy()
        print(f"rolling restart: {time.monotonic() - started:.0f} s; {measured}")
        print("\n".join(line.strip() for line in output.splitlines() if "gate" in line))
        held = ask("dhcp1", "statistic-get", name="subnet[900].assigned-addresses")
        print(f"dhcp1 holds {held}")


def compare(work: Work) -> None:
    """Take leases from one server, and print what `keaprov diff --leases` needs to name them."""
    for number in range(0, 1000 * LACKING, 1000):
        ask("dhcp2", "lease4-del", **{"ip-address": address(FIRST + number)})
    program = Path(sys.executable).with_name("keaprov")
    words = ("diff", work.folder / "site.yaml", "--ssh-config", STATE / "ssh_config", "--leases")
    started = time.monotonic()
    process = subprocess.Popen([program, *words], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    lines = process.stdout.read().splitlines()
    _, _, usage = os.wait4(process.pid, 0)
    seconds, used = time.monotonic() - started, usage.ru_maxrss >> 10
    print(f"diff --leases: {seconds:.0f} s, {used} MiB at most")
    print("\n".join(lines))
    assert sum("dhcp2 lacks the lease" in line for line in lines) == LACKING


def fill(leases: int) -> None:
    """Write leases into both servers' files while kea-dhcp4 is down, and start it again."""
    expire = int(time.time()) + 28800
    for host in HOSTS:
        sh(host, "systemctl stop kea-dhcp4")
    head = on("dhcp1", "head", "-n", "1", FILE).strip()
    fields = head.split(",")
    for host in HOSTS:
        path = Path(f"/run/keaprov-lab/root/{server(host).name}{FILE}")
        with path.open("w") as file:
            file.write(f"{head}\n")
            for number in range(leases):
                values = {
                    "address": address(FIRST + number),
                    "hwaddr": mac(2, number),
                    "valid_lifetime": "28800",
                    "expire": str(expire),
                    "subnet_id": "900",
                    "fqdn_fwd": "0",
                    "fqdn_rev": "0",
                    "state": "0",
                    "pool_id": "0",
                }
                file.write(",".join(values.get(field, "") for field in fields) + "\n")
        sh(host, f"chown kea:kea {FILE}; systemctl start kea-dhcp4")


if __name__ == "__main__":
    counts = [int(word) for word in sys.argv[1:]]
    with plainly():
        main(*(counts + [LEASES, RESERVATIONS][len(counts) :]))
