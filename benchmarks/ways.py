"""How a pair may be restarted, and what its clients notice: turns, or Kea's maintenance.

``python -m benchmarks.ways [DELAY…]``: for each heartbeat-delay (ms; 1000, 2000 and 10000 without)
both ways, `RUNS` times each (environment, 3), under perfdhcp's fifty new clients a second and a
prober every 100 ms. The medians are in docs/rollout.md.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.deploying import HOSTS, Work, ask, await_pair, ha_state, sh
from tests.lab import lab
from tests.lab.load import SUBNET, Measured, under_load
from tests.lab.shell import until

RUNS = int(os.environ.get("RUNS", "3"))
PATIENCE = 180


def turns() -> None:
    """Restart the standby, wait for both in hot-standby, restart the primary, wait again."""
    for host in reversed(HOSTS):
        sh(host, "systemctl restart kea-dhcp4")
        await_pair(PATIENCE)


def maintenance() -> None:
    """Restart the standby; hand over by ha-maintenance-start, restart the primary in its shade."""
    sh("dhcp2", "systemctl restart kea-dhcp4")
    await_pair(PATIENCE)
    ask("dhcp2", "ha-maintenance-start")
    sh("dhcp1", "systemctl stop kea-dhcp4")
    until(lambda: ha_state("dhcp2") == "partner-down", "the standby is alone", PATIENCE)
    sh("dhcp1", "systemctl start kea-dhcp4")
    await_pair(PATIENCE)


WAYS: dict[str, Callable[[], None]] = {"turns": turns, "maintenance": maintenance}


def main() -> None:
    """Measure and print the table."""
    delays = [int(word) for word in sys.argv[1:]] or [1000, 2000, 10000]
    lab.up()
    print("heartbeat-delay  way          unanswered  silence  REQUESTs lost  duplicates  lost")
    for delay in delays:
        with tempfile.TemporaryDirectory() as folder:
            _deploy(Path(folder), delay)
        for name, way in WAYS.items():
            print(f"{delay:12} ms  {name:11}  {_row([_measure(way) for _ in range(RUNS)])}")
            sys.stdout.flush()


def _deploy(folder: Path, delay: int) -> None:
    work = Work(folder)
    work.site(("heartbeat-delay: 2000", f"heartbeat-delay: {delay}"))
    work.site(("max-response-delay: 10000", f"max-response-delay: {max(10000, 6 * delay)}"))
    site = folder / "site.yaml"
    site.write_text(site.read_text().rstrip("\n") + "\n\n" + SUBNET)
    work.deploy()
    await_pair(PATIENCE)


def _measure(way: Callable[[], None]) -> Measured:
    with under_load() as measured:
        way()
    return measured


def _row(runs: list[Measured]) -> str:
    def median(what: Callable[[Measured], float]) -> float:
        return statistics.median(what(one) for one in runs)

    return (
        f"{median(lambda m: m.unanswered):10.0f}  {median(lambda m: m.silence):5.1f} s"
        f"  {median(lambda m: m.requests_lost):13.0f}  {max(m.duplicates for m in runs):10}"
        f"  {max(m.lost for m in runs):4}"
    )


if __name__ == "__main__":
    main()
