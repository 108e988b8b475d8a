"""What a problem in each row costs grows with the rows, for every kind: executed lines are counted.

No clock is read. Four times the rows may take four times the lines: work with the square of them
takes far more.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from keaprov import report
from keaprov.ha.live import live
from keaprov.importing import dhcpd
from keaprov.site import check_file

SERVERS = """\
site: labo
servers:
  dhcp1: {role: primary, address: 192.168.0.1, interfaces: [lo]}
  dhcp2: {role: standby, address: 192.168.0.2, interfaces: [lo]}
failover: {}
dhcp4:
"""
HOSTS = SERVERS + (
    "  client-classes: [{name: voice}]\n  subnet4:\n"
    "    - {id: 1, subnet: 10.0.0.0/9, reservations: ["
)
KEA = '{"Dhcp4": {"subnet4": [{"id": 1, "subnet": "10.0.0.0/9", "reservations": ['
FEW = 60

Row = Callable[[int], str]


def numbered(form: str) -> Row:
    """Return rows of a form: `{n}` is the row's number, `{m}` a MAC address, `{a}` an address."""

    def row(n: int) -> str:
        mac = f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}"
        return form.format(n=n, m=mac, a=f"10.0.{n >> 8}.{n & 255}", net=f"10.{n >> 8}.{n & 255}")

    return row


RESERVATIONS = [
    "{{hw-address: '{m}:zz', ip-address: {a}}}",
    "{{hw-address: '{m}', ip-address: {a}.1}}",
    "{{hw-address: '{m}', ip-address: 192.168.1.1}}",
    "{{hw-address: '02:00:00:00:00:01', ip-address: {a}}}",
    "{{hw-address: '{m}', ip-address: 10.0.0.1}}",
    "{{hw-address: '{m}', duid: '{m}', ip-address: {a}}}",
    "{{hw-address: {n}, ip-address: {a}}}",
    "{{hw-address: '{m}', ip-address: }}",
    "{{ip-address: {a}}}",
    "{{flex-id: '{m}'}}",
    "'{m} {a}'",
    "['{m}', {a}]",
    "{{hw-address: '{m}', hostnam: h{n}}}",
    "{{hw-address: '{m}', key{n}: h{n}}}",
    "{{hw-address: '{m}', pasword: h{n}}}",
    "{{hw-address: '{m}', pasword: hunter{n}}}",
    "{{hw-address: '{m}:zz', user-context: {{password: hunter{n}}}}}",
    "{{hw-address: '{m}', hostname: 'h {n}'}}",
    "{{hw-address: '{m}', hostname: same}}",
    "{{hw-address: '{m}', hostname: hü{n}}}",
    "{{hw-address: '{m}', hostname: '${{H{n}}}'}}",
    "{{hw-address: '{m}', boot-file-name: b{n}}}",
    "{{hw-address: '{m}', next-server: n{n}}}",
    "{{hw-address: '{m}', client-classes: [class{n}]}}",
    "{{hw-address: '{m}', client-classes: voice}}",
    "{{hw-address: '{m}', option-data: {{routers: nix{n}}}}}",
    "{{hw-address: '{m}', option-data: {{routes{n}: 10.0.0.1}}}}",
    "{{hw-address: '{m}', option-data: {{routers: 10.0.0.1, 3: 10.0.0.1}}}}",
    "{{hw-address: '{m}', option-data: [{{name: routers, date: nix{n}}}]}}",
]
SUBNETS = [
    "{{id: x{n}, subnet: {net}.0/24}}",
    "{{id: 1, subnet: {net}.0/24}}",
    "{{subnet: {net}.0/24}}",
    "{{id: {n}, subnet: {net}.0/33}}",
    "{{id: {n}, subnet: {net}.9/24}}",
    "{{id: {n}, subnet: 10.0.0.0/24, pools: [10.0.0.10 - 10.0.0.99]}}",
    "{{id: {n}, subnet: {net}.0/24, pools: [192.168.1.10 - 192.168.1.99]}}",
    "{{id: {n}, subnet: {net}.0/24, pools: [{net}.99 - {net}.10]}}",
    "{{id: {n}, subnet: {net}.0/24, pools: [{net}.1 - {net}.9, {net}.5 - {net}.7]}}",
    "{{id: {n}, subnet: {net}.0/24, pools: [{net}.1 - {net}.9], option-data: {{3: {net}.5}}}}",
    "{{id: {n}, subnet: {net}.0/24, gateway: {net}.1}}",
    "{{id: {n}, subnet: {net}.0/24, client-classes: [class{n}]}}",
    "{{id: {n}, subnet: {net}.0/24, relay: {{ip-addresses: [10.1.1.1]}}}}",
    "{{id: {n}, subnet: {net}.0/24, valid-lifetime: 10}}",
]
CLASSES = [
    "{{name: c{n}, test: \"substring(option[60].hex,0,3) = 'abc{n}'\"}}",
    "{{name: c{n}, test: \"member('x{n}')\"}}",
    "{{name: c{n}, test: \"member('c9999')\"}}",
    "{{name: c{n}, test: 'option[nix{n}].exists'}}",
    "{{name: c, next-server: 10.0.0.1}}",
    "{{name: c{n}, option-data: {{nix{n}: x}}}}",
    "{{name: c{n}, option-def: [{{name: o{n}, code: 250, type: nix}}]}}",
]
OPTIONS = [
    "nix{n}: x",
    "{n}: x",
    "routers{n}: 10.0.0.1",
]
DEFINITIONS = [
    "{{name: o{n}, code: 250, type: string}}",
    "{{name: same, code: {n}, type: string}}",
    "{{name: o{n}, code: 250, space: s{n}, type: record, record-types: 'nix'}}",
]
OF_KEA = [
    '{{"hw-address": "{m}:zz", "ip-address": "{a}"}}',
    '{{"hw-address": "{m}", "ip-address": "{a}", "ip-address": "{a}"}}',
    '{{"hw-address": "{m}", "hostnam": "\\u0041"}}',
    '{{"hw-address": "{m}", "ip-address": 1}} /* {n} */',
]
TABLES = [
    "{m}:zz,{a},h{n}",
    "{m},{a}.1,h{n}",
    "{m},10.0.0.1,h{n}",
    "{m},{a},h{n},more,more",
    ",{a},h{n}",
]
DHCPD_SUBNET = "subnet {net}.0 netmask 255.255.255.0 {{ range {net}.5 {net}.50; }}"
DHCPD_HOST = "host h{n} {{ hardware ethernet {m}; fixed-address {net}.60; }}"


def cases() -> Iterator[Any]:
    for kind, forms, head, between, tail in (
        ("reservations", RESERVATIONS, HOSTS, ",\n", "]}\n"),
        ("subnets", SUBNETS, f"{SERVERS}  subnet4: [", ",\n", "]\n"),
        ("classes", CLASSES, f"{SERVERS}  client-classes: [", ",\n", "]\n"),
        ("options", OPTIONS, f"{SERVERS}  option-data: {{", ",\n", "}\n"),
        ("definitions", DEFINITIONS, f"{SERVERS}  option-def: [", ",\n", "]\n"),
        ("kea", OF_KEA, KEA, ",\n", "]}]}}\n"),
        ("tables", TABLES, "hw-address,ip-address,hostname\n", "\n", "\n"),
    ):
        for form in forms:
            yield pytest.param(kind, numbered(form), head, between, tail, id=f"{kind}: {form}")


@pytest.mark.parametrize(("kind", "row", "head", "between", "tail"), [*cases()])
def test_a_problem_in_each_row(
    kind: str, row: Row, head: str, between: str, tail: str, tmp_path: Path
) -> None:
    path = tmp_path / {"kea": "kea.conf", "tables": "site.yaml"}.get(kind, "big.yaml")

    def lines(count: int) -> int:
        text = head + between.join(map(row, range(1, count + 1))) + tail
        if kind == "tables":
            (tmp_path / "table.csv").write_text(text)
            text = f"{HOSTS[:-1]}{{csv: table.csv}}}}\n"
        path.write_text(text)
        return executed(lambda: checked(path))

    lines(FEW)  # what is kept of the first run is not counted
    single, double, fourfold = (lines(times * FEW) for times in (1, 2, 4))
    assert fourfold - double < 2.6 * (double - single) + 2000


@pytest.mark.parametrize(
    ("form", "head", "tail"),
    [
        (DHCPD_SUBNET, "", ""),
        (DHCPD_SUBNET.replace("}}", 'if known {{ filename "f{n}"; }} }}', 1), "", ""),
        (DHCPD_SUBNET, "shared-network all {\n", "}\n"),
        ("range {net}.5 {net}.50;", "subnet 10.0.0.0 netmask 255.0.0.0 {\n", "}\n"),
        (f"{DHCPD_SUBNET} {DHCPD_HOST}", "", ""),
        (
            'class "c{n}" {{ match if option host-name = "{n}"; filename "f{n}"; }}',
            "",
            "\nsubnet 10.0.0.0 netmask 255.0.0.0 { }",
        ),
    ],
)
def test_an_import_of_dhcpd(form: str, head: str, tail: str, tmp_path: Path) -> None:
    path, row = tmp_path / "dhcpd.conf", numbered(form)

    def lines(count: int) -> int:
        path.write_text(head + "\n".join(map(row, range(1, count + 1))) + tail)
        return executed(lambda: imported(path))

    lines(FEW)
    single, double, fourfold = (lines(times * FEW) for times in (1, 2, 4))
    assert fourfold - double < 2.3 * (double - single) + 2000


def test_subnets_that_a_live_change_removes() -> None:
    def body(count: int) -> dict[str, Any]:
        mac = numbered("{m}")
        return {
            "subnet4": [
                {"id": n, "subnet": f"10.0.{n}.0/24", "reservations": [{"hw-address": mac(n)}]}
                for n in range(1, count + 1)
            ]
        }

    def lines(count: int) -> int:
        return executed(lambda: live(body(count), body(1)))

    single, double, fourfold = (lines(times * FEW) for times in (1, 2, 4))
    assert fourfold - double < 2.1 * (double - single)


def imported(path: Path) -> None:
    """Import a file of dhcpd."""
    assert isinstance(dhcpd.read(path, "labo", {"dhcp1": "192.0.2.1"}), dhcpd.Imported)


def checked(path: Path) -> None:
    """Check a file, and write what a person reads."""
    result = check_file(path)
    assert result.problems
    report.text(result.problems, result.sources)


def executed(act: Callable[[], object]) -> int:
    """Count the lines of Python that are executed."""
    counted = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal counted
        counted += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return counted
