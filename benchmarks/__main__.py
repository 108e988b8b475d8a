"""``make bench``: medians of RUNS (5) runs each, in one go on one lab, and their ratios.

(a) a second run with nothing to do, (b) one changed subnet, which keaprov changes live, (c) the
first deploy to bare hosts, the packages a bridge away, (d) a changed global value, by a rolling
restart with a hand-over, (e) `keaprov status`, beside one ssh exec on both hosts at once, (f) the
same of ten pairs (the one of the lab ten times), beside twenty execs. In the lab the servers share
this machine's cores, so (f) pays for all of them. Figures in seconds; only ratios within one go
mean anything. (d2) is what clients notice of (d) under load, at two heartbeat-delays.
"""

from __future__ import annotations

import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import size, ways
from benchmarks.contenders import ROOT, Ansible, Keaprov, execs, floor, status
from keaprov import load_site
from tests.deploying import await_pair
from tests.lab import lab
from tests.lab.shell import plainly, say

RUNS = int(os.environ.get("RUNS", "5"))
SITE = ROOT / "inventories/lab/site.yaml"
TITLES = (
    "(a) no change", "(b) one subnet", "(c) first deploy", "(d) a global value", "(e) status",
    "(f) of ten pairs",
)  # fmt: skip
Rows = dict[str, dict[str, float]]
DELAYS = (2000, 10000)
"""The heartbeat-delays of (d2), in ms; (a) to (f) have the lab's own, 2000."""
TARGETS = (
    "targets: (a) at most 1.5 times the floor, and at least 5 times as fast as Ansible; (b) at "
    "most 2 s; (d) at most 6 s (heartbeat-delay 2 s); (e) at most 3 times the floor; (f) at most "
    "twice (e)"
)


def main() -> None:
    """Measure and print the table."""
    lab.up()
    with tempfile.TemporaryDirectory(prefix="keaprov-bench-") as folder:
        size.main(RUNS, Path(folder))
    text = SITE.read_text()
    site = load_site(SITE)
    with tempfile.TemporaryDirectory(prefix="keaprov-bench-") as folder:
        keaprov, ansible = Keaprov(Path(folder)), Ansible(Path(folder))
        rows: Rows = {title: {} for title in TITLES}
        measure(keaprov, text, rows)
        figure(rows, "floor", TITLES[0], median(lambda: floor(site)))
        alone = median(keaprov.nothing)
        for title, pairs in zip(TITLES[4:], (1, 10), strict=True):
            figure(rows, keaprov.name, title, median(partial(status, Path(folder), pairs)))
            figure(rows, "floor", title, median(partial(execs, pairs)))
        own(Path(folder))
        noticed = [unanswered(delay) for delay in DELAYS]
        say("\n".join(noticed))
        measure(ansible, text, rows)
    show(rows)
    print(f"pyinfra by itself, `true` on both hosts: {alone:.2f} s")
    print("\n".join(noticed))


def measure(contender: Keaprov | Ansible, text: str, rows: Rows) -> None:
    """Fill in a contender's column, from bare hosts."""
    nothing, subnet, first, everything = TITLES[:4]
    row = partial(figure, rows, contender.name)
    row(first, median(partial(contender.deploy, text), before=lab.reset))
    contender.first = False
    await_pair()
    contender.deploy(text)
    row(nothing, median(partial(contender.deploy, text)))
    turn = iter(range(100))
    row(subnet, median(lambda: contender.deploy(changed(text, next(turn))), before=await_pair))
    another = (text.replace("timer: 1800", f"timer: {1801 + number}") for number in turn)
    row(everything, median(lambda: contender.deploy(next(another)), before=await_pair))
    contender.deploy(text)
    await_pair()


def figure(rows: Rows, name: str, title: str, seconds: float) -> None:
    """Fill in one figure, and print it at once: a long benchmark may be interrupted."""
    rows[title][name] = seconds
    say(f"{title}, {name}: {seconds:.2f} s")


def changed(text: str, number: int) -> str:
    """Return the site with another last address in one pool."""
    return text.replace("172.20.10.253]", f"172.20.10.{200 + number}]")


def median(act: Callable[[], object], before: Callable[[], object] = lambda: None) -> float:
    """Return the median of RUNS runs, in seconds."""
    taken = []
    for _ in range(RUNS):
        before()
        started = time.perf_counter()
        act()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def show(rows: dict[str, dict[str, float]]) -> None:
    """Print the table."""
    print(f"medians of {RUNS}, in seconds; {TARGETS}")
    print(
        f"{'':18}{'keaprov':>9}{'Ansible':>9}{'floor':>9}{'Ansible/keaprov':>17}{'keaprov/floor':>15}"
    )
    for title, row in rows.items():
        keaprov, ansible, least = row["keaprov"], row.get("Ansible"), row.get("floor")
        times = [f"{seconds:.2f}" if seconds else "-" for seconds in (keaprov, ansible, least)]
        ratios = (ansible and ansible / keaprov, least and keaprov / least)
        shown = [f"{ratio:.1f}" if ratio else "-" for ratio in ratios]
        columns = "".join(f"{text:>9}" for text in times)
        print(f"{title:18}{columns}{shown[0]:>17}{shown[1]:>15}")
    single, ten = (rows[title] for title in TITLES[4:])
    times = [f"{ten[name] / single[name]:.1f}" for name in ("keaprov", "floor")]
    print(f"ten pairs take {times[0]} times as long as one, plain ssh {times[1]} times")


def unanswered(delay: int) -> str:
    """Return in words what clients under load notice of a rolling restart: row (d2).

    Medians of the DISCOVERs, the longest silence of any run.
    """
    with ways.deployed(delay) as work:
        runs = [ways.measure(ways.hand_over, work) for _ in range(ways.RUNS)]
    lost = statistics.median(run.unanswered for run in runs)
    discovers = statistics.median(run.discovers for run in runs)
    return (
        f"{'(d2) under load':18}heartbeat-delay {delay / 1000:g} s: {lost:.0f} of {discovers:.0f} "
        f"DISCOVERs unanswered, longest silence {max(run.silence for run in runs):.1f} s"
    )


def own(folder: Path) -> None:
    """Print what keaprov itself takes of a processor for one pair and for ten, servers aside."""
    taken = []
    for pairs in (1, 10):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for _ in range(RUNS):
            status(folder, pairs)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        user, system = (getattr(after, k) - getattr(before, k) for k in ("ru_utime", "ru_stime"))
        taken.append((user + system) / RUNS)
    single, ten = taken
    print(f"keaprov status by itself: {single:.2f} s of CPU for a pair, {ten:.2f} s for ten")


if __name__ == "__main__":
    with plainly():
        main()
