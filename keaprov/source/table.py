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
from keaprov.source.document import one_break, read_text

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
    header_line: int = 1

    def mark(self, row: int, name: str | int | None = None) -> Mark:
        """Return where a row is, and where the field of that name starts."""
        line = self.lines[row]
        index = self.header.index(str(name)) if name in self.header else 0
        return self._mark(line, index)

    def header_mark(self, index: int = 0) -> Mark:
        """Return where a column's name is."""
        return self._mark(self.header_line, index)

    def header_text(self, index: int) -> str:
        """Return a column's name as it is written."""
        lines = self._written[self.header_line - 1 :]
        names = next(csv.reader((f"{line}\n" for line in lines), delimiter=self._separator), [])
        return names[index].strip() if index < len(names) else self.header[index]

    def _mark(self, line: int, index: int) -> Mark:
        """Return where the field of that number starts, of the record that starts in a line."""
        quoted, column, separator = False, 1, self._separator
        while index and line <= len(self._written):
            for at, char in enumerate(self._written[line - 1]):
                if char == '"':
                    quoted = not quoted
                elif char == separator and not quoted:
                    index -= 1
                    column = at + 2
                    if not index:
                        break
            if not quoted:
                break
            line += bool(index)
        return Mark(self.file, line, column)

    @cached_property
    def _separator(self) -> str:
        return _delimiter(self.text)

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
    shown = one_break(text)
    if "\0" in text:
        line = shown.count("\n", 0, shown.index("\0")) + 1
        hint = "Export the table as CSV (Excel: `CSV UTF-8`)."
        problem = Problem("KP110", "not text: a null byte", Mark(name, line, 1), hint=hint)
        return Table(name, problems=(problem,))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(shown), strict=True)
    csv.field_size_limit(_WIDEST)
    rows: list[dict[str, str]] = []
    lines = array("l")
    problems: list[Problem] = []
    header: tuple[str, ...] = ()
    line = header_line = 1
    try:
        if _SEPARATOR.match(text):
            next(reader)
            line = 2
        fields = next(reader, [])
        while not any(map(str.strip, fields)) and reader.line_num < shown.count("\n"):
            line, fields = reader.line_num + 1, next(reader, [])
        header, header_line = _names(fields, rename), line
        problems.extend(_header_problems(header, Mark(name, line, 1)))
        line = reader.line_num + 1
        for fields in reader:
            texts = [*map(str.strip, fields)]
            pairs = zip(header, texts)  # noqa: B905
            row = dict(pairs) if all(texts) else {key: text for key, text in pairs if text}
            if len(texts) > len(header) and any(texts[len(header) :]):
                problems.append(_too_wide(len(fields), header, Mark(name, line, 1)))
            if row:
                rows.append(row)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        hint = "Look for a double quote without its end in this row."
        problems.append(Problem("KP110", f"not CSV: {error}", Mark(name, line, 1), hint=hint))
    return Table(name, tuple(rows), lines, header, _one_title(problems), shown, header_line)


_SEPARATOR = re.compile(r"sep=([,;\t|])\s*(?:\n|\r|\Z)", re.IGNORECASE)


_FIRST = re.compile(r'(?:"[^"]*"|[^"\n])*')
"""The first record of a table: a break between double quotes does not end it."""
_QUOTED = re.compile(r'"[^"]*"')


def _names(fields: list[str], rename: Callable[[str], str]) -> tuple[str, ...]:
    """Return the columns' names; those without a name at the end are not columns."""
    names = [field.strip() for field in fields]
    while names and not names[-1]:
        names.pop()
    return tuple(rename(name) if name else "" for name in names)


def _delimiter(text: str) -> str:
    if named := _SEPARATOR.match(text):
        return named[1]
    head = _FIRST.match(text.lstrip(" ,;\t\n"))
    return max(",;\t", key=_QUOTED.sub("", head[0] if head else "").count)


def _too_wide(number: int, header: tuple[str, ...], mark: Mark) -> Problem:
    """Return the problem of a row that has more fields than the header."""
    message = f"{number} fields under a header of {len(header)}"
    hint = _TITLE if len(header) == 1 else "Put fields that hold the separator in double quotes."
    return Problem("KP111", message, mark, hint=hint)


_TITLE = "The columns' names are the first line: remove the lines above them."


def _one_title(problems: list[Problem]) -> tuple[Problem, ...]:
    """Return the problems of a table, of those that a title above the header causes the first."""
    titles = [problem for problem in problems if problem.hint == _TITLE]
    return tuple(problem for problem in problems if problem not in titles[1:])


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
