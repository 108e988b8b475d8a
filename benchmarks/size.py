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
CHECK = """\
import sys, time
from pathlib import Path
started = time.perf_counter()
from keaprov import report
from keaprov.site import check_file
checked = check_file(Path(sys.argv[1]))
report.text(checked.problems, checked.sources)
print(time.perf_counter() - started)
"""
NETWORKS = 1_000
PROBLEMS = 40_000
PROBLEM_KINDS = (
    ("MAC addresses", "{mac}, ip-address: {ip}", "'{mac}:zz', ip-address: {ip}"),
    ("addresses", "{mac}, ip-address: {ip}", "{mac}, ip-address: {ip}.1"),
    ("keys", "{mac}, hostname: h{row}", "{mac}, hostnam: h{row}"),
    ("boot servers", "{mac}, hostname: h{row}", "{mac}, next-server: h{row}"),
    ("misspelt passwords", "{mac}, hostname: h{row}", "{mac}, pasword: h{row}"),
    ("classes", "{mac}, client-classes: [class]", "{mac}, client-classes: [class{row}]"),
    (
        "options",
        "{mac}, option-data: {{routers: 10.0.0.1}}",
        "{mac}, option-data: {{routers: nix{row}}}",
    ),
)
"""A name, and how each reservation goes on after ``hw-address:``: well, and with a problem."""
PROBLEM_KINDS_OF_KEA = (
    ("MAC, kea-dhcp4.conf", '"{mac}", "ip-address": "{ip}"', '"{mac}:zz", "ip-address": "{ip}"'),
    ("key, kea-dhcp4.conf", '"{mac}", "ip-address": "{ip}"', '"{mac}", "ip-addres": "{ip}"'),
)
"""The same in Kea's own file."""
HEAD = """\
site: big
servers:
  dhcp1: {role: primary, address: 192.168.0.1, interfaces: [lo]}
  dhcp2: {role: standby, address: 192.168.0.2, interfaces: [lo]}
failover: {}
dhcp4:
  client-classes: [{name: class}]
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
            pairs = [_rendered(site, rendered) for _ in range(runs)]
            seconds = statistics.median(pair[0] for pair in pairs)
            kea = statistics.median(_kea() for _ in range(runs))
            print(
                f"{count:>14,}{form:>6}{seconds:>9.2f}{pairs[0][1]:>6.0f}{kea:>14.2f}"
                f"{seconds / kea:>7.1f}"
            )
    _networks(runs, folder)
    _problems(runs, folder)
    print(f"\nkeaprov check of the example, start to end: {_check(runs):.2f} s of CPU (target 0.3)")


def _networks(runs: int, folder: Path) -> None:
    """Print the line of a site of shared networks, of ten subnets each."""
    lines = [HEAD.rstrip("\n").removesuffix("subnet4:") + "shared-networks:"]
    for number in range(NETWORKS):
        lines.append(f"    - name: network{number}\n      subnet4:")
        for place in range(10):
            at = number * 10 + place
            net = f"10.{at // 256}.{at % 256}"
            lines.append(
                f"        - {{id: {at + 1}, subnet: {net}.0/24, pools: [{net}.10 - {net}.250],"
                f" option-data: {{routers: {net}.254}}}}"
            )
    site, rendered = folder / "networks.yaml", services.tools() / "tmp/size.conf"
    site.write_text("\n".join(lines) + "\n")
    seconds = statistics.median(_rendered(site, rendered)[0] for _ in range(runs))
    kea = statistics.median(_kea() for _ in range(runs))
    print(f"\n{NETWORKS:,} shared networks of 10 subnets: {seconds:.2f} s,", end=" ")
    print(f"kea-dhcp4 -t {kea:.2f} s, ratio {seconds / kea:.1f} (target 2)")


def _problems(runs: int, folder: Path) -> None:
    """Print what a problem in each of many reservations costs, beside the file without them."""
    print(f"\ncheck and text report of {PROBLEMS:,} reservations; a problem in each (target 3)")
    print(f"{'':>24}{'none':>9}{'each':>9}{'ratio':>7}")
    writers = ((PROBLEM_KINDS, _problem_site), (PROBLEM_KINDS_OF_KEA, _problem_kea))
    for write, (name, *forms) in ((write, kind) for kinds, write in writers for kind in kinds):
        good, bad = (
            statistics.median(_checked(write(folder, form)) for _ in range(runs)) for form in forms
        )
        print(f"{name:>24}{good:>9.2f}{bad:>9.2f}{bad / good:>7.1f}")


def _problem_site(folder: Path, form: str) -> Path:
    """Write a site whose reservations go on like this after ``hw-address:``."""
    rows = (f"        - {{hw-address: {row}}}" for row in _reservations(form))
    path = folder / "problems.yaml"
    head = "    - id: 1\n      subnet: 10.0.0.0/9\n      reservations:\n"
    path.write_text(HEAD + head + "\n".join(rows) + "\n")
    return path


def _problem_kea(folder: Path, form: str) -> Path:
    """Write a kea-dhcp4.conf of such reservations."""
    rows = ",\n".join(f'{{"hw-address": {row}}}' for row in _reservations(form))
    path = folder / "problems.conf"
    subnet = f'{{"id": 1, "subnet": "10.0.0.0/9", "reservations": [\n{rows}\n]}}'
    path.write_text(f'{{"Dhcp4": {{"subnet4": [{subnet}]}}}}\n')
    return path


def _reservations(form: str) -> Iterator[str]:
    for row in range(1, PROBLEMS):
        mac = f"02:00:00:{row >> 16:02x}:{row >> 8 & 255:02x}:{row & 255:02x}"
        ip = f"10.{row >> 16}.{row >> 8 & 255}.{row & 255}"
        yield form.format(mac=mac, ip=ip, row=row)


def _checked(site: Path) -> float:
    words = [sys.executable, "-c", CHECK, str(site)]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
    return float(done.stdout)


def _rendered(site: Path, rendered: Path) -> tuple[float, float]:
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
    return statistics.median(float(seconds) for seconds in spent)


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
