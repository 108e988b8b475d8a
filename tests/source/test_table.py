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


@pytest.mark.parametrize("before", ["\n\n", ";;;\n", " ; \n\n;\n"])
def test_empty_rows_above_the_header(tmp_path: Path, before: str) -> None:
    table = read(tmp_path, f"{before}hw-address;hostname\n00:11:22:33:44:55;a\n")
    assert (table.problems, table.rows) == ((), ROWS[:1])
    line = before.count("\n") + 1
    assert (table.header_mark(1), table.header_text(1)) == (Mark("r.csv", line, 12), "hostname")
    assert table.mark(0, "hostname") == Mark("r.csv", line + 1, 19)


def test_breaks_in_fields(tmp_path: Path) -> None:
    table = read(tmp_path, '"MAC\nx";"IP\n""y""";n\n1;"a\nb;c";3\n')
    assert (table.header, table.rows[0]["n"]) == (("MAC\nx", 'IP\n"y"', "n"), "3")
    assert (table.header_mark(1), table.header_mark(2)) == (
        Mark("r.csv", 2, 4),
        Mark("r.csv", 3, 8),
    )
    assert table.header_text(1) == 'IP\n"y"'
    assert table.mark(0, "n") == Mark("r.csv", 5, 6)


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


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_every_end_of_line_of_a_spreadsheet(tmp_path: Path, end: str) -> None:
    """Excel's "CSV (Macintosh)" ends lines in CR; a second conversion makes CR CR LF."""
    text = end.join(["hw-address,hostname", "00:11:22:33:44:55,a", "00:11:22:33:44:56,", ""])
    table = read(tmp_path, text)
    assert (table.problems, table.rows) == ((), ROWS)
    for row in range(len(ROWS)):
        line = table.mark(row, "hostname").line
        assert table.mark(row, "hostname").column == 19
        assert table.text.split("\n")[line - 1].startswith(ROWS[row]["hw-address"])


def test_the_place_of_a_column(tmp_path: Path) -> None:
    table = read(tmp_path, 'sep=;\n"MAC; a";B C\n1;2\n')
    assert (table.header_mark(1), table.header_text(1)) == (Mark("r.csv", 2, 10), "B C")
    assert (table.header_mark(0), table.header_text(0)) == (Mark("r.csv", 2, 1), "MAC; a")


def test_a_title_above_the_header_is_one_problem(tmp_path: Path) -> None:
    (problem,) = read(tmp_path, "Printers\nmac,ip\n1,2\n3,4\n").problems
    assert (problem.code, problem.mark.line) == ("KP111", 2)
    assert problem.hint == "The columns' names are the first line: remove the lines above them."


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
def test_a_workbook_is_not_text(tmp_path: Path, start: bytes) -> None:
    (problem,) = read(tmp_path, start + b"\x14\x00\xff").problems
    assert (problem.code, problem.message) == ("KP102", "not text but a workbook or an archive")
    assert "Export the table as CSV" in problem.hint
