"""CSV: reservations as a table, its header in Kea's keywords, a spreadsheet's export included."""

from __future__ import annotations

import csv
import io
import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from keaprov.errors import Mark, Problem
from keaprov.source.document import read_text

_WIDEST = 1_000_000


@dataclass(frozen=True)
class Table:
    """A table's rows, as maps from the header's names to the fields that are not empty."""

    file: str
    rows: tuple[dict[str, str], ...] = ()
    lines: array[int] | tuple[int, ...] = ()
    header: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    text: str = ""

    def mark(self, row: int, name: str | int | None = None) -> Mark:
        """Return where a row is, and where in its line the field of that name starts."""
        line = self.lines[row]
        if name not in self.header:
            return Mark(self.file, line, 1)
        written, index = self._written[line - 1], self.header.index(str(name))
        return Mark(self.file, line, _column(written, index, self.text))

    @property
    def header_line(self) -> int:
        """The line of the header, from 1."""
        return 2 if _SEPARATOR.match(self.text) else 1

    @cached_property
    def _written(self) -> list[str]:
        """The lines of the text."""
        return self.text.split("\n")


def read_csv(path: Path, name: str, rename: Callable[[str], str] = str) -> Table:
    """Read a CSV file with a header line: comma, semicolon or tab between fields.

    `rename` gives each column the name that its fields get. A first line ``sep=;`` names the
    separator. Columns without a name and without a field are left out, and a row may end early.
    """
    text = read_text(path, name)
    if isinstance(text, Problem):
        return Table(name, problems=(text,))
    return csv_of(text, name, rename)


def csv_of(text: str, name: str, rename: Callable[[str], str] = str) -> Table:
    """Read the text of a CSV file, as `read_csv` does."""
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        hint = "Export the table as CSV (Excel: `CSV UTF-8`)."
        problem = Problem("KP110", "not text: a null byte", Mark(name, line, 1), hint=hint)
        return Table(name, problems=(problem,))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    csv.field_size_limit(_WIDEST)
    rows: list[dict[str, str]] = []
    lines = array("l")
    problems: list[Problem] = []
    header: tuple[str, ...] = ()
    line = 1
    try:
        if _SEPARATOR.match(text):
            next(reader)
            line = 2
        header = _names(next(reader, []), rename)
        problems.extend(_header_problems(header, Mark(name, line, 1)))
        line = reader.line_num + 1
        for fields in reader:
            texts = [*map(str.strip, fields)]
            pairs = zip(header, texts)  # noqa: B905
            row = dict(pairs) if all(texts) else {key: text for key, text in pairs if text}
            if len(texts) > len(header) and any(texts[len(header) :]):
                message = f"{len(fields)} fields under a header of {len(header)}"
                hint = "Put fields that hold the separator in double quotes."
                problems.append(Problem("KP111", message, Mark(name, line, 1), hint=hint))
            if row:
                rows.append(row)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        hint = "Look for a double quote without its end in this row."
        problems.append(Problem("KP110", f"not CSV: {error}", Mark(name, line, 1), hint=hint))
    return Table(name, tuple(rows), lines, header, tuple(problems), text)


_SEPARATOR = re.compile(r"sep=([,;\t|])\s*(?:\n|\r|\Z)", re.IGNORECASE)


def _names(fields: list[str], rename: Callable[[str], str]) -> tuple[str, ...]:
    """Return the columns' names; those without a name at the end are not columns."""
    names = [field.strip() for field in fields]
    while names and not names[-1]:
        names.pop()
    return tuple(rename(name) if name else "" for name in names)


def _delimiter(text: str) -> str:
    if named := _SEPARATOR.match(text):
        return named[1]
    head = text[: text.find("\n")] if "\n" in text else text
    return max(",;\t", key=head.count)


def _header_problems(header: tuple[str, ...], mark: Mark) -> list[Problem]:
    hint = "Write Kea's keywords into the first line: hw-address,ip-address,hostname"
    if not any(header):
        return [Problem("KP110", "no header line", mark, hint=hint)]
    problems = []
    for index, name in enumerate(header):
        if name in header[:index]:
            twice = f"the column {name!r} stands twice"
            problems.append(Problem("KP105", twice, mark, hint="Keep one of the two."))
        elif not name:
            problems.append(Problem("KP110", f"column {index + 1} has no name", mark, hint=hint))
    return problems


def _column(line: str, index: int, text: str) -> int:
    separator = _delimiter(text)
    column, quoted = 1, False
    for at, char in enumerate(line):
        if index == 0:
            break
        if char == '"':
            quoted = not quoted
        elif char == separator and not quoted:
            index -= 1
            column = at + 2
    return column
