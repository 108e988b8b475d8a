"""The comments of a file in Kea's JSON (Kea ARM, JSON Syntax): ``//``, ``#`` and ``/* */``.

A comment speaks of what is before it on its line, else of what comes next. In the site file it is
above the line that has this value.
"""

from __future__ import annotations

import re
import textwrap
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from keaprov.errors import KeyPath, Mark
from keaprov.source import Document
from keaprov.source.document import Place
from keaprov.source.yaml12 import parse

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|(?P<comment>//[^\n]*|#[^\n]*|/\*.*?\*/)', re.DOTALL)
_BEFORE_FIRST = re.compile(r"[ -]*")
_NOT_PRINTABLE = re.compile(
    r"[^\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""Characters that YAML does not allow (YAML 1.2.2, chapter 5.1), the byte-order mark, and what ends
a line for libyaml alone: what follows it would not be a comment any more."""


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it is written, and where."""

    mark: Mark
    text: str

    def lines(self) -> Iterator[str]:
        """Yield its lines as YAML writes them."""
        if self.text.startswith("/*"):
            first, *others = self.text[2:-2].strip("*").splitlines() or [""]
            below = textwrap.dedent("\n".join(others)).splitlines()
            lines = [first.strip(), *(re.sub(r"^\s*\* ?", "", line) for line in below)]
            lines = lines if lines[0] or len(lines) == 1 else lines[1:]
        else:
            lines = [self.text.lstrip(self.text[0]).removeprefix(" ")]
        for line in lines:
            yield f"# {_NOT_PRINTABLE.sub('?', line)}".rstrip()


def of(document: Document) -> Iterator[Comment]:
    """Yield each comment of a file, and of the files that it includes."""
    for file, text in document.sources:
        line, at = 1, 0
        for token in _TOKEN.finditer(text):
            if token["comment"]:
                line += text.count("\n", at, token.start())
                at = token.start()
                column = at - text.rfind("\n", 0, at)
                yield Comment(Mark(file, line, column), token["comment"])


def beside(document: Document) -> Iterator[tuple[Comment, KeyPath]]:
    """Yield each comment with the path of the value that it speaks of."""
    waiting: defaultdict[str, deque[Comment]] = defaultdict(deque)
    for comment in of(document):
        waiting[comment.mark.file].append(comment)
    number = sum(map(len, waiting.values()))
    last: dict[str, tuple[int, KeyPath]] = {}
    spots = document.walker() if document.walker and number else iter(())
    for mark, path in spots:
        comments = waiting[mark.file]
        while comments and _position(comments[0].mark) < _position(mark):
            comment = comments.popleft()
            line, before = last.get(mark.file, (0, ()))
            yield comment, before if line == comment.mark.line else path
            number -= 1
        last[mark.file] = (mark.line, path)
        if not number:
            return
    for file, comments in waiting.items():
        line, before = last.get(file, (0, ()))
        for comment in comments:
            yield comment, before if line == comment.mark.line else ()


def _position(mark: Mark) -> tuple[int, int]:
    return mark.line, mark.column


def annotated(
    text: str, comments_of_files: Iterable[Sequence[tuple[Comment, KeyPath]]]
) -> tuple[str, set[Comment]]:
    """Return a site file's text with comments above the values of their paths.

    What two files say of the same value is written once. Return the comments that are in the text,
    too: a comment whose path is not in the site file is not.
    """
    files = [list(comments) for comments in comments_of_files]
    wanted = {path[:n] for comments in files for _, path in comments for n in range(len(path) + 1)}
    locator = parse(text, "").locator
    places = locator(wanted) if locator else {}
    lines = text.split("\n")
    above: dict[int, dict[tuple[str, ...], None]] = defaultdict(dict)
    placed: set[Comment] = set()
    for comments in files:
        by_line: dict[int, list[str]] = defaultdict(list)
        for comment, path in comments:
            if path in places:
                at = _line_of(lines, path, places)
                indent = " " * (len(lines[at]) - len(lines[at].lstrip(" ")))
                by_line[at] += [f"{indent}{line}" for line in comment.lines()]
                placed.add(comment)
        for at, written in by_line.items():
            above[at][tuple(written)] = None
    for at in sorted(above, reverse=True):
        lines[at:at] = [line for written in above[at] for line in written]
    return "\n".join(lines), placed


def _line_of(lines: list[str], path: KeyPath, places: Mapping[KeyPath, Place]) -> int:
    """Return the index of the line that begins with a value, or with a value around it."""
    if not path:
        return 1  # below the head
    while not _is_first(lines, places[path].key):
        path = path[:-1]
    return places[path].key.line - 1


def _is_first(lines: list[str], mark: Mark) -> bool:
    """Whether nothing but the signs of lists is before a place on its line."""
    return _BEFORE_FIRST.fullmatch(lines[mark.line - 1], 0, mark.column - 1) is not None
