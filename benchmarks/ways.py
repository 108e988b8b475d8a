"""How a pair may be restarted, and what its clients notice: turns, Kea's maintenance, a hand-over.

``python -m benchmarks.ways [DELAY…]``: for each heartbeat-delay (in ms; 1000, 2000 and 10000 if
none is given) every way, `RUNS` times each (environment, 3), under perfdhcp's fifty new clients a
second and a prober every 100 ms. It prints the Markdown table of docs/rollout.md: medians, and the
most duplicate and lost leases of any run.
"""

from __future__ import annotations

import os
import re
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.deploying import HEARTBEAT, HOSTS, Work, ask, await_pair, ha_state, sh
from tests.lab import lab
from tests.lab.load import SUBNET, Measured, under_load
from tests.lab.shell import plainly, until

RUNS = int(os.environ.get("RUNS", "3"))
PATIENCE = 180
HANDED_OVER = "it answers clients while dhcp1 restarts"
"""What a deploy says of a hand-over."""
HEAD = """\
| heartbeat-delay | way | DISCOVERs unanswered | longest silence | REQUESTs lost \
| duplicate leases | leases lost |
|---|---|---|---|---|---|---|"""

Way = Callable[[Work], None]


def turns(work: Work) -> None:
    """Restart the standby, wait for both in hot-standby, restart the primary, wait again."""
    for host in reversed(HOSTS):
        sh(host, "systemctl restart kea-dhcp4")
        await_pair(PATIENCE)


def maintenance(work: Work) -> None:
    """Restart the standby; have it serve alone by ha-maintenance-start, restart the primary."""
    sh("dhcp2", "systemctl restart kea-dhcp4")
    await_pair(PATIENCE)
    ask("dhcp2", "ha-maintenance-start")
    sh("dhcp1", "systemctl stop kea-dhcp4")
    until(lambda: ha_state("dhcp2") == "partner-down", "the standby is alone", PATIENCE)
    sh("dhcp1", "systemctl start kea-dhcp4")
    await_pair(PATIENCE)


def hand_over(work: Work) -> None:
    """Deploy another rebind-timer, a rolling restart; SystemExit if there was no hand-over."""
    (before,) = re.findall(r"rebind-timer: \d+", (work.folder / "site.yaml").read_text())
    name, value = before.split()
    work.site((before, f"{name} {int(value) + 1}"))
    output = work.deploy()
    if HANDED_OVER not in output:
        raise SystemExit(f"benchmark: the deploy made no hand-over:\n{output}")
    await_pair(PATIENCE)


WAYS: dict[str, Way] = {"turns": turns, "maintenance": maintenance, "hand-over": hand_over}


def main() -> None:
    """Measure and print the table."""
    delays = [int(word) for word in sys.argv[1:]] or [1000, 2000, 10000]
    lab.up()
    print(HEAD)
    for delay in delays:
        with deployed(delay) as work:
            for name, way in WAYS.items():
                print(row(delay, name, [measure(way, work) for _ in range(RUNS)]))
                sys.stdout.flush()


@contextmanager
def deployed(delay: int) -> Iterator[Work]:
    """Deploy the lab's site with a heartbeat-delay (ms), and a subnet for the load's clients."""
    with tempfile.TemporaryDirectory(prefix="keaprov-bench-") as folder:
        work = Work(Path(folder))
        work.site((HEARTBEAT[1], f"heartbeat-delay: {delay} "))
        work.site(("max-response-delay: 10000", f"max-response-delay: {max(10000, 6 * delay)}"))
        work.append(SUBNET)
        work.deploy()
        await_pair(PATIENCE)
        yield work


def measure(way: Way, work: Work) -> Measured:
    """Return what clients notice of one restart of the pair."""
    with under_load() as measured:
        way(work)
    return measured


def row(delay: int, name: str, runs: list[Measured]) -> str:
    """Return a way's row of the table."""
    unanswered = statistics.median(run.unanswered for run in runs)
    silence = statistics.median(run.silence for run in runs)
    requests = statistics.median(run.requests_lost for run in runs)
    return (
        f"| {delay / 1000:g} s | {name} | {unanswered:.0f} | {silence:.1f} s | {requests:.0f} "
        f"| {max(run.duplicates for run in runs)} | {max(run.lost for run in runs)} |"
    )


if __name__ == "__main__":
    with plainly():
        main()
