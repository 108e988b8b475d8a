from __future__ import annotations

from pathlib import Path

import pytest

from keaprov.errors import Mark
from keaprov.source import Table, read_csv


def read(folder: Path, data: str | bytes) -> Table:
    path = folder / "r.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return read_csv(path, "r.csv")


ROWS = ({"hw-address": "00:11:22:33:44:55", "hostname": "a"}, {"hw-address": "00:11:22:33:44:56"})


@pytest.mark.parametrize(
    "data",
    [
        "hw-address,hostname\n00:11:22:33:44:55,a\n00:11:22:33:44:56,\n",
        "\ufeffhw-address;hostname\r\n00:11:22:33:44:55;a\r\n00:11:22:33:44:56;\r\n",
        "hw-address\thostname\n00:11:22:33:44:55\ta\n\n00:11:22:33:44:56\t",
        "sep=;\r\nhw-address;hostname;;\r\n00:11:22:33:44:55;a;;\r\n00:11:22:33:44:56\r\n",
        '"hw-address","hostname"\n"00:11:22:33:44:55","a"\n" 00:11:22:33:44:56 ",""\n,\n',
    ],
    ids=["plain", "a spreadsheet's", "tabs", "sep", "quoted"],
)
def test_tables_of_all_kinds(tmp_path: Path, data: str) -> None:
    table = read(tmp_path, data)
    assert table.problems == ()
    assert table.rows == ROWS


def test_places_in_a_table(tmp_path: Path) -> None:
    table = read(tmp_path, 'hw-address,comment,hostname\n00:11:22:33:44:55,"a, b",x\n')
    assert table.mark(0) == Mark("r.csv", 2, 1)
    assert table.mark(0, "hostname") == Mark("r.csv", 2, 26)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "1 KP110"),
        (b"a,a\n", "1 KP105"),
        (b"a,,b\n", "1 KP110"),
        ("a;b\n1;Bj\u00f6rn\n".encode("cp1252"), "2 KP102"),
        ("a,b\n1,2\n".encode("utf-16"), "1 KP102"),
        (b"sep=;\na;a\n", "2 KP105"),
        (b"a,b\n1,2,3\n", "2 KP111"),
        (b'a,b\n"1,2\n', "2 KP110"),
        (b"a\n\xff\n", "2 KP102"),
        (b"a\n1\0\n", "2 KP110"),
    ],
)
def test_what_is_no_table(tmp_path: Path, data: bytes, expected: str) -> None:
    problems = read(tmp_path, data).problems
    assert [f"{problem.mark.line} {problem.code}" for problem in problems] == [expected]
