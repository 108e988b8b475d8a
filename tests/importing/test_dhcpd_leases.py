"""dhcpd.leases as Kea's lease file: dhcpd.leases(5), and Kea's csv_lease_file4.cc."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from keaprov.cli import main
from keaprov.importing.dhcpd import leases
from keaprov.importing.dhcpd.notes import Notes

NOW = 1795500000
"""2026-11-24 06:00:00 UTC."""
SUBNETS = [("192.0.2.0/24", 7), ("198.51.100.0/25", 8)]
HEAD = (
    "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,"
    "user_context,pool_id"
)
TIMES = "starts 2 2026/11/24 05:30:00; ends 2 2026/11/24 06:30:00; cltt 2 2026/11/24 05:30:00;"
ACTIVE = f"{TIMES} binding state active; next binding state free;"
CLIENT = "hardware ethernet 02:00:5e:10:01:01;"


def read(folder: Path, *entries: str) -> tuple[list[str], leases.Leases, Notes]:
    """Return the rows, the whole result and the notes of a file with these entries."""
    path = folder / "dhcpd.leases"
    path.write_bytes("\n".join(["authoring-byte-order little-endian;", *entries]).encode())
    notes = Notes()
    result = leases.read(path, SUBNETS, NOW, notes)
    return result.text.splitlines()[1:], result, notes


def test_a_lease_has_the_columns_of_kea(tmp_path: Path) -> None:
    uid = r'uid "\001\002\000^\020\001\001"; client-hostname "Desk-1";'
    rows, result, notes = read(tmp_path, f"lease 192.0.2.101 {{ {ACTIVE} {CLIENT} {uid} }}")
    assert result.text.splitlines()[0] == HEAD
    assert rows == [
        "192.0.2.101,02:00:5e:10:01:01,01:02:00:5e:10:01:01,3600,1795501800,7,0,0,desk-1,0,,0"
    ]
    assert result.text.endswith("\n")
    assert list(notes.lines()) == []


def test_the_last_entry_of_an_address_counts(tmp_path: Path) -> None:
    def entry(address: str, octet: int, state: str = "active") -> str:
        client = f"hardware ethernet 02:00:5e:10:01:{octet:02x};"
        return f"lease {address} {{ {TIMES} binding state {state}; {client} }}"

    rows, result, _ = read(
        tmp_path,
        entry("198.51.100.20", 1),
        entry("192.0.2.101", 1),
        entry("192.0.2.101", 2),
        entry("192.0.2.102", 3),
        entry("192.0.2.102", 3, "free"),
    )
    assert [row[:29] for row in rows] == [
        "192.0.2.101,02:00:5e:10:01:02", "198.51.100.20,02:00:5e:10:01:",
    ]  # fmt: skip
    assert (result.count, result.ended) == (2, 1)


@pytest.mark.parametrize("state", ["free", "expired", "released", "backup", "reset"])
def test_ended_leases_are_dropped(tmp_path: Path, state: str) -> None:
    rows, result, notes = read(
        tmp_path,
        f"lease 192.0.2.1 {{ {TIMES} binding state {state}; {CLIENT} }}",
        "lease 192.0.2.2 { starts 2 2026/11/24 04:00:00; ends 2 2026/11/24 06:00:00; "
        f"binding state active; {CLIENT} }}",
    )
    assert (rows, result.ended, list(notes.lines())) == ([], 2, [])


def test_a_lease_without_end_stays_so(tmp_path: Path) -> None:
    entry = f"lease 192.0.2.1 {{ starts epoch 100; ends never; binding state active; {CLIENT} }}"
    rows, _, _ = read(tmp_path, entry)
    assert rows == ["192.0.2.1,02:00:5e:10:01:01,,4294967295,4294967395,7,0,0,,0,,0"]


@pytest.mark.parametrize(
    "starts",
    [
        "2 2026/13/24 05:30:00",
        "2 20266/11/24 05:30:00",
        "epoch " + "1" * 5000,
    ],
)
def test_a_time_that_is_none(tmp_path: Path, starts: str) -> None:
    entry = f"lease 192.0.2.1 {{ starts {starts}; ends never; binding state active; {CLIENT} }}"
    rows, _, notes = read(tmp_path, entry)
    assert rows == []
    assert any("starts is not a " in line for line in notes.lines())


@pytest.mark.parametrize(("end", "lifetime"), [("06:30:00", 1800), ("23:00:00", 61200)])
def test_an_abandoned_address_is_declined(tmp_path: Path, end: str, lifetime: int) -> None:
    times = f"starts 2 2026/11/24 05:30:00; ends 2 2026/11/24 {end};"
    rows, _, _ = read(tmp_path, f"lease 192.0.2.1 {{ {times} binding state abandoned; {CLIENT} }}")
    assert rows == [f"192.0.2.1,,,{lifetime},{NOW + lifetime},7,0,0,,1,,0"]


def test_a_declined_address_is_so_for_a_day_at_most(tmp_path: Path) -> None:
    times = "starts 2 2026/11/24 05:30:00; ends 2 2037/11/24 05:30:00;"
    rows, _, _ = read(tmp_path, f"lease 192.0.2.1 {{ {times} binding state abandoned; }}")
    assert rows == [f"192.0.2.1,,,86400,{NOW + 86400},7,0,0,,1,,0"]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (f"lease 10.0.0.1 {{ {ACTIVE} {CLIENT} }}", "no subnet of the site has its address"),
        (f"lease 192.0.2.1 {{ {ACTIVE} }}", "neither a hardware address nor a client identifier"),
        (f'lease 192.0.2.1 {{ {ACTIVE} {CLIENT} uid "a"; }}', "two octets at least"),
        (f"lease 192.0.2.1 {{ {ACTIVE} hardware token-ring 1:2; }}", "no type of hardware"),
        (f"lease 192.0.2.1 {{ binding state active; {CLIENT} }}", "when it starts and ends"),
        (f"lease 192.0.2.1 {{ {TIMES} binding state odd; {CLIENT} }}", "its state is 'odd'"),
    ],
)
def test_what_kea_cannot_carry_is_in_the_report(tmp_path: Path, entry: str, reason: str) -> None:
    rows, _, notes = read(tmp_path, entry)
    assert rows == []
    (line,) = notes.lines()
    assert line.startswith(f"{tmp_path}/dhcpd.leases:2: not imported: lease ")
    assert reason in line


def test_names_in_the_dns_are_in_the_report(tmp_path: Path) -> None:
    dns = 'set ddns-fwd-name = "a.example.org"; client-hostname "a b"; option agent.circuit-id "x";'
    rows, _, notes = read(tmp_path, f"lease 192.0.2.1 {{ {ACTIVE} {CLIENT} {dns} }}")
    assert [row.split(",")[8] for row in rows] == [""]
    assert sorted(entry["value"] for entry in notes.kept()) == [
        'client-hostname "a b";',
        'option agent.circuit-id "x";',
        'set ddns-fwd-name = "a.example.org";',
    ]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (f"lease 192.0.2.1 {{ {ACTIVE} {CLIENT}", "the { of this block has no }"),
        ("lease 192.0.2.999 { }", "192.0.2.999 is not an IPv4 address"),
        ('lease 192.0.2.1 { client-hostname "a; }', "the string does not end"),
    ],
)
def test_a_broken_file_has_no_leases(tmp_path: Path, entry: str, words: str) -> None:
    rows, result, _ = read(tmp_path, entry)
    assert rows == []
    assert words in str(result.problems[0])
    assert result.problems[0].mark.line == 2


def test_only_one_entry_of_many_is_in_memory(tmp_path: Path) -> None:
    rows, result, _ = read(tmp_path, *[f"lease 192.0.2.1 {{ {ACTIVE} {CLIENT} }}"] * 1000)
    assert (len(rows), result.count) == (1, 1)


def test_the_command_writes_the_lease_file(tmp_path: Path) -> None:
    (tmp_path / "dhcpd.conf").write_text("subnet 192.0.2.0 netmask 255.255.255.0 { }\n")
    (tmp_path / "dhcpd.leases").write_text(
        f"lease 192.0.2.1 {{ starts epoch 100; ends never; binding state active; {CLIENT} }}\n"
    )
    files = (str(tmp_path / "dhcpd.conf"), "--leases", str(tmp_path / "dhcpd.leases"))
    out = tmp_path / "site"
    words = ("--server", "dhcp1=192.0.2.2", "--out", str(out))
    done = CliRunner().invoke(main, ("import", "dhcpd", *files, *words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "1 lease in effect, 0 ended" in done.output
    file = out / leases.FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text().splitlines()[1].startswith("192.0.2.1,02:00:5e:10:01:01,,4294967295,")
    (tmp_path / "dhcpd.leases").write_text("lease {\n")
    done = CliRunner().invoke(main, ("import", "dhcpd", *files, *words, "--force"))
    assert done.exit_code == 1
    assert file.read_text().splitlines()[1].startswith("192.0.2.1,")
