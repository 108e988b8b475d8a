"""What checking and rendering a site costs as it grows, beside ``kea-dhcp4 -t`` in the same run."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.contenders import ROOT
from tests.lab import lab, services

SIZES = (100, 1_000, 10_000, 100_000)
SUBNETS = 1_000
CODE = """\
import json, resource, sys, time
from pathlib import Path
started = time.perf_counter()
from keaprov import render
from keaprov.site import check_file
site = check_file(Path(sys.argv[1])).site
texts = [render.dhcp4(site, server) for server in site.servers]
spent = time.perf_counter() - started
Path(sys.argv[2]).write_text(texts[0])
print(json.dumps([spent, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""
HEAD = """\
site: big
servers:
  dhcp1: {role: primary, address: 192.168.0.1, interfaces: [lo]}
  dhcp2: {role: standby, address: 192.168.0.2, interfaces: [lo]}
failover: {}
dhcp4:
  subnet4:
"""


def main(runs: int, folder: Path) -> None:
    """Print the tables."""
    print(
        f"\nload, check and render for both servers; medians of {runs}; {SUBNETS} subnets at most"
    )
    print(
        f"{'reservations':>14}{'from':>6}{'seconds':>9}{'MiB':>6}{'kea-dhcp4 -t':>14}{'ratio':>7}"
    )
    for count in SIZES:
        for form in ("csv", "yaml"):
            site = _site(folder, count, form)
            rendered = services.tools() / "tmp/size.conf"
            pairs = [_ours(site, rendered) for _ in range(runs)]
            seconds = statistics.median(pair[0] for pair in pairs)
            kea = statistics.median(_kea() for _ in range(runs))
            print(
                f"{count:>14,}{form:>6}{seconds:>9.2f}{pairs[0][1]:>6.0f}{kea:>14.2f}"
                f"{seconds / kea:>7.1f}"
            )
    print(f"\nkeaprov check of the example, start to end: {_check(runs):.2f} s of CPU (target 0.3)")


def _ours(site: Path, rendered: Path) -> tuple[float, float]:
    words = [sys.executable, "-c", CODE, str(site), str(rendered)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
    seconds, mebibytes = json.loads(done.stdout)
    return seconds, mebibytes


def _kea() -> float:
    started = time.perf_counter()
    done = lab.run_in("load", "kea-dhcp4", "-t", "/tmp/size.conf")
    spent = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"benchmark: Kea refuses the rendered site:\n{done.stderr[-2000:]}")
    return spent


def _check(runs: int) -> float:
    program = Path(sys.executable).with_name("keaprov")
    example = ROOT / "inventories/example/site.yaml"
    count = (
        "import resource, subprocess;"
        f"subprocess.run([{str(program)!r}, 'check', {str(example)!r}], capture_output=True);"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(used.ru_utime + used.ru_stime)"
    )
    words = [sys.executable, "-c", count]
    spent = [subprocess.run(words, capture_output=True, text=True).stdout for _ in range(runs)]
    return statistics.median(float(one) for one in spent)


def _site(folder: Path, count: int, form: str) -> Path:
    subnets = min(SUBNETS, max(count // 100, 1))
    lines = [HEAD.rstrip("\n")]
    for number in range(subnets):
        net = f"10.{number // 256}.{number % 256}"
        rows = list(_rows(number, net, count // subnets))
        lines.append(
            f"    - id: {number + 1}\n      subnet: {net}.0/24\n"
            f"      pools: [{net}.200 - {net}.250]\n      option-data: {{routers: {net}.254}}"
        )
        if form == "csv":
            table = "\n".join(",".join(row) for row in rows)
            (folder / f"{number}.csv").write_text(f"hw-address,ip-address,hostname\n{table}\n")
            lines.append(f"      reservations: {{csv: {number}.csv}}")
        else:
            lines.append("      reservations:")
            lines += [
                f"        - {{hw-address: {mac}, ip-address: {address}, hostname: {name}}}"
                for mac, address, name in rows
            ]
    path = folder / f"{count}-{form}.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


def _rows(number: int, net: str, count: int) -> Iterator[tuple[str, str, str]]:
    for row in range(count):
        mac = f"02:00:{number // 256:02x}:{number % 256:02x}:00:{row:02x}"
        yield mac, f"{net}.{row + 1}", f"h{number}-{row}"
